"""``python -m narrowgate``."""

from narrowgate.surfaces.cli import main

main()
