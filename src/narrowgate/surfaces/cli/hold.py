"""``narrowgate hold``: what waits for people."""

from pathlib import Path

import click

from narrowgate.domain.books import utc_text
from narrowgate.domain.vocabulary import Element, HoldCause
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.holding import hold_refuse, hold_release
from narrowgate.flow.waiting import Waits, hold_assign, waiting
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

_FIRST = 3
"""Of how many holds people are told the next steps; --json tells them of all."""


@click.group(name="hold")
def command() -> None:
    """What waits for people, and why. A requester never learns the cause."""


@command.command(name="list")
@gate_argument
@click.option("--overdue", is_flag=True, help="Those past their deadline alone.")
@json_option
def list_(gate: Path, overdue: bool, as_json: bool) -> None:
    """List what waits, most urgent first: whose it is, by when, who is told, and what to do.

    Age refuses no row and frees none. The days are hold_days and escalate_days in narrowgate.toml.
    """
    with opened(gate) as open_gate:
        waits = [w for w in waiting(open_gate) if w.urgency.overdue or not overdue]
    document = {"held": [_document(gate, w) for w in waits]}
    columns = ("request", "cause", "rows", "days", "deadline", "owner", "told")
    rows = [
        (_name(w), w.cause.value, w.rows, w.urgency.days, f"{w.urgency.deadline}{' overdue' * (w.urgency.overdue > 0)}",
         w.assigned or w.owner.value, w.urgency.escalated_to or "")
        for w in waits
    ]  # fmt: skip
    text = table(*columns, rows=rows) if rows else "nothing is overdue" if overdue else "nothing is held"
    steps = [step for w in waits[:_FIRST] for step in next_steps(gate, w)]
    steps += [f"narrowgate hold refuse {gate} REQUEST --element ID --why TEXT --sign …   (what should not go on)"]
    show(as_json, document, text, next_steps=steps if rows else [])


def _name(waits: Waits) -> str:
    request = waits.request
    return f"{request.agency}/{request.request_id}" if request.takes_id else request.ledger_id


def _document(gate: Path, waits: Waits) -> dict[str, object]:
    told = waits.urgency.escalated_to
    return {
        "request": f"{waits.request.agency}/{waits.request.request_id}",
        "ledger_id": waits.request.ledger_id,
        "cause": waits.cause.value,
        "rows": waits.rows,
        "since": utc_text(waits.since),
        "days": waits.urgency.days,
        "owner": waits.owner.value,
        "people": list(waits.people),
        "assigned": waits.assigned,
        "deadline": waits.urgency.deadline.isoformat(),
        "overdue": waits.urgency.overdue,
        "escalated_to": told.value if told else "",
        "blocked": waits.blocked,
        "next": next_steps(gate, waits),
    }


def next_steps(gate: Path, waits: Waits) -> list[str]:
    """What the owner does next, command by command."""
    name, determination = _name(waits), f"narrowgate determination enter {gate}"
    release = f"narrowgate hold release {gate} {name} --cause {waits.cause} --sign … --sign …"
    if waits.blocked and waits.cause is HoldCause.CERTIFICATE:
        return [f"narrowgate certify {gate} LABELLED --sign … --sign …", release]
    if waits.blocked and waits.cause is HoldCause.SAFEGUARDS_OPEN_FINDINGS:
        lift = f"narrowgate determination lift {gate} ID --why … --sign … --sign …"
        return [f"narrowgate determination list {gate}   (counsel denied the findings)", lift, release]
    if waits.blocked:
        return [
            f"narrowgate determination order {gate} {name} --out DIR --sign …",
            f"{determination} court_order_verified --order {name} --reference … --why … --sign … --sign …",
            release,
        ]
    lasting = {
        HoldCause.REASON_GENERIC: f"reason_accepted --reason {name} ROW",
        HoldCause.SAFEGUARDS_OPEN_FINDINGS: f"safeguards_accepted --agency {waits.request.agency}",
    }.get(waits.cause)
    return [release] + (
        [f"{determination} {lasting} --until …   (so that more like it is not held)"] if lasting else []
    )


@command.command()
@gate_argument
@request_argument
@click.option("--to", required=True, metavar="ID", help="Who is asked; he holds the role that must act.")
@click.option("--cause", "causes", multiple=True, type=click.Choice([c.value for c in HoldCause]), help="These alone.")
@sign_option
@json_option
def assign(gate: Path, request: str, to: str, causes: tuple[str, ...], signs: tuple[str, ...], as_json: bool) -> None:
    """Ask ID to act on what REQUEST waits for. One officer signs (counsel, for what waits for counsel).

    It changes neither the law nor what leaves: whoever holds the role may still act.
    """
    with opened(gate) as open_gate:
        statement = hold_assign(open_gate, find_request(open_gate, request), to, [HoldCause(c) for c in causes])
        decision = decide(open_gate, statement, signers(signs))
        show_decision(as_json, gate, decision, f"{to} is asked to act", f"narrowgate hold list {gate}")


@command.command()
@gate_argument
@request_argument
@click.option("--cause", "causes", multiple=True, type=click.Choice([c.value for c in HoldCause]), help="These alone.")
@sign_option
@json_option
def release(gate: Path, request: str, causes: tuple[str, ...], signs: tuple[str, ...], as_json: bool) -> None:
    """Let held rows of REQUEST go on. Two officers sign (counsel, for what waits for counsel).

    The law judges the rows again; no element, certificate or approval is skipped. A hold for want of a certificate
    ends only by a certificate; one for an order that counsel have not verified only by a determination.
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
