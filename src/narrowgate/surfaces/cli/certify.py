"""``narrowgate certify``: how rarely linkage is wrong, and that it is measured."""

from pathlib import Path

import click

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import ExitCode
from narrowgate.domain.vocabulary import Provenance
from narrowgate.flow.deciding import decide
from narrowgate.flow.means import adopt_certificate, measure
from narrowgate.surfaces.cli.common import (
    gate_argument,
    json_option,
    opened,
    show,
    show_decision,
    sign_option,
    signers,
    table,
)


@click.command(name="certify")
@gate_argument
@click.argument("labelled", type=click.Path(path_type=Path), metavar="LABELLED")
@click.option("--bound", default=0.001, show_default=True, help="Share of wrong confirmations not to be exceeded.")
@click.option("--confidence", default=0.95, show_default=True, help="With what confidence.")
@click.option(
    "--provenance", default="adjudicated", show_default=True, type=click.Choice([p.value for p in Provenance]),
    help="Where the labels come from; synthetic ones count in demo gates only.",
)  # fmt: skip
@sign_option
@json_option
def command(
    gate: Path, labelled: Path, bound: float, confidence: float, provenance: str, signs: tuple[str, ...], as_json: bool
) -> None:
    """Measure linkage on LABELLED cases, and certify the threshold that keeps wrong confirmations within the bound.

    LABELLED has the subject columns, person_id (whose confirmable address it truly is; blank for a negative) and,
    optionally, household. An address is sought among the records whose as_of lies in the row's taxable_periods; in a
    row without periods the latest counts. The default bound takes about 3,000 confirmed cases and 3,000 negatives,
    each of another household. Every attempt is entered. Two administrators adopt the certificate; without one that is
    valid the gate answers nothing.
    """
    if not (0 < bound < 1 and 0 < confidence < 1):
        raise click.BadParameter("bound and confidence lie between 0 and 1")
    keys = signers(signs)
    with opened(gate) as open_gate:
        found = measure(open_gate, labelled, bound, confidence, Provenance(provenance))
        if not isinstance(found, Certificate):
            document = {
                "certified": False,
                "reasons": list(found.reasons),
                "wrong": found.wrong,
                "confirmed": found.confirmed,
                "negatives": found.negatives,
                "more_cases": found.more_cases,
            }
            more = f"at least {found.more_cases:,} more confirmed cases without an error would do"
            show(as_json, document, "not certified:", *found.reasons, more if found.more_cases else "")
            raise SystemExit(ExitCode.FAILED)
        if not as_json:
            show(False, {}, _text(found))
        decision = decide(open_gate, adopt_certificate(open_gate, found), keys)
        show_decision(as_json, gate, decision, "the certificate is in force", f"narrowgate submit {gate} PACKAGE")


def _text(c: Certificate) -> object:
    rows = [
        ("wrong confirmations", f"{c.wrong} of {c.confirmed:,} confirmed, one case a household"),
        ("upper limit of their share", f"{c.share_limit:.3%} at {c.confidence:.0%} confidence (bound {c.bound:.3%})"),
        ("wrong among true negatives", f"{c.wrong_negatives} of {c.negatives:,}; upper limit {c.negative_limit:.3%}"),
        ("share of true cases confirmed", f"{c.recall:.1%}"),
        ("the bound holds down to", f"{c.prevalence_floor:.1%} of requests being true"),
        ("expected wrong in 10,000 confirmed", f"{c.expected_wrong_per_10_000:.1f}"),
        ("certified weight", f"{c.threshold / 1000:.3f} bits"),
        ("labels", c.provenance.value),
        ("expires", c.expires_at.date().isoformat()),
    ]
    return table("certificate", "", rows=rows)
