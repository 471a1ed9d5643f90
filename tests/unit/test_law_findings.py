"""How what people found moves our own holds: every cause, found so, found not so, not found, and about another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from narrowgate.domain.circumstances import Circumstances, Determination
from narrowgate.domain.decision import Decided
from narrowgate.domain.parties import Agency
from narrowgate.domain.request import Admitted, RequestHead
from narrowgate.domain.vocabulary import DeterminationKind, HoldCause, Safeguards
from narrowgate.law.findings import as_found, needs_order, order_unverified, reason_pseudonym
from narrowgate.law.orders import digest_of
from narrowgate.law.pack import load_pack

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WRITTEN, ORDERED = load_pack("us.irc.6103.i.2"), load_pack("us.irc.6103.i.1")
ORDER = {"sha256": "ab" * 32, "names": [{"surname": "Ng", "given_name": "Bo"}], "periods": [2023]}
AGENCY = Agency("agency", "An Agency", Safeguards.OPEN_FINDINGS, "", {}, {})
REASONS = ("to serve the summons", "To  Serve the SUMMONS", "another reason")
GENERIC, FINDINGS, COUNSEL = (
    HoldCause.REASON_GENERIC.value,
    HoldCause.SAFEGUARDS_OPEN_FINDINGS.value,
    HoldCause.COUNSEL.value,
)


def keyed(purpose: str, value: bytes) -> bytes:
    return f"{purpose}:".encode() + value


def decided(*causes: str) -> Decided:
    """Three lawful rows that state REASONS, each held for these causes."""
    head = RequestHead(
        "r", "gate", "agency", "basis", "office", "", AT, "", "", "", order=ORDER, supersedes="", details={}, digest=""
    )
    subjects = pa.table({"reason": pa.chunked_array([REASONS[:1], REASONS[1:]])})
    admitted = Admitted(head, subjects, pa.table({}), pa.array([True] * 3), True, {}, AT, order_attached=True)
    lists = pa.list_(pa.string())
    held = pa.array([sorted(causes)] * 3, lists)
    return Decided(admitted, "", "", (), pa.array([0] * 3, pa.uint64()), pa.array([[]] * 3, lists), held, ())


def found(kind: DeterminationKind, about: str, *, met: bool = True, basis: str = "") -> Determination:
    return Determination("d", kind, about, basis, met, "letter", "", AT, AT + timedelta(days=9))


SAFEGUARDS, REASON, VERIFIED = (
    DeterminationKind.SAFEGUARDS_ACCEPTED,
    DeterminationKind.REASON_ACCEPTED,
    DeterminationKind.COURT_ORDER_VERIFIED,
)
SUMMONS = reason_pseudonym("agency", REASONS[0], keyed)
OF_OTHERS = reason_pseudonym("other", REASONS[0], keyed)
NONE: list[list[str]] = [[], [], []]
BOTH = sorted([GENERIC, FINDINGS])
CASES: dict[str, tuple[tuple[str, ...], tuple[Determination, ...], list[list[str]]]] = {
    # name: (what holds every row, what was found, what holds each row then)
    "nothing held, nothing found": ((), (), NONE),
    "held, and nothing found": ((GENERIC, FINDINGS), (), [BOTH] * 3),
    "findings accepted": ((FINDINGS,), (found(SAFEGUARDS, "agency"),), NONE),
    "findings accepted, another cause": ((GENERIC, FINDINGS), (found(SAFEGUARDS, "agency"),), [[GENERIC]] * 3),
    "findings of another accepted": ((FINDINGS,), (found(SAFEGUARDS, "other"),), [[FINDINGS]] * 3),
    "findings accepted for another basis": (
        (FINDINGS,),
        (found(SAFEGUARDS, "agency", basis=ORDERED.id),),
        [[FINDINGS]] * 3,
    ),
    "findings denied, though waived": ((), (found(SAFEGUARDS, "agency", met=False),), [[FINDINGS]] * 3),
    "findings accepted, and denied for this basis": (
        (FINDINGS,),
        (found(SAFEGUARDS, "agency"), found(SAFEGUARDS, "agency", met=False, basis=WRITTEN.id)),
        [[FINDINGS]] * 3,
    ),
    "a reason accepted": ((GENERIC,), (found(REASON, SUMMONS),), [[], [], [GENERIC]]),
    "a reason accepted for this basis": (
        (GENERIC,),
        (found(REASON, SUMMONS, basis=WRITTEN.id),),
        [[], [], [GENERIC]],
    ),
    "a reason accepted for another basis": ((GENERIC,), (found(REASON, SUMMONS, basis=ORDERED.id),), [[GENERIC]] * 3),
    "a reason whose acceptance expired": ((GENERIC,), (replace(found(REASON, SUMMONS), until=AT),), [[GENERIC]] * 3),
    "another agency's reason accepted": ((GENERIC,), (found(REASON, OF_OTHERS),), [[GENERIC]] * 3),
    "a reason denied that nothing held": ((), (found(REASON, SUMMONS, met=False),), [[GENERIC], [GENERIC], []]),
    "an order verified where none is asked for": ((), (found(VERIFIED, digest_of(ORDER)),), NONE),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_found_moves_what_holds(name: str) -> None:
    held, determinations, expected = CASES[name]
    now = Circumstances(AT, AGENCY, "", determinations=determinations)
    assert as_found(decided(*held), now, WRITTEN, keyed).causes.to_pylist() == expected


@pytest.mark.parametrize("safeguards", [Safeguards.CLEAR, Safeguards.SUSPENDED])
def test_a_denial_of_findings_says_nothing_of_safeguards_without_any(safeguards: Safeguards) -> None:
    now = Circumstances(AT, replace(AGENCY, safeguards=safeguards), "")
    now = replace(now, determinations=(found(SAFEGUARDS, "agency", met=False),))
    assert as_found(decided(), now, WRITTEN, keyed).causes.to_pylist() == NONE


ORDERS: dict[str, tuple[tuple[Determination, ...], bool]] = {
    "nothing found": ((), True),
    "verified as stated": ((found(VERIFIED, digest_of(ORDER)),), False),
    "verified for this basis": ((found(VERIFIED, digest_of(ORDER), basis=ORDERED.id),), False),
    "verified for another": ((found(VERIFIED, digest_of(ORDER), basis=WRITTEN.id),), True),
    "its file alone": ((found(VERIFIED, str(ORDER["sha256"])),), True),
    "with another name": ((found(VERIFIED, digest_of(ORDER | {"names": []})),), True),
    "verified and denied": ((found(VERIFIED, digest_of(ORDER)), found(VERIFIED, digest_of(ORDER), met=False)), True),
    "another kind": ((found(SAFEGUARDS, digest_of(ORDER)),), True),
    "not yet": ((replace(found(VERIFIED, digest_of(ORDER)), made=AT + timedelta(seconds=1)),), True),
    "expired": ((replace(found(VERIFIED, digest_of(ORDER)), until=AT),), True),
    "ended": ((replace(found(VERIFIED, digest_of(ORDER)), ended=AT),), True),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_waits_until_counsel_verified_it_as_it_is_stated(name: str) -> None:
    determinations, waits = ORDERS[name]
    now = Circumstances(AT, AGENCY, "", determinations=determinations)
    assert order_unverified(decided().admitted.head, now, ORDERED) is waits
    held = as_found(decided(), now, ORDERED, keyed).causes.to_pylist()
    assert held == ([[COUNSEL]] * 3 if waits else NONE)


def test_a_request_without_an_order_is_not_verified_where_one_is_asked_for() -> None:
    head = replace(decided().admitted.head, order=None)
    assert order_unverified(head, Circumstances(AT, AGENCY, ""), ORDERED)
    assert (needs_order(ORDERED), needs_order(WRITTEN)) == (True, False)
