"""``narrowgate config``: the limits in force."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.flow.changes import config_adopt
from narrowgate.flow.deciding import decide
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show_decision, sign_option, signers


@click.group(name="config")
def command() -> None:
    """Adopt what narrowgate.toml says. Two administrators sign."""


@command.command()
@gate_argument
@sign_option
@json_option
def adopt(gate: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Put the limits in GATE/narrowgate.toml in force, and enter them in the public log."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, config_adopt(open_gate, wiring.config_of(gate)), signers(signs))
        show_decision(as_json, gate, decision, "the limits are in force")
