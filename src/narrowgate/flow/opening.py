"""The officer's side: open what left the gate, and verify it offline, with the officer's key and the log's vkey."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Jose
from narrowgate.flow.sealing import ANSWERS_FORMAT, REFUSALS_FORMAT
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.receipt import join, verify

_LARGEST = 2**28


@dataclass(frozen=True, slots=True)
class OpenedAnswer:
    """One row's answer; ``broken`` says why its receipt does not hold, or is ""."""

    row: str
    outcome: str
    broken: str


@dataclass(frozen=True, slots=True)
class OpenedAnswers:
    """One officer's answers, every receipt verified."""

    about: Mapping[str, str]
    answers: tuple[OpenedAnswer, ...]

    @property
    def broken(self) -> int:
        """How many receipts do not hold."""
        return sum(bool(a.broken) for a in self.answers)


@dataclass(frozen=True, slots=True)
class OpenedRefusals:
    """A request's refusals, their signature verified."""

    refused: tuple[tuple[str, tuple[str, ...]], ...]
    cites: Mapping[str, str]


def open_file(path: Path, private: Jwk | None, vkey: VerifierKey, jose: Jose) -> OpenedAnswers | OpenedRefusals:
    """Opens a sealed answers file, or a ``refusals.json``.

    Raises:
        InvalidInput: when it is neither, or not sealed to this key.
        IntegrityError: when a refusals' signature does not hold.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {path.name}: {error.strerror}") from error
    if data.lstrip().startswith(b"{"):
        return _refusals(data, vkey, jose)
    if private is None:
        raise InvalidInput("sealed answers are opened with the officer's key", "add --key OFFICER.enc.jwk")
    found = _content(jose.decrypt(data.decode("ascii", "replace").strip(), private), ANSWERS_FORMAT)
    answers = [_answer(join(group["shared"], row), found, vkey) for group in found["answers"] for row in group["rows"]]
    about = {name: str(value) for name, value in found.items() if name not in ("answers", "pad")}
    return OpenedAnswers(about, tuple(answers))


def _content(data: bytes, expected: str) -> dict[str, Any]:
    found: Any = jcs.parse(data, limit=_LARGEST)
    if not isinstance(found, dict) or found.get("format") != expected:
        raise InvalidInput(f"not of the format {expected}")
    return found


def _answer(receipt: Mapping[str, Any], found: Mapping[str, Any], vkey: VerifierKey) -> OpenedAnswer:
    """The answer that a receipt states, once the receipt holds and is about this request."""
    label = str(receipt.get("row", {}).get("body", {}).get("label", ""))
    try:
        held = verify(receipt, vkey)
        if held.event.get("request") != found["ledger_id"]:
            raise IntegrityError("receipt is of another request")  # noqa: TRY301 - shown like any other fault
    except (IntegrityError, InvalidInput) as error:
        return OpenedAnswer(label, "unverified", error.message)
    return OpenedAnswer(label, str(held.row["outcome"]), "")


def _refusals(data: bytes, vkey: VerifierKey, jose: Jose) -> OpenedRefusals:
    x = base64.urlsafe_b64encode(vkey.public).rstrip(b"=").decode()
    payload = jose.verify_attached(data, {"kty": "OKP", "crv": "Ed25519", "x": x})
    if payload is None:
        raise IntegrityError("the refusals are not signed by this log's key", "get the vkey from the custodian anew")
    found = _content(payload, REFUSALS_FORMAT)
    refused = tuple((str(r["row"]), tuple(r["refused_under"])) for r in found["refused"])
    return OpenedRefusals(refused, {name: str(e["cite"]) for name, e in found["elements"].items()})
