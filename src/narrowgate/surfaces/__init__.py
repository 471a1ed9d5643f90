"""Where people and programs touch the gate."""
