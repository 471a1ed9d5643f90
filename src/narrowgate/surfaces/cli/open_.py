"""``narrowgate open``: the officer's side, offline."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.domain.errors import ExitCode
from narrowgate.flow.opening import OpenedAnswers, OpenedRefusals, open_file
from narrowgate.surfaces.cli.common import json_option, private_key, show, table
from narrowgate.surfaces.cli.verify import verifier_key, vkey_option


@click.command(name="open")
@click.argument("answers", type=click.Path(path_type=Path), metavar="ANSWERS")
@click.option("--key", type=click.Path(path_type=Path), metavar="KEY", help="Your .enc.jwk; not for refusals.json.")
@vkey_option
@json_option
def command(answers: Path, key: Path | None, vkey: str, as_json: bool) -> None:
    """Decrypt ANSWERS with your own key and verify every receipt, offline; or verify a refusals.json.

    A receipt that does not hold is shown and the exit code is 4. The use of an answer is limited to the purpose it
    names.
    """
    found = open_file(answers, private_key(key) if key else None, verifier_key(vkey), wiring.jose)
    if isinstance(found, OpenedRefusals):
        _show_refusals(as_json, found)
        return
    _show_answers(as_json, found)
    if found.broken:
        raise SystemExit(ExitCode.INTEGRITY)


def _show_answers(as_json: bool, found: OpenedAnswers) -> None:
    rows = [(a.row, a.outcome, "holds" if not a.broken else f"BROKEN: {a.broken}") for a in found.answers]
    document = {
        "about": dict(found.about),
        "answers": [
            {"row": a.row, "outcome": a.outcome, "receipt": "broken" if a.broken else "holds"} for a in found.answers
        ],
        "broken": found.broken,
    }
    shown = table("row", "outcome", "receipt", rows=rows)
    stated = [(name, found.about[name]) for name in ("purpose", "criminal_statute", "penalties")]
    terms = [f"{name.replace('_', ' ')}: {text}" for name, text in stated if text]
    means = [f"{name}: {found.about[name + '_means']}" for name in ("confirmed", "not_confirmed")]
    show(as_json, document, shown, *terms, *means, "receipts were verified against a checkpoint that is unwitnessed")


def _show_refusals(as_json: bool, found: OpenedRefusals) -> None:
    rows = [(row, ", ".join(unmet)) for row, unmet in found.refused]
    cites = [(element, cite) for element, cite in found.cites.items()]
    document = {"refused": [{"row": r, "refused_under": list(u)} for r, u in found.refused], "elements": found.cites}
    show(as_json, document, table("row", "refused under", rows=rows), table("element", "citation", rows=cites))
