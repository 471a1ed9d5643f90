"""Types, errors, ports, Merkle arithmetic: pure, standard library and pyarrow only."""
