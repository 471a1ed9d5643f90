"""2: Admitted -> Mandate | Refusal | Hold. Packs, facts, evaluation, citations."""
