"""The gate's own keys in one file under a passphrase: scrypt (RFC 7914), then AES-256-GCM.

The file is written once, by ``init``. Rotation and hardware tokens come behind the same port.
"""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.notary.checkpoint import Checkpoint
from narrowgate.notary.files import replace_file
from narrowgate.notary.note import SigningKey

FORMAT = "narrowgate-keystore/1"
PURPOSES = ("subject", "person", "address", "shield", "reason", "stay")
_SCRYPT_R, _SCRYPT_P = 8, 1
_HIGHEST_COST = 20
FULL_COST, DEMO_COST = 15, 10  # log2 of scrypt's N; a demo gate's passphrase lies beside its keystore anyway


def create(path: Path, passphrase: bytes, origin: str, cost: int = FULL_COST) -> None:
    """Makes fresh keys and writes them, sealed.

    Args:
        origin: the log's name (C2SP signed-note key name).
        path: where; must not exist.
        cost: log2 of scrypt's N.
        passphrase: at least 12 bytes.

    Raises:
        InvalidInput: when the passphrase is too short.
    """
    least = 12
    if len(passphrase) < least:
        raise InvalidInput(f"passphrase is too short: expected at least {least} bytes, got {len(passphrase)}")
    names = ("log", "kek", *(f"pseudonym-{purpose}" for purpose in PURPOSES))
    keys = {name: base64.b64encode(os.urandom(32)).decode() for name in names}
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_stretch(passphrase, salt, cost)).encrypt(nonce, json.dumps(keys).encode(), origin.encode())
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    text = {"format": FORMAT, "origin": origin, "cost": cost} | {
        k: base64.b64encode(v).decode() for k, v in parts.items()
    }
    replace_file(path, [json.dumps(text, indent=1).encode()])


def _stretch(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**cost, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase)


class Keystore:
    """The port ``Keys`` over an opened keystore file."""

    def __init__(self, keys: Mapping[str, bytes], origin: str) -> None:
        self._keys = keys
        self._log = SigningKey(origin, Ed25519PrivateKey.from_private_bytes(keys["log"]))
        self.vkey = self._log.verifier().encode()

    @classmethod
    def open(cls, path: Path, passphrase: bytes) -> "Keystore":
        """Opens a keystore.

        Raises:
            NarrowgateError: ``passphrase`` when it is the wrong one.
            IntegrityError: when the file is damaged.
        """
        try:
            text = json.loads(path.read_bytes())
            salt, nonce, sealed = (base64.b64decode(text[k]) for k in ("salt", "nonce", "sealed"))
            origin, cost = str(text["origin"]), int(text["cost"])
            if not DEMO_COST <= cost <= _HIGHEST_COST:
                raise ValueError("cost out of range")  # noqa: TRY301 - damaged like any other field
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IntegrityError("the keystore cannot be read", "restore it from its backup") from error
        try:
            opened = AESGCM(_stretch(passphrase, salt, cost)).decrypt(nonce, sealed, origin.encode())
        except InvalidTag as error:
            raise NarrowgateError(
                ErrorCode.PASSPHRASE, "the passphrase does not open the keystore", "check NARROWGATE_PASSPHRASE_FILE"
            ) from error
        return cls({name: base64.b64decode(key) for name, key in json.loads(opened).items()}, origin)

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """A checkpoint of the log, signed."""
        return Checkpoint(self._log.name, size, root).sign(self._log)

    def log_jwk(self) -> Jwk:
        """The log's private key as a JWK."""
        d, x = (
            base64.urlsafe_b64encode(v).rstrip(b"=").decode() for v in (self._keys["log"], self._log.verifier().public)
        )
        return {"kty": "OKP", "crv": "Ed25519", "d": d, "x": x}

    def new_key(self) -> tuple[bytes, bytes]:
        """A fresh 32-byte request key, and the same wrapped (RFC 3394)."""
        key = os.urandom(32)
        return key, aes_key_wrap(self._keys["kek"], key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The request key that was wrapped."""
        try:
            return aes_key_unwrap(self._keys["kek"], wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise IntegrityError("a request key was not wrapped by this gate") from error

    def pseudonym(self, purpose: str, value: bytes) -> bytes:
        """16 bytes: HMAC-SHA256 under the purpose's own key, cut.

        Raises:
            IntegrityError: when the keystore is of an earlier release, and has no key for this purpose.
        """
        key = self._keys.get(f"pseudonym-{purpose}")
        if key is None:
            raise IntegrityError(f"the keystore has no key for {purpose}", "this gate is of an older release")
        return hmac.digest(key, value, "sha256")[:16]
