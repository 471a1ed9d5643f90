"""JWS and JWE by joserfc, narrowed to the contract: Ed25519 or ES256, ECDH-ES with A256GCM, no header left unread."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.util import urlsafe_b64encode

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Jwk

_ALG = {"Ed25519": "Ed25519", "P-256": "ES256"}
_HEADERS = frozenset({"alg", "kid", "typ"})
_LARGEST = 2**28  # joserfc stops at 64 kB of ciphertext and 125 kB of payload: an officer's answers can be larger


class _LargeJws(jws.JWSRegistry):
    """The largest payload: a parties decision of tens of thousands of officers."""

    max_payload_length = _LARGEST


class _LargeJwe(jwe.JWERegistry):
    """The largest ciphertext: one officer's answers of a tranche."""

    max_ciphertext_length = _LARGEST


_JWS = _LargeJws(algorithms=sorted(_ALG.values()))
_JWE = _LargeJwe(algorithms=["ECDH-ES", "A256GCM"])
_MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def _load(key: Jwk) -> OKPKey | ECKey:
    """The key object of a JWK.

    Raises:
        InvalidInput: when it is no Ed25519 or P-256 key.
    """
    kind = (key.get("kty", ""), key.get("crv", ""))
    if kind not in (("OKP", "Ed25519"), ("EC", "P-256")):
        raise InvalidInput("key is neither Ed25519 nor P-256", "make one with `narrowgate key new`")
    try:
        loaded = OKPKey.import_key(dict(key)) if kind[0] == "OKP" else ECKey.import_key(dict(key))
        loaded.thumbprint()
    except _MALFORMED as error:
        raise InvalidInput("key is not a well-formed JWK", "make one with `narrowgate key new`") from error
    return loaded


class JoserfcJose:
    """The port ``Jose`` over joserfc."""

    def new_pair(self, kind: str) -> tuple[Jwk, Jwk]:
        """A fresh (private, public) pair: ``sign`` is Ed25519, ``encrypt`` is P-256; ``kid`` is the thumbprint."""
        key = OKPKey.generate_key("Ed25519") if kind == "sign" else ECKey.generate_key("P-256")
        named = {"kid": key.thumbprint(), "use": "sig" if kind == "sign" else "enc"}
        private = {k: str(v) for k, v in key.as_dict(private=True).items()} | named
        return private, self.public_part(private)

    def sign(self, payload: bytes, private: Jwk, *, detached: bool) -> str:
        """A flattened JWS as JSON text (RFC 7515, 7.2.2; detached: appendix F)."""
        if private.get("use") == "enc":
            raise InvalidInput("this is an encryption key; signatures take a signing key", "name the .jwk file")
        key = _load(private)
        header: Any = {"protected": {"alg": _ALG[private["crv"]], "kid": key.thumbprint()}}
        try:
            signed = dict(jws.serialize_json(header, payload, key, registry=_JWS))
        except _MALFORMED as error:
            raise InvalidInput("key cannot sign: it has no private part") from error
        if detached:
            del signed["payload"]
        return json.dumps(signed, sort_keys=True)

    def verify_detached(self, jws: bytes, payload: bytes, public: Jwk) -> bool:
        """Whether ``public`` signed ``payload``; anything malformed is no."""
        parts = _members(jws)
        if parts is None or "payload" in parts:
            return False
        return _verified({**parts, "payload": urlsafe_b64encode(payload).decode()}, public) is not None

    def verify_attached(self, jws: bytes, public: Jwk) -> bytes | None:
        """The payload that ``public`` signed, else None."""
        parts = _members(jws)
        return None if parts is None else _verified(parts, public)

    def encrypt(self, plaintext: bytes, public: Jwk, *, kid: str) -> str:
        """A compact JWE: ECDH-ES direct key agreement, A256GCM."""
        return jwe.encrypt_compact(
            {"alg": "ECDH-ES", "enc": "A256GCM", "kid": kid}, plaintext, _load(public), registry=_JWE
        )

    def decrypt(self, jwe_text: str, private: Jwk) -> bytes:
        """The plaintext of a compact JWE."""
        try:
            plaintext = jwe.decrypt_compact(jwe_text, _load(private), registry=_JWE).plaintext
        except _MALFORMED as error:
            raise InvalidInput(
                "cannot decrypt: not sealed to this key, or altered", "use the officer's .enc.jwk"
            ) from error
        if plaintext is None:
            raise InvalidInput("cannot decrypt: the file is empty")
        return plaintext

    def public_part(self, private: Jwk) -> Jwk:
        """The public members of a key."""
        public = {k: str(v) for k, v in _load(private).as_dict(private=False).items()}
        return {k: public[k] for k in ("crv", "kid", "kty", "use", "x", "y") if k in public}

    def thumbprint(self, key: Jwk) -> str:
        """RFC 7638 thumbprint."""
        return _load(key).thumbprint()


def _members(text: bytes) -> dict[str, str] | None:
    """The string members of a flattened JWS without unprotected headers, or None."""
    try:
        parts = json.loads(text)
    except _MALFORMED:
        return None
    strings = isinstance(parts, dict) and all(isinstance(v, str) for v in parts.values())
    return parts if strings and set(parts) <= {"protected", "payload", "signature"} else None


def _verified(parts: Mapping[str, str], public: Jwk) -> bytes | None:
    """The payload, where alg and kid are those of ``public`` and the signature holds (RFC 7515, 5.2)."""
    try:
        key = _load(public)
        flattened: Any = dict(parts)  # its members were checked
        found = jws.deserialize_json(flattened, key, registry=_JWS)
        header = found.headers()
    except (*_MALFORMED, InvalidInput):
        return None
    known_kid = header.get("kid") in (key.thumbprint(), public.get("kid"))
    right_alg = header.get("alg") == _ALG[public["crv"]]
    return found.payload if set(header) <= _HEADERS and known_kid and right_alg else None
