"""5: decisions and answers -> Entered, receipts. Tiles, checkpoints, seals, fsck."""
