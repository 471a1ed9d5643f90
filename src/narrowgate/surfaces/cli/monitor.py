"""``narrowgate monitor``: what was confirmed of each batch that left, against its certificate."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from narrowgate.domain.certificate import WEIGHT_BINS
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import Stratum
from narrowgate.flow.casefile import find_request
from narrowgate.flow.monitoring import AWAY, Compared, monitored
from narrowgate.flow.viewing import inspect
from narrowgate.notary.files import replace_file
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show, sign_option, signers, table
from narrowgate.surfaces.pages.monitoring import monitoring_page

FORMAT = "narrowgate-monitoring/1"


@click.command(name="monitor")
@gate_argument
@click.argument("request", metavar="[REQUEST]", required=False)
@click.option("--page", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a page to print.")
@sign_option
@json_option
def command(gate: Path, request: str | None, page: Path | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Show the confirm rate, the weights and the strata of every batch that left, against its certificate.

    For disclosure officers and auditors; the look is entered. It tells of released rows alone, and of a row that is not
    confirmed nothing but that it is not. A batch is what left of one request under one certificate.
    """
    if page and page.is_dir():
        raise InvalidInput(f"--page {page} is a folder", "name a file")
    with opened(gate) as open_gate:
        found = find_request(open_gate, request) if request else None
        role = inspect(open_gate, "monitor", found, {}, signers(signs))
        batches = monitored(open_gate, found)
        custodian, demo = open_gate.custodian, open_gate.demo
    written = []
    if page:
        replace_file(page, [monitoring_page(batches, custodian, role, demo=demo).encode()])
        written = [f"wrote {page}"]
    document = {
        "format": FORMAT,
        "batches": [_document(one) for one in batches],
        "alarms": sum(bool(one.alarms) for one in batches),
        "shown_to": role.value if role else "",
    }
    show(as_json, document, *_text(batches), *written)


def _document(one: Compared) -> dict[str, Any]:
    batch, against = one.batch, one.against
    return {
        "request": batch.name,
        "certificate": batch.certificate,
        "left": {"first": batch.left[0], "last": batch.left[1]},
        "released": batch.released,
        "confirmed": batch.confirmed,
        "confirm_rate_limit": one.rate_limit,
        "true_at_most": one.true_at_most,
        "prevalence_floor": against.prevalence_floor if against else None,
        "weights": {
            "from_thousandths": list(WEIGHT_BINS),
            "confirmed": list(batch.weights),
            "certificate": list(against.weights_seen) if against else [],
            "away": one.weights_away,
            "limit": one.weights_limit,
        },
        "strata": {
            stratum.value: {"confirmed": count, "away_at_least": one.strata_away[n] if one.strata_away else None}
            for n, (stratum, count) in enumerate(zip(Stratum, batch.strata, strict=True))
        },
        "strata_limit": AWAY,
        "alarms": list(one.alarms),
    }


def _text(batches: list[Compared]) -> Iterator[object]:
    if not batches:
        yield "nothing left yet: there is nothing to compare"
        return
    rows = [
        (
            one.batch.name,
            f"{one.batch.confirmed:,} of {one.batch.released:,}",
            f"{one.true_at_most:.1%}",
            f"{one.against.prevalence_floor:.1%}" if one.against else "–",
            "–" if one.weights_away is None else f"{one.weights_away:.1%} ({one.weights_limit:.1%})",
            f"{len(one.alarms)}" if one.alarms else "",
        )
        for one in batches
    ]
    heads = ("request", "confirmed", "true at most", "bound holds to", "weights away (limit)", "alarms")
    yield table(*heads, rows=rows, title="what left, against the certificate it left under")
    yield from (f"{one.batch.name}: {alarm}" for one in batches for alarm in one.alarms)
    if not any(one.alarms for one in batches):
        yield "no batch is unlike the cases of its certificate"
