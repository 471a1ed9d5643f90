"""Writes counsel's page of every pack of this release into a folder, with a list: ``make pages``."""

import sys
from pathlib import Path

from narrowgate.surfaces.pages.pack import pages


def main(folder: Path) -> None:
    """Writes the pages, and takes away those of packs that are no more."""
    made = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for gone in {path.name for path in folder.glob("*.html")} - set(made):
        (folder / gone).unlink()
    for name, page in made.items():
        (folder / name).write_text(page, encoding="utf-8")


main(Path(sys.argv[1]))
