"""Labelled addresses: each is judged as its label says, and the page that tells how often the check errs is current."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from narrowgate.domain.postal import is_sufficient, parse


def _generator() -> ModuleType:
    path = Path(__file__).parents[2] / "docs" / "generate" / "address_check.py"
    spec = importlib.util.spec_from_file_location("address_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = _generator()
KNOWN_WRONG = PAGE.KNOWN_WRONG
CASES = {case.name: case for case in PAGE.read("cases")}
FILLERS = ("filler-english", "filler-other-languages", "jokes")
NAMED_AFTER = {"planet-earth", "north-pole-santa", "mickey"}
"""Jokes that are names: a street might be called after them, and with a number before it one is taken."""


@pytest.mark.parametrize("name", CASES)
def test_the_check_agrees_with_the_label(name: str) -> None:
    case = CASES[name]
    agrees = is_sufficient(parse(*case.cells)) is case.sufficient
    assert agrees is (name not in KNOWN_WRONG), f"{case.cells}: {case.why}"


def test_nothing_else_is_known_to_be_wrong() -> None:
    assert {case.name for case in PAGE.wrong("cases")} == set(KNOWN_WRONG)
    assert all(KNOWN_WRONG.values())


@pytest.mark.parametrize(
    ("table", "first", "now"),
    [
        ("cases", (305, 16, 55, 345), (312, 9, 11, 389)),
        ("holdout", (123, 3, 24, 116), (123, 3, 7, 133)),
        ("dressed-1", (0, 0, 36, 28), (0, 0, 9, 55)),
        ("dressed-2", (0, 0, 23, 18), (0, 0, 23, 18)),
    ],
)
def test_the_matrix_is_what_was_measured(table: str, first: tuple[int, ...], now: tuple[int, ...]) -> None:
    """Good taken, good refused, bad taken, bad refused; nothing is repaired for ``holdout`` and ``dressed-2``."""
    cases, at_first = PAGE.read(table), PAGE.first_run(table)
    assert PAGE.counts(case.outcome for case in cases) == now
    assert at_first <= {case.name for case in cases}
    good = sum(case.sufficient for case in cases)
    good_refused = sum(case.sufficient and case.name in at_first for case in cases)
    bad_taken = len(at_first) - good_refused
    assert (good - good_refused, good_refused, bad_taken, len(cases) - good - bad_taken) == first


def test_the_tables_are_whole() -> None:
    for cases, least in ((PAGE.read("cases"), 420), (PAGE.read("holdout"), 150)):
        assert len({case.name for case in cases}) == len(cases) >= least
        assert len({case.group for case in cases}) >= 25
        assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", text) for c in cases for text in (c.name, c.group))
        assert all(case.why for case in cases)
        assert 0.4 < sum(case.sufficient for case in cases) / len(cases) < 0.6
    cells = [case.cells for table in PAGE.TABLES for case in PAGE.read(table)]
    assert len(cells) == len(set(cells))


@pytest.mark.parametrize("dress", ["12 {} St", "12 {}", "4410 N {} Ave Apt 3"])
def test_a_filler_dressed_as_a_street_is_one(dress: str) -> None:
    """A filler that was refused because no number stood before it would pass with one: so each is tried with one."""
    passed = set()
    for case in CASES.values():
        filler = case.cells[0]
        if case.group in FILLERS and not case.sufficient and not case.cells[1] and not filler[:1].isdigit():
            line = dress.format(filler)
            if is_sufficient(parse(line, "", "Houston", "TX", "77002")):
                passed.add(case.name)
    assert passed == NAMED_AFTER


def test_streets_of_a_simulated_population_are_taken() -> None:
    """Drawn from public lists of addresses, so a few are no streets: "no st", "address unassigned", "b"."""
    pseudopeople = pytest.importorskip("pseudopeople", exc_type=ImportError)
    folder = Path(pseudopeople.__file__).parent / "data" / "sample_datasets"
    names: set[str] = set()
    for path in sorted(folder.rglob("*.parquet")):
        columns = [name for name in pq.read_schema(path).names if name.endswith("street_name")]
        for column in pq.read_table(path, columns=columns).columns:
            names.update(filter(None, column.unique().to_pylist()))
    taken = sum(is_sufficient(parse(f"1234 {name}", "", "Springfield", "IL", "62701")) for name in names)
    assert (len(names), taken) == (12_189, 12_171)


def test_the_page_is_current() -> None:
    """``python docs/generate/address_check.py`` makes it anew."""
    assert PAGE.PAGE.read_text(encoding="utf-8") == PAGE.page()
