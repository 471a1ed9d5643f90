"""``narrowgate approve``: two officers release a tranche."""

from pathlib import Path

import click

from narrowgate.domain.errors import ExitCode
from narrowgate.domain.ports import Gate
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.editions import edition
from narrowgate.flow.release import Page, page
from narrowgate.surfaces.cli.common import (
    console,
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


@click.command(name="approve")
@gate_argument
@request_argument
@sign_option
@json_option
def command(gate: Path, request: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Show what the next tranche of REQUEST covers, and with two signatures release it.

    Stays, safeguards, edition, certificate and officers are checked again. Without --sign, the page is shown and
    nothing happens. No page tells how many are confirmed.
    """
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        shown = page(open_gate, found)
        if not as_json:
            print_page(open_gate, shown)
        if not signs:
            step = f"narrowgate approve {gate} {request} --sign ID=KEYFILE --sign ID=KEYFILE"
            show(as_json, _document(shown), next_steps=[step])
            raise SystemExit(ExitCode.WAITING)
        decision = decide(open_gate, shown.statement, signers(signs))
        r = decision.result
        counts = ("released", "refused_anew", "held_anew", "remaining")
        said = ", ".join(f"{name.replace('_', ' ')} {r.get(name, 0)}" for name in counts)
        steps = [f"narrowgate answers {gate} {request} --sealed --out DIR"]
        steps += (
            [f"narrowgate approve {gate} {request} --sign … --sign …   (the next tranche)"]
            if r.get("remaining")
            else []
        )
        if as_json and decision.complete:
            show(True, {"complete": True, "id": decision.id, "signed_by": list(decision.signed_by), **r})
            return
        show_decision(as_json, gate, decision, said, *steps)


def _document(shown: Page) -> dict[str, object]:
    return {
        "request": shown.request.ledger_id,
        "tranche": shown.tranche,
        "rows": shown.rows,
        "remaining": shown.remaining,
        "stayed": shown.stayed,
        "officers": dict(shown.officers),
        "refused_under": dict(shown.refused_under),
        "signs_for": dict(shown.statement.about),
    }


def print_page(gate: Gate, shown: Page) -> None:
    """What an officer sees before signing."""
    request = shown.request
    about = [
        ("request", f"{request.agency}/{request.request_id}"),
        ("basis", request.basis),
        *((name, text) for name, text in shown.about.items() if text),
    ]
    about += [("tranche", f"{shown.tranche}: {shown.rows:,} persons; {shown.remaining:,} remain after it")]
    console.print(table("release page", "", rows=about, title="What you sign for"))
    console.print(table("engaged officer", "persons", rows=list(shown.officers.items())))
    if shown.refused_under:
        console.print(table("refused under", "rows", rows=list(shown.refused_under.items()), title="Not covered"))
    if shown.stayed:
        said = f"a court's stay reaches {shown.stayed:,} of these persons: signing refuses them for good"
        console.print(f"{said}; unsigned they wait, and may go once it is lifted", style="red")
    held = shown.states.get("held", 0)
    if held:
        console.print(f"held, not covered: {held:,} rows")
    pack = edition(gate, request.basis, request.pack_digest)
    if pack:
        console.print(pack.penalties, style="yellow")
    if gate.store.head().size:
        console.print(
            "the ledger is unwitnessed: until a witness or a receipt holder exists, the custodian alone vouches for it"
        )
