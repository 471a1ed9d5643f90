"""``narrowgate submit``: a package at the gate."""

from pathlib import Path

import click

from narrowgate.flow.submit import submit
from narrowgate.surfaces.cli.attest import package_argument
from narrowgate.surfaces.cli.common import gate_argument, json_option, opened, show, table


@click.command(name="submit")
@gate_argument
@package_argument
@json_option
def command(gate: Path, package: Path, as_json: bool) -> None:
    """Take a package: check signatures, judge each person by the law, enter, link, enter the answers.

    Nothing leaves. What is lawful awaits two disclosure officers. The same package again gives its first result;
    killed half way, it goes on.
    """
    with opened(gate) as open_gate:
        done = submit(open_gate, package)
    name = f"{done.agency}/{done.request_id}" if done.takes_id else done.ledger_id
    document = {
        "ledger_id": done.ledger_id,
        "request": name,
        "request_id": done.request_id,
        "again": done.again,
        "persons": done.persons,
        "refused": done.refused,
        "held": done.held,
        "awaiting_release": done.awaiting_release,
    }
    rows = [(done.persons, done.refused, done.held, done.awaiting_release)]
    text = (
        []
        if done.takes_id
        else ["taken without its id: the signature does not hold (is the package signed, and by a registered office?)"]
    )
    steps = [f"narrowgate approve {gate} {name} --sign … --sign …"] if done.awaiting_release else []
    steps += [f"narrowgate hold list {gate}"] if done.held else []
    steps += (
        [f"narrowgate answers {gate} {name} --sealed --out DIR   (the refusals, for the office)"]
        if done.refused
        else []
    )
    show(
        as_json,
        document,
        f"request {name}{', as before' if done.again else ''}",
        table("persons", "refused", "held", "awaiting release", rows=rows),
        *text,
        next_steps=steps,
    )
