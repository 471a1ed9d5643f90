"""Builds the demo's town: records, labels, a careful request, one shaped like 2025's, and the truth about both.

Everything follows from the seed and the day; the same two give the same bytes. The people are pseudopeople's (one
simulated town of about 4,000 households); its documentation says how they were made, and that nobody is real.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from narrowgate.domain.request import RECORD_COLUMNS
from narrowgate.surfaces.demo.bulk import bulk_request
from narrowgate.surfaces.demo.careful import careful_request
from narrowgate.surfaces.demo.cases import CaseBook
from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.labelled import LABELLED_COLUMNS, labelled_cases, labelled_lines
from narrowgate.surfaces.demo.package import TRUTH_COLUMNS, DemoPackage, tally, truth_lines, write_csv, write_package
from narrowgate.surfaces.demo.registers import register
from narrowgate.surfaces.demo.simulated import Sighting, Simulated, simulate

CAREFUL_ID, BULK_ID = "DEMO-CAREFUL-1", "DEMO-BULK-1"
_PARTS = (("careful", 0.07), ("bulk", 0.23), ("labelled", 1.0))
_FAMILY = 12

Households = Sequence[Sequence[Sighting]]


@dataclass(frozen=True, slots=True)
class Town:
    """What was written, and what the demo must know about it.

    Attributes:
        records: the custodian's file, ``narrowgate records load``.
        labelled: cases for ``narrowgate certify``; their households are in neither package.
        truth: request_id, row, person_id (blank where no stated address is truly confirmable), kind.
        careful, bulk: the packages, unsigned.
        shielded_person: a record's person_id, asked about at the true address in row ``shielded_row`` of ``careful``.
        persons, record_lines: size of the records.
        labelled_kinds: how many labelled cases of each kind; ``true`` are the positives.
    """

    folder: Path
    records: Path
    labelled: Path
    truth: Path
    careful: DemoPackage
    bulk: DemoPackage
    shielded_person: str
    shielded_row: int
    persons: int
    record_lines: int
    labelled_kinds: Mapping[str, int]


def build_town(folder: Path, *, seed: int, at: date, progress: Callable[[str], None]) -> Town:
    """Builds the town in ``folder``, which is made if it is not there.

    1. Simulate the people.
    2. Write everything: ``write_town``.

    Args:
        folder: where the files go; what is there under the same names is overwritten.
        seed: chooses noise, cases and order.
        at: the day the requests are made; orders and cases are dated before it.
        progress: told what is being done, in people's words.

    Returns:
        The paths and counts.

    Raises:
        InvalidInput: when pseudopeople is not installed.
    """
    people = simulate(seed, progress)  # 1
    return write_town(folder, people, seed=seed, at=at, progress=progress)  # 2


def write_town(folder: Path, people: Simulated, *, seed: int, at: date, progress: Callable[[str], None]) -> Town:
    """Writes the town of people who are simulated already; for the parameters see ``build_town``.

    1. Write the custodian's records.
    2. Part the households: cases for the certificate, the careful request, the bulk request.
    3. Write the labels, the two requests, and the truth about their rows.
    """
    chance = Chance(seed)
    progress("writing the custodian's records")
    folder.mkdir(parents=True, exist_ok=True)
    book = CaseBook(people.residents, register(people, chance), chance)
    records, labelled, truth = folder / "records.csv", folder / "labelled.csv", folder / "truth.csv"
    record_lines = write_csv(records, RECORD_COLUMNS, book.register.lines)  # 1
    parts = _parted(people.residents, chance)  # 2
    progress("making up labelled cases and two requests")
    cases = labelled_cases(parts["labelled"], book)  # 3
    write_csv(labelled, LABELLED_COLUMNS, labelled_lines(cases))
    careful = careful_request(parts["careful"], book, at)
    bulk, bulk_duties = bulk_request(parts["bulk"], book, at)
    write_csv(truth, TRUTH_COLUMNS, chain(truth_lines(CAREFUL_ID, careful.lines), truth_lines(BULK_ID, bulk)))
    return Town(
        folder=folder,
        records=records,
        labelled=labelled,
        truth=truth,
        careful=write_package(folder / "careful", CAREFUL_ID, careful.lines, careful.duties, at),
        bulk=write_package(folder / "bulk2025", BULK_ID, bulk, bulk_duties, at),
        shielded_person=careful.shielded_person,
        shielded_row=careful.shielded_row,
        persons=len(book.register.history),
        record_lines=record_lines,
        labelled_kinds=tally(asked.kind for asked in cases),
    )


def _parted(residents: Sequence[Sighting], chance: Chance) -> dict[str, Households]:
    """Households by part. Barracks, homes and prisons (more than ``_FAMILY`` people) go to the labelled cases."""
    households: dict[str, list[Sighting]] = {}
    for seen in residents:
        households.setdefault(seen.household, []).append(seen)
    parts: dict[str, list[Sequence[Sighting]]] = {part: [] for part, _ in _PARTS}
    for home, members in households.items():
        drawn = 1 - 1e-9 if len(members) > _FAMILY else chance.unit("part", home)
        parts[next(part for part, below in _PARTS if drawn < below)].append(members)
    return dict(parts)
