"""Receipts: that one row was entered, checked by its holder offline, with the log's verifier key and nothing else.

A receipt (``narrowgate-receipt/1``) opens one row, the event it belongs to, and the entry of that event, up to a signed
checkpoint. It holds salts, so it is for the row's own holder: whoever has it can show what the row said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.jcs import Json, canonical, parse
from narrowgate.domain.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from narrowgate.notary.checkpoint import Checkpoint, open_checkpoint
from narrowgate.notary.commitments import Opening
from narrowgate.notary.entry import PublicEntry, parse_entry
from narrowgate.notary.note import VerifierKey

RECEIPT_FORMAT = "narrowgate-receipt/1"
MAX_RECEIPT = 2**20
MAX_PATH = 64

Fields = dict[str, Json]

_FIELDS = {"format", "row", "event", "entry", "path", "checkpoint"}
_OPENING = {"body", "salt", "index", "size", "path"}
_ENTRY = {"bytes", "index"}


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt shows, once it verified.

    Attributes:
        row, event: the bodies that were committed to.
        entry: the entry in the public log, and its index there.
        checkpoint: the tree head that all hangs from.
        other_signers: key names of further signatures on the checkpoint, witnesses perhaps: not checked here.
    """

    row: Mapping[str, Json]
    event: Mapping[str, Json]
    entry: PublicEntry
    entry_index: int
    checkpoint: Checkpoint
    other_signers: tuple[str, ...]


def build(
    row: Opening, event: Opening, entry: bytes, entry_index: int, path: Sequence[bytes], checkpoint: bytes
) -> Fields:
    """Make a receipt.

    Args:
        row: the row opened in its row tree, whose root and size the event's body states.
        event: the event opened beneath its entry.
        entry: the entry's bytes.
        entry_index: its place in the log.
        path: its inclusion path in the checkpoint's tree.
        checkpoint: the signed checkpoint.
    """
    return {
        "format": RECEIPT_FORMAT,
        "row": _opened(row),
        "event": _opened(event),
        "entry": {"bytes": entry.decode(), "index": entry_index},
        "path": [h.hex() for h in path],
        "checkpoint": checkpoint.decode(),
    }


def verify(receipt: bytes | Mapping[str, Json], key: VerifierKey) -> VerifiedReceipt:
    """Verify a receipt offline.

    1. It parses strictly: these fields and no others.
    2. The checkpoint is signed by the log's key and is of that log.
    3. The row's commitment, and its path, lead to the event's ``row_root``, in a tree of ``row_size`` rows.
    4. The event's commitment, and its path, lead to the entry's ``root``, at the event's own index and size.
    5. The entry stands in the checkpoint's tree.

    Raises:
        InvalidInput: when it is no receipt at all.
        IntegrityError: when any of the rest does not hold.
    """
    fields = _parse(receipt)  # 1
    row, event, entry_fields = (_fields(fields[name], name) for name in ("row", "event", "entry"))
    entry_data, entry_index = _entry(entry_fields)
    checkpoint, note = open_checkpoint(_text(fields["checkpoint"], "checkpoint").encode(), key)  # 2
    row_opening, event_opening, event_body = _opening(row, "row"), _opening(event, "event"), _body(event, "event")
    claimed = event_body.get("row_root"), event_body.get("row_size")
    if (row_opening.root().hex(), row_opening.size) != claimed:  # 3
        raise IntegrityError("receipt's row does not lead to its event's row root")
    entry = parse_entry(entry_data)
    place = event_body.get("event_index"), event_body.get("event_size")
    if event_opening.root() != entry.root or (event_opening.index, event_opening.size) != place:  # 4
        raise IntegrityError("receipt's event does not lead to its entry's root")
    path = _path(fields["path"], "path")
    verify_inclusion(leaf_hash(entry_data), entry_index, checkpoint.size, path, checkpoint.root)  # 5
    others = tuple(s.name for s in note.signatures if (s.name, s.key_id) != (key.name, key.key_id))
    return VerifiedReceipt(_body(row, "row"), event_body, entry, entry_index, checkpoint, others)


def split(receipts: Sequence[Mapping[str, Json]]) -> tuple[Fields, list[Fields]]:
    """Part receipts of one event into what they share and what is each row's own.

    Raises:
        ValueError: when there is none, or they are not of one event and one checkpoint.
    """
    parts = [({k: v for k, v in receipt.items() if k != "row"}, receipt["row"]) for receipt in receipts]
    shared = [s for s, _ in parts]
    if not shared or any(s != shared[0] for s in shared):
        raise ValueError("receipts to split are of one event and one checkpoint")
    return shared[0], [_fields(row, "row") for _, row in parts]


def join(shared: Mapping[str, Json], row: Mapping[str, Json]) -> Fields:
    """The receipt again, from what ``split`` parted. Nothing is verified."""
    return {**shared, "row": dict(row)}


def _opened(opening: Opening) -> Fields:
    return {
        "body": parse(opening.body, exact=True),
        "salt": opening.salt.hex(),
        "index": opening.index,
        "size": opening.size,
        "path": [h.hex() for h in opening.path],
    }


def _parse(receipt: bytes | Mapping[str, Json]) -> Fields:
    try:
        data = receipt if isinstance(receipt, bytes) else canonical(receipt)
    except (TypeError, ValueError):
        raise InvalidInput("malformed receipt: not json of the kind receipts are made of") from None
    fields = _fields(parse(data, limit=MAX_RECEIPT), "receipt")
    if fields.get("format") != RECEIPT_FORMAT:
        raise InvalidInput(f"not a receipt: expected the format {RECEIPT_FORMAT}")
    for part, names in ((fields, _FIELDS), (fields.get("row"), _OPENING), (fields.get("event"), _OPENING)):
        if not isinstance(part, dict) or part.keys() != names:
            raise InvalidInput(f"malformed receipt: expected the fields {', '.join(sorted(names))}")
    return fields


def _fields(value: Json, name: str) -> Fields:
    if not isinstance(value, dict):
        raise InvalidInput(f"malformed receipt: {name} is not an object")
    return value


def _entry(fields: Fields) -> tuple[bytes, int]:
    if fields.keys() != _ENTRY:
        raise InvalidInput(f"malformed receipt: expected the fields {', '.join(sorted(_ENTRY))}")
    return _text(fields["bytes"], "entry.bytes").encode(), _number(fields["index"], "entry.index")


def _opening(fields: Fields, name: str) -> Opening:
    return Opening(
        canonical(_body(fields, name)),
        _hash(fields["salt"], f"{name}.salt"),
        _number(fields["index"], f"{name}.index"),
        _number(fields["size"], f"{name}.size"),
        tuple(_path(fields["path"], f"{name}.path")),
    )


def _body(fields: Fields, name: str) -> Fields:
    return _fields(fields["body"], f"{name}.body")


def _path(value: Json, name: str) -> list[bytes]:
    if not isinstance(value, list) or len(value) > MAX_PATH:
        raise InvalidInput(f"malformed receipt: {name} is not a list of at most {MAX_PATH} hashes")
    return [_hash(item, name) for item in value]


def _hash(value: Json, name: str) -> bytes:
    text = _text(value, name)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != HASH_SIZE or raw.hex() != text:  # one spelling only: lower case, no spaces
        raise InvalidInput(f"malformed receipt: {name} is not {HASH_SIZE} bytes in lower-case hex")
    return raw


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"malformed receipt: {name} is not a text")
    return value


def _number(value: Json, name: str) -> int:
    if type(value) is not int or value < 0:
        raise InvalidInput(f"malformed receipt: {name} is not a count")
    return value
