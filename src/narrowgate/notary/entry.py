"""Entries: the leaves of the public log, and the events sealed beneath each.

An entry is canonical JSON that tells time, a random id and one root, so that neither a single request nor a sealed
order shows. Beneath the root stand the events of one commit, each a salted commitment to its body. Only what is public
by nature is in clear, under ``public``.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.jcs import Json, canonical, parse
from narrowgate.domain.merkle import Tree, leaf_hash
from narrowgate.domain.vocabulary import EventKind, PublicKind
from narrowgate.notary.commitments import Opening, commit, event_salt

ENTRY_FORMAT = "narrowgate-entry/1"
MAX_ENTRY = 0xFFFF
"""C2SP tlog-tiles, "Log entries": an entry's length is a uint16."""

_ID = re.compile(r"[0-9a-f]{32}")
_ROOT = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_OPAQUE = re.compile(
    rb'\{"format":"narrowgate-entry/1","id":"([0-9a-f]{32})","root":"([0-9a-f]{64})","time":"([^"]{20})"\}'
)
_FIELDS = {"format", "id", "root", "time"}


@dataclass(frozen=True, slots=True)
class Event:
    """An event to enter.

    Attributes:
        body: of the JCS subset; at least ``kind`` (an ``EventKind``) and ``time``, and with a row tree both
            ``row_root`` (hex) and ``row_size``. ``make_entry`` adds ``event_index`` and ``event_size``.
        key: 32 bytes; whoever holds it can open the event.
    """

    body: Mapping[str, object]
    key: bytes


@dataclass(frozen=True, slots=True)
class EnteredEvent:
    """An event as it was committed to.

    Attributes:
        body: canonical bytes, to be sealed.
        salt, commitment: 32 bytes each.
    """

    body: bytes
    salt: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """An entry as anyone can read it."""

    id: str
    time: datetime
    root: bytes
    public: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry made here, with what opens it.

    Attributes:
        id: 32 hex digits.
        data: the leaf's bytes.
        root: over the events' commitments; the empty tree's root where there are none.
    """

    id: str
    data: bytes
    root: bytes
    events: tuple[EnteredEvent, ...]

    def open(self, position: int) -> Opening:
        """Open the event at ``position``."""
        event = self.events[position]
        path = _tree(self.events).inclusion(position)
        return Opening(event.body, event.salt, position, len(self.events), tuple(path))


def make_entry(
    entry_id: str, time: datetime, events: Sequence[Event], public: Mapping[str, object] | None = None
) -> Entry:
    """Make the entry of one commit.

    Each event's body is given its place and their number (``event_index``, ``event_size``): a root alone does not bind
    the number of leaves beneath it, and a receipt is to hold in one reading only.

    Args:
        entry_id: 32 hex digits, random, never used before.
        time: aware; entered in whole seconds of UTC.
        events: what is sealed beneath it.
        public: what is public by nature, its ``kind`` a ``PublicKind``.

    Raises:
        ValueError: when an argument is not as above.
        InvalidInput: when the entry would be too long to enter.
    """
    if not _ID.fullmatch(entry_id) or time.tzinfo is None:
        raise ValueError("an entry has an id of 32 hex digits and an aware time")
    entered = tuple(_enter(event, entry_id, at, len(events)) for at, event in enumerate(events))
    root = _tree(entered).root()
    fields: dict[str, object] = {"format": ENTRY_FORMAT, "id": entry_id, "root": root.hex(), "time": format_time(time)}
    if public is not None:
        fields["public"] = dict(public) | {"kind": PublicKind(str(public["kind"]))}
    data = canonical(fields)
    if len(data) > MAX_ENTRY:
        raise InvalidInput(f"too long to enter in public: expected at most {MAX_ENTRY} bytes, got {len(data)}")
    return Entry(entry_id, data, root, entered)


def _enter(event: Event, entry_id: str, position: int, count: int) -> EnteredEvent:
    body = dict(event.body) | {"event_index": position, "event_size": count}
    EventKind(str(body["kind"]))
    if not isinstance(body.get("time"), str) or ("row_root" in body) != ("row_size" in body):
        raise ValueError("an event's body has a time, and row_root and row_size together or neither")
    data, salt = canonical(body), event_salt(event.key, bytes.fromhex(entry_id), position)
    return EnteredEvent(data, salt, commit(salt, data))


def _tree(events: Sequence[EnteredEvent]) -> Tree:
    return Tree(leaf_hash(event.commitment) for event in events)


def format_time(time: datetime) -> str:
    """Whole seconds of UTC, ``YYYY-MM-DDTHH:MM:SSZ``; a fraction is dropped."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_entry(data: bytes) -> PublicEntry:
    """Parse an entry's bytes strictly.

    Raises:
        IntegrityError: naming what is not as an entry is.
    """
    if opaque := _OPAQUE.fullmatch(data):  # nearly every entry; the pattern says all that the steps below do
        entry_id, root, time = (part.decode("ascii", "replace") for part in opaque.groups())
        return PublicEntry(entry_id, _parse_time(time), bytes.fromhex(root), None)
    try:
        fields = parse(data, limit=MAX_ENTRY, exact=True)
    except InvalidInput as error:
        raise IntegrityError(f"malformed entry: {error.message}") from None
    if not isinstance(fields, dict) or fields.keys() - {"public"} != _FIELDS or fields["format"] != ENTRY_FORMAT:
        raise IntegrityError(f"malformed entry: not the fields of {ENTRY_FORMAT}")
    entry_id, root = _matching(fields, "id", _ID), _matching(fields, "root", _ROOT)
    public = _public(fields["public"]) if "public" in fields else None
    return PublicEntry(entry_id, _parse_time(fields["time"]), bytes.fromhex(root), public)


def _matching(fields: Mapping[str, Json], name: str, pattern: re.Pattern[str]) -> str:
    value = fields[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise IntegrityError(f"malformed entry: field {name}")
    return value


def _parse_time(text: Json) -> datetime:
    if isinstance(text, str) and _TIME.fullmatch(text):
        with suppress(ValueError):  # no such day, or no such second
            return datetime.fromisoformat(text)
    raise IntegrityError("malformed entry: field time")


def _public(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.get("kind") not in tuple(PublicKind):
        raise IntegrityError("malformed entry: public is of no known kind")
    return value
