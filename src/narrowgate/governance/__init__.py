"""0: who may act, and what two people decided."""
