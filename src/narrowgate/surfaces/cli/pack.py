"""``narrowgate pack``: the law, as adopted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from narrowgate.domain.books import RegisterKind
from narrowgate.domain.errors import ExitCode, InvalidInput
from narrowgate.flow.changes import pack_adopt
from narrowgate.flow.deciding import decide
from narrowgate.flow.editions import named
from narrowgate.flow.proving import proofs
from narrowgate.law.compare import compare as compared
from narrowgate.law.pack import Pack, list_packs, load_pack
from narrowgate.notary.files import replace_file
from narrowgate.surfaces.cli.common import (
    Bars,
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
from narrowgate.surfaces.pages.pack import pack_page

_MOST_AGAINST = 10
_VERDICT = {True: "holds", False: "FAILS"}


@click.group(name="pack")
def command() -> None:
    """List, show, prove, compare and adopt legal packs. Two counsel sign an adoption.

    PACK is the id of a pack of this release, or the folder of one.
    """


@command.command(name="list")
@click.option("--gate", type=click.Path(path_type=Path), metavar="GATE", help="Show what this gate has adopted, too.")
@json_option
def list_(gate: Path | None, as_json: bool) -> None:
    """List the packs of this release; with --gate, the editions that a gate has adopted."""
    packs = [load_pack(name) for name in list_packs()]
    document: dict[str, object] = {
        "packs": [{"id": p.id, "edition": p.edition, "digest": p.digest, "title": p.text.title} for p in packs]
    }
    rows = [(p.id, p.edition, p.text.citation, p.digest[:16]) for p in packs]
    shown = [table("pack", "edition", "citation", "digest", rows=rows, title="of this release")]
    if gate:
        with opened(gate) as open_gate:
            found = [(item.key, item.body) for item in open_gate.store.registered(RegisterKind.PACK)]
        document["adopted"] = [{"id": basis, **body} for basis, body in found]
        released = {p.digest for p in packs}
        lines = [
            (
                basis,
                body["edition"],
                str(body["digest"])[:16],
                "yes" if body["digest"] in released else "no",
                body["why"],
            )
            for basis, body in found
        ]
        shown.append(table("pack", "edition", "digest", "of this release", "why", rows=lines, title="adopted"))
    show(as_json, document, *shown)


@command.command(name="show")
@click.argument("pack", metavar="PACK")
@json_option
def show_(pack: str, as_json: bool) -> None:
    """Show a pack: its elements, each with where the law says it."""
    found = named(pack)
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
@click.argument("packs", metavar="[PACK]...", nargs=-1)
@click.option(
    "--vectors", default=10_000, show_default=True, type=click.IntRange(1, 10**7), help="Random vectors a pack."
)
@click.option("--seed", default=1, show_default=True, help="Of the random vectors.")
@json_option
def prove(packs: tuple[str, ...], vectors: int, seed: int, as_json: bool) -> None:
    """Prove each PACK (all of this release, without one); exit 1 where a proof fails.

    Of each: the one shape and what follows from it, its examples, Cedar against a reader of the bare text over random
    facts, and mutants: every element deleted, negated, weakened, disjoined, in each place and in all.
    """
    bars, failed, document = Bars(), False, []
    for name in packs or list_packs():
        pack = named(name)

        def step(stage: str, done: int, total: int, pack: Pack = pack) -> None:
            bars.update(f"{pack.id}: {stage}", done, total)

        found = proofs(pack, vectors, seed, step)
        failed = failed or not all(proof.holds for proof in found)
        document.append(
            {
                "pack": pack.id,
                "edition": pack.edition,
                "digest": pack.digest,
                "proofs": [
                    {"claim": p.claim, "holds": p.holds, "how": p.how, "against": list(p.against)} for p in found
                ],
            }
        )
        rows = [(_VERDICT[p.holds], p.claim, "\n".join([p.how, *p.against[:_MOST_AGAINST]])) for p in found]
        if not as_json:
            title = f"{pack.id}, edition {pack.edition}, digest {pack.digest[:16]}"
            console.print(table("", "claim", "how", rows=rows, title=title))
    bars.stop()
    show(as_json, {"packs": document, "all_hold": not failed})
    if failed:
        raise SystemExit(ExitCode.FAILED)


@command.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@json_option
def compare(old: str, new: str, as_json: bool) -> None:
    """Compare two editions: what NEW allows that OLD refused, with a witness, and the reverse."""
    before, after = named(old), named(new)
    found = compared(before, after)
    document = {
        "old": {"pack": before.id, "edition": before.edition, "digest": before.digest},
        "new": {"pack": after.id, "edition": after.edition, "digest": after.digest},
        "now_allowed": list(found.allows),
        "now_refused": list(found.refuses),
        "other_words": list(found.reworded),
        "settings": list(found.settings),
    }
    rows = [line.split(": ", 1) for line in found.lines()]
    title = (
        f"{before.id} {before.edition} ({before.digest[:8]}) against {after.id} {after.edition} ({after.digest[:8]})"
    )
    show(as_json, document, table("change", "", rows=rows, title=title) if rows else "the editions say the same")


@command.command()
@click.argument("pack", metavar="PACK")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to write; PACK's id and .html.")
@json_option
def page(pack: str, out: Path | None, as_json: bool) -> None:
    """Write counsel's page of PACK: statute beside policy beside facts beside examples; to read, to print, to sign."""
    found = named(pack)
    file = out or Path(f"{found.id}.html")
    if file.is_dir():
        raise InvalidInput(f"--out {file} is a folder", "name a file")
    replace_file(file, [pack_page(found).encode()], mode=0o644)
    document = {"pack": found.id, "edition": found.edition, "digest": found.digest, "file": str(file)}
    show(as_json, document, f"wrote {file}")


@command.command()
@gate_argument
@click.argument("pack", metavar="PACK")
@click.option("--why", required=True, metavar="TEXT", help="The rationale; it is public.")
@sign_option
@json_option
def adopt(gate: Path, pack: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Adopt an edition of PACK, as two counsel reviewed it. The adoption is public.

    Its proofs are run and its examples tried first. What it allows that the adopted edition refuses is part of what the
    two sign. The gate keeps the edition's files.
    """
    with opened(gate) as open_gate:
        statement = pack_adopt(open_gate, pack, why)
        public = statement.about["public"]
        assert isinstance(public, Mapping)
        if not as_json:
            rows = [(name, str(public[name])) for name in ("pack", "edition", "digest", "why")]
            compared_lines = public["compared"]
            assert isinstance(compared_lines, Sequence)
            rows += [("compared with the adopted edition", str(line)) for line in compared_lines]
            console.print(table("you sign for", "", rows=rows, title="pack adopt"))
        decision = decide(open_gate, statement, signers(signs))
        show_decision(as_json, gate, decision, f"{public['pack']}, edition {public['edition']}, is adopted")
