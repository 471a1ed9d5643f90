"""``narrowgate certify``: how rarely linkage is wrong, and that it is measured."""

import unicodedata
from pathlib import Path

import click

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import ExitCode, InvalidInput
from narrowgate.domain.vocabulary import Provenance
from narrowgate.flow.deciding import decide
from narrowgate.flow.means import adopt_certificate, attempts, in_force, measure
from narrowgate.linkage.certify import CertificationFailed
from narrowgate.notary.files import replace_file
from narrowgate.surfaces.cli.certificate_text import attempts_document, certificate_text, measured_document
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    show,
    show_decision,
    sign_option,
    signers,
)
from narrowgate.surfaces.pages.certificate import certificate_page

_LONGEST_FRAME = 2000


@click.command(name="certify")
@gate_argument
@click.argument("labelled", type=click.Path(path_type=Path), metavar="LABELLED")
@click.option("--bound", default=0.001, show_default=True, help="Share of wrong confirmations not to be exceeded.")
@click.option("--stratum-bound", type=float, help="The same within each stratum; five times the bound unless given.")
@click.option("--confidence", default=0.95, show_default=True, help="With what confidence.")
@click.option(
    "--provenance", default="adjudicated", show_default=True, type=click.Choice([p.value for p in Provenance]),
    help="Where the labels come from; synthetic ones count in demo gates only.",
)  # fmt: skip
@click.option("--frame", default="", metavar="TEXT", help="From where and how the cases were drawn; it becomes public.")
@click.option(
    "--page", type=click.Path(path_type=Path), metavar="FILE", help="Where to write the page; beside GATE unless given."
)
@sign_option
@json_option
def command(
    gate: Path,
    labelled: Path,
    bound: float,
    stratum_bound: float | None,
    confidence: float,
    provenance: str,
    frame: str,
    page: Path | None,
    signs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure linkage on LABELLED cases, and certify the threshold that keeps wrong confirmations within the bound.

    LABELLED has the subject columns, person_id (whose confirmable address it truly is; blank for a negative) and,
    optionally, household and person_id_2 (a second reviewer's label). An address is sought among the records whose
    as_of lies in the row's taxable_periods; in a row without periods the latest counts. The default bound takes about
    3,000 confirmed cases and 3,000 negatives, each of another household. A stratum (no birth date, multi-unit, common
    name, recent mover, shared address) that is not shown to be within its own bound is closed: nobody is confirmed
    there. Every attempt is entered. Two administrators adopt the certificate; without one that is valid the gate
    answers nothing. A page is written of every attempt.
    """
    _check(bound, stratum_bound, confidence, frame, page)
    keys = signers(signs)
    with opened(gate) as open_gate:
        found = measure(
            open_gate,
            labelled,
            bound,
            confidence,
            Provenance(provenance),
            stratum_bound=stratum_bound or 0.0,
            frame=frame.strip(),
        )
        tried = attempts(open_gate)
        written = page or gate.absolute().parent / f"{gate.absolute().name}-certificate-{found.attempt}.html"
        html = certificate_page(found, tried, None, open_gate.custodian, demo=open_gate.demo)
        replace_file(written, [html.encode()])
        document = {
            "certified": isinstance(found, Certificate),
            "page": str(written),
            "measured": measured_document(found),
            "attempts": attempts_document(tried),
        }
        if isinstance(found, CertificationFailed):
            failed = {name: getattr(found, name) for name in ("wrong", "confirmed", "negatives", "more_cases")}
            more = f"at least {found.more_cases:,} more confirmed cases without an error would do"
            text = [*certificate_text(found), "not certified:", *found.reasons, more if found.more_cases else ""]
            show(as_json, {**document, **failed, "reasons": list(found.reasons)}, *text, f"wrote {written}")
            raise SystemExit(ExitCode.FAILED)
        if not as_json:
            show(False, {}, *certificate_text(found), f"wrote {written}")
        decision = decide(open_gate, adopt_certificate(open_gate, found), keys)
        if decision.complete:  # now it is known what it is: in force, and adopted
            html = certificate_page(
                found, attempts(open_gate), in_force(open_gate), open_gate.custodian, demo=open_gate.demo
            )
            replace_file(written, [html.encode()])
        show_decision(
            as_json, gate, decision, "the certificate is in force", f"narrowgate submit {gate} PACKAGE", more=document
        )


def _check(bound: float, stratum_bound: float | None, confidence: float, frame: str, page: Path | None) -> None:
    """Options that cannot be.

    Raises:
        click.BadParameter: for a share that is none.
        InvalidInput: for a sampling frame that cannot be shown, or a page that is a folder.
    """
    if not (0 < bound < 1 and 0 < confidence < 1):
        raise click.BadParameter("bound and confidence lie between 0 and 1")
    if stratum_bound is not None and not bound <= stratum_bound < 1:
        raise click.BadParameter("stratum-bound lies between the bound and 1")
    if len(frame) > _LONGEST_FRAME or any(unicodedata.category(c).startswith("C") for c in frame):
        raise InvalidInput(f"--frame is longer than {_LONGEST_FRAME} characters, or holds control characters")
    if page and page.is_dir():
        raise InvalidInput(f"--page {page} is a folder", "name a file")
