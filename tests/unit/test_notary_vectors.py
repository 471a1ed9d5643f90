"""Golden vectors: today's code gives yesterday's bytes, and other implementations agree with them."""

import hashlib
import hmac
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from narrowgate.domain import jcs
from narrowgate.domain.errors import InvalidInput
from narrowgate.notary import receipt
from narrowgate.notary.files import FolderFiles
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.replay import verify_public
from narrowgate.notary.seal import check_segment, read_part

VECTORS = Path(__file__).parents[2] / "vectors" / "ledger"
KEY = VerifierKey.parse((VECTORS / "vkey").read_text())


def _load(name: str) -> Any:
    return json.loads((VECTORS / name).read_bytes())


def test_the_generator_gives_the_same_bytes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("generate", VECTORS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.main(tmp_path)
    made = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    kept = {
        p.relative_to(VECTORS).as_posix(): p.read_bytes()
        for p in VECTORS.rglob("*")
        if p.is_file() and p.suffix not in (".py", ".pyc", ".md")
    }
    assert made == kept


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _fold(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """The root, by the recursion of RFC 6962, section 2.1.1: another way than the code under test takes."""
    if size == 1:
        assert path == []
        return leaf
    k = 1 << (size - 1).bit_length() - 1
    sibling = bytes.fromhex(path[-1])
    if index < k:
        return _sha(b"\1", _fold(leaf, index, k, path[:-1]), sibling)
    return _sha(b"\1", sibling, _fold(leaf, index - k, size - k, path[:-1]))


def test_merkle_vectors_by_the_definition() -> None:
    vector = _load("merkle.json")
    for index, path in enumerate(vector["inclusion"]):
        leaf = _sha(b"\0", bytes.fromhex(vector["leaves"][index]))
        assert _fold(leaf, index, 7, path).hex() == vector["roots"][7]


def test_jcs_vectors_by_rfc8785() -> None:
    vector = _load("jcs.json")
    for value, expected in vector["canonical"]:
        assert rfc8785.dumps(value).hex() == expected == jcs.canonical(value).hex()
    for document in vector["refused"]:
        with pytest.raises(InvalidInput):
            jcs.parse(document.encode())


def test_commitment_vectors_by_hmac_alone() -> None:
    vector = _load("commitments.json")
    key = bytes.fromhex(vector["key"])
    for row, (body, salt) in enumerate(zip(vector["bodies"], vector["row_salts"], strict=True)):
        info = b"narrowgate/row/1\0" + vector["label"].encode() + b"\0" + row.to_bytes(8)
        assert hmac.new(key, info + b"\1", "sha256").hexdigest() == salt
        assert rfc8785.dumps(json.loads(body)).decode() == body
    for position, salt in enumerate(vector["event_salts"]):
        info = b"narrowgate/event/1\0" + bytes.fromhex(vector["entry_id"]) + position.to_bytes(4)
        assert hmac.new(key, info + b"\1", "sha256").hexdigest() == salt
        made = hmac.new(bytes.fromhex(salt), vector["event_bodies"][position].encode(), "sha256").hexdigest()
        assert made == vector["event_commitments"][position]
    leaves = [_sha(b"\0", bytes.fromhex(commitment)) for commitment in vector["event_commitments"]]
    assert json.loads(vector["entry"])["root"] == _sha(b"\1", *leaves).hex()


def test_the_log_the_receipt_and_the_segment_verify() -> None:
    assert verify_public(FolderFiles(VECTORS / "log"), KEY).superseded == 4
    shown = receipt.verify((VECTORS / "receipt.json").read_bytes(), KEY)
    assert shown.row == {"row": 1, "unmet": [], "word": "é"}
    segment, key = VECTORS / "segment.seal", bytes.fromhex(_load("commitments.json")["key"])
    assert check_segment(segment, shown.entry.id) == ("events", "rows")
    assert read_part(segment, shown.entry.id, "events", key) == b"one part"
    assert read_part(segment, shown.entry.id, "rows", key) == b"\0" * 70_000
