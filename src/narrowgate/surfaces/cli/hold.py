"""``narrowgate hold``: what waits for people."""

from pathlib import Path

import click

from narrowgate.domain.vocabulary import Element, HoldCause
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.holding import hold_refuse, hold_release, waiting
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    request_argument,
    show,
    show_decision,
    sign_option,
    signers,
    table,
)


@click.group(name="hold")
def command() -> None:
    """What waits for people, and why. A requester never learns the cause."""


@command.command(name="list")
@gate_argument
@json_option
def list_(gate: Path, as_json: bool) -> None:
    """List what waits, oldest first."""
    with opened(gate) as open_gate:
        waits = waiting(open_gate)
    document = {
        "held": [
            {"request": f"{w.request.agency}/{w.request.request_id}", "ledger_id": w.request.ledger_id,
             "cause": w.cause.value, "rows": w.rows, "days": w.days}
            for w in waits
        ]
    }  # fmt: skip
    rows = [(f"{w.request.agency}/{w.request.request_id}", w.cause.value, w.rows, w.days) for w in waits]
    text = table("request", "cause", "rows", "days", rows=rows) if rows else "nothing is held"
    steps = [f"narrowgate hold release {gate} REQUEST [--cause CAUSE] --sign … --sign …"] if rows else []
    show(as_json, document, text, next_steps=steps)


@command.command()
@gate_argument
@request_argument
@click.option("--cause", "causes", multiple=True, type=click.Choice([c.value for c in HoldCause]), help="These alone.")
@sign_option
@json_option
def release(gate: Path, request: str, causes: tuple[str, ...], signs: tuple[str, ...], as_json: bool) -> None:
    """Let held rows of REQUEST go on. Two officers sign (counsel, for what waits for counsel).

    The law judges the rows again; no element, certificate or approval is skipped. A hold for want of a certificate
    ends only by a certificate.
    """
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        statement = hold_release(open_gate, found, [HoldCause(c) for c in causes])
        decision = decide(open_gate, statement, signers(signs))
        said = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in decision.result.items())
        show_decision(as_json, gate, decision, said, f"narrowgate approve {gate} {request} --sign … --sign …")


@command.command()
@gate_argument
@request_argument
@click.option("--element", required=True, type=click.Choice([e.value for e in Element]), help="What is unmet.")
@click.option("--why", required=True, metavar="TEXT", help="The finding; it is sealed.")
@click.option("--row", "labels", multiple=True, metavar="ROW", help="These rows alone.")
@sign_option
@json_option
def refuse(
    gate: Path, request: str, element: str, why: str, labels: tuple[str, ...], signs: tuple[str, ...], as_json: bool
) -> None:
    """Find an element unmet for held rows of REQUEST: they are refused under it. One officer signs."""
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        statement = hold_refuse(open_gate, found, Element(element), why, labels)
        decision = decide(open_gate, statement, signers(signs))
        show_decision(as_json, gate, decision, f"{decision.result.get('refused', 0)} rows are refused under {element}")
