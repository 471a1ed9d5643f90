"""``narrowgate staff``: who decides at the custodian's."""

from pathlib import Path

import click

from narrowgate.domain.vocabulary import Role
from narrowgate.flow.changes import staff_add, staff_remove
from narrowgate.flow.deciding import decide
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show_decision, sign_option, signers

person_argument = click.argument("person", metavar="ID")
role_option = click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="The role.")


@click.group(name="staff")
def command() -> None:
    """Give and take the roles of the custodian's staff. Two administrators sign."""


@command.command()
@gate_argument
@person_argument
@role_option
@click.option("--key", required=True, type=click.Path(path_type=Path), metavar="PUB", help="His public key.")
@sign_option
@json_option
def add(gate: Path, person: str, role: str, key: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Give ID a role. From the second person of a role on, the founders no longer hold it."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, staff_add(open_gate, person, Role(role), key), signers(signs))
        show_decision(as_json, gate, decision, f"{person} is {role}")


@command.command()
@gate_argument
@person_argument
@role_option
@click.option("--key", type=click.Path(path_type=Path), metavar="PUB", help="Not needed; accepted for symmetry.")
@sign_option
@json_option
def remove(gate: Path, person: str, role: str, key: Path | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Take a role from ID."""
    del key
    with opened(gate) as open_gate:
        decision = decide(open_gate, staff_remove(open_gate, person, Role(role)), signers(signs))
        show_decision(as_json, gate, decision, f"{person} is no longer {role}")
