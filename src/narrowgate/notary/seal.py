"""Sealed segments: what was committed to, encrypted, one file a commit, each part under a key of its own.

Layout, integers big-endian::

    header   "narrowgate-seal/1" and a newline | entry id (16) | file salt (32) | number of parts (4)
             and for each part: label length (2) | label | payload length (8)
    parts    in order, each in chunks of 64 KiB (the last may be shorter or empty), AES-256-GCM, tag of 16 bytes
    digest   SHA-256 of all before it (32)

A part's key is HKDF-Expand of its owner's key over the entry id, the random file salt and the label, so it is used for
one part of one file; its nonces count chunks (11 bytes) and flag the last (1 byte), so that cutting short and
reordering show, as in the STREAM construction. Every chunk's associated data is the digest of the whole header. The
digest at the end lets a file be checked without any key, after shredding too; it is no substitute for the tags.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from narrowgate.domain.errors import IntegrityError
from narrowgate.notary.commitments import expand
from narrowgate.notary.files import replace_file, storage_errors

MAGIC = b"narrowgate-seal/1\n"
CHUNK = 64 * 1024
_TAG = 16
_DIGEST = 32
_ID = 16
_SALT = 32
_MAX_PARTS = 1 << 20
_MAX_LABEL = 255


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a segment.

    Attributes:
        label: its name in the segment, printable ASCII, at most 255 characters; not secret.
        key: 32 bytes, its owner's.
    """

    label: str
    key: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Header:
    data: bytes
    salt: bytes
    lengths: tuple[tuple[str, int], ...]  # (label, payload length), in order

    def file_size(self) -> int:
        return len(self.data) + sum(_sealed_length(n) for _, n in self.lengths) + _DIGEST

    def find(self, label: str) -> tuple[int, int]:
        """Offset and payload length of the part named ``label``."""
        offset = len(self.data)
        for name, length in self.lengths:
            if name == label:
                return offset, length
            offset += _sealed_length(length)
        raise IntegrityError("sealed segment has no such part")


def write_segment(path: Path, entry_id: str, parts: Iterable[Part]) -> None:
    """Write a segment for good: temporary name, fsync, rename, fsync of the folder; readable by its owner alone.

    Raises:
        ValueError: when labels repeat or cannot stand in a header, or a key is not 32 bytes.
        NarrowgateError: ``storage`` when it cannot be written; nothing is left behind under ``path`` then.
    """
    replace_file(path, seal(entry_id, tuple(parts), os.urandom(_SALT)))


def seal(entry_id: str, parts: Sequence[Part], file_salt: bytes) -> Iterator[bytes]:
    """A segment's bytes, piece by piece. ``file_salt`` is random and never used twice."""
    header = _header(entry_id, parts, file_salt)
    bound = sha256(header).digest()
    digest = sha256(header)
    yield header
    for part in parts:
        cipher = AESGCM(_part_key(part.key, entry_id, file_salt, part.label))
        for nonce, start, stop in _chunks(len(part.payload)):
            sealed = cipher.encrypt(nonce, part.payload[start:stop], bound)
            digest.update(sealed)
            yield sealed
    yield digest.digest()


def read_part(path: Path, entry_id: str, label: str, key: bytes) -> bytes:
    """Open one part. The header and this part are authenticated; ``check_segment`` looks at the others too.

    Raises:
        IntegrityError: when the file is missing, cut, altered in header or part, of another entry, or the key is wrong.
    """
    with _opened(path) as file:
        header = _read_header(file, entry_id)
        offset, length = header.find(label)
        file.seek(offset)
        sealed = file.read(_sealed_length(length))
    cipher = AESGCM(_part_key(key, entry_id, header.salt, label))
    bound, clear, at = sha256(header.data).digest(), BytesIO(), 0
    for nonce, start, stop in _chunks(length):
        end = at + stop - start + _TAG
        try:
            clear.write(cipher.decrypt(nonce, sealed[at:end], bound))
        except InvalidTag:
            raise IntegrityError("sealed part does not open: altered, or another key") from None
        at = end
    return clear.getvalue()


