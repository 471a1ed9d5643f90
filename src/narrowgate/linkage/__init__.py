"""3: Mandate + Entered -> Match. Standardise, candidates, compare, weigh, decide, certify."""
