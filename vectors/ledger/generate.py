# ruff: noqa: INP001 - a script beside its output, no package
"""Generates the golden vectors of the ledger's formats: ``python vectors/ledger/generate.py [FOLDER]``.

Keys and names are made up and fixed, so the same bytes come out each time; ``tests/unit/test_notary_vectors.py``
compares them, and ``tests/conformance`` has Go verify the ledger among them.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.domain import merkle
from narrowgate.domain.jcs import canonical
from narrowgate.domain.vocabulary import EventKind, PublicKind
from narrowgate.notary import receipt
from narrowgate.notary.checkpoint import Checkpoint
from narrowgate.notary.commitments import RowTree, event_salt, row_salt
from narrowgate.notary.entry import Entry, Event, make_entry
from narrowgate.notary.files import CHECKPOINT, MemoryFiles
from narrowgate.notary.note import SigningKey
from narrowgate.notary.seal import Part, seal
from narrowgate.notary.tiles import publish_plan

LOG = SigningKey("narrowgate.example/vectors", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
REQUEST_KEY = bytes(range(32, 64))
FILE_SALT = bytes(range(64, 96))
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LABEL = "request/1"
BODIES = [canonical({"row": n, "unmet": [], "word": word}) for n, word in enumerate(["a", "é", '"\\\n', "\u2028", ""])]
VALUES: list[object] = [
    None,
    True,
    -1,
    2**53 - 1,
    'é\u0007\n"\\/',
    [],
    {},
    {"b": [1, {"a": None}], "a": "x", "A": "\U0001f600"},
]
REFUSED = ['{"a":1,"a":1}', "1.0", "1e2", "NaN", "9007199254740992", '"\\ud800"', '{"é":1}', "[1,]", "", "1 1"]
LOG_SIZES = (2, 5, 259)
OPENED = 257
"""Which entry of the log the receipt is about."""


def files() -> Iterator[tuple[str, bytes]]:
    """Every vector: (path, bytes)."""
    entries = [_entry(n) for n in range(LOG_SIZES[-1])]
    ledger = _ledger([entry.data for entry in entries])
    yield "merkle.json", _json(_merkle())
    yield "jcs.json", _json({"canonical": [[v, canonical(v).hex()] for v in VALUES], "refused": REFUSED})
    yield "commitments.json", _json(_commitments(entries[OPENED]))
    yield "receipt.json", _json(_receipt(entries, ledger.files[CHECKPOINT]))
    yield "vkey", LOG.verifier().encode().encode() + b"\n"
    parts = [Part("events", REQUEST_KEY, b"one part"), Part("rows", REQUEST_KEY, b"\0" * 70_000)]
    yield "segment.seal", b"".join(seal(entries[OPENED].id, parts, FILE_SALT))
    yield from ((f"log/{path}", data) for path, data in ledger.files.items())


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"


def _merkle() -> dict[str, object]:
    data = [bytes(range(n)) for n in range(7)]
    tree = merkle.Tree(merkle.leaf_hash(leaf) for leaf in data)
    return {
        "leaves": [leaf.hex() for leaf in data],
        "roots": [merkle.root(merkle.leaf_hash(leaf) for leaf in data[:size]).hex() for size in range(8)],
        "inclusion": [[h.hex() for h in tree.inclusion(index)] for index in range(7)],
        "consistency": [[h.hex() for h in tree.consistency(size)] for size in range(8)],
    }


def _rows() -> RowTree:
    return RowTree.build(REQUEST_KEY, LABEL, enumerate(BODIES))


def _entry(number: int) -> Entry:
    time, rows = START + timedelta(seconds=number), _rows()
    body = {"kind": EventKind.REQUEST_RECEIVED, "time": "2026-01-02T03:04:05Z"}
    events = [Event(body | {"row_root": rows.root.hex(), "row_size": rows.size}, REQUEST_KEY), Event(body, REQUEST_KEY)]
    public = {"kind": PublicKind.GATE_FOUNDED, "custodian": "made.up"} if number == 0 else None
    return make_entry(f"{number:032x}", time, events, public)


def _ledger(entries: list[bytes]) -> MemoryFiles:
    ledger, old = MemoryFiles(), 0
    for size in LOG_SIZES:
        for path, data in publish_plan(lambda start, stop: entries[start:stop], old, size, ledger.read):
            ledger.write(path, data)
        old = size
    root = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    ledger.write(CHECKPOINT, Checkpoint(LOG.name, len(entries), root).sign(LOG))
    return ledger


def _commitments(entry: Entry) -> dict[str, object]:
    rows = _rows()
    return {
        "key": REQUEST_KEY.hex(),
        "label": LABEL,
        "bodies": [body.decode() for body in BODIES],
        "row_salts": [row_salt(REQUEST_KEY, LABEL, row).hex() for row in range(len(BODIES))],
        "row_root": rows.root.hex(),
        "entry_id": entry.id,
        "event_salts": [event_salt(REQUEST_KEY, bytes.fromhex(entry.id), n).hex() for n in range(2)],
        "event_bodies": [event.body.decode() for event in entry.events],
        "event_commitments": [event.commitment.hex() for event in entry.events],
        "entry": entry.data.decode(),
    }


def _receipt(entries: list[Entry], checkpoint: bytes) -> receipt.Fields:
    log, entry = merkle.Tree(merkle.leaf_hash(e.data) for e in entries), entries[OPENED]
    row = _rows().open(1, 1, BODIES[1])
    return receipt.build(row, entry.open(0), entry.data, OPENED, log.inclusion(OPENED), checkpoint)


def main(folder: Path) -> None:
    """Write every vector beneath ``folder``."""
    for path, data in files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
