"""``narrowgate determination``: what people of the custodian found, for a time."""

from datetime import date, datetime
from pathlib import Path

import click

from narrowgate.domain.books import utc_text
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import DeterminationKind
from narrowgate.flow import determining, rulings
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.governance.determinations import END, LIFT, standing
from narrowgate.notary.files import replace_file
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

kind_argument = click.argument("kind", type=click.Choice([k.value for k in DeterminationKind]), metavar="KIND")
id_argument = click.argument("determination", metavar="ID")
agency_option = click.option("--agency", metavar="AGENCY", help="The requester it is about.")
officer_option = click.option("--officer", default="", metavar="OFFICER", help="This officer of the agency alone.")
order_option = click.option("--order", metavar="REQUEST", help="The order that REQUEST rests on.")
reason_option = click.option("--reason", nargs=2, metavar="REQUEST ROW", help="The reason that ROW of REQUEST states.")
basis_option = click.option("--basis", metavar="BASIS", help="The basis it counts under; 'any' for every one.")
reference_option = click.option("--reference", required=True, metavar="TEXT", help="Names the document; no person.")
document_option = click.option("--document", type=click.Path(path_type=Path), metavar="FILE", help="Keep its SHA-256.")
why_option = click.option("--why", required=True, metavar="TEXT", help="The finding; it is sealed.")
day = click.DateTime(["%Y-%m-%d"])


@click.group(name="determination")
def command() -> None:
    """What counsel and officers found, dated and expiring: orders, requesters, reasons, open findings.

    KIND is court_order_verified (counsel), requester_verified (counsel), safeguards_accepted (counsel) or
    reason_accepted (disclosure officers). What opens the gate takes two people, what closes it one.
    """


