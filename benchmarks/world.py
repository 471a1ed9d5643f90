"""Makes up a large world: records, requests, labelled cases and the truth, without any outside data.

Vectorised; the same arguments give the same bytes. People live in families at dwellings (houses, small buildings,
towers of up to 2,600 flats at one number, PO boxes, rural routes), share surnames, move, have twins with near-twin
names and sons of their own name at one address. Names and towns are in ``world_names.toml``; rare surnames are made of
syllables. TINs lie in 900-000-000 and up, where no one's social security number is.

    python benchmarks/world.py FOLDER --records 1000000 --requests 100000
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from narrowgate.domain.request import RECORD_COLUMNS, REQUEST_FORMAT, SUBJECT_COLUMNS

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.world_people import Ints, People, Rng, load_names, make_people
from benchmarks.world_text import KINDS, Noise, Writer, days_before, numbers, tins

CHUNK = 1_000_000
CUSTODIAN, AGENCY, OFFICE = "bench.custodian", "bench.agency", "bench.agency.head"
ASKED_SHARES = (0.72, 0.12, 0.03, 0.05, 0.03, 0.05)
LABELLED_SHARES = (0.62, 0.12, 0.06, 0.08, 0.04, 0.08)
DEFECTS = (
    "zip_only", "filler", "tin_only", "period_missing",
    "order_young", "initial_only", "reason_blank", "officer_unknown",
)  # fmt: skip
FILLERS = ("Failed to Provide", "Unknown Address", "Don't Care 12345", "No Fixed Address", "Not Available")
LEAVES_NOTHING_TRUE = ("zip_only", "filler", "tin_only", "period_missing")
LABELLED_COLUMNS = (*SUBJECT_COLUMNS[:13], "person_id", "household")


@dataclass(frozen=True, slots=True)
class World:
    """What was written; ``shares`` says of what kinds the requests and labelled cases are."""

    records: Path
    labelled: Path
    truth: Path
    packages: tuple[Path, ...]
    officers: tuple[str, ...]
    counts: dict[str, int]
    shares: dict[str, dict[str, float]]


def make_world(  # noqa: PLR0913 - a world has this many measures
    folder: Path,
    *,
    records: int,
    requests: int,
    seed: int,
    at: date,
    lawful_share: float = 0.7,
    subjects_per_officer: int = 25,
    cases: int = 20_000,
    packages: int = 1,
    noise: Noise | None = None,
) -> World:
    """Writes records.parquet, package-N/ (unsigned), labelled.parquet, truth.parquet and world.json.

    Args:
        records: lines of the records, exactly; persons are about four fifths of that.
        requests: rows asked about, over all packages; each person once while there are enough.
        at: the day of the requests.
        lawful_share: of the rows, that lack no element; the others lack one each, spread evenly over ``DEFECTS``.
        subjects_per_officer: rows that an officer has; over all packages no two officers share a row.
        cases: labelled cases wanted, one a household that is not asked about; at most a quarter of the households.
    """
    rng = np.random.default_rng(seed)
    noise = noise or Noise()
    folder.mkdir(parents=True, exist_ok=True)
    names = load_names()
    people, dwellings = make_people(records, names, rng)
    files = folder / "records.parquet", folder / "labelled.parquet", folder / "truth.parquet"
    writer = Writer(people, dwellings, names, noise, rng)
    write_records(files[0], writer)
    labelled, asked = parted(people, requests, cases, rng)
    truth, kinds, stated = writer.ask(labelled, LABELLED_SHARES)
    ids = [numbers("P", truth), numbers("H", people.household[labelled])]
    columns = [numbers("", np.arange(1, len(labelled) + 1)), *stated, *ids]
    pq.write_table(pa.table(columns, names=list(LABELLED_COLUMNS)), files[1])
    row_truth, row_kinds, row_stated = writer.ask(asked, ASKED_SHARES)
    defect = np.where(rng.random(requests) < lawful_share, -1, rng.integers(0, len(DEFECTS), requests))
    officer = np.arange(requests) // subjects_per_officer + 1
    row_truth[np.isin(defect, [DEFECTS.index(name) for name in LEAVES_NOTHING_TRUE])] = -1
    subjects = spoil(writer.cases(row_stated, officer, at), defect, tins(asked), at, rng)
    folders = write_packages(folder, subjects, packages, at)
    write_truth(files[2], subjects.num_rows, packages, (row_truth, row_kinds, defect))
    share_of = {"asked": _shares(KINDS, row_kinds), "labelled": _shares(KINDS, kinds)}
    share_of["defects"] = _shares(("lawful", *DEFECTS), defect + 1)
    counts = {"records": records, "persons": len(people.born), "requests": requests, "cases": len(labelled)}
    counts |= {"distinct_surnames": len(np.unique(people.surname)), "dwellings": len(dwellings.building)}
    officers = tuple(f"officer-{n:05}" for n in range(1, int(officer[-1]) + 1))
    stated_shares = {"counts": counts, "officers": len(officers), "shares": share_of, "noise": asdict(noise)}
    (folder / "world.json").write_text(json.dumps(stated_shares, indent=2) + "\n", encoding="utf-8")
    return World(*files, folders, officers, counts, share_of)


def parted(people: People, requests: int, cases: int, rng: Rng) -> tuple[Ints, Ints]:
    """Who is a labelled case (one a household), and who is asked about (of the other households)."""
    firsts = np.flatnonzero(np.r_[True, people.household[1:] != people.household[:-1]])
    sizes = np.diff(np.r_[firsts, len(people.household)])
    chosen = rng.permutation(len(firsts))[: min(cases, len(firsts) // 4)]
    labelled = firsts[chosen] + rng.integers(0, sizes[chosen])
    others = np.flatnonzero(~np.isin(people.household, people.household[labelled]))
    order = rng.permutation(others)
    asked = order[:requests] if len(order) >= requests else rng.choice(others, requests)
    return labelled, asked


def spoil(subjects: pa.Table, defect: Ints, true_tins: pa.Array, at: date, rng: Rng) -> pa.Table:
    """Takes one element from each row with a defect; a row of a TIN alone has the person's true one."""
    rows = subjects.num_rows
    is_ = {name: pa.array(defect == n) for n, name in enumerate(DEFECTS)}
    no_address = pc.or_(is_["zip_only"], is_["tin_only"])
    fillers = pa.array(FILLERS).take(pa.array(rng.integers(0, len(FILLERS), rows)))
    blank = (
        (("address_line_1", "address_line_2", "city", "state"), no_address),
        (("zip",), is_["tin_only"]),
        (("address_line_2",), is_["filler"]),
        (("taxable_periods",), is_["period_missing"]),
        (("reason",), is_["reason_blank"]),
    )
    changes = [(name, mask, "") for columns, mask in blank for name in columns]
    changes += [
        ("address_line_1", is_["filler"], fillers),
        ("tin", is_["tin_only"], true_tins),
        ("removal_order_date", is_["order_young"], days_before(at, rng.integers(5, 85, rows))),
        ("given_name", is_["initial_only"], pc.utf8_slice_codeunits(subjects["given_name"], 0, 1)),
        ("officer", is_["officer_unknown"], "officer-unknown"),
    ]
    for name, mask, value in changes:
        changed = pc.if_else(mask, value, subjects[name])
        subjects = subjects.set_column(subjects.column_names.index(name), name, changed)
    return subjects


