"""``narrowgate records``: what the custodian keeps."""

from pathlib import Path

import click

from narrowgate.flow.deciding import decide
from narrowgate.flow.means import in_force, load_records
from narrowgate.surfaces.cli.certificate_text import standing_document, standing_text
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show_decision, sign_option, signers


@click.group(name="records")
def command() -> None:
    """Load the custodian's records. Two administrators sign."""


@command.command()
@gate_argument
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@sign_option
@json_option
def load(gate: Path, file: Path, signs: tuple[str, ...], as_json: bool) -> None:
    """Build a snapshot from FILE (CSV or Parquet, one row a person and address) and adopt it.

    The present snapshot serves until two people adopt the new one. A load that was killed is taken up by the same
    command on the same file. Keep the gate's folder on an encrypted volume.
    """
    keys = signers(signs)
    with opened(gate) as open_gate:
        statement = load_records(open_gate, file)
        body = statement.about["body"]
        decision = decide(open_gate, statement, keys)
        rows = f"{body['rows']:,} rows of {body['persons']:,} persons" if isinstance(body, dict) else ""
        standing = in_force(open_gate) if decision.complete else None
        counts = standing is not None and not standing.void
        said = f"; {standing_text(standing)}" if standing else ""
        show_decision(
            as_json,
            gate,
            decision,
            f"{rows} are the records now{said}",
            *([] if counts else [f"narrowgate certify {gate} LABELLED --sign … --sign …"]),
            more={"certificate": standing_document(standing)} if decision.complete else None,
        )
