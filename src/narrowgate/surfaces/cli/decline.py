"""``narrowgate decline``: one officer says no for now."""

from pathlib import Path

import click

from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.release import decline
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    request_argument,
    show_decision,
    sign_option,
    signers,
)


@click.command(name="decline")
@gate_argument
@request_argument
@click.option("--why", required=True, metavar="TEXT", help="The reason; it is sealed.")
@sign_option
@json_option
def command(gate: Path, request: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Send what awaits release of REQUEST to counsel: its rows are held again. One officer signs."""
    with opened(gate) as open_gate:
        statement = decline(open_gate, find_request(open_gate, request), why)
        decision = decide(open_gate, statement, signers(signs))
        said = f"{decision.result.get('held', 0)} rows wait for counsel"
        show_decision(as_json, gate, decision, said, f"narrowgate hold list {gate}")
