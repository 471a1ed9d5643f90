"""``narrowgate sign-off``: the second signature, over what is shown."""

from pathlib import Path

import click

from narrowgate.domain import jcs
from narrowgate.domain.books import Pending, utc_text
from narrowgate.domain.errors import ExitCode
from narrowgate.flow.casefile import request_of
from narrowgate.flow.deciding import decide, waiting_statement, waiting_statements
from narrowgate.flow.recomputing import require_recomputed
from narrowgate.flow.release import page
from narrowgate.flow.rulings import present
from narrowgate.governance.decisions import Statement
from narrowgate.surfaces.cli.approve import print_page
from narrowgate.surfaces.cli.common import (
    console,
    gate_argument,
    json_option,
    opened,
    show,
    show_decision,
    sign_option,
    signers,
    table,
)

MOST_LINES = 200
UNREADABLE = "cannot be read, or is not what was signed"


@click.command(name="sign-off")
@gate_argument
@click.argument("pending", required=False, metavar="[PENDING]")
@sign_option
@json_option
def command(gate: Path, pending: str | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Give the second signature to what waits; without PENDING, list it.

    What is signed is shown first, whole; without --sign it is shown and nothing happens. The signature is over exactly
    what the first one was over; what no longer follows from the gate's present state, or never did, is not signed.
    """
    with opened(gate) as open_gate:
        if pending is None:
            _list(as_json, waiting_statements(open_gate))
            return
        statement = waiting_statement(open_gate, pending)
        if statement.command == "approve" and not as_json:
            print_page(open_gate, page(open_gate, request_of(open_gate, statement)))
        console.print(table("you sign for", "", rows=statement_lines(statement), title=statement.command))
        if not signs:
            require_recomputed(open_gate, statement, present(open_gate))
            document = {"id": pending, "statement": jcs.parse(statement.to_bytes())}
            show(as_json, document, next_steps=[f"narrowgate sign-off {gate} {pending} --sign ID=KEYFILE"])
            raise SystemExit(ExitCode.WAITING)
        decision = decide(open_gate, statement, signers(signs))
        show_decision(as_json, gate, decision, f"{decision.command} took effect")


def _list(as_json: bool, waits: list[tuple[Pending, Statement | None]]) -> None:
    listed = [
        {
            "id": p.id,
            "command": s.command if s else "",
            "signed_by": sorted(p.signatures),
            "since": utc_text(p.since),
            "problem": "" if s else UNREADABLE,
        }
        for p, s in waits
    ]
    rows = [
        (
            p.id,
            s.command if s else UNREADABLE,
            s.role.value if s else "",
            ", ".join(sorted(p.signatures)),
            utc_text(p.since),
        )
        for p, s in waits
    ]
    text = table("pending", "command", "role", "signed by", "since", rows=rows) if rows else "nothing waits"
    steps = ["narrowgate sign-off GATE PENDING   (shows what it decides)"] if rows else []
    steps += ["narrowgate ledger fsck GATE"] if not all(s for _, s in waits) else []
    show(as_json, {"pending": listed}, text, next_steps=steps)


def statement_lines(statement: Statement) -> list[tuple[str, str]]:
    """Everything a statement says, a line a value; of very long ones the first, and how many more there are."""
    lines = list(_flat("", statement.about))
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([("…", f"{more} more; --json shows all")] if more > 0 else [])


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [line for key in sorted(value) for line in _flat(f"{name}.{key}" if name else str(key), value[key])]
    if isinstance(value, list):
        return [line for i, item in enumerate(value) for line in _flat(f"{name}[{i}]", item)]
    return [(name, str(value))]
