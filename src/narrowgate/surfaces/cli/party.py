"""``narrowgate party``: who may ask."""

from pathlib import Path

import click

from narrowgate.flow.changes import party_add, party_revoke
from narrowgate.flow.deciding import decide
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show_decision, sign_option, signers

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.group(name="party")
def command() -> None:
    """Register an agency, its offices and officers; revoke keys. Two administrators sign."""


@command.command()
@gate_argument
@file_argument
@sign_option
@json_option
def add(gate: Path, file: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Register the agency in FILE (TOML), or replace what is registered of it."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, party_add(open_gate, file), signers(signs))
        show_decision(as_json, gate, decision, f"{file.name} is registered")


@command.command()
@gate_argument
@file_argument
@sign_option
@json_option
def revoke(gate: Path, file: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Revoke, from now on, the keys of the offices and officers in FILE; of all, where it lists none."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, party_revoke(open_gate, file), signers(signs))
        show_decision(as_json, gate, decision, "the keys are revoked; rows that await release are checked again")
