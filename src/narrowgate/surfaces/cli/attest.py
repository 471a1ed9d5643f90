"""``narrowgate attest``: the requester's officer."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import Attests
from narrowgate.flow.preparing import Wants, attest, looked_at, wants
from narrowgate.surfaces.cli.common import json_option, private_key, show

package_argument = click.argument("package", type=click.Path(path_type=Path), metavar="PACKAGE")


@click.command(name="attest")
@package_argument
@click.option("--officer", required=True, metavar="ID", help="The officer, as the rows name him.")
@click.option("--key", required=True, type=click.Path(path_type=Path), metavar="KEY", help="His private key.")
@click.option("--attests", required=True, metavar="WORD[,WORD…]", help=f"Any of: {', '.join(Attests)}.")
@json_option
def command(package: Path, officer: str, key: Path, attests: str, as_json: bool) -> None:
    """Attest, over exactly the rows that name you, what the law asks of an officer.

    A false attestation is a crime: 18 USC 1001. The gate checks the signature against your registered key.
    """
    words = [word.strip() for word in attests.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(Attests)]
    if unknown or not words:
        raise InvalidInput("--attests has a word that is not of the vocabulary", f"use {', '.join(Attests)}")
    done = attest(package, officer, private_key(key), [Attests(word) for word in words], wiring.jose)
    left = wants(done, wiring.clock.now())
    show(as_json, {"officer": officer, "attests": sorted(words), "wants": wants_json(left)}, f"{officer} attested",
         *wants_text(left))  # fmt: skip


def wants_json(left: Wants) -> dict[str, object]:
    """What the package still wants, for programs."""
    return {
        "known_basis": left.known,
        "signed": left.signed,
        "unattested": dict(left.unattested),
        "without_officer": left.without_officer,
        "ill_formed": left.ill_formed,
        "unmet": dict(left.unmet),
    }


def wants_text(left: Wants) -> list[str]:
    """What the package still wants, for people."""
    shown = 5
    lines = [
        f"wants: {officer} to attest {', '.join(words)}" for officer, words in list(left.unattested.items())[:shown]
    ]
    if len(left.unattested) > shown:
        lines.append(f"wants: {len(left.unattested) - shown} more officers to attest")
    lines += [f"wants: an officer in {left.without_officer} rows"] if left.without_officer else []
    lines += [f"wants: usable cells in {left.ill_formed} rows"] if left.ill_formed else []
    lines += [
        f"wants: {element} in {number} rows, which would be refused. It looks at {looked_at(element)}"
        for element, number in left.unmet.items()
    ]
    lines += [] if left.known else ["this release has no pack of the basis: what it wants cannot be told here"]
    lines += [] if left.signed else ["wants: the office's signature: narrowgate sign PACKAGE --key KEY"]
    return lines or ["the package wants nothing more: hand it to the custodian"]
