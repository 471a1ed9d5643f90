"""Vectors of standardisation and of the kernel: the same bytes again, and by other ways the same meaning."""

import hashlib
import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain.fold import fold
from narrowgate.linkage.standardise import NO_DATE, Standardised, standardise
from narrowgate.linkage.streets import street_level
from narrowgate.linkage.weights import COMPARISONS

VECTORS = Path(__file__).parents[2] / "vectors"
WEIGHTS = json.loads((Path(__file__).parents[2] / "src/narrowgate/linkage/weights.json").read_bytes())
KERNEL = json.loads((VECTORS / "kernel" / "cases.json").read_bytes())
NAMES, ADDRESSES, STREETS = (
    json.loads((VECTORS / "standardise" / f"{name}.json").read_bytes()) for name in ("names", "addresses", "streets")
)
CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")
PARTS = ("number", "street", "direction", "core", "street_suffix", "unit", "box", "route", "city", "state", "zip5")


@pytest.mark.parametrize("folder", ["standardise", "kernel"])
def test_the_generator_gives_the_same_bytes(folder: str, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"generate_{folder}", VECTORS / folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.main(tmp_path)
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    kept = {p.name: p.read_bytes() for p in (VECTORS / folder).glob("*.json")}
    assert made == kept


def columns(**cells: list[str]) -> Standardised:
    rows = len(next(iter(cells.values())))
    return standardise(
        pa.table({k: pa.array(v, pa.string()) for k, v in cells.items()}), np.full(rows, NO_DATE, np.int32)
    )


def test_columns_of_names_are_standardised_as_single_cells_are() -> None:
    given, surnames = NAMES["given"], NAMES["surname"]
    rows = columns(given_name=[c["typed"] for c in given])
    assert rows.words.spell(rows.names.given) == [c["first"] for c in given]
    assert rows.words.spell(rows.names.middle) == [c["rest"] for c in given]
    assert rows.words.spell(rows.names.suffix) == [c["suffix"] for c in given]
    rows = columns(surname=[c["typed"] for c in surnames])
    assert rows.words.spell(rows.names.surname) == [c["text"] for c in surnames]
    assert rows.words.spell(rows.names.suffix) == [c["suffix"] for c in surnames]
    rows = columns(suffix=[c["typed"] for c in NAMES["suffix"]])
    assert rows.words.spell(rows.names.suffix) == [c["standard"] for c in NAMES["suffix"]]


def test_columns_of_addresses_are_standardised_as_single_ones_are() -> None:
    rows = columns(**{name: [c["typed"][n] for c in ADDRESSES] for n, name in enumerate(CELLS)})
    for part in PARTS:
        said = rows.words.spell(getattr(rows.addresses, part)[rows.address])
        assert said == [c[part] for c in ADDRESSES], part
    assert rows.addresses.sufficient[rows.address].tolist() == [c["sufficient"] for c in ADDRESSES]


@pytest.mark.parametrize("case", NAMES["surname"], ids=lambda c: c["typed"])
def test_a_standard_surname_stays_as_it_is(case: dict[str, str]) -> None:
    again = columns(surname=[case["text"]])
    assert again.words.spell(again.names.surname) == [case["text"]]


@pytest.mark.parametrize("case", STREETS, ids=lambda c: f"{c['one']}, {c['other']}")
def test_streets_compare_alike_both_ways(case: dict[str, str]) -> None:
    assert street_level(case["one"], case["other"]) == street_level(case["other"], case["one"])
    assert street_level(case["one"], case["one"]) == 0


def test_the_vectors_name_the_weights_they_are_of() -> None:
    path = Path(__file__).parents[2] / "src/narrowgate/linkage/weights.json"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == KERNEL["weights"]


@pytest.mark.parametrize("case", [c for c in KERNEL["cases"] if c["person"]], ids=lambda c: c["name"])
def test_weights_are_those_of_the_file_and_add_up(case: dict[str, Any]) -> None:
    steps = case["waterfall"]
    assert [step["comparison"] for step in steps] == list(COMPARISONS)
    assert sum(step["weight"] for step in steps) == case["weight"]
    for step in steps:
        if step["level"] != "by_frequency":
            assert WEIGHTS["comparisons"][step["comparison"]][step["level"]] == step["weight"]


@pytest.mark.parametrize("case", [c for c in KERNEL["cases"] if c["person"]], ids=lambda c: c["name"])
def test_levels_and_frequencies_by_plain_reading(case: dict[str, Any]) -> None:
    """Blank, equal and frequency, worked out from the cells alone."""
    levels = {step["comparison"]: step for step in case["waterfall"]}
    held = [r for r in case["records"] if r["person_id"] == case["person"]]
    for comparison, column in (("given_name", "given_name"), ("surname", "surname"), ("birth_date", "date_of_birth")):
        asked, known = fold(case["row"].get(column, "")), {fold(r.get(column, "")) for r in held}
        level = levels[comparison]["level"]
        assert (level == "blank") == (not asked or known == {""})
        assert (level == "exact") == (asked in known and len(asked) > 1)
        if f"{comparison}_frequency" not in levels:
            continue
        rule, expected = WEIGHTS["frequency"][comparison], 0
        if level == "exact":
            holders = len({r["person_id"] for r in case["records"] if fold(r[column]) == asked})
            share = (holders + 1) / (case["persons"] + 1 / rule["usual"])
            expected = max(rule["least"], min(rule["most"], round(1000 * math.log2(rule["usual"] / share))))
        assert levels[f"{comparison}_frequency"]["weight"] == expected


@pytest.mark.parametrize("case", KERNEL["cases"], ids=lambda c: c["name"])
def test_who_is_confirmed_follows_from_the_figures(case: dict[str, Any]) -> None:
    reached = case["person"] is not None and case["weight"] >= KERNEL["threshold"]
    alone = case["second"] is None or case["second"] < KERNEL["threshold"]
    assert case["confirmed"] == (reached and alone and not case["contested"])
