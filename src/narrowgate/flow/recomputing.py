"""What people sign is worked out anew from the gate's present state, and refused if it differs.

A statement says everything that it takes effect with. So whoever puts one together by hand could have it say what no
command says: rows that wait for counsel, released by officers; an edition that changes nothing, and does. So
each signature, the last above all, is given over what the gate itself would put together at that moment, and nothing
else. What is a statement's own (a reason, a day, a reference) is taken from it, under the rules it was made by.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import HoldCause, Role
from narrowgate.flow import casefile, release, rulings
from narrowgate.flow.changes import adoption_of_kept, config_adopt, member_of, party_of, staff_remove
from narrowgate.flow.deciding import require_write
from narrowgate.flow.determining import determined_anew
from narrowgate.flow.holding import refused_anew, release_of
from narrowgate.flow.means import adopt_certificate, snapshot_of
from narrowgate.flow.waiting import assigned_anew
from narrowgate.governance.config import config_from
from narrowgate.governance.decisions import Statement
from narrowgate.governance.determinations import COMMANDS as DETERMINATIONS
from narrowgate.governance.parties import agency_from
from narrowgate.governance.staff import WRITES
from narrowgate.linkage.snapshot import Snapshot

Recompute = Callable[[Gate, Statement], Statement]
"""The statement that the command of another would put together now.

Raises:
    NarrowgateError: when it would put together none.
    KeyError, ValueError, TypeError, AttributeError: when the other is none that it makes.
"""


def require_recomputed(gate: Gate, statement: Statement, at: datetime) -> None:
    """A statement is what its command would put together at ``at``.

    Raises:
        NarrowgateError: ``nothing_to_do`` when it is not; or whatever its command raises.
        IntegrityError: when its command never puts such a one together.
    """
    if statement.command in WRITES:
        require_write(gate, statement, at)
    recompute = RECOMPUTED.get(statement.command)
    if recompute is None:
        return
    try:
        same = recompute(gate, statement).to_bytes() == statement.to_bytes()
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise IntegrityError(f"`{statement.command}` makes no such statement", "sign what its command shows") from error
    if not same:
        raise NarrowgateError(
            ErrorCode.NOTHING_TO_DO,
            "what this decides is not what follows from the present state",
            "it changed since it was signed, or never was: look at the present state and sign anew",
        )


def _decline(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return release.decline(gate, casefile.request_of(gate, statement), about["why"])


def _hold_release(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return release_of(gate, casefile.request_of(gate, statement), [HoldCause(cause) for cause in about["waived"]])


def _pack_adopt(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return adoption_of_kept(gate, about["key"], about["body"]["digest"], about["body"]["why"])


def _config_adopt(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return config_adopt(gate, config_from(about["body"]))


def _records_load(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return snapshot_of(gate, Snapshot.open(gate.files.snapshots(), about["body"]["digest"], verify=False).manifest)


def _certify(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return adopt_certificate(gate, Certificate.from_json(about["body"]["certificate"]))


def _party_add(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    return party_of(gate, agency_from(about["body"]), "the decision")


def _staff(gate: Gate, statement: Statement) -> Statement:
    about: Mapping[str, Any] = statement.about
    person, body, member = about["key"], about["body"], rulings.staff(gate).get(about["key"])
    had, has = member.roles if member else frozenset(), frozenset(Role(role) for role in body["roles"])
    if statement.command == "staff remove":
        return staff_remove(gate, person, next(iter(had - has), Role.AUDITOR))
    return member_of(gate, person, next(iter(has - had or has)), body["jwk"], "the decision")


RECOMPUTED: Mapping[str, Recompute] = {
    "certify": _certify,
    "config adopt": _config_adopt,
    "decline": _decline,
    "hold assign": assigned_anew,
    "hold assign counsel": assigned_anew,
    "hold refuse": refused_anew,
    "hold release": _hold_release,
    "hold release counsel": _hold_release,
    "pack adopt": _pack_adopt,
    "party add": _party_add,
    "records load": _records_load,
    "staff add": _staff,
    "staff remove": _staff,
} | dict.fromkeys(DETERMINATIONS, determined_anew)
"""Command to its statement, put together anew. ``approve`` does it itself, with the page that it shows.

Not here, since what they are made from is kept nowhere: ``shield add`` and ``shield remove`` (a person_id), ``party
revoke`` (a file), ``stay enter`` and ``stay lift`` (an order). Of these ``governance/writes`` looks at what they write.
"""
