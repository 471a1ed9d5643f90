"""``narrowgate explain``: why a row was decided so."""

from pathlib import Path

import click

from narrowgate.flow.casefile import find_request
from narrowgate.flow.explaining import explained
from narrowgate.flow.viewing import find_row, inspect, waterfall
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


@click.command(name="explain")
@gate_argument
@request_argument
@click.argument("row", metavar="ROW")
@sign_option
@json_option
def command(gate: Path, request: str, row: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Show ROW of REQUEST: each element of the law, met or not, with its citation and what was looked at.

    For disclosure officers, counsel and auditors; the look is entered. How linkage weighed a confirmed row is shown
    after its release; of a row that is not confirmed it is shown to a shield official alone.
    """
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        record = find_row(open_gate, found, row)
        role = inspect(open_gate, "explain", found, {"row": record.row}, signers(signs))
        elements = explained(open_gate, found, record)
        falls = waterfall(open_gate, found, record, role) if role else None
    document = {
        "row": row,
        "state": record.state,
        "causes": record.causes.split(";") if record.causes else [],
        "elements": [
            {"element": e.element, "cite": e.cite, "text": e.text, "applies": e.applies, "met": e.met,
             "refused": e.refused, "looked_at": e.looked_at}
            for e in elements
        ],
        "waterfall": None if falls is None else {
            "steps": [{"comparison": n, "weight": w} for n, w in falls.steps], "weight": falls.weight,
            "threshold": falls.threshold, "runner_up": falls.runner_up,
        },
    }  # fmt: skip
    rows = [(e.element, _said(e.applies, e.met), e.cite, e.looked_at) for e in elements]
    text: list[object] = [table("element", "", "citation", "looked at", rows=rows, title=f"row {row}: {record.state}")]
    text += [f"waits for: {record.causes.replace(';', ', ')}"] if record.causes else []
    if falls is not None:
        steps = [(name, f"{weight / 1000:+.3f}") for name, weight in falls.steps]
        steps += [("total", f"{falls.weight / 1000:+.3f}"), ("certified weight", f"{falls.threshold / 1000:+.3f}")]
        text.append(table("comparison", "bits", rows=steps, title="how linkage weighed it"))
    show(as_json, document, *text)


def _said(applies: bool, met: bool) -> str:
    return ("met" if met else "NOT MET") if applies else "does not apply"
