"""``narrowgate shield``: record persons of whom nothing is confirmed, 26 USC 6103(i)(6) and other protections."""

from datetime import datetime
from pathlib import Path

import click

from narrowgate.flow.changes import shield
from narrowgate.flow.deciding import decide
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show_decision, sign_option, signers

person_option = click.option("--person", required=True, metavar="PERSON_ID", help="The person_id in the records.")
why_option = click.option("--why", required=True, metavar="TEXT", help="The determination; it is sealed.")


@click.group(name="shield")
def command() -> None:
    """Shield a record person, or end his shield. Two shield officials sign. It never shows."""


@command.command()
@gate_argument
@person_option
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it ends.")
@why_option
@sign_option
@json_option
def add(gate: Path, person: str, until: datetime, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Turn every answer about a person into *not confirmed*, until a day."""
    with opened(gate) as open_gate:
        statement = shield(open_gate, "shield add", person, until.date(), why)
        show_decision(as_json, gate, decide(open_gate, statement, signers(signs)), "the shield is in force")


@command.command()
@gate_argument
@person_option
@why_option
@sign_option
@json_option
def remove(gate: Path, person: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """End a person's shield."""
    with opened(gate) as open_gate:
        statement = shield(open_gate, "shield remove", person, None, why)
        show_decision(as_json, gate, decide(open_gate, statement, signers(signs)), "the shield is ended")
