"""``narrowgate verify``: a receipt, offline."""

from collections.abc import Mapping
from pathlib import Path

import click

from narrowgate.domain.errors import InvalidInput
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.receipt import MAX_RECEIPT, verify
from narrowgate.surfaces.cli.common import json_option, show, table

vkey_option = click.option(
    "--vkey", required=True, metavar="VKEY", help="The log's verifier key, as `ledger key` prints it, or a file of it."
)


def verifier_key(text: str) -> VerifierKey:
    """A vkey, or the first line of a file that holds one.

    Raises:
        InvalidInput: when it is neither.
    """
    path = Path(text)
    if "+" not in text and path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    return VerifierKey.parse(text)


def read_file(path: Path) -> bytes:
    """A file of at most 64 MiB.

    Raises:
        InvalidInput: when it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(64 * MAX_RECEIPT + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {path.name}: {error.strerror}") from error
    if len(data) > 64 * MAX_RECEIPT:
        raise InvalidInput(f"{path.name} is too large")
    return data


@click.command(name="verify")
@click.argument("receipt", type=click.Path(path_type=Path), metavar="RECEIPT")
@vkey_option
@json_option
def command(receipt: Path, vkey: str, as_json: bool) -> None:
    """Verify RECEIPT with nothing but the log's verifier key: that the gate entered exactly this row."""
    found = verify(read_file(receipt), verifier_key(vkey))
    document = {
        "holds": True,
        "row": dict(found.row),
        "event": dict(found.event),
        "entry": {"index": found.entry_index, "id": found.entry.id, "time": found.entry.time.isoformat()},
        "checkpoint": {
            "origin": found.checkpoint.origin,
            "size": found.checkpoint.size,
            "root": found.checkpoint.root.hex(),
        },
        "witnessed": bool(found.other_signers),
    }
    rows = [
        ("row", str(found.row.get("label", ""))),
        _said(found.row),
        ("entered", f"entry {found.entry_index}, {found.entry.time:%Y-%m-%d %H:%M:%S} UTC"),
        ("log", f"{found.checkpoint.origin}, {found.checkpoint.size:,} entries"),
        ("witnesses", "unwitnessed: no outsider has cosigned this checkpoint"),
    ]
    show(as_json, document, table("receipt holds", "", rows=rows))


def _said(row: Mapping[str, object]) -> tuple[str, str]:
    """What a row's body says: an answer, a refusal, or that nothing stood in its way."""
    if "outcome" in row:
        return "answer", str(row["outcome"])
    unmet = ", ".join(_texts(row.get("unmet")))
    return ("refused under", unmet) if unmet else ("decision", "every element is met")


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