def write_records(path: Path, writer: Writer) -> None:
    """Writes the custodian's file, a line a person and stay, in random order."""
    people = writer.people
    stays = np.flatnonzero(people.homes >= 0)
    stays = writer.rng.permutation(stays)
    schema = pa.schema([(name, pa.string()) for name in RECORD_COLUMNS])
    with pq.ParquetWriter(path, schema) as file:
        for start in range(0, len(stays), CHUNK):
            who, which = np.divmod(stays[start : start + CHUNK], people.homes.shape[1])
            as_of = pc.binary_join_element_wise(numbers("", people.years[who, which]), "12-31", "-")
            address = writer.address(people.homes[who, which], asked=False)
            columns = [numbers("P", who), *writer.person(who, asked=False), *address, as_of]
            file.write_table(pa.table(columns, schema=schema))


def write_packages(folder: Path, subjects: pa.Table, packages: int, at: date) -> tuple[Path, ...]:
    """Parts the rows among package-1, package-2 …; row numbers go on from one to the next."""
    folders = []
    for n, rows in enumerate(np.array_split(np.arange(subjects.num_rows), packages), start=1):
        package = folder / f"package-{n}"
        package.mkdir(exist_ok=True)
        file = package / "subjects.parquet"
        pq.write_table(subjects.slice(int(rows[0]), len(rows)), file)
        with file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        head = {
            "format": REQUEST_FORMAT,
            "request_id": request_id(n),
            "custodian": CUSTODIAN,
            "agency": AGENCY,
            "basis": "us.irc.6103.i.2",
            "signed_by": {"office": OFFICE, "name": "Made-up Head of Agency"},
            "made_at": f"{at.isoformat()}T00:00:00Z",
            "purpose": "criminal_investigation",
            "criminal_statute": "8 USC 1253(a)(1)",
            "statutory_authority": "8 USC 1103(a)(3) and 8 USC 1253(a)(1)",
            "details": {},
            "subjects": {"file": file.name, "sha256": digest, "rows": len(rows)},
        }
        (package / "request.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")
        folders.append(package)
    return tuple(folders)