def check_segment(path: Path, entry_id: str) -> tuple[str, ...]:
    """Check a whole segment without any key, and return its labels.

    Raises:
        IntegrityError: when any bit of it differs from what was written, or it is of another entry.
    """
    with _opened(path) as file:
        header = _read_header(file, entry_id)
        file.seek(-_DIGEST, os.SEEK_END)
        expected = file.read()
        file.seek(0)
        if _digest_but_last(file, header.file_size() - _DIGEST) != expected:
            raise IntegrityError("sealed segment's digest does not fit its bytes")
    return tuple(label for label, _ in header.lengths)


def _digest_but_last(file: BinaryIO, length: int) -> bytes:
    digest = sha256()
    while length:
        piece = file.read(min(length, 1 << 20))
        if not piece:
            raise IntegrityError("sealed segment is cut short")
        digest.update(piece)
        length -= len(piece)
    return digest.digest()


def _opened(path: Path) -> BinaryIO:
    with storage_errors():
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise IntegrityError("sealed segment is missing") from None


def _part_key(key: bytes, entry_id: str, file_salt: bytes, label: str) -> bytes:
    return expand(key, b"narrowgate/seal/1\0" + bytes.fromhex(entry_id) + file_salt + label.encode("ascii"))


def _chunks(length: int) -> Iterator[tuple[bytes, int, int]]:
    """(nonce, start, stop) of each chunk; there is always a last one, empty if need be."""
    last = max(0, (length - 1) // CHUNK)
    for counter in range(last + 1):
        nonce = counter.to_bytes(11) + bytes([counter == last])
        yield nonce, counter * CHUNK, min((counter + 1) * CHUNK, length)


def _sealed_length(length: int) -> int:
    return length + _TAG * (max(0, (length - 1) // CHUNK) + 1)


def _header(entry_id: str, parts: Sequence[Part], file_salt: bytes) -> bytes:
    labels = [part.label for part in parts]
    if len(set(labels)) != len(labels) or not all(_is_label(label) for label in labels) or len(labels) > _MAX_PARTS:
        raise ValueError("a segment's labels are distinct, printable ascii and at most 255 characters")
    if len(bytes.fromhex(entry_id)) != _ID or len(file_salt) != _SALT:
        raise ValueError("a segment has an entry id of 16 bytes and a file salt of 32")
    pieces = [MAGIC, bytes.fromhex(entry_id), file_salt, len(parts).to_bytes(4)]
    for part in parts:
        pieces += [len(part.label).to_bytes(2), part.label.encode("ascii"), len(part.payload).to_bytes(8)]
    return b"".join(pieces)


def _is_label(label: str) -> bool:
    return 0 < len(label) <= _MAX_LABEL and label.isascii() and label.isprintable()


def _read_header(file: BinaryIO, entry_id: str) -> _Header:
    """Read and check the header, and the file's size against what it announces."""
    if file.read(len(MAGIC)) != MAGIC:
        raise IntegrityError("sealed segment does not begin as one")
    if file.read(_ID) != bytes.fromhex(entry_id):
        raise IntegrityError("sealed segment is of another entry")
    salt, count = file.read(_SALT), int.from_bytes(file.read(4))
    if count > _MAX_PARTS:
        raise IntegrityError("sealed segment announces too many parts")
    lengths = tuple(_read_length(file) for _ in range(count))
    size = file.tell()
    file.seek(0)
    header = _Header(file.read(size), salt, lengths)
    if file.seek(0, os.SEEK_END) != header.file_size():
        raise IntegrityError("sealed segment is cut short or too long")
    return header


def _read_length(file: BinaryIO) -> tuple[str, int]:
    raw = file.read(int.from_bytes(file.read(2)))
    length = file.read(8)
    label = raw.decode("ascii", "replace")
    if not _is_label(label) or len(length) != len(b"12345678"):
        raise IntegrityError("sealed segment's header is malformed")
    return label, int.from_bytes(length)
