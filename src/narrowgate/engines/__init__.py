"""Adapters behind the ports: SQLite, keys, clock, files. Only wiring picks them."""
