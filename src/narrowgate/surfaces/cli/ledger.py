"""``narrowgate ledger``: verify, prove, check, name."""

import json
from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.domain.errors import ExitCode, InvalidInput
from narrowgate.flow import rulings
from narrowgate.flow.audit import audit
from narrowgate.flow.casefile import find_request
from narrowgate.flow.receipts import row_receipt
from narrowgate.flow.viewing import find_row, inspect
from narrowgate.notary.commit import published, recover
from narrowgate.notary.files import CHECKPOINT, FolderFiles, replace_file
from narrowgate.notary.fsck import Report, check_sealed, fsck
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.replay import PublicReport, verify_public
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    request_argument,
    show,
    sign_option,
    signers,
    table,
)
from narrowgate.surfaces.cli.verify import verifier_key

UNWITNESSED = "unwitnessed: no outsider has cosigned; whoever holds the gate could still replace its past"
BENEATH = ["every event and row beneath, from its seals", "register, books, files and records against them"]


@click.group(name="ledger")
def command() -> None:
    """Verify, prove, check and name the ledger."""


@command.command()
@gate_argument
@click.option("--vkey", metavar="VKEY", help="For a bare ledger folder: the log's verifier key.")
@json_option
def verify(gate: Path, vkey: str | None, as_json: bool) -> None:
    """Replay the whole ledger of GATE; of a bare ledger folder, its public part.

    Everything is recomputed from the entries' bytes, and the books of GATE are worked out anew from them. A difference
    is named, and the exit code is 4.
    """
    if (gate / wiring.CONFIG).exists():
        with opened(gate) as open_gate:
            published(open_gate)
            public = verify_public(open_gate.files.ledger, VerifierKey.parse(open_gate.keys.vkey))
            report = Report()
            check_sealed(open_gate, report)
            report.also(audit(open_gate))
        _show_verified(as_json, public, report)
        return
    if not (gate / CHECKPOINT).exists():
        raise InvalidInput(f"no gate and no ledger at {gate}", "name a gate, or a folder with a checkpoint")
    _show_verified(as_json, verify_public(FolderFiles(gate), verifier_key(vkey) if vkey else None), None)


def _show_verified(as_json: bool, public: PublicReport, report: Report | None) -> None:
    checked = [*public.checked] + (BENEATH if report else [])
    not_checked = [item for item in public.not_checked if not (report and ("events" in item or "sealed" in item))]
    problems = report.problems if report else []
    document = {
        "origin": public.origin,
        "size": public.size,
        "root": public.root.hex(),
        "files": public.files,
        "signature_checked": public.signature_checked,
        "checked": checked,
        "not_checked": not_checked,
        "problems": problems,
        "events": report.events if report else None,
        "rows": report.rows if report else None,
        "seconds": round(public.seconds, 3),
    }
    rows = [("log", public.origin), ("entries", f"{public.size:,}"), ("root", public.root.hex())]
    rows += [("events, rows", f"{report.events:,}, {report.rows:,}")] if report else []
    rows += [("checked", "; ".join(checked)), ("not checked", "; ".join(not_checked) or "nothing")]
    rows += [("witnesses", UNWITNESSED)]
    verdict = "the ledger holds" if not problems else "THE LEDGER DOES NOT HOLD"
    show(as_json, document, table(verdict, "", rows=rows), *problems)
    if problems:
        raise SystemExit(ExitCode.INTEGRITY)


@command.command()
@gate_argument
@request_argument
@click.argument("row", metavar="ROW")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it there, not to standard output.")
@sign_option
@json_option
def prove(gate: Path, request: str, row: str, out: Path | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Print the receipt of ROW of REQUEST: of its answer once released, else of its decision.

    Whoever holds it verifies it offline with `narrowgate verify`. A disclosure officer or an auditor signs (in demo
    gates nobody need); the look is entered.
    """
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        record = find_row(open_gate, found, row)
        inspect(open_gate, "ledger prove", found, {"row": record.row}, signers(signs))
        receipt = row_receipt(open_gate, found, record.row)
    if out is None or as_json:
        click.echo(json.dumps(receipt, indent=1, sort_keys=True))
    if out is not None:
        replace_file(out, [json.dumps(receipt, sort_keys=True).encode()])
        show(False, {}, f"wrote the receipt to {out}", next_steps=[f"narrowgate verify {out} --vkey VKEY"])


@command.command(name="fsck")
@gate_argument
@json_option
def fsck_(gate: Path, as_json: bool) -> None:
    """Roll the gate forward from whatever a crash left, then recompute all of it from bytes, and report."""
    with opened(gate) as open_gate, open_gate.files.writing():
        recover(open_gate)
        report = fsck(open_gate)
        report.also(audit(open_gate))
        if not report.problems:  # where the ledger is not sound, a clock out of line with it says nothing of the clock
            rulings.gate_time(open_gate)
    document = {
        "clean": not report.problems,
        "problems": report.problems,
        "entries": report.entries,
        "events": report.events,
        "rows": report.rows,
        "requests": report.requests,
        "releases": report.releases,
    }
    rows = [(report.entries, report.events, report.rows, report.requests, report.releases)]
    columns = ("entries", "events", "rows", "requests", "releases")
    show(as_json, document, table(*columns, rows=rows), *(report.problems or ["clean"]))
    if report.problems:
        raise SystemExit(ExitCode.INTEGRITY)


@command.command()
@gate_argument
@json_option
def key(gate: Path, as_json: bool) -> None:
    """Print the log's verifier key (vkey): what everyone who verifies needs, and nothing more."""
    with opened(gate) as open_gate:
        vkey = open_gate.keys.vkey
    if as_json:
        show(True, {"vkey": vkey})
    else:
        click.echo(vkey)
