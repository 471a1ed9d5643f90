"""The facts of 26 USC 6103(i)(2) and of the statutes it brings, each derived for all rows at once.

Rules for every fact: False where anything it needs is missing or unknown; nothing here raises for what a request says.
What a request states once is judged once; names, addresses and other texts once per distinct value.

A request's date is the earlier of ``made_at`` and receipt. Facts about the request's text take that date; facts about
who may act now (stays, safeguards, officers) take ``circumstances.at``, so that a second look before release sees the
present.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.parties import Agency
from narrowgate.domain.postal import is_sufficient, parse
from narrowgate.domain.request import PERIOD_EPOCH, Admitted
from narrowgate.domain.vocabulary import Attests, Safeguards
from narrowgate.law.names import is_name
from narrowgate.law.pack import Pack
from narrowgate.law.reasons import is_authority, is_case_number, is_reason
from narrowgate.law.registry import Register
from narrowgate.law.statutes import designated, read
from narrowgate.law.values import Bools, by_value, everywhere

REGISTER = Register()
MAX_AGE = timedelta(days=30)
_ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip")
_SAFE = frozenset({Safeguards.CLEAR, Safeguards.OPEN_FINDINGS})
_WILLFUL = frozenset(
    {Attests.WILLFUL_FAILURE_TO_DEPART, Attests.NO_PROPER_STEPS, Attests.NOT_IN_CUSTODY_NOR_DEPARTED},
)


def request_date(admitted: Admitted) -> date:
    """The UTC day of the earlier of ``made_at`` and receipt."""
    made, received = admitted.head.made_at, admitted.received_at
    earlier: datetime = min(made, received) if made else received
    return earlier.astimezone(UTC).date()


def _requester(admitted: Admitted, circumstances: Circumstances) -> Agency | None:
    agency = circumstances.agency
    return agency if agency and agency.id == admitted.head.agency else None


def _no_later(days: pa.ChunkedArray, last: date) -> Bools:
    """Where a day is stated and is not after ``last``."""
    found: Bools = np.asarray(pc.fill_null(pc.less_equal(days, pa.scalar(last, pa.date32())), False))
    return found


@REGISTER.fact
def row_well_formed(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """Whether every cell of the row could be read; intake marks rows with cells that could not."""
    found: Bools = np.asarray(pc.fill_null(admitted.well_formed, False), np.bool_)
    return found


@REGISTER.fact
def request_timely(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``made_at``: stated, not after receipt, and at most 30 days before it."""
    made = admitted.head.made_at
    timely = made is not None and timedelta(0) <= admitted.received_at - made <= MAX_AGE
    return everywhere(admitted.rows, timely)


