"""Dates and periods, parsed once per distinct text; what cannot be parsed counts as missing and marks its row."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.request import PERIOD_EPOCH, TYPED_SCHEMA

T = TypeVar("T")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_YEARS = 64


def parse_date(text: str) -> date:
    """The day that ``YYYY-MM-DD`` names.

    Raises:
        ValueError: for any other text, and for days that do not exist.
    """
    if not _ISO_DATE.fullmatch(text):
        raise ValueError("expected YYYY-MM-DD")
    return date.fromisoformat(text)


def parse_periods(text: str) -> int:
    """The mask of the taxable years in a ``;`` list: bit n is 1990 + n.

    Raises:
        ValueError: for anything but four-digit years from 1990 to 2053.
    """
    mask = 0
    for part in text.split(";"):
        year = part.strip()
        place = int(year) - PERIOD_EPOCH if _YEAR.fullmatch(year) else -1
        if not 0 <= place < _YEARS:
            raise ValueError("expected four-digit years")
        mask |= 1 << place
    return mask


def _parsed(column: pa.ChunkedArray, parse: Callable[[str], T], kind: pa.DataType) -> tuple[pa.Array, pa.BooleanArray]:
    """The parsed column (null where blank or unusable), and which cells were unusable."""
    coded = pc.dictionary_encode(pc.utf8_trim_whitespace(column.combine_chunks()))
    values: list[T | None] = []
    unusable: list[bool] = []
    for text in coded.dictionary.to_pylist():
        try:
            values.append(parse(text) if text else None)
            unusable.append(False)
        except ValueError:
            values.append(None)
            unusable.append(True)
    return pa.array(values, kind).take(coded.indices), pa.array(unusable, pa.bool_()).take(coded.indices)


def typed_columns(subjects: pa.Table) -> tuple[pa.Table, dict[str, pa.BooleanArray]]:
    """``TYPED_SCHEMA`` of the subjects, and per source column which of its cells were unusable."""
    sources = {
        "date_of_birth": (parse_date, pa.date32()),
        "removal_order_date": (parse_date, pa.date32()),
        "case_opened": (parse_date, pa.date32()),
        "taxable_periods": (parse_periods, pa.uint64()),
    }
    parsed = {name: _parsed(subjects[name], *how) for name, how in sources.items()}
    columns = [values for values, _ in parsed.values()]
    columns[-1] = pc.fill_null(columns[-1], pa.scalar(0, pa.uint64()))
    return pa.table(columns, schema=TYPED_SCHEMA), {name: bad for name, (_, bad) in parsed.items()}
