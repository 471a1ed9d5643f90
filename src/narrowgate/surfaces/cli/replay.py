"""``narrowgate replay``: past decisions, run again."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.csv

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import When
from narrowgate.flow.casefile import find_request
from narrowgate.flow.replaying import ROWS_SCHEMA, Against, Replayed, edition_named, looked, replay, stay_named
from narrowgate.notary.files import replace_file
from narrowgate.oversight.replay import Kind, affected_by_element, affected_by_time, by_fact, by_request
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show, sign_option, signers, table
from narrowgate.surfaces.cli.stay_text import WHEN

_SAID = {
    Kind.REFUSED_NOW: "refused",
    Kind.ALLOWED_NOW: "lawful",
    Kind.OTHER_ELEMENTS: "other elements",
    Kind.FACTS_ALONE: "other facts",
}


@click.command(name="replay")
@gate_argument
@click.option("--pack", metavar="P", help="An edition: an id of this release, a folder, or a digest that GATE keeps.")
@click.option("--stay", metavar="S", help="A stay, as if it had been in force throughout.")
@click.option("--code", is_flag=True, help="Derive the facts anew, by the present code; goes with --pack too.")
@click.option("--since", metavar="DAY", help="Decisions of this day (UTC) and later ones.")
@click.option("--until", metavar="DAY", help="Decisions of this day (UTC) and earlier ones.")
@click.option("--request", metavar="REQUEST", help="This request alone.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the rows that differ, as CSV.")
@sign_option
@json_option
def command(
    gate: Path,
    pack: str | None,
    stay: str | None,
    code: bool,
    since: str | None,
    until: str | None,
    request: str | None,
    out: Path | None,
    signs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run past decisions again, and list what is possibly affected: counsel decides what is unlawful.

    Under another edition, from the facts as they were stored; under a court's stay, where what left is told apart by
    its date, the custodian's notice and its entry; or with the facts derived anew from the sealed rows, by the register
    of then.

    For counsel, auditors and disclosure officers; the look is entered, and nothing else changes. No answer is told: a
    released row is a disclosure, confirmed or not.
    """
    days = _day(since, "--since"), _day(until, "--until")
    if out and out.is_dir():
        raise InvalidInput(f"--out {out} is a folder", "name a file")
    with opened(gate) as open_gate:
        against = Against(
            edition_named(open_gate, pack) if pack else None,
            stay_named(open_gate, stay) if stay else None,
            code,
            *days,
            find_request(open_gate, request) if request else None,
        )
        looked(open_gate, against, signers(signs))
        found = replay(open_gate, against, detail=out is not None)
        if out:
            replace_file(out, [_csv(found)])
        show(as_json, _document(against, found, out), *_text(against, found, out))


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"{option} takes a day, YYYY-MM-DD") from None


def _csv(found: Replayed) -> bytes:
    data = BytesIO()
    pa.csv.write_csv(pa.concat_tables(found.rows) if found.rows else ROWS_SCHEMA.empty_table(), data)
    return data.getvalue()


def _document(against: Against, found: Replayed, out: Path | None) -> dict[str, Any]:
    return {
        "against": against.to_json(),
        "decisions": found.decisions,
        "requests": found.requests,
        "distinct": found.distinct,
        "differ": sum(c.rows for c in found.changes),
        "possibly_affected": sum(c.rows for c in found.changes if c.possibly_affected),
        "possibly_affected_by_element": dict(affected_by_element(found.changes)),
        "possibly_affected_by_time": dict(affected_by_time(found.changes)),
        "changes": [
            {"request": name, "state": state, "change": kind.value, "when": when, "rows": rows}
            for name, state, kind, when, rows in by_request(found.changes)
        ],
        "facts": [{"fact": f, "unmet_now": unmet, "met_now": met} for f, unmet, met in by_fact(found.changes)],
        "left_out": [{"request": name, "why": why, "rows": rows} for (name, why), rows in found.left_out.items()],
        "derived_now": sorted(found.derived_now),
        "settings": sorted(found.settings),
        "file": str(out) if out else None,
    }


def _text(against: Against, found: Replayed, out: Path | None) -> Iterator[object]:
    """For people: what was run, what differs, what of it left, and what was not or cannot be told."""
    if against.pack:
        yield f"against {against.pack.id}, edition {against.pack.edition}, {against.pack.digest}"
    if against.stay:
        stay = against.stay.stay
        yield f"against stay {stay.id}: {stay.court}, {stay.docket}"
    yield f"{found.decisions:,} decisions of {found.requests:,} requests judged again"
    groups = by_request(found.changes)
    if groups:
        lines = [(name, state, _SAID[kind], w.replace("_", " "), n) for name, state, kind, w, n in groups]
        yield table("request", "state", "now", "when", "rows", rows=lines, title="what differs")
    else:
        yield "nothing differs"
    yield from _affected(found)
    if facts := by_fact(found.changes):
        yield table("fact", "unmet now", "met now", rows=facts)
    if found.derived_now:
        yield f"nobody derived these then; derived now from the sealed rows: {', '.join(sorted(found.derived_now))}"
    if found.settings and not against.code:
        yield "the editions differ in what facts look at; --code with --pack derives them anew:"
        yield from (f"  {line}" for line in sorted(found.settings))
    for (name, why), rows in found.left_out.items():
        yield f"left out: {rows:,} rows of {name}: {why}"
    if out:
        yield f"wrote {sum(t.num_rows for t in found.rows):,} rows to {out}"


def _affected(found: Replayed) -> Iterator[object]:
    """What left and would not now: under which element, and under a stay, when."""
    rows = sum(c.rows for c in found.changes if c.possibly_affected)
    if not rows:
        return
    title = f"possibly affected: {rows:,} rows that left and would now be refused"
    yield table("element", "rows", rows=list(affected_by_element(found.changes).items()), title=title)
    if times := affected_by_time(found.changes):
        yield table("released", "rows", rows=[(WHEN[When(when)], count) for when, count in times.items()])
    yield "counsel decides what was unlawful; whoever holds those answers may have to return them"
