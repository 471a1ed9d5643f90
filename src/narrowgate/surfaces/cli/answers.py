"""``narrowgate answers``: the custodian's view of a request; or what leaves, sealed."""

import csv
import io
from collections import Counter
from pathlib import Path

import click

from narrowgate.domain.errors import ExitCode, InvalidInput
from narrowgate.flow.casefile import find_request
from narrowgate.flow.viewing import RowView, inspect, leaving, view
from narrowgate.notary.files import replace_file
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


@click.command(name="answers")
@gate_argument
@request_argument
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE|DIR", help="Where to write.")
@click.option("--sealed", is_flag=True, help="Write what leaves: one JWE an officer, and refusals.json, signed.")
@sign_option
@json_option
def command(gate: Path, request: str, out: Path, sealed: bool, signs: tuple[str, ...], as_json: bool) -> None:
    """Write the custodian's view of REQUEST to FILE: row, outcome, refused_under. The look is entered.

    With --sealed, write into DIR what leaves: answers that the engaged officers alone can open, encrypted once, when
    they were released (fetched again, the same bytes), and the signed refusals for the office. While a stay is in
    force, a file with an answer that it reaches is withheld, and the exit code is 1.
    """
    if sealed and out.is_file():
        raise InvalidInput(f"--out {out} is a file", "with --sealed name a folder")
    if not sealed and out.is_dir():
        raise InvalidInput(f"--out {out} is a folder", "name a file; with --sealed a folder")
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        if sealed:
            files, withheld = leaving(open_gate, found)
            for name, data in files.items():
                replace_file(out / name, [data])
            written = {"files": sorted(str(out / name) for name in files), "withheld": dict(withheld)}
            first = next((name for name in sorted(files) if name.endswith(".jwe")), "refusals.json")
            key = "" if first == "refusals.json" else f" --key {first.split('.')[0]}.enc.jwk"
            steps = [f"narrowgate open {out / first}{key} --vkey VKEY   (whom it is for)"]
            said = [f"withheld: {name}, by {', '.join(stays)}" for name, stays in withheld.items()]
            said += ["a court's stay reaches what was released: these files are not handed out"] if withheld else []
            show(
                as_json,
                written,
                f"wrote {len(files) - 1} sealed files and refusals.json to {out}",
                *said,
                next_steps=steps,
            )
            if withheld:
                raise SystemExit(ExitCode.FAILED)
            return
        inspect(open_gate, "answers", found, {}, signers(signs))
        rows = view(open_gate, found)
    replace_file(out, [_csv(rows)])
    outcomes = Counter(r.outcome.value for r in rows)
    document = {"file": str(out), "rows": len(rows), "outcomes": dict(outcomes)}
    counts = table("outcome", "rows", rows=sorted(outcomes.items()))
    show(as_json, document, f"wrote {len(rows):,} rows to {out}", counts)


def _csv(rows: list[RowView]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "outcome", "refused_under"])
    writer.writerows((r.row, r.outcome.value, r.refused_under) for r in rows)
    return text.getvalue().encode()
