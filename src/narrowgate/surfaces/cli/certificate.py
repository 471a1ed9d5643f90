"""``narrowgate certificate``: the certificate in force, whether it counts now, and every attempt."""

from pathlib import Path

import click

from narrowgate.domain.errors import ExitCode, InvalidInput
from narrowgate.flow.means import attempts, in_force
from narrowgate.notary.files import replace_file
from narrowgate.surfaces.cli.certificate_text import (
    attempts_document,
    attempts_text,
    certificate_text,
    measured_document,
    standing_document,
    standing_text,
)
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show
from narrowgate.surfaces.pages.certificate import certificate_page

FORMAT = "narrowgate-certificate-view/1"


@click.command(name="certificate")
@gate_argument
@click.option("--page", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a page to print.")
@json_option
def command(gate: Path, page: Path | None, as_json: bool) -> None:
    """Show the certificate that was adopted last, whether it counts for the present records, and every attempt.

    The exit code is 1 where no certificate counts now: the gate answers nothing, and the reasons are shown.
    """
    if page and page.is_dir():
        raise InvalidInput(f"--page {page} is a folder", "name a file")
    with opened(gate) as open_gate:
        standing, tried = in_force(open_gate), attempts(open_gate)
        text: list[object] = [*certificate_text(standing.certificate)] if standing else []
        if page and standing:
            html = certificate_page(standing.certificate, tried, standing, open_gate.custodian, demo=open_gate.demo)
            replace_file(page, [html.encode()])
            text.append(f"wrote {page}")
    document = {
        "format": FORMAT,
        "standing": standing_document(standing),
        "certificate": measured_document(standing.certificate) if standing else None,
        "attempts": attempts_document(tried),
    }
    shown = [attempts_text(tried)] if tried else []
    show(as_json, document, *text, *shown, standing_text(standing))
    if standing is None or standing.void:
        raise SystemExit(ExitCode.FAILED)
