"""Signed notes and checkpoints: the published example, and every malformed one by name."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.notary import checkpoint, note

KEY = note.SigningKey("example.org/log", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
OTHER = note.SigningKey("example.org/witness", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
HEAD = checkpoint.Checkpoint("example.org/log", 3, b"\x07" * 32)
SIGNED = HEAD.sign(KEY, OTHER)
TEXT, LINES = SIGNED.decode().split("\n\n")
LOG_LINE, WITNESS_LINE = LINES.splitlines(keepends=True)


def test_the_vkey_and_note_published_with_go_sumdb() -> None:
    # https://pkg.go.dev/golang.org/x/mod/sumdb/note, "Verifying Notes"
    key = note.VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signed = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    parsed = note.parse(signed.encode())
    parsed.signed_by(key)
    assert parsed.encode() == signed.encode()
    assert key.encode() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_several_signatures_and_unknown_ones() -> None:
    head, signed = checkpoint.open_checkpoint(SIGNED, KEY.verifier())
    assert head == HEAD
    assert [s.name for s in signed.signatures] == ["example.org/log", "example.org/witness"]
    signed.signed_by(OTHER.verifier())
    stranger = note.SigningKey("example.org/other", KEY.private)
    with pytest.raises(IntegrityError, match="carries no signature"):
        signed.signed_by(stranger.verifier())


def test_a_second_signature_by_a_known_key_must_hold_too() -> None:
    bad = note.Signature(KEY.name, KEY.verifier().key_id, b"\0" * 64)
    doubled = note.Note(HEAD.text(), (KEY.sign(HEAD.text()), bad))
    with pytest.raises(IntegrityError, match="does not hold"):
        doubled.signed_by(KEY.verifier())


MALFORMED = {
    "empty": (b"", "no text and empty line"),
    "not utf-8": (b"\xff" + SIGNED, "not utf-8"),
    "carriage returns": (SIGNED.replace(b"\n", b"\r\n"), "control character"),
    "a nul": (b"\0" + SIGNED, "control character"),
    "no empty line": (SIGNED.replace(b"\n\n", b"\n"), "no text and empty line"),
    "no text": (b"\n\n" + LOG_LINE.encode(), "no text and empty line"),
    "no signatures": (TEXT.encode() + b"\n\n", "no signature line"),
    "cut short": (SIGNED[:-1], "cut short"),
    "a hyphen for the dash": (SIGNED.replace("—".encode(), b"-"), "em dash"),
    "no name": (f"{TEXT}\n\n— {LOG_LINE.split()[2]}\n".encode(), "no key name"),
    "a plus in the name": (SIGNED.replace("— example".encode(), "— ex+mple".encode()), "no key name"),
    "a wide space in the name": (SIGNED.replace("— example".encode(), "— ex\u2003mple".encode()), "no key name"),
    "two spaces": (SIGNED.replace(b"log ", b"log  "), "not base64"),
    "no padding": (f"{TEXT}\n\n{LOG_LINE.replace('=', '')}".encode(), "not base64"),
    "stray bits": (f"{TEXT}\n\n— a AAAAAAB=\n".encode(), "not base64"),
    "a signature of nothing": (f"{TEXT}\n\n— a {base64.b64encode(b'1234').decode()}\n".encode(), "not base64"),
    "too many signatures": (f"{TEXT}\n\n{LOG_LINE * 65}".encode(), "at most 64"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_notes(name: str) -> None:
    data, message = MALFORMED[name]
    with pytest.raises(IntegrityError, match=message):
        note.parse(data)


def test_64_signatures_are_read() -> None:
    assert len(note.parse(f"{TEXT}\n\n{LOG_LINE * 64}".encode()).signatures) == 64


@pytest.mark.parametrize(("name", "public"), [("", b"\0" * 32), ("a b", b"\0" * 32), ("a", b"\0" * 31)])
def test_keys_that_cannot_verify(name: str, public: bytes) -> None:
    with pytest.raises(InvalidInput, match="malformed verifier key"):
        note.VerifierKey(name, public)


VKEY = KEY.verifier().encode()
BAD_VKEYS = {
    "empty": "",
    "no key": "example.org/log",
    "no name": VKEY.removeprefix("example.org/log"),
    "a space in the name": "a " + VKEY,
    "another id": VKEY.replace("+", "+0", 1)[:-1],
    "id in capitals": "+".join([VKEY.split("+")[0], VKEY.split("+")[1].upper(), VKEY.split("+")[2]]),
    "another type": note.VerifierKey("a", b"\0" * 32).encode().replace("+AQ", "+BA"),
    "a short key": "a+00000000+AQAA",
    "not base64": VKEY + "!",
}


@pytest.mark.parametrize("name", BAD_VKEYS)
def test_malformed_vkeys(name: str) -> None:
    assert note.VerifierKey.parse(VKEY + "\n") == KEY.verifier()
    with pytest.raises(InvalidInput):
        note.VerifierKey.parse(BAD_VKEYS[name])


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", "return\r\n"])
def test_text_that_cannot_be_signed(text: str) -> None:
    with pytest.raises(ValueError, match="newline"):
        note.sign(text, [KEY])


ROOT = base64.b64encode(b"\x07" * 32).decode()
BAD_HEADS = {
    "two lines": "log\n3\n",
    "an empty origin": f"\n3\n{ROOT}\n",
    "a leading zero": f"log\n03\n{ROOT}\n",
    "a sign": f"log\n+3\n{ROOT}\n",
    "negative": f"log\n-1\n{ROOT}\n",
    "digits of another script": f"log\n٣\n{ROOT}\n",
    "a size beyond int64": f"log\n{2**64}\n{ROOT}\n",
    "a short root": f"log\n3\n{ROOT[4:]}\n",
    "stray bits in the root": f"log\n3\n{ROOT[:-2]}d=\n",
    "not base64": f"log\n3\n{'!' * 44}\n",
    "an empty extension line": f"log\n3\n{ROOT}\n\nmore\n",
}


@pytest.mark.parametrize("name", BAD_HEADS)
def test_malformed_checkpoints(name: str) -> None:
    with pytest.raises(IntegrityError, match="malformed checkpoint"):
        checkpoint.parse_text(BAD_HEADS[name])


def test_extension_lines_are_kept() -> None:
    head = checkpoint.Checkpoint("log", 0, b"\x07" * 32, ("one", "two"))
    assert checkpoint.parse_text(head.text()) == head


def test_a_checkpoint_of_another_log_signed_by_this_key() -> None:
    foreign = checkpoint.Checkpoint("example.org/elsewhere", 3, b"\x07" * 32).sign(KEY)
    with pytest.raises(IntegrityError, match="another log"):
        checkpoint.open_checkpoint(foreign, KEY.verifier())


@pytest.mark.parametrize("head", [("", 1, b"\0" * 32), ("a\nb", 1, b"\0" * 32), ("a", -1, b"\0" * 32), ("a", 1, b"")])
def test_fields_that_cannot_stand_in_a_checkpoint(head: tuple[str, int, bytes]) -> None:
    with pytest.raises(ValueError, match="a checkpoint has"):
        checkpoint.Checkpoint(*head).text()


def test_every_flipped_bit_of_what_the_log_signed_is_seen() -> None:
    alone = HEAD.sign(KEY)
    for at in range(len(alone) * 8):
        flipped = bytearray(alone)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(IntegrityError):
            checkpoint.open_checkpoint(bytes(flipped), KEY.verifier())
