"""Signed notes, as C2SP signed-note defines them, with Ed25519 signatures (signature type 0x01) and no other kind.

A note is text that ends in a newline, an empty line, and one line a signature: em dash, space, key name, space, and
base64 of the key's 4-byte id and the signature. Signatures by unknown keys are carried along and trusted for nothing.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from narrowgate.domain.errors import IntegrityError, InvalidInput

ED25519 = 0x01
"""Signature type of C2SP signed-note, "Signature types"."""

MAX_SIGNATURES = 64
"""C2SP signed-note, "Format": some limit, at least 16."""

_DASH = "\u2014 "
_KEY_BYTES = 32
_ID_BYTES = 4
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and an Ed25519 public key: what a ``vkey`` says.

    Attributes:
        name: key name, without spaces or plus signs.
        public: 32 bytes, RFC 8032.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public) != _KEY_BYTES:
            raise InvalidInput("malformed verifier key", "expected NAME+ID+KEY, as `narrowgate ledger key` prints it")

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name || 0x0A || 0x01 || key), C2SP signed-note, "Ed25519 signatures"."""
        return sha256(self.name.encode() + b"\n" + self._typed()).digest()[:_ID_BYTES]

    def encode(self) -> str:
        """The vkey: name, hex key id, and base64 of type and key, joined by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._typed()).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Parse a vkey.

        Raises:
            InvalidInput: when it is malformed, of another signature type, or its id does not fit its key.
        """
        advice = "expected NAME+ID+KEY, as `narrowgate ledger key` prints it"
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        typed = _base64(encoded)
        if typed is None or not typed:
            raise InvalidInput("malformed verifier key", advice)
        if typed[0] != ED25519:
            raise InvalidInput(f"verifier key of another type: expected {ED25519}, got {typed[0]}", advice)
        key = cls(name, typed[1:])
        if key_id != key.key_id.hex():
            raise InvalidInput("verifier key's id does not fit its name and key", advice)
        return key

    def verify(self, text: str, signature: bytes) -> None:
        """Check an Ed25519 signature over the note's text.

        Raises:
            IntegrityError: when it does not hold.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise IntegrityError("note signature does not hold") from None

    def _typed(self) -> bytes:
        return bytes([ED25519]) + self.public


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A name and an Ed25519 private key."""

    name: str
    private: Ed25519PrivateKey

    def verifier(self) -> VerifierKey:
        """The key that checks what this one signs."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> "Signature":
        """Sign a note's text."""
        return Signature(self.name, self.verifier().key_id, self.private.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in a note, newline included."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text, final newline included, and its signatures, nothing verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return "".join([self.text, "\n", *(s.line() for s in self.signatures)]).encode()

    def signed_by(self, key: VerifierKey) -> None:
        """Check that ``key`` signed: C2SP signed-note, "Signatures".

        Raises:
            IntegrityError: when no signature is by that name and id, or any that is does not hold.
        """
        claimed = [s for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
        if not claimed:
            raise IntegrityError("note carries no signature by the verifier key")
        for signature in claimed:
            key.verify(self.text, signature.value)


def is_key_name(name: str) -> bool:
    """Not empty, printable, without Unicode spaces or plus signs: C2SP signed-note, "Format"."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name) and not _CONTROL.search(name)


def sign(text: str, keys: Iterable[SigningKey]) -> bytes:
    """A note over ``text`` with one signature a key, in the order given.

    Raises:
        ValueError: when the text does not end in a newline or holds other control characters.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("a note's text ends in a newline and holds no other control character")
    return Note(text, tuple(key.sign(text) for key in keys)).encode()


def parse(data: bytes) -> Note:
    """Parse a note; nothing is verified.

    Raises:
        IntegrityError: naming what is malformed, C2SP signed-note, "Format".
    """
    try:
        document = data.decode()
    except UnicodeDecodeError:
        raise IntegrityError("malformed note: not utf-8") from None
    if _CONTROL.search(document):
        raise IntegrityError("malformed note: control character other than newline")
    head, blank, tail = document.rpartition("\n\n")
    if not blank or not head:
        raise IntegrityError("malformed note: no text and empty line before the signatures")
    if not tail.endswith("\n"):
        raise IntegrityError("malformed note: no signature line, or the last is cut short")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise IntegrityError(f"malformed note: expected at most {MAX_SIGNATURES} signatures, got {len(lines)}")
    return Note(head + "\n", tuple(_signature(line) for line in lines))


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise IntegrityError("malformed note: a signature line does not begin with an em dash")
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not space or not is_key_name(name):
        raise IntegrityError("malformed note: a signature line has no key name")
    raw = _base64(encoded)
    if raw is None or len(raw) <= _ID_BYTES:
        raise IntegrityError("malformed note: a signature is not base64 of a key id and a signature")
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def _base64(text: str) -> bytes | None:
    """Decode the one standard encoding of some bytes (RFC 4648, section 4, and 3.5: no stray bits), or None."""
    try:
        raw = b64decode(text.encode("ascii"), validate=True)
    except ValueError:  # binascii.Error and UnicodeEncodeError are ones
        return None
    return raw if b64encode(raw).decode() == text else None
