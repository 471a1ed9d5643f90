"""What a request states of each person."""

import numpy as np

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import PERIOD_EPOCH, Admitted
from narrowgate.law import addresses, names, reasons
from narrowgate.law.days import iso_day, later_date, no_later, requested_at
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.toml import ClosedList
from narrowgate.law.values import Bools, by_value, everywhere


@REGISTER.fact
def name_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``surname`` and ``given_name``: both a name, not an initial alone, not a filler."""
    return names.stated(admitted.subjects)


@REGISTER.fact
def address_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """The five address cells: a house number with its street, or a box, and where it lies; no ZIP Code, no filler.

    Looked at whether or not a ``tin`` is given.
    """
    return addresses.stated(admitted.subjects)


@REGISTER.fact
def taxable_period_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``taxable_periods``: at least one year, and none that begins after the request's day."""
    last = later_date(requested_at(admitted)).year - PERIOD_EPOCH
    begun = np.uint64((1 << (last + 1)) - 1 if last >= 0 else 0)
    stated = np.asarray(admitted.typed["periods"], np.uint64)
    found: Bools = (stated != 0) & ((stated & ~begun) == 0)
    return found


@REGISTER.fact
def case_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``case_number`` and ``case_opened``: a number that is no filler, and a day not after the request's day."""
    numbered = reasons.cases_stated(admitted.subjects)
    found: Bools = numbered & no_later(admitted.typed["case_opened"], later_date(requested_at(admitted)))
    return found


@REGISTER.fact(
    people="a reason on many rows is held for a disclosure officer; one on few rows is read by those who release"
)
def reason_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``reason``: at least three different words, and no filler. Copied reasons hold, they do not refuse."""
    return reasons.reasons_stated(admitted.subjects)


@REGISTER.fact
def subject_role_stated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``x_subject_role``: one of the roles that the pack lists under ``allowed.subject_roles``."""
    roles = pack.allowed(ClosedList.SUBJECT_ROLES)
    return by_value(admitted.subjects, ("x_subject_role",), lambda cell: cell.strip().lower() in roles)


@REGISTER.fact
def submission_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``x_submitted_on``: the ISO day on which the person gave this address to the requester; not after the request."""
    last = later_date(requested_at(admitted))

    def submitted(cell: str) -> bool:
        day = iso_day(cell)
        return day is not None and day <= last

    return by_value(admitted.subjects, ("x_submitted_on",), submitted)


@REGISTER.fact
def restricted_data_absent(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """The columns that the pack lists under ``allowed.blank_columns``: blank in the row; no list, no answer.

    An answer that rests on such a cell would say that the record agrees with it.
    """
    columns = sorted(pack.allowed(ClosedList.BLANK_COLUMNS))
    if not columns:
        return everywhere(admitted.rows, False)
    return by_value(admitted.subjects, columns, lambda *cells: not any(cell.strip() for cell in cells))
