"""The commands, one file each, loaded when called."""

import importlib
import sys
from typing import cast

import click

from narrowgate import __version__

COMMANDS = {
    "key": "Make a person's key pairs.",
    "demo": "The whole story on made-up people, in a minute.",
    "init": "Make a gate, founded by two people.",
    "sign-off": "Give the second signature; list what waits for one.",
    "party": "Register an agency, its offices and officers; revoke keys.",
    "staff": "Give and take the roles of the custodian's staff.",
    "pack": "List, show and adopt legal packs.",
    "stay": "A court's order closes the gate, at once: enter, list, lift, the statement for the court.",
    "shield": "Shield a record person, or end his shield.",
    "records": "Load the custodian's records.",
    "certify": "Measure how rarely linkage is wrong, and certify it.",
    "certificate": "The certificate in force, whether it counts now, and every attempt.",
    "config": "Adopt what narrowgate.toml says.",
    "attest": "The requester: an officer attests his rows.",
    "sign": "The requester: the office signs the package.",
    "submit": "Take a package: the law, linkage, the ledger.",
    "hold": "What waits for people: list, assign, release, refuse.",
    "determination": "What people found, for a time: orders, requesters, reasons, findings.",
    "approve": "Two officers release a tranche.",
    "decline": "One officer sends a request to counsel.",
    "answers": "The custodian's view of a request; or what leaves, sealed.",
    "open": "The requester: open sealed answers, verify them offline.",
    "explain": "Why a row was decided so.",
    "monitor": "What was confirmed of each batch that left, against its certificate.",
    "ledger": "Verify, prove, check and name the ledger.",
    "verify": "Verify a receipt offline.",
    "replay": "Run past decisions again, under another edition, stay or code.",
}
"""Every command and its one line of help."""


class LazyGroup(click.Group):
    """Loads a command's file when it is called: ``--help`` stays quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order of the work."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{'open_' if name == 'open' else name.replace('-', '_')}")
        return cast("click.Command", module.command)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without loading any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="narrowgate")
def group() -> None:
    """The gate in front of confidential records: one bit out, everything in the ledger.

    Two people decide whatever changes who may act, what is lawful, what the records are or what leaves. Every command
    takes --json. Exit codes: 0 done, 1 failed, 2 nothing to do or a second signature needed, 3 invalid input, 4
    integrity broken.
    """


def main() -> None:
    """The entry point of the command ``narrowgate``."""
    from narrowgate.surfaces.cli.common import run  # noqa: PLC0415 - `--help` need not load the gate

    sys.exit(run(group))
