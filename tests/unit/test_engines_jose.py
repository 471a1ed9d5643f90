"""JOSE, narrowed to the contract: what it signs and seals it opens, large ones too, and nothing else."""

import json

import pytest

from narrowgate.domain.errors import InvalidInput
from narrowgate.engines.jose import JoserfcJose

JOSE = JoserfcJose()
SECRET, PUBLIC = JOSE.new_pair("sign")
_, OTHER = JOSE.new_pair("sign")
ENC_SECRET, ENC_PUBLIC = JOSE.new_pair("encrypt")


@pytest.mark.parametrize("size", [0, 1, 65_537, 3_000_000])
def test_what_is_signed_and_sealed_opens_whatever_its_size(size: int) -> None:
    payload = b"x" * size
    assert JOSE.verify_detached(JOSE.sign(payload, SECRET, detached=True).encode(), payload, PUBLIC)
    assert JOSE.verify_attached(JOSE.sign(payload, SECRET, detached=False).encode(), PUBLIC) == payload
    assert JOSE.decrypt(JOSE.encrypt(payload, ENC_PUBLIC, kid="k"), ENC_SECRET) == payload


def test_es256_signs_too() -> None:
    secret, public = ({k: v for k, v in key.items() if k != "use"} for key in (ENC_SECRET, ENC_PUBLIC))
    assert JOSE.verify_detached(JOSE.sign(b"payload", secret, detached=True).encode(), b"payload", public)


def test_a_key_made_for_encryption_signs_nothing() -> None:
    with pytest.raises(InvalidInput, match="encryption key"):
        JOSE.sign(b"payload", ENC_SECRET, detached=True)


def _altered(**changes: object) -> bytes:
    return json.dumps(json.loads(JOSE.sign(b"payload", SECRET, detached=True)) | changes).encode()


FORGED = {
    "another payload": (_altered(), b"payloae", PUBLIC),
    "another key": (_altered(), b"payload", OTHER),
    "an unprotected header": (_altered(header={"kid": "x"}), b"payload", PUBLIC),
    "a payload of its own": (_altered(payload="eA"), b"payload", PUBLIC),
    "alg none": (_altered(protected="eyJhbGciOiJub25lIn0"), b"payload", PUBLIC),
    "no signature": (_altered(signature=""), b"payload", PUBLIC),
    "a signature that is a number": (_altered(signature=1), b"payload", PUBLIC),
    "no json": (b"{", b"payload", PUBLIC),
    "deep nesting": (b"[" * 100_000, b"payload", PUBLIC),
    "nothing": (b"", b"payload", PUBLIC),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_signature_does_not_hold(name: str) -> None:
    signed, payload, key = FORGED[name]
    assert not JOSE.verify_detached(signed, payload, key)


BAD_KEYS = {
    "rsa": {"kty": "RSA", "n": "AQ", "e": "AQAB"},
    "another curve": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
    "a point off the curve": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    "short": {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    "nothing": {},
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_bad_key_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="key"):
        JOSE.thumbprint(BAD_KEYS[name])


def test_another_key_opens_nothing() -> None:
    other, _ = JOSE.new_pair("encrypt")
    with pytest.raises(InvalidInput, match="cannot decrypt"):
        JOSE.decrypt(JOSE.encrypt(b"x", ENC_PUBLIC, kid="k"), other)
