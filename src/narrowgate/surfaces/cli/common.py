"""What every command shares: one JSON document or text for people, errors, progress, signatures."""

import json
import os
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from narrowgate import wiring
from narrowgate.domain.errors import ErrorCode, ExitCode, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.flow.deciding import Decision
from narrowgate.governance.parties import read_key

F = TypeVar("F", bound=Callable[..., Any])

console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
"""People's text and progress go to standard error; what a requester wrote is shown as it is, never read as markup."""

DEBUG = "NARROWGATE_DEBUG"

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
gate_argument = click.argument("gate", type=click.Path(path_type=Path), metavar="GATE")
request_argument = click.argument("request", metavar="REQUEST")
sign_option = click.option(
    "--sign",
    "signs",
    multiple=True,
    metavar="ID=KEYFILE",
    help="Sign as ID with this private key; give it twice for two people.",
)


def show(as_json: bool, document: Mapping[str, Any], *text: object, next_steps: Sequence[str] = ()) -> None:
    """Prints a result: the document on standard output, or the text (and what to do next) for people."""
    if as_json:
        click.echo(json.dumps(document, indent=1, sort_keys=True, default=str))
        return
    for item in text:
        console.print(plain(item) if isinstance(item, str) else item)
    for step in next_steps:
        console.print(Text.assemble(("next: ", "bold"), plain(step)))


def plain(text: str) -> Text:
    """Text as it is, never as markup; characters that would steer a terminal or turn its direction are shown as U+FFFD.

    What a requester wrote (labels, ids, names) reaches an officer's terminal through here alone.
    """
    shown = (c if c == "\n" or not unicodedata.category(c).startswith("C") else "\ufffd" for c in text)
    return Text("".join(shown))


def table(*columns: str, rows: Sequence[Sequence[object]], title: str = "") -> Table:
    """A table for people; numbers stand to the right."""
    made = Table(title=plain(title) if title else None, title_justify="left", title_style="bold")
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int) for row in rows)
        made.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(plain(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
    return made


@contextmanager
def opened(path: Path) -> Iterator[Gate]:
    """Opens a gate with a progress bar, and says so when its people are made up."""
    bars = Bars()
    with wiring.opened(path, bars.update) as gate:
        if gate.demo:
            console.print("demo gate: every person in it is made up", style="yellow")
        try:
            yield gate
        finally:
            bars.stop()


class Bars:
    """One progress bar a stage, shown when standard error is a terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}

    def update(self, stage: str, done: int, total: int) -> None:
        """The port ``Progress``."""
        if not console.is_terminal:
            return
        if not self._tasks:
            self._bars.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total or None)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)

    def stop(self) -> None:
        """Clears the bars."""
        if self._tasks:
            self._bars.stop()


def private_key(path: Path) -> Jwk:
    """A private key file.

    Raises:
        InvalidInput: when it cannot be read or holds no private key.
    """
    try:
        key = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"cannot read key file {path.name}", "name a .jwk file that `narrowgate key new` made"
        ) from error
    if not isinstance(key, dict) or not all(isinstance(v, str) for v in key.values()) or "d" not in key:
        raise InvalidInput(f"key file {path.name} holds no private key", "name the .jwk file, not the .pub.jwk")
    return key


def public_key(path: Path) -> Jwk:
    """A public signing key file.

    Raises:
        InvalidInput: when it cannot be read, is private, or is no signing key.
    """
    return read_key(path, wiring.jose.thumbprint)[0]


def pairs(values: Sequence[str], option: str) -> dict[str, Path]:
    """``ID=FILE`` options.

    Raises:
        InvalidInput: when one is not of that form, or an id stands twice.
    """
    found: dict[str, Path] = {}
    for value in values:
        person, equals, file = value.partition("=")
        if not (person and equals and file):
            raise InvalidInput(f"{option} takes ID=FILE")
        if person in found:
            raise InvalidInput(f"{option}: {person} stands twice", "two signatures are by two people")
        found[person] = Path(file)
    return found


def signers(signs: Sequence[str]) -> dict[str, Jwk]:
    """Signer to private key."""
    return {person: private_key(path) for person, path in pairs(signs, "--sign").items()}


def show_decision(
    as_json: bool,
    gate_path: Path,
    decision: Decision,
    done: str,
    *next_steps: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """What came of a command that people sign; waiting for a second signature is exit code 2.

    Args:
        as_json: print one document.
        gate_path: where the gate is.
        decision: what came of it.
        done: what to say where it is complete.
        next_steps: what to do then.
        more: what the document says besides.
    """
    document = {
        **(more or {}),
        "command": decision.command,
        "complete": decision.complete,
        "id": decision.id,
        "signed_by": list(decision.signed_by),
        "result": dict(decision.result),
    }
    if decision.complete:
        show(as_json, document, Text.assemble(("done: ", "green"), plain(done)), next_steps=next_steps)
        return
    step = f"narrowgate sign-off {gate_path} {decision.id} --sign ID=KEYFILE   (a second person)"
    show(
        as_json, document, f"signed by {', '.join(decision.signed_by)}; waits for a second signature", next_steps=[step]
    )
    raise SystemExit(ExitCode.WAITING)


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Runs a command line: every error is one line and advice, never a traceback; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command.main(args=given, prog_name="narrowgate", standalone_mode=False)
    except NarrowgateError as error:
        return _fail("--json" in given, error)
    except (click.exceptions.Exit, SystemExit) as error:
        code = error.exit_code if isinstance(error, click.exceptions.Exit) else error.code
        return code if isinstance(code, int) else ExitCode.FAILED
    except click.Abort:
        return _fail("--json" in given, NarrowgateError(ErrorCode.NOTHING_TO_DO, "interrupted; what was entered stays"))
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "narrowgate"
        return _fail("--json" in given, InvalidInput(_quiet(error), f"see `{where} --help`"))
    except Exception as error:  # noqa: BLE001 - the last edge: a person never sees a traceback
        if os.environ.get(DEBUG):
            traceback.print_exc()
        what = f"internal error: {type(error).__name__}"
        return _fail(
            "--json" in given, NarrowgateError(ErrorCode.STORAGE, what, f"set {DEBUG}=1 to see where; please report it")
        )
    return ExitCode.DONE


def _quiet(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _fail(as_json: bool, error: NarrowgateError) -> int:
    if as_json:
        document = {"error": {"code": error.code.value, "message": error.message, "advice": error.advice}}
        click.echo(json.dumps(document, indent=1, sort_keys=True))
    console.print(Text.assemble(("error: ", "red"), plain(error.message)))
    if error.advice:
        console.print(Text.assemble(("advice: ", "bold"), plain(error.advice)))
    return int(error.exit_code)
