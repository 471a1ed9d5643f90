"""1: package -> Admitted. Authenticate, parse, normalise; per-person defects are data, not exceptions."""
