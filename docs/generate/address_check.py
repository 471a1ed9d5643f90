# ruff: noqa: INP001 - a script beside what it writes, no package
"""Writes the measured part of ``docs/address-check.md`` from ``vectors/addresses``.

Run it as ``python docs/generate/address_check.py``; ``tests/unit/test_address_table.py`` sees that the page is current.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from narrowgate.domain.postal import is_sufficient, parse

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "vectors" / "addresses"
TABLES = ("cases", "holdout", "dressed-1", "dressed-2")
PAGE = ROOT / "docs" / "address-check.md"
BEGIN, END = "<!-- measured: docs/generate/address_check.py -->\n", "<!-- end of what is measured -->\n"
OUTCOMES = ("good taken", "good refused", "bad taken", "bad refused")

KNOWN_WRONG: Mapping[str, str] = {
    "filler-then-good": "the address stands there whole; the other cell may say that the occupant is unknown",
    "good-then-filler": "the same: the other cell may speak of the unit",
    "care-of-unknown-surname": "the street line is whole; names in care-of lines are not judged",
    "sesame": "only the number tells it from the real streets of that name",
    "number-state": "streets bear the names of states, and suffixes get lost; a number of five digits is refused there",
    "anytown": "the made-up people of the demo live there; there is no list of towns to hold a city against",
    "boston-california-zip": "city and state suffice, and where both stand the ZIP Code is not held against them",
    "texas-alaska-zip": "likewise",
    "florida-maine-zip": "likewise",
    "pr-washington-zip": "likewise",
    "apo-in-texas": "likewise; the box is whole",
    "any-way": "Any is what fillers say; one town's joke is refused with them",
    "this-way": "likewise",
    "test-road": "Test is what test data say, whatever the suffix",
    "rm-road": "RM is read as a room",
    "number-sign-before-number": "# marks a unit, so the house number may be the one that is missing",
    "residencial": "a building's number stands where no house number is looked for",
    "urb-house-no-street-name": "a house number and no street; to know which urbanizations have none takes a list",
    "whole-address-in-line-1": "city, state and ZIP Code are read from their cells only",
    "city-in-line-2": "likewise",
}
"""Cases of ``cases.csv`` that the check gets wrong, and why they stay so."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled address.

    Attributes:
        cells: line 1, line 2, city, state, ZIP Code, as typed.
        sufficient: the label.
        why: the label's reason.
    """

    name: str
    group: str
    cells: tuple[str, str, str, str, str]
    sufficient: bool
    why: str

    @property
    def outcome(self) -> str:
        """One of ``OUTCOMES``: what the check makes of it now."""
        return _outcome(sufficient=self.sufficient, right=is_sufficient(parse(*self.cells)) is self.sufficient)


def _outcome(*, sufficient: bool, right: bool) -> str:
    return f"{'good' if sufficient else 'bad'} {'taken' if sufficient is right else 'refused'}"


def read(table: str) -> list[Case]:
    """The cases of one of ``TABLES``."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return [Case(row[0], row[1], (row[2], row[3], row[4], row[5], row[6]), row[7] == "yes", row[8]) for row in rows[1:]]


def first_run(table: str) -> set[str]:
    """The names that the check got wrong when the table was first tried."""
    with (FOLDER / "first-run.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"] for row in csv.DictReader(file) if row["table"] == table}


def counts(outcomes: Iterable[str]) -> tuple[int, ...]:
    """How many of each of ``OUTCOMES``."""
    counted = Counter(outcomes)
    return tuple(counted[outcome] for outcome in OUTCOMES)


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(c) for c in cells)} |\n"


def _matrix(table: str) -> str:
    cases, wrong = read(table), first_run(table)
    first = counts(_outcome(sufficient=c.sufficient, right=c.name not in wrong) for c in cases)
    now = counts(c.outcome for c in cases)
    head = _row(f"{table}.csv", "cases", *OUTCOMES) + _row(*["---"] * 6)
    return head + _row("first run", len(cases), *first) + _row("now", len(cases), *now)


def _groups(table: str) -> str:
    cases, wrong = read(table), first_run(table)
    text = _row("group", "good", "refused at first", "now", "bad", "taken at first", "now") + _row(*["---"] * 7)
    for group in dict.fromkeys(c.group for c in cases):
        cells: list[object] = [group]
        for sufficient in (True, False):
            those = [c for c in cases if c.group == group and c.sufficient is sufficient]
            then = sum(c.name in wrong for c in those)
            now = sum(c.outcome in ("good refused", "bad taken") for c in those)
            cells += [len(those) or "", then or "", now or ""]
        text += _row(*cells)
    return text


def wrong(table: str) -> list[Case]:
    """The cases that the check gets wrong now."""
    return [case for case in read(table) if case.outcome in ("good refused", "bad taken")]


def _wrong(table: str, reasons: Mapping[str, str]) -> str:
    heads = ("case", "typed", "outcome", "why labelled so", *(["why it stays"] if reasons else []))
    text = _row(*heads) + _row(*["---"] * len(heads))
    for case in wrong(table):
        typed = ", ".join(f"`{cell}`" for cell in case.cells if cell)
        text += _row(case.name, typed, case.outcome, case.why, *([reasons[case.name]] if reasons else []))
    return text


def measured() -> str:
    """The measured part of the page."""
    return "\n".join(
        (
            *map(_matrix, TABLES),
            "### What remains wrong in cases.csv\n",
            _wrong("cases", KNOWN_WRONG),
            "### What is wrong in holdout.csv\n\nNothing is repaired for these.\n",
            _wrong("holdout", {}),
            "### What is wrong in dressed-1.csv\n",
            _wrong("dressed-1", {}),
            "### What is wrong in dressed-2.csv\n\nNothing is repaired for these.\n",
            _wrong("dressed-2", {}),
            "### By group, cases.csv\n",
            _groups("cases"),
            "### By group, holdout.csv\n",
            _groups("holdout"),
        )
    )


def page() -> str:
    """The whole page, its measured part made anew."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + measured() + "\n" + text[text.index(END) :]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
