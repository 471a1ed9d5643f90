"""``narrowgate init``: a new gate."""

from pathlib import Path

import click

from narrowgate import wiring
from narrowgate.surfaces.cli.common import gate_argument, json_option, pairs, public_key, show


@click.command(name="init")
@gate_argument
@click.option("--custodian", required=True, metavar="ID", help="The gate's id; packages name it.")
@click.option("--founder", "founders", multiple=True, metavar="ID=PUB", help="A founder and his public key; give two.")
@click.option("--demo", is_flag=True, help="A gate of made-up people, marked so for good.")
@json_option
def command(gate: Path, custodian: str, founders: tuple[str, ...], demo: bool, as_json: bool) -> None:
    """Make a gate in the folder GATE, founded by two people.

    The founders hold every role until two people are named for it. A fresh gate answers nothing until it is told who
    may ask (party), what is lawful (pack), from what (records) and how well (certify).
    """
    keys = {person: public_key(path) for person, path in pairs(founders, "--founder").items()}
    wiring.make_gate(gate, custodian, keys, demo=demo)
    show(
        as_json,
        {"gate": str(gate), "custodian": custodian, "demo": demo, "founders": sorted(keys)},
        f"made the gate of {custodian} in {gate}",
        next_steps=[
            f"narrowgate party add {gate} FILE --sign … --sign …",
            f"narrowgate pack adopt {gate} us.irc.6103.i.2 --why TEXT --sign … --sign …",
            f"narrowgate records load {gate} FILE --sign … --sign …",
            f"narrowgate certify {gate} LABELLED --sign … --sign …",
        ],
    )
