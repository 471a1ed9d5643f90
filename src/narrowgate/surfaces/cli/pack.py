"""``narrowgate pack``: the law, as adopted."""

from pathlib import Path

import click

from narrowgate.flow.changes import pack_adopt
from narrowgate.flow.deciding import decide
from narrowgate.law.pack import list_packs, load_pack
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


@click.group(name="pack")
def command() -> None:
    """List, show and adopt legal packs. Two counsel sign an adoption."""


@command.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List the packs of this release."""
    packs = [load_pack(name) for name in list_packs()]
    document = {"packs": [{"id": p.id, "edition": p.edition, "digest": p.digest, "title": p.text.title} for p in packs]}
    rows = [(p.id, p.edition, p.text.citation, p.digest[:16]) for p in packs]
    show(as_json, document, table("pack", "edition", "citation", "digest", rows=rows))


@command.command(name="show")
@click.argument("pack", metavar="PACK")
@json_option
def show_(pack: str, as_json: bool) -> None:
    """Show a pack: its elements, each with where the law says it."""
    found = load_pack(pack)
    elements = [
        {"element": r.element, "cite": r.citation.cite, "text": r.citation.text, "only_under": r.condition or ""}
        for r in found.rules
    ]
    document = {
        "id": found.id,
        "edition": found.edition,
        "digest": found.digest,
        "title": found.text.title,
        "elements": elements,
        "penalties": found.penalties,
        "rationale": found.text.rationale,
        "sources": list(found.text.sources),
        "disputed": [{"question": d.question, "reading": d.reading} for d in found.text.disputed],
    }
    rows = [(e["element"], e["cite"], e["text"]) for e in elements]
    shown = table("element", "citation", "the law's words", rows=rows, title=f"{found.id}, edition {found.edition}")
    show(as_json, document, shown, found.penalties)


@command.command()
@gate_argument
@click.argument("pack", metavar="PACK")
@click.option("--why", required=True, metavar="TEXT", help="The rationale; it is public.")
@sign_option
@json_option
def adopt(gate: Path, pack: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Adopt the edition of PACK in this release, as two counsel reviewed it. The adoption is public."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, pack_adopt(open_gate, pack, why), signers(signs))
        show_decision(as_json, gate, decision, f"{pack} is adopted")
