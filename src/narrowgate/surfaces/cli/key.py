"""``narrowgate key``: key pairs for a person."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.domain.errors import InvalidInput
from narrowgate.surfaces.cli.common import json_option, show


@click.group(name="key")
def command() -> None:
    """Make a person's key pairs."""


@command.command()
@click.argument("name", type=click.Path(path_type=Path), metavar="NAME")
@json_option
def new(name: Path, as_json: bool) -> None:
    """Make NAME.jwk and NAME.pub.jwk (Ed25519, to sign), NAME.enc.jwk and NAME.enc.pub.jwk (P-256, to decrypt).

    The private files, NAME.jwk and NAME.enc.jwk, are readable by their owner alone. They are never overwritten.
    """
    if not name.name:
        raise InvalidInput("NAME is empty", "name the person: narrowgate key new NAME")
    files = wiring.new_keys(name)
    text = f"made {', '.join(str(f) for f in files)}; keep the two private files to yourself"
    show(as_json, {"files": [str(f) for f in files]}, text, next_steps=["hand the .pub.jwk files to who registers you"])
