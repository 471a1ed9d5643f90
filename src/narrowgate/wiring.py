"""The only file that picks engines: a gate is made and opened here."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path

from narrowgate.domain.books import RegisterKind
from narrowgate.domain.circumstances import PolicyLimits
from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Clock, Gate, Progress, no_progress
from narrowgate.engines.clock import SystemClock
from narrowgate.engines.files import GateFolder
from narrowgate.engines.jose import JoserfcJose
from narrowgate.engines.keystore import DEMO_COST, FULL_COST, Keystore, create
from narrowgate.engines.operations import sqlite_store
from narrowgate.flow.changes import found
from narrowgate.governance.config import Configuration, parse_config
from narrowgate.notary.commit import empty_head
from narrowgate.notary.files import replace_file

CONFIG, KEYSTORE, STORE, DEMO_PASSPHRASE = "narrowgate.toml", "keystore.json", "operations.sqlite", "demo-passphrase"
PASSPHRASE_FILE = "NARROWGATE_PASSPHRASE_FILE"  # noqa: S105 - names a variable

jose = JoserfcJose()
clock: Clock = SystemClock()


def passphrase(gate: Path, *, demo: bool) -> bytes:
    """The keystore's passphrase: of a demo gate its own file, else the file that the environment names, else typed.

    Raises:
        InvalidInput: where there is neither a file nor a terminal.
    """
    named = os.environ.get(PASSPHRASE_FILE)
    path = Path(named) if named else gate / DEMO_PASSPHRASE if demo else None
    if path is not None:
        try:
            return path.read_bytes().strip()
        except OSError as error:
            raise InvalidInput(
                f"cannot read the passphrase file: {error.strerror}", f"see {PASSPHRASE_FILE}", ErrorCode.PASSPHRASE
            ) from error
    if sys.stdin.isatty():
        return getpass("passphrase of the gate's keystore: ").encode()
    raise InvalidInput("no passphrase, and no terminal to ask for one", f"set {PASSPHRASE_FILE}", ErrorCode.PASSPHRASE)


def make_gate(path: Path, custodian: str, founders: dict[str, Jwk], *, demo: bool) -> None:
    """Makes a gate beside its place, and puts it there whole.

    Raises:
        InvalidInput: when the folder exists, or two people do not found it.
    """
    if path.exists():
        raise InvalidInput(f"{path.name} exists already", "name a new folder")
    unfinished = path.with_name(path.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        if demo:
            replace_file(unfinished / DEMO_PASSPHRASE, [os.urandom(16).hex().encode() + b"\n"])
        configuration = Configuration(custodian, demo)
        replace_file(unfinished / CONFIG, [configuration.to_text().encode()])
        words = passphrase(unfinished, demo=demo)
        create(unfinished / KEYSTORE, words, custodian, DEMO_COST if demo else FULL_COST)
        store = sqlite_store(unfinished / STORE, create=empty_head(clock.now()))
        keys = Keystore.open(unfinished / KEYSTORE, words)
        files = GateFolder(unfinished)
        found(Gate(custodian, demo, configuration.limits, store, keys, clock, files, jose), founders)
        store.close()
        unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def open_gate(path: Path, progress: Progress = no_progress, passphrase_of: Callable[..., bytes] = passphrase) -> Gate:
    """Opens a gate.

    Raises:
        InvalidInput: when the folder is no gate.
        NarrowgateError: ``passphrase`` when it is wrong.
        IntegrityError: when its parts do not belong together.
    """
    configuration = config_of(path)
    keys = Keystore.open(path / KEYSTORE, passphrase_of(path, demo=configuration.demo))
    if not (path / STORE).exists():
        raise IntegrityError("the operations store is missing", "restore the gate from its backup")
    store = sqlite_store(path / STORE)
    adopted = dict(store.registered(RegisterKind.CONFIG)[-1].body)
    if (adopted["custodian"], adopted["demo"]) != (configuration.custodian, configuration.demo):
        raise IntegrityError("narrowgate.toml names another gate than was founded", "put custodian and demo back")
    unset = dict(Configuration(configuration.custodian).to_json())  # an earlier release adopted fewer keys
    in_force = unset | (dict(configuration.to_json()) if configuration.demo else adopted)
    limits = PolicyLimits(**{name: int(str(in_force[name])) for name in PolicyLimits.__dataclass_fields__})
    times = ("clock_forward_days", "clock_back_minutes", "hold_days", "escalate_days")
    return Gate(
        configuration.custodian,
        configuration.demo,
        limits,
        store,
        keys,
        clock,
        GateFolder(path),
        jose,
        progress,
        **{name: int(str(in_force[name])) for name in times},
    )


@contextmanager
def opened(path: Path, progress: Progress = no_progress) -> Iterator[Gate]:
    """An open gate, let go afterwards."""
    gate = open_gate(path, progress)
    try:
        yield gate
    finally:
        gate.store.close()


def config_of(path: Path) -> Configuration:
    """What ``narrowgate.toml`` says now.

    Raises:
        InvalidInput: when the folder is no gate, or the file says nothing that can be used.
    """
    try:
        return parse_config((path / CONFIG).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(
            f"no gate at {path}", "are you in the right folder? `narrowgate init` makes a gate", ErrorCode.GATE_MISSING
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("narrowgate.toml is not UTF-8 text", "restore it") from error


def new_keys(name: Path) -> list[Path]:
    """Writes a person's key pairs: Ed25519 to sign, P-256 to decrypt; private files for their owner alone.

    Raises:
        InvalidInput: when one of the files exists.
    """
    written: list[Path] = []
    names = [name.with_name(name.name + end) for end in (".jwk", ".pub.jwk", ".enc.jwk", ".enc.pub.jwk")]
    if any(path.exists() for path in names):
        raise InvalidInput("a key file of that name exists", "choose another name; keys are never overwritten")
    pairs = [*jose.new_pair("sign"), *jose.new_pair("encrypt")]
    for path, key in zip(names, pairs, strict=True):
        mode = 0o600 if "d" in key else 0o644
        try:
            replace_file(path, [json.dumps(key, indent=1, sort_keys=True).encode() + b"\n"], mode=mode)
        except NarrowgateError:
            for done in written:
                done.unlink(missing_ok=True)
            raise
        written.append(path)
    return written