def request_id(package: int) -> str:
    return f"BENCH-{package:05}"


def write_truth(path: Path, rows: int, packages: int, of: tuple[Ints, Ints, Ints]) -> None:
    """Writes request_id, row, person_id ("" where no stated address is truly confirmable), kind, defect."""
    truth, kind, defect = of
    package = np.concatenate([np.full(len(part), n) for n, part in enumerate(np.array_split(truth, packages))])
    ids = pa.array([request_id(n + 1) for n in range(packages)]).take(pa.array(package))
    columns = {"request_id": ids, "row": numbers("", np.arange(1, rows + 1)), "person_id": numbers("P", truth)}
    columns["kind"] = pa.array(KINDS).take(pa.array(kind))
    columns["defect"] = pa.array(["", *DEFECTS]).take(pa.array(defect + 1))
    pq.write_table(pa.table(columns), path)


def _shares(names: Sequence[str], codes: Ints) -> dict[str, float]:
    counted = np.bincount(codes, minlength=len(names)) / max(1, len(codes))
    return {name: round(float(share), 4) for name, share in zip(names, counted, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes up a world of records and requests, of any size.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", type=date.fromisoformat, default=date(2026, 6, 15), help="day of the requests")
    parser.add_argument("--lawful-share", type=float, default=0.7)
    parser.add_argument("--subjects-per-officer", type=int, default=25)
    parser.add_argument("--cases", type=int, default=20_000, help="labelled cases wanted")
    parser.add_argument("--packages", type=int, default=1)
    rates = parser.add_argument_group("noise", "rates per cell")
    for name, rate in asdict(Noise()).items():
        rates.add_argument(f"--{name.replace('_', '-')}", type=float, default=rate)
    given = vars(parser.parse_args())
    noise = Noise(**{name: given.pop(name) for name in asdict(Noise())})
    start = time.perf_counter()
    world = make_world(**given, noise=noise)
    print(
        json.dumps({"seconds": round(time.perf_counter() - start, 1), **world.counts, "shares": world.shares}, indent=2)
    )


if __name__ == "__main__":
    main()
