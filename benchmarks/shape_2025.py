"""A request shaped like 2025's: 1.28 million persons in one file, the failures of docs/failures.md in stated shares.

The truth is made with the rows and owes nothing to the code that is measured: a defect is drawn for a row, the cells
are written so, and the elements it must be refused under are noted. Defects are drawn apart from one another, so they
meet in a row as they would. Everybody is made up.

What a request states once (statute, purpose, signature, …) is the same in all of its rows: ``HEADS`` changes it, one
thing at a time, for a shard of the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from narrowgate.domain.circumstances import Circumstances, Stay
from narrowgate.domain.parties import Agency, Office, Officer, RegisteredKey
from narrowgate.domain.request import SUBJECT_COLUMNS, Admitted, RequestHead
from narrowgate.domain.vocabulary import Attests, Safeguards
from narrowgate.intake.typed import typed_columns
from narrowgate.law.pack import load_pack

ROWS = 1_280_000
BASIS = "us.irc.6103.i.2"
AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
OFFICERS = 40_000
_KEY = RegisteredKey({}, "made up")

Strings = npt.NDArray[Any]
"""n texts, as Python objects."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with a row.

    Attributes:
        failure: which of the failures of 2025 it stands for.
        share: of all rows.
        elements: what such a row must be refused under, other defects aside.
        cells: column to the texts that it is drawn from; () where it is no matter of cells.
    """

    failure: int
    share: float
    elements: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]


_NO_LINE: dict[str, tuple[str, ...]] = {"address_line_2": ("",)}
DEFECTS: Mapping[str, Defect] = {
    # 1: ZIP Codes and fillers for addresses; 2: with a TIN beside them in four rows of five, as everywhere
    "a ZIP Code and nothing else": Defect(
        1, 0.20, ("address_stated",), {"address_line_1": ("",), "city": ("",), "state": ("",)} | _NO_LINE
    ),
    "the ZIP Code on the address line": Defect(1, 0.04, ("address_stated",), {"address_line_1": ("{zip}",)} | _NO_LINE),
    "a filler": Defect(
        1,
        0.12,
        ("address_stated",),
        {
            "address_line_1": (
                "Failed to Provide",
                "Unknown Address",
                "UNKNOWN",
                "None Given",
                "N/A",
                "Refused",
                "Homeless",
                "Not Provided",
                "no fixed address",
                "Desconocido",
                "Sin domicilio",
                "u n k n o w n",
                "UNKN0WN",
                "XXXX",
                "asdf",
                "-",
                "...",
            )
        }
        | _NO_LINE,
    ),
    "a filler with a number": Defect(
        1,
        0.06,
        ("address_stated",),
        {"address_line_1": ("12345 Don't Care", "123 Unknown", "0 Unknown St", "99999 N/A")} | _NO_LINE,
    ),
    "a city and nothing else": Defect(1, 0.03, ("address_stated",), {"address_line_1": ("",)} | _NO_LINE),
    "a street without a number": Defect(
        1, 0.03, ("address_stated",), {"address_line_1": ("Maple Street", "Main St")} | _NO_LINE
    ),
    # 3: one official named for a third of the file, registered nowhere, who attested nothing
    "one official for all of these": Defect(
        3, 0.33, ("officer_engaged", "willfulness_attested"), {"officer": ("the-official",)}
    ),
    "no officer": Defect(3, 0.01, ("officer_engaged", "willfulness_attested"), {"officer": ("",)}),
    # 5: no specific investigation
    "no case number": Defect(5, 0.10, ("case_stated",), {"case_number": ("", "N/A", "pending", "unknown", "000")}),
    "no opening date": Defect(5, 0.06, ("case_stated",), {"case_opened": ("",)}),
    "a case opened after the request": Defect(5, 0.01, ("case_stated",), {"case_opened": ("2026-09-01",)}),
    "no reason": Defect(5, 0.12, ("reason_stated",), {"reason": ("", "N/A", "none given", "immigration", "see above")}),
    "the order is not 90 days final": Defect(
        5, 0.08, ("order_final_and_elapsed",), {"removal_order_date": ("2026-05-20",)}
    ),
    "no order date": Defect(5, 0.04, ("order_final_and_elapsed",), {"removal_order_date": ("",)}),
    "no ground": Defect(5, 0.05, ("order_ground_stated",), {"order_ground": ("", "removable")}),
    "a ground of inadmissibility": Defect(5, 0.03, ("order_ground_stated",), {"order_ground": ("8 USC 1182(a)(6)",)}),
    # and what else such a file held
    "no given name": Defect(1, 0.04, ("name_stated",), {"given_name": ("", "FNU", "Unknown", "A", "J.")}),
    "no surname": Defect(1, 0.02, ("name_stated",), {"surname": ("", "LNU", "N/A", "xxxx")}),
    "no period": Defect(5, 0.07, ("taxable_period_stated",), {"taxable_periods": ("",)}),
    "a period to come": Defect(5, 0.01, ("taxable_period_stated",), {"taxable_periods": ("2024;2031",)}),
    "a cell that cannot be read": Defect(4, 0.005, ("row_well_formed",), {}),
}

HEADS: Mapping[str, tuple[str, Callable[[Admitted, Circumstances], tuple[Admitted, Circumstances]]]] = {
    "5: a civil statute": ("statute_designated", lambda a, c: (_head(a, criminal_statute="8 USC 1229a"), c)),
    "5: no statutory authority": ("authority_stated", lambda a, c: (_head(a, statutory_authority="26 USC 6103"), c)),
    "8: safeguards suspended": ("safeguards_clear", lambda a, c: (a, _agency(c, safeguards=Safeguards.SUSPENDED))),
    "10: an edition nobody adopted": ("basis_adopted", lambda a, c: (a, replace(c, adopted_pack="0" * 64))),
    "11: removal as the purpose": ("purpose_exclusive", lambda a, c: (_head(a, purpose="removal"), c)),
    "a request of two months ago": ("request_timely", lambda a, c: (replace(a, received_at=AT + timedelta(40)), c)),
    "a signature that fails": ("signature_valid", lambda a, c: (replace(a, signature_valid=False), c)),
    "an office that may not sign": ("signer_is_authorized", lambda a, c: (a, _agency(c, offices={}))),
    "a court's stay": ("not_stayed", lambda a, c: (a, replace(c, stays=(Stay("s", "D.D.C.", "1", AT.date(), AT),)))),
}
"""What is stated once, changed: the element that all rows of the shard must be refused under, and the change."""


def _head(admitted: Admitted, **changes: Any) -> Admitted:  # noqa: ANN401 - fields of a dataclass
    return replace(admitted, head=replace(admitted.head, **changes))


def _agency(circumstances: Circumstances, **changes: Any) -> Circumstances:  # noqa: ANN401 - fields of a dataclass
    assert circumstances.agency
    return replace(circumstances, agency=replace(circumstances.agency, **changes))


@dataclass(frozen=True, slots=True)
class Shape:
    """A request, what stands around it, and the truth.

    Attributes:
        pseudonyms: n pseudonyms of the persons as stated.
        refused: n masks: bit k is element k of ``elements``.
        elements: ids of the pack's elements.
        drawn: defect to the number of rows that have it.
    """

    admitted: Admitted
    circumstances: Circumstances
    pseudonyms: list[bytes]
    refused: npt.NDArray[np.uint64]
    elements: tuple[str, ...]
    drawn: Mapping[str, int]


def make_shape(rows: int = ROWS, seed: int = 2025) -> Shape:
    """A request of so many rows."""
    chance = np.random.default_rng(seed)
    pack = load_pack(BASIS)
    elements = tuple(rule.element for rule in pack.rules)
    cells = _lawful_cells(rows, chance)
    refused, drawn, unread = np.zeros(rows, np.uint64), {}, np.zeros(rows, np.bool_)
    taken: dict[str, npt.NDArray[np.bool_]] = {}
    for name, defect in DEFECTS.items():
        has = chance.random(rows) < defect.share
        for column in defect.cells:
            has &= ~taken.setdefault(column, np.zeros(rows, np.bool_))
        where = np.flatnonzero(has)
        drawn[name] = len(where)
        for column, texts in defect.cells.items():
            taken[column] |= has
            chosen = np.array(texts, object)[chance.integers(0, len(texts), len(where))]
            cells[column][where] = np.where(chosen == "{zip}", cells["zip"][where], chosen)
        unread |= has if not defect.cells else False
        for element in defect.elements:
            refused[where] |= np.uint64(1 << elements.index(element))
    subjects = pa.table({name: pa.array(cells[name], pa.string()) for name in SUBJECT_COLUMNS})
    officers = {f"officer-{i}": Officer(f"officer-{i}", _KEY, _KEY) for i in range(OFFICERS)}
    admitted = Admitted(
        _the_head(), subjects, typed_columns(subjects)[0], pa.array(~unread), True,
        dict.fromkeys(officers, frozenset(Attests)), AT,
    )  # fmt: skip
    office = Office("head", frozenset({BASIS}), _KEY)
    agency = Agency("us.agency", "Agency", Safeguards.CLEAR, "", {"head": office}, officers)
    persons = chance.integers(0, 2**63, (rows, 2), np.int64)
    pseudonyms = [persons[i].tobytes() for i in range(rows)]
    return Shape(admitted, Circumstances(AT, agency, pack.digest), pseudonyms, refused, elements, drawn)


def _the_head() -> RequestHead:
    return RequestHead(
        "bulk", "gate", "us.agency", BASIS, "head", "A. Head", AT - timedelta(days=1), "criminal_investigation",
        "8 USC 1253(a)(1)", "8 USC 1103(a)(3)", None, "", {}, "0" * 64,
    )  # fmt: skip


def _lawful_cells(rows: int, chance: np.random.Generator) -> dict[str, Strings]:
    """Cells that meet every element, as various as a million people's are."""

    def pick(values: list[str], skew: float = 1.0) -> Strings:
        at = (chance.random(rows) ** skew * len(values)).astype(np.int64)
        return np.array(values, object)[at]

    number = np.arange(rows).astype(str).astype(object)
    towns = [_word(i, 3).title() for i in range(6000)]
    states = _words("CA TX FL NY PA IL OH GA NC MI NJ VA WA AZ MA TN IN MO MD WI CO MN SC AL LA KY OR OK CT UT")
    opened = np.array([(date(2026, 1, 1) + timedelta(days=i)).isoformat() for i in range(150)], object)
    orders = np.array([(date(2023, 1, 1) + timedelta(days=i)).isoformat() for i in range(1100)], object)
    line_1, line_2 = _addresses(rows, chance)
    return {
        "row": number,
        "surname": pick([_word(i, 3).title() for i in range(80_000)], 3),
        "given_name": pick([_word(i, 2).title() for i in range(3_000)], 2),
        "middle_name": pick(["", "A", "M", "Lee"]),
        "suffix": pick(["", "", "", "Jr"]),
        "date_of_birth": pick([(date(1940, 1, 1) + timedelta(days=i)).isoformat() for i in range(24_000)]),
        "tin": np.where(chance.random(rows) < 0.8, "9" + (10_000_000 + np.arange(rows)).astype(str).astype(object), ""),
        "address_line_1": line_1,
        "address_line_2": line_2,
        "city": pick(towns, 2),
        "state": pick(states),
        "zip": pick([f"{z:05d}" for z in range(10_001, 50_000)]),
        "taxable_periods": pick(["2023;2024", "2024", "2022;2023;2024", "2023"]),
        "removal_order_date": orders[chance.integers(0, len(orders), rows)],
        "order_ground": pick(["8 USC 1227(a)(1)(B)", "8 USC 1227(a)(2)(A)(iii)", "INA 237(a)(1)(C)"]),
        "case_number": np.array([f"26-CR-{n:07d}" for n in range(rows)], object),
        "case_opened": opened[chance.integers(0, len(opened), rows)],
        "officer": pick([f"officer-{i}" for i in range(OFFICERS)]),
        "reason": np.where(
            chance.random(rows) < 0.4,
            "To locate the subject of a final order of removal for criminal investigation",
            np.array([f"Indictment {n:07d}: his address decides where notice was served" for n in range(rows)], object),
        ),
    }  # fmt: skip


