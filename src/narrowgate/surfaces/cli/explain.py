"""``narrowgate explain``: why a row was decided so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import Role
from narrowgate.flow.casefile import find_request
from narrowgate.flow.explaining import Explanation, Held, Place, explained
from narrowgate.flow.viewing import find_row, inspect
from narrowgate.law.explain import POLICY, Explained, FoundBy, Status
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
from narrowgate.surfaces.pages.explain import explain_page
from narrowgate.surfaces.pages.words import bits, plain, spaced

FORMAT = "narrowgate-explanation/1"
_SAID = {Status.NOT_MET: "NOT MET", Status.MET: "met", Status.DOES_NOT_APPLY: "does not apply"}


@click.command(name="explain")
@gate_argument
@request_argument
@click.argument("row", metavar="ROW")
@click.option("--long", "long", is_flag=True, help="The law's words and what was looked at, for every element.")
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a page to print.")
@sign_option
@json_option
def command(
    gate: Path, request: str, row: str, long: bool, page: Path | None, signs: tuple[str, ...], as_json: bool
) -> None:
    """Show ROW of REQUEST: each element of the law, what is not met first; and our own limits, apart from the law.

    For disclosure officers, counsel, auditors and shield officials; the look is entered. How linkage weighed a
    confirmed row is shown after its release; of a row that is not confirmed it is shown to a shield official alone.
    No cell of the row but its label is shown.
    """
    if page and page.is_dir():
        raise InvalidInput(f"--html {page} is a folder", "name a file")
    with opened(gate) as open_gate:
        found = find_request(open_gate, request)
        record = find_row(open_gate, found, row)
        role = inspect(open_gate, "explain", found, {"row": record.row}, signers(signs))
        explanation = explained(open_gate, found, record, role)
        custodian, demo = open_gate.custodian, open_gate.demo
    written = []
    if page:
        replace_file(page, [explain_page(explanation, custodian, role, demo=demo).encode()])
        written = [f"wrote {page}"]
    show(as_json, document(explanation, role), *_text(explanation, long=long), *written)


def document(explanation: Explanation, role: Role | None) -> dict[str, Any]:
    """The JSON document; ``docs/explain.md`` describes it."""
    request, under, falls = explanation.request, explanation.under, explanation.waterfall
    return {
        "format": FORMAT,
        "request": {"agency": request.agency, "request_id": request.request_id, "ledger_id": request.ledger_id},
        "row": explanation.row,
        "outcome": explanation.outcome.value,
        "basis": {"id": under.basis, "title": under.title, "citation": under.citation, "edition": under.edition,
                  "digest": under.digest},
        "decided": _place(explanation.decided),
        "elements": [_element(element) for element in explanation.elements],
        "policy": [
            {"cause": held.cause.value, "says": POLICY[held.cause], "since": _place(held.since),
             "until": _place(held.until) if held.until else None}
            for held in explanation.policy
        ],
        "waterfall": None if falls is None else {
            "steps": [{"comparison": name, "weight": weight} for name, weight in falls.steps], "weight": falls.weight,
            "threshold": falls.threshold, "runner_up": falls.runner_up,
        },
        "no_waterfall": explanation.withheld,
        "shown_to": role.value if role else "",
    }  # fmt: skip


def _place(place: Place) -> dict[str, Any]:
    return {"leaf": place.leaf, "at": place.at, "event": place.event.value}


def _element(element: Explained) -> dict[str, Any]:
    return {
        "element": element.element,
        "status": element.status.value,
        "found_by": element.found_by.value if element.found_by else "",
        "of": element.of,
        "cite": element.cite,
        "text": element.text,
        "looked_at": plain(element.looked_at),
        "people": element.people,
    }


def _text(explanation: Explanation, *, long: bool) -> Iterator[object]:
    """What is not met in full, the rest in a short table; then our policy, then linkage."""
    yield from _heading(explanation)
    for element in explanation.elements:
        if element.refused or long:
            yield from _in_full(element)
    shown = [e for e in explanation.elements if not e.refused]
    if shown and not long:
        rows = [(e.element, _SAID[e.status], e.cite, "machine and people" if e.people else "machine") for e in shown]
        yield table("the law", "", "citation", "decided by", rows=rows)
    yield from _policy(explanation)
    yield from _linkage(explanation)


def _heading(explanation: Explanation) -> Iterator[str]:
    refused = sum(e.refused for e in explanation.elements)
    applying = sum(e.applies for e in explanation.elements)
    under, decided = explanation.under, explanation.decided
    yield f"row {explanation.row}: {spaced(explanation.outcome.value)}"
    yield f"{refused} of {applying} elements that apply are not met" if refused else f"all {applying} elements are met"
    edition = f"{under.basis}, edition {under.edition}, digest {under.digest[:16]}" if under.digest else (
        f"{under.basis}, of which no edition is known"
    )  # fmt: skip
    yield f"decided {decided.at}, leaf {decided.leaf}, under {edition}"
    yield ""


def _in_full(element: Explained) -> Iterator[str]:
    by = " (a person found so)" if element.found_by is FoundBy.PEOPLE else ""
    yield f"{_SAID[element.status]}{by}: {element.element}"
    yield f"  law: {element.cite}: {element.text}"
    yield f"  the machine looked at: {plain(element.looked_at)}"
    yield f"  people decide: {element.people}" if element.people else "  people decide nothing of it"
    yield ""


def _policy(explanation: Explanation) -> Iterator[object]:
    if not explanation.policy:
        yield "our own policy, which is not the law: it did not touch this row"
        return
    rows = [(held.cause.value, _when(held), POLICY[held.cause]) for held in explanation.policy]
    title = "our own policy: not the law, holds and never refuses, never shown to a requester"
    yield table("limit", "", "what it means", rows=rows, title=title)


def _when(held: Held) -> str:
    since = f"since {held.since.at}, leaf {held.since.leaf}"
    return f"{since}, until {held.until.at}, leaf {held.until.leaf}" if held.until else f"waits {since}"


def _linkage(explanation: Explanation) -> Iterator[object]:
    falls = explanation.waterfall
    if falls is None:
        yield f"how linkage weighed it: {explanation.withheld[:1].lower()}{explanation.withheld[1:].rstrip('.')}"
        return
    steps = [(spaced(name), bits(weight)) for name, weight in falls.steps]
    steps += [("total", bits(falls.weight)), ("certified weight", bits(falls.threshold))]
    yield table("comparison", "bits", rows=steps, title="how linkage weighed it")
