"""Checkpoints, as C2SP tlog-checkpoint defines them: a signed note over origin, tree size and root hash."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import HASH_SIZE
from narrowgate.notary.note import Note, SigningKey, VerifierKey, parse, sign

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")  # C2SP tlog-checkpoint, "Note text", 2: no leading zeroes; fits int64
_ROOT = re.compile(r"[A-Za-z0-9+/]{43}=")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head.

    Attributes:
        origin: the log's name; the gate uses the same name for its key.
        size: leaves in the tree.
        root: its RFC 6962 root, 32 bytes.
        extensions: opaque lines; the gate writes none (C2SP tlog-checkpoint advises against them).
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text: C2SP tlog-checkpoint, "Note text".

        Raises:
            ValueError: when a field cannot stand in one.
        """
        lines = [self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions]
        if not all(lines) or any("\n" in line for line in lines) or self.size < 0 or len(self.root) != HASH_SIZE:
            raise ValueError("a checkpoint has an origin, a size, a root of 32 bytes and no empty line")
        return "\n".join(lines) + "\n"

    def sign(self, *keys: SigningKey) -> bytes:
        """The signed checkpoint."""
        return sign(self.text(), keys)


def parse_text(text: str) -> Checkpoint:
    """Parse a checkpoint's note text.

    Raises:
        IntegrityError: naming the line that is malformed.
    """
    lines = text.split("\n")[:-1]
    if len(lines) < _LINES or not all(lines):
        raise IntegrityError("malformed checkpoint: expected origin, tree size and root hash, and no empty line")
    origin, size, encoded, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise IntegrityError("malformed checkpoint: tree size is not a decimal number without leading zeroes")
    root = b64decode(encoded) if _ROOT.fullmatch(encoded) else b""
    if b64encode(root).decode() != encoded:
        raise IntegrityError("malformed checkpoint: root hash is not base64 of 32 bytes")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def parse_unverified(data: bytes) -> tuple[Checkpoint, Note]:
    """Parse a signed checkpoint without checking who signed it.

    Raises:
        IntegrityError: when note or checkpoint is malformed.
    """
    note = parse(data)
    return parse_text(note.text), note


def open_checkpoint(data: bytes, key: VerifierKey) -> tuple[Checkpoint, Note]:
    """Parse a signed checkpoint and check that the log itself signed it.

    Raises:
        IntegrityError: when it is malformed, not signed by ``key``, or of another log than the key's.
    """
    checkpoint, note = parse_unverified(data)
    note.signed_by(key)
    if checkpoint.origin != key.name:  # C2SP tlog-checkpoint, "Signatures": key name and origin SHOULD match; ours do
        raise IntegrityError("checkpoint is of another log: its origin is not the verifier key's name")
    return checkpoint, note
