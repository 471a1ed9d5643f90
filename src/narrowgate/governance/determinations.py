"""Determinations: what people of the custodian found, for a time; who finds what, and what one of them may do alone.

``enter`` says that it is so, ``deny`` that it is not; ``end`` ends what was entered, ``lift`` what was denied. Whatever
opens the gate (``enter``, ``lift``) takes two people, whatever only closes it (``deny``, ``end``) one.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from narrowgate.domain.books import Json, utc_text, utc_time
from narrowgate.domain.circumstances import Determination
from narrowgate.domain.vocabulary import DeterminationKind, Role

DETERMINED_BY = {
    DeterminationKind.COURT_ORDER_VERIFIED: Role.COUNSEL,
    DeterminationKind.REQUESTER_VERIFIED: Role.COUNSEL,
    DeterminationKind.REASON_ACCEPTED: Role.DISCLOSURE_OFFICER,
    DeterminationKind.SAFEGUARDS_ACCEPTED: Role.COUNSEL,
}
"""Kind to the role that finds it."""

ENTER, DENY, END, LIFT = "enter", "deny", "end", "lift"
WORDS = (ENTER, DENY, END, LIFT)
ALONE = (DENY, END)
"""What one person does: each only closes the gate."""

LONGEST = timedelta(days=400)
"""No determination counts longer: what was found is looked at again."""


def command_of(word: str, kind: DeterminationKind) -> str:
    """The command that people sign: a word and a kind."""
    return f"determination {word} {kind.value}"


COMMANDS = {command_of(word, kind): (word, kind) for kind in DeterminationKind for word in WORDS}
"""Every such command, taken apart."""


def determination_json(found: Determination) -> dict[str, Json]:
    """A determination as the register keeps it; its reason stands in the statement alone, sealed."""
    return {
        "kind": found.kind.value,
        "about": found.about,
        "basis": found.basis,
        "met": found.met,
        "document": found.document,
        "document_digest": found.document_digest,
        "made": utc_text(found.made),
        "until": utc_text(found.until),
        "ended": utc_text(found.ended) if found.ended else "",
    }


def determination_from(key: str, body: Mapping[str, Any]) -> Determination:
    """The determination that ``determination_json`` wrote.

    Raises:
        KeyError, ValueError, TypeError: for any other body.
    """
    return Determination(
        id=key,
        kind=DeterminationKind(body["kind"]),
        about=body["about"],
        basis=body["basis"],
        met=body["met"],
        document=body["document"],
        document_digest=body["document_digest"],
        made=utc_time(body["made"]),
        until=utc_time(body["until"]),
        ended=utc_time(body["ended"]) if body["ended"] else None,
    )


def overreach(command: str, key: str, body: Mapping[str, Any], before: Mapping[str, Any] | None, at: datetime) -> str:
    """How a signed determination does more than its command may, or "".

    1. It is of the kind that the command names, and so was found by the role of that kind.
    2. ``enter`` and ``deny`` make a new one, met or not met as they say, for a time within bounds that has begun.
    3. ``end`` and ``lift`` change nothing but that it ended, by now; what ``end`` ends was met, what ``lift`` ends not.

    Args:
        command: any command that writes the register; those that are no key of ``COMMANDS`` are none of its business.
        key: of the register.
        body: what it gives the register under that key.
        before: the body that the register has there, or None.
        at: aware UTC time at which it is entered.
    """
    if command not in COMMANDS:
        return ""
    word, kind = COMMANDS[command]
    found = determination_from(key, body)
    if found.kind is not kind or determination_json(found) != dict(body):  # 1
        return f"`{command}` decides nothing but a determination of its kind"
    if found.met is not (word in (ENTER, END)):
        return f"`{command}` is not about one that is {'met' if found.met else 'not met'}"
    if word in (ENTER, DENY):  # 2
        fresh = before is None and _fresh(found) and found.made <= at
        return "" if fresh else f"`{command}` changes none that stands, and none for ever"
    if before is None or before["ended"] or not (found.ended and found.made <= found.ended <= at):  # 3
        return f"`{command}` ends one that stands, by now"
    was = determination_from(key, before)
    return "" if replace(found, ended=None) == was else f"`{command}` changes nothing but that it ended"


def _fresh(found: Determination) -> bool:
    return found.ended is None and found.made < found.until <= found.made + LONGEST


def standing(found: Determination, at: datetime) -> str:
    """Where it stands at ``at``: ``in_force``, ``ended`` or ``expired``."""
    if found.in_force(at):
        return "in_force"
    return "ended" if found.ended else "expired"
