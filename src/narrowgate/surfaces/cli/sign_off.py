"""``narrowgate sign-off``: the second signature."""

from pathlib import Path

import click

from narrowgate.domain.books import utc_text
from narrowgate.flow.deciding import sign_off
from narrowgate.governance.decisions import parse_statement
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    show,
    show_decision,
    sign_option,
    signers,
    table,
)


@click.command(name="sign-off")
@gate_argument
@click.argument("pending", required=False, metavar="[PENDING]")
@sign_option
@json_option
def command(gate: Path, pending: str | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Give the second signature to what waits; without PENDING, list it.

    The signature is over exactly what the first one was over.
    """
    with opened(gate) as open_gate:
        if pending is not None:
            decision = sign_off(open_gate, pending, signers(signs))
            show_decision(as_json, gate, decision, f"{decision.command} took effect")
            return
        waits = [(p, parse_statement(p.statement)) for p in open_gate.store.pending()]
        document = {
            "pending": [
                {"id": p.id, "command": s.command, "signed_by": sorted(p.signatures), "since": utc_text(p.since)}
                for p, s in waits
            ]
        }
        rows = [(p.id, s.command, s.role.value, ", ".join(sorted(p.signatures)), utc_text(p.since)) for p, s in waits]
        text = table("pending", "command", "role", "signed by", "since", rows=rows) if rows else "nothing waits"
        show(as_json, document, text)
