# ruff: noqa: INP001 - a script beside what it writes, no package
"""Writes the table of facts in ``docs/guide-add-a-pack.md`` from the register of this release.

Run it as ``python docs/generate/facts.py``; ``tests/unit/test_packs.py`` sees that the guide is current.
"""

from pathlib import Path

from narrowgate.law.facts import REGISTER

PAGE = Path(__file__).parents[1] / "guide-add-a-pack.md"
BEGIN, END = "<!-- facts: docs/generate/facts.py -->\n", "<!-- end of the facts -->\n"


def table() -> str:
    """A line a fact: its id, what it looks at, what people decide of it."""
    lines = ["| fact | it looks at | people |", "| --- | --- | --- |"]
    for name in REGISTER.facts:
        looked_at = " ".join(REGISTER.looked_at(name).split()).replace("``", "`")
        lines.append(f"| `{name}` | {looked_at} | {REGISTER.people(name) or '–'} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The guide with its table written anew."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
