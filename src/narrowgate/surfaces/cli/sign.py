"""``narrowgate sign``: the requester's office."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.flow.preparing import sign, wants
from narrowgate.surfaces.cli.attest import package_argument, wants_json, wants_text
from narrowgate.surfaces.cli.common import json_option, private_key, show


@click.command(name="sign")
@package_argument
@click.option("--key", required=True, type=click.Path(path_type=Path), metavar="KEY", help="The office's private key.")
@json_option
def command(package: Path, key: Path, as_json: bool) -> None:
    """Sign request.json, and with it the digest of the subjects' file, for the office it names."""
    private = private_key(key)
    done = sign(package, private, wiring.jose)
    left = wants(done, wiring.clock.now())
    said = (
        f"signed for {done.head.office} with key {wiring.jose.thumbprint(private)[:10]}…: {done.table.num_rows:,} rows"
    )
    document = {"request_id": done.head.request_id, "rows": done.table.num_rows, "wants": wants_json(left)}
    show(as_json, document, said, *wants_text(left))