@command.command()
@gate_argument
@kind_argument
@agency_option
@officer_option
@order_option
@reason_option
@basis_option
@click.option(
    "--until", type=day, help="The day it ends. An order: in 30 days, unless stated, and never after its own."
)
@reference_option
@document_option
@why_option
@sign_option
@json_option
def enter(
    gate: Path, kind: str, agency: str | None, officer: str, order: str | None, reason: tuple[str, str] | None,
    basis: str | None, until: datetime | None, reference: str, document: Path | None, why: str,
    signs: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Find that it is so, until a day. Two people of the kind's role sign.

    An order is verified as REQUEST states it: its file, court, names and periods. Read them against the order itself.
    """
    with opened(gate) as open_gate:
        matter = _matter(open_gate, DeterminationKind(kind), agency, officer, order, reason)
        grounds = determining.Grounds(reference, why, _date(until), document, "" if basis == "any" else basis)
        decision = decide(open_gate, determining.enter(open_gate, matter, grounds), signers(signs))
        step = f"narrowgate hold list {gate}   (rows that waited for it go on with `hold release`)"
        show_decision(as_json, gate, decision, f"{kind} is in force", step)


@command.command()
@gate_argument
@kind_argument
@agency_option
@officer_option
@order_option
@click.option("--order-file", type=click.Path(path_type=Path), metavar="FILE", help="The order, by its file.")
@reason_option
@basis_option
@click.option("--until", type=day, help="The day it ends; in 400 days, unless stated.")
@reference_option
@document_option
@why_option
@sign_option
@json_option
def deny(
    gate: Path, kind: str, agency: str | None, officer: str, order: str | None, order_file: Path | None,
    reason: tuple[str, str] | None, basis: str | None, until: datetime | None, reference: str, document: Path | None,
    why: str, signs: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Find that it is not so, until a day. One person of the kind's role signs: it only closes the gate.

    An order is denied by its file, whatever any request states of it: rows that rest on it are refused.
    """
    with opened(gate) as open_gate:
        asked = DeterminationKind(kind)
        matter = _matter(open_gate, asked, agency, officer, order, reason, order_file)
        grounds = determining.Grounds(reference, why, _date(until), document, "" if basis == "any" else basis)
        decision = decide(open_gate, determining.deny(open_gate, matter, grounds), signers(signs))
        show_decision(as_json, gate, decision, f"{kind} is denied")


def _date(until: datetime | None) -> date | None:
    return until.date() if until else None


def _matter(
    gate: Gate,
    kind: DeterminationKind,
    agency: str | None,
    officer: str,
    order: str | None,
    reason: tuple[str, str] | None,
    order_file: Path | None = None,
) -> determining.Matter:
    """What the options name: exactly what the kind is about, and nothing else."""
    wanted = {
        DeterminationKind.COURT_ORDER_VERIFIED: "--order REQUEST",
        DeterminationKind.REASON_ACCEPTED: "--reason REQUEST ROW",
    }.get(kind, "--agency AGENCY")
    ways = {"--agency": agency, "--order": order or order_file, "--reason": reason}
    given = [name for name, value in ways.items() if value]
    if given != [wanted.split(" ")[0]] or (officer and not agency) or (order and order_file):
        raise InvalidInput(f"{kind} is about one thing", f"name it with {wanted}, and nothing else")
    if order_file:
        return determining.of_order_file(determining.file_digest(order_file))
    if order:
        return determining.of_order(gate, find_request(gate, order))
    if reason:
        return determining.of_reason(gate, find_request(gate, reason[0]), reason[1])
    return determining.of_agency(gate, kind, agency or "", officer)


@command.command()
@gate_argument
@id_argument
@why_option
@sign_option
@json_option
def end(gate: Path, determination: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """End what was entered, at once. One person of its role signs."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, determining.finish(open_gate, END, determination, why), signers(signs))
        show_decision(as_json, gate, decision, "it counts no more")


@command.command()
@gate_argument
@id_argument
@why_option
@sign_option
@json_option
def lift(gate: Path, determination: str, why: str, signs: tuple[str, ...], as_json: bool) -> None:
    """End what was denied. Two people of its role sign."""
    with opened(gate) as open_gate:
        decision = decide(open_gate, determining.finish(open_gate, LIFT, determination, why), signers(signs))
        show_decision(as_json, gate, decision, "the denial counts no more")


@command.command()
@gate_argument
@request_argument
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where to write.")
@sign_option
@json_option
def order(gate: Path, request: str, out: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Write the order of REQUEST to DIR, and what REQUEST states of it, to be held against each other.

    For counsel, before they verify it; the look is entered. The files tell whom the order is about: keep them safe.
    """
    if out.is_file():
        raise InvalidInput(f"--out {out} is a file", "name a folder")
    with opened(gate) as open_gate:
        about, files = determining.order_papers(open_gate, find_request(open_gate, request), signers(signs))
    for name, data in files.items():
        replace_file(out / name, [data], mode=0o600)
    document = {"about": about, "files": sorted(str(out / name) for name in files)}
    verify = f"narrowgate determination enter {gate} court_order_verified --order {request} --reference … --why …"
    show(as_json, document, f"wrote {len(files)} files to {out}", next_steps=[f"{verify} --sign … --sign …"])


@command.command(name="list")
@gate_argument
@click.option("--all", "everything", is_flag=True, help="Those that ended or expired, too.")
@json_option
def list_(gate: Path, everything: bool, as_json: bool) -> None:
    """List what is in force, what ends first at the top."""
    with opened(gate) as open_gate:
        at = open_gate.clock.now()
        known = sorted(rulings.determinations(open_gate), key=lambda d: (d.until, d.id))
    shown = [d for d in known if everything or d.in_force(at)]
    document = {
        "determinations": [
            {"id": d.id, "kind": d.kind.value, "about": d.about, "basis": d.basis, "met": d.met,
             "document": d.document, "document_digest": d.document_digest, "made": utc_text(d.made),
             "until": utc_text(d.until), "ended": utc_text(d.ended) if d.ended else "",
             "standing": standing(d, at), "days_left": max((d.until - at).days, 0)}
            for d in shown
        ]
    }  # fmt: skip
    rows = [
        (d.id, d.kind.value, "met" if d.met else "not met", d.about, d.basis or "any", str(d.until.date()),
         standing(d, at), d.document)
        for d in shown
    ]  # fmt: skip
    columns = ("id", "kind", "found", "about", "basis", "until", "standing", "document")
    show(as_json, document, table(*columns, rows=rows) if rows else "no determination is in force")
