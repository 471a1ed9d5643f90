"""What the accuracy benchmark calls true, apart from linkage: figures are only as good as their truth."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.surfaces.demo.places import Written
from narrowgate.surfaces.demo.simulated import Address, Sighting

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from benchmarks.accuracy import Outcome, Tally, by  # noqa: E402 - found by ROOT
from benchmarks.accuracy_cases import is_alike, is_misnumbered  # noqa: E402 - likewise
from benchmarks.accuracy_world import Line, Register  # noqa: E402 - likewise

HOME = Address("12", "main st", "apt 4", "")
SEEN = Sighting("p", "h", "census", 2020, "Jo", "", "Roe", "Jo", "Roe", "", "", HOME, HOME, "Anytown", "WA", "00000")
DAMAGED = {
    "nothing": (HOME, False),
    "another number": (replace(HOME, number="13"), True),
    "number illegible": (replace(HOME, number="1s2"), False),
    "number left out": (replace(HOME, number=""), False),
    "another street": (replace(HOME, street="mian st"), False),
    "another unit": (replace(HOME, unit="apt 5"), True),
    "unit left out": (replace(HOME, unit=""), False),
    "designator worn": (replace(HOME, unit="aqt 4"), False),
    "another box": (replace(HOME, po_box="9"), True),
}
JOHN = ("Roe", "John", "A", "", "1980-02-03", "912345678")
OTHERS = {
    "equal": (JOHN, True),
    "case and marks": (("ROE", "JOHN", "a.", "", "1980-02-03", "912-34-5678"), True),
    "silent": (("Roe", "John", "", "", "", ""), True),
    "another middle name": (("Roe", "John", "B", "", "", ""), False),
    "a suffix": (("Roe", "John", "A", "JR", "", ""), False),
    "another birth date": (("Roe", "John", "A", "", "1980-02-04", ""), False),
    "another number": (("Roe", "John", "A", "", "", "912345679"), False),
    "another given name": (("Roe", "Jon", "A", "", "", ""), False),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_who_is_asked_about_at_another_number(name: str) -> None:
    stated, expected = DAMAGED[name]
    assert is_misnumbered(replace(SEEN, stated=stated)) is expected


@pytest.mark.parametrize("name", OTHERS)
def test_whom_nothing_tells_apart(name: str) -> None:
    other, expected = OTHERS[name]
    assert is_alike(JOHN, other) is expected
    assert is_alike(other, JOHN) is expected


def test_the_confirmable_address_is_the_latest_of_the_years_stated() -> None:
    line = Line("p", "Roe", "Jo", "", "", "", "", Written(), "2019-12-31", HOME)
    moved = replace(line, as_of="2020-12-15", clean=replace(HOME, number="9"))
    register = Register({"p": (line, moved)}, {})
    assert register.confirmable("p", [2019]) == {HOME}
    assert register.confirmable("p", [2019, 2020]) == {moved.clean}
    assert register.confirmable("p", [2021]) == frozenset()
    both = Register({"p": (moved, replace(moved, clean=HOME))}, {})
    assert both.confirmable("p", [2020]) == {HOME, moved.clean}


def test_figures_count_apart_what_stands_apart() -> None:
    requests = pa.table(
        {
            "kind": ["home", "home", "namesake", "misnumbered", "indistinguishable"],
            "strata": ["mover", "", "mover;old_form", "mover", ""],
        }
    )
    true, right, confirmed = ([1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 1, 1, 1])
    outcome = Outcome(requests, *(np.array(column, np.bool_) for column in (true, right, confirmed)))
    assert outcome.tally() == Tally(true=2, right=1, wrong=1, false=1, wrong_false=1)
    assert by([outcome], "strata")["mover"] == Tally(1, 1, 1, 1, 1)
    assert by([outcome], "kind")["misnumbered"] == Tally(0, 0, 1, 1, 1)