@REGISTER.fact
def signer_is_authorized(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``signed_by.office``: registered with the requester, and this basis among those it may sign."""
    agency = _requester(admitted, circumstances)
    office = agency.offices.get(admitted.head.office) if agency else None
    return everywhere(admitted.rows, office is not None and pack.id in office.may_sign)


@REGISTER.fact
def signature_valid(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``request.jws``: whether the office's registered key, in force at receipt, signed these bytes."""
    return everywhere(admitted.rows, admitted.signature_valid)


@REGISTER.fact
def basis_adopted(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``basis``: is this pack, and the edition that two of the custodian's counsel adopted is this very one."""
    adopted = admitted.head.basis == pack.id and circumstances.adopted_pack == pack.digest
    return everywhere(admitted.rows, adopted)


@REGISTER.fact
def not_stayed(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """Every stay the gate knows: none in force reaches this basis, this requester and this statute.

    A stay whose statute cannot be read, and a request whose statute cannot be read, are taken to meet.
    """
    head = admitted.head
    stayed = any(
        _meet(stay.statute, head.criminal_statute, pack)
        and replace(stay, statute="").covers(basis=head.basis, requester=head.agency, statute="", at=circumstances.at)
        for stay in circumstances.stays
    )
    return everywhere(admitted.rows, not stayed)


def _meet(stayed: str, designates: str, pack: Pack) -> bool:
    """Whether two texts may mean the same statute, one of them perhaps more coarsely."""
    if not stayed.strip():
        return True
    ours, theirs = read(stayed), read(designates)
    return not ours or not theirs or any(pack.in_full(a).overlaps(pack.in_full(b)) for a in ours for b in theirs)


@REGISTER.fact
def safeguards_clear(admitted: Admitted, circumstances: Circumstances, _pack: Pack) -> Bools:
    """The requester's safeguards as the custodian determined: not suspended. Open findings hold, they do not refuse."""
    agency = _requester(admitted, circumstances)
    return everywhere(admitted.rows, agency is not None and agency.safeguards in _SAFE)


@REGISTER.fact
def name_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``surname`` and ``given_name``: both a name, not an initial alone, not a filler."""
    return by_value(admitted.subjects, ("surname", "given_name"), is_name)


def _is_address(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> bool:
    return is_sufficient(parse(line_1, line_2, city, state, zip_code))


@REGISTER.fact
def address_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """The five address cells: a house number with its street, or a box, and where it lies; no ZIP Code, no filler.

    Looked at whether or not a ``tin`` is given.
    """
    return by_value(admitted.subjects, _ADDRESS, _is_address)


@REGISTER.fact
def taxable_period_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``taxable_periods``: at least one year, and none that begins after the request's date."""
    last = request_date(admitted).year - PERIOD_EPOCH
    begun = np.uint64((1 << (last + 1)) - 1 if last >= 0 else 0)
    stated = np.asarray(admitted.typed["periods"], np.uint64)
    found: Bools = (stated != 0) & ((stated & ~begun) == 0)
    return found


@REGISTER.fact
def authority_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``statutory_authority``: cites a statute other than section 6103, which conducts no proceeding."""
    return everywhere(admitted.rows, is_authority(admitted.head.statutory_authority))


@REGISTER.fact
def statute_designated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``criminal_statute``: citations alone, each of a federal criminal statute that is not tax administration."""
    judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
    return everywhere(admitted.rows, judged.designates)


@REGISTER.fact
def reason_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``reason``: at least three different words, and no filler. Copied reasons hold, they do not refuse."""
    return by_value(admitted.subjects, ("reason",), is_reason)


@REGISTER.fact
def officer_engaged(admitted: Admitted, circumstances: Circumstances, _pack: Pack) -> Bools:
    """``officer``: registered with the requester, his key in force, personal engagement attested over his rows."""
    agency = _requester(admitted, circumstances)

    def engaged(officer_id: str) -> bool:
        officer = agency.officers.get(officer_id) if agency else None
        attested = admitted.attested.get(officer_id, frozenset())
        return (
            officer is not None and officer.key.counts_at(circumstances.at) and Attests.PERSONALLY_ENGAGED in attested
        )

    return by_value(admitted.subjects, ("officer",), engaged)


@REGISTER.fact
def case_stated(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``case_number`` and ``case_opened``: a number that is no filler, and a day not after the request's date."""
    numbered = by_value(admitted.subjects, ("case_number",), is_case_number)
    found: Bools = numbered & _no_later(admitted.typed["case_opened"], request_date(admitted))
    return found


@REGISTER.fact
def purpose_exclusive(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``purpose``: one of those this basis allows, and no other."""
    return everywhere(admitted.rows, admitted.head.purpose in pack.purposes)


@REGISTER.fact
def designates_us_8_1253_a_1(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``criminal_statute``: whether 8 USC 1253(a)(1) is among what it designates; decides whether its elements join."""
    judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
    return everywhere(admitted.rows, any(name == _FAILURE_TO_DEPART for name, _ in judged.prongs))


_FAILURE_TO_DEPART = "us.8.1253.a.1"


@REGISTER.fact
def order_ground_stated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``order_ground``: a class of 8 USC 1227(a), by that number or as section 237 of the act; 1182 is none."""
    grounds = pack.grounds.get(_FAILURE_TO_DEPART)
    if not grounds:
        return everywhere(admitted.rows, False)
    return by_value(admitted.subjects, ("order_ground",), grounds.states)


@REGISTER.fact
def order_final_and_elapsed(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``removal_order_date``: stated; more than 90 days before the request's date under prong (A), else not after it.

    Where several prongs are designated the longest term counts.
    """
    judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
    offence = pack.offences.get(_FAILURE_TO_DEPART)
    terms = offence.elapsed_days if offence else {}
    longest = max(terms.values(), default=0)
    prongs = [prong for name, prong in judged.prongs if name == _FAILURE_TO_DEPART]
    days = max((terms.get(prong, longest) for prong in prongs), default=longest)
    last = request_date(admitted) - (timedelta(days=days + 1) if days else timedelta(0))
    return _no_later(admitted.typed["order_date"], last)


@REGISTER.fact
def willfulness_attested(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``officer``: attested willful failure to depart, no proper steps, neither custody nor departure, for his rows."""
    return by_value(
        admitted.subjects, ("officer",), lambda officer: admitted.attested.get(officer, frozenset()) >= _WILLFUL
    )