def _words(text: str) -> list[str]:
    return text.split()


_ONSETS = _words("b br c ch d f g h j k l m n p r s sh t tr v w z")
_NUCLEI = _words("a e i o u ai ea ou")


def _word(number: int, syllables: int) -> str:
    """A pronounceable word for a number: the same number gives the same word, and others give others."""
    parts = []
    for _ in range(syllables):
        number, onset = divmod(number, len(_ONSETS))
        number, nucleus = divmod(number, len(_NUCLEI))
        parts.append(_ONSETS[onset] + _NUCLEI[nucleus])
    return "".join(parts) + "th"


def _addresses(rows: int, chance: np.random.Generator) -> tuple[Strings, Strings]:
    """Two lines of an address of every kind that a US file holds, in stated shares."""
    suffixes = _words("St Ave Rd Dr Ln Ct Blvd Way Pl Cir Street Avenue")
    directions = ["", "", "", "", "N ", "S ", "E ", "W "]
    count = 60_000
    names = [f"{directions[i % 8]}{_word(i, 3).title()} {suffixes[i % len(suffixes)]}" for i in range(count)]
    houses = chance.integers(1, 9_999, rows).astype(str).astype(object)
    first = houses + " " + np.array(names, object)[(chance.random(rows) ** 2 * count).astype(np.int64)]
    second = np.full(rows, "", object)
    small = chance.integers(1, 999, rows).astype(str).astype(object)
    kinds: tuple[tuple[float, Callable[[npt.NDArray[np.int64]], Strings]], ...] = (
        (0.10, lambda at: first[at] + " Apt " + small[at]),
        (0.02, lambda at: first[at] + " # " + small[at]),
        (0.05, lambda at: "PO Box " + houses[at]),
        (0.015, lambda at: "RR 2 Box " + small[at]),
        (0.01, lambda at: "HC 68 Box " + small[at]),
        (0.005, lambda at: "PSC 802 Box " + small[at]),
        (0.01, lambda at: "URB Las Gladiolas " + small[at] + " Calle A"),
        (0.01, lambda at: houses[at] + " County Road " + small[at]),
        (0.005, lambda at: houses[at] + " E 1700 S"),
        (0.005, lambda at: "N6W2" + houses[at].astype(object) + " Bluemound Rd"),
        (0.005, lambda at: houses[at] + " 1/2 " + np.array(names, object)[at % count]),
        (0.01, lambda at: houses[at] + " Broadway"),
        (0.01, lambda at: houses[at] + " Avenue C"),
    )
    draw = chance.random(rows)
    for share, write in kinds:
        at = np.flatnonzero((draw >= 0) & (draw < share))
        first[at] = write(at)
        draw -= share
    at = np.flatnonzero(chance.random(rows) < 0.08)
    second[at] = "Unit " + small[at]
    return first, second
