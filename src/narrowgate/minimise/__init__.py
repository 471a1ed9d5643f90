"""4: Match + Mandate -> Answers. Shields, budgets, the one bit."""
