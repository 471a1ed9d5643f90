"""Storage that fails, and storage that lies: a named error, nothing half entered, never a traceback."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from faults.killing import quiet_kit
from kit import Done, Kit, subject
from narrowgate import wiring
from narrowgate.notary.files import CHECKPOINT

# --- what the system refuses ------------------------------------------------------------------------------------------


def outside(kit: Kit, words: Sequence[object], *before: str) -> Done:
    """Runs a command in a process of its own, started by the words ``before``."""
    command = [*before, sys.executable, "-m", "narrowgate", *map(str, words), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=kit.root)
    return Done(
        ended.returncode, json.loads(ended.stdout) if ended.stdout.strip() else None, ended.stdout, ended.stderr
    )


def refused(done: Done, code: str, exit_code: int) -> None:
    """The command ended with that error, in one line and advice."""
    assert done.code == exit_code, done
    assert done.document["error"]["code"] == code, done
    assert done.document["error"]["advice"], done
    assert "Traceback" not in done.err
    assert "internal error" not in done.document["error"]["message"], done


def entries(kit: Kit) -> int:
    return int(kit.fsck()["entries"])


@pytest.mark.parametrize("blocks", [0, 4, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 32))])
def test_files_that_may_not_grow_are_a_storage_error_and_nothing_is_half_entered(kit: Kit, blocks: int) -> None:
    package, before = kit.package([subject(p, i) for i, p in enumerate(kit.people[:40])]), entries(kit)
    limit = f'ulimit -f {blocks}; exec "$@"'  # blocks of 512 or 1024 bytes, as the shell has it
    done = outside(kit, ["submit", kit.gate, package], "sh", "-c", limit, "sh")
    refused(done, "storage", 1)
    assert entries(kit) in (before, before + 1, before + 2)
    again = kit.done("submit", kit.gate, package)
    assert (again["persons"], again["held"], again["refused"]) == (40, again["held"], 0)
    assert entries(kit) == before + 2 - (again["held"] == 40)


SMALL_DISK = """
set -e
mount -t tmpfs -o size=$1 tmpfs "$2/small"
cp -r "$2/gate" "$2/small/gate"
dd if=/dev/zero of="$2/small/filler" bs=4096 2>/dev/null || true
truncate -s "-$3" "$2/small/filler"
shift 3
"$@" submit small/gate packages/r-1 --json > full.json 2> full.err || echo $? > full.code
rm small/filler
"$@" ledger fsck small/gate --json > fsck.json
"$@" submit small/gate packages/r-1 --json > again.json
"$@" ledger fsck small/gate --json > fsck-again.json
"""


def _no_small_disk() -> str:
    if shutil.which("unshare") is None:
        return "needs unshare (Debian package: util-linux)"
    words = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(words, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"may not mount a small disk: {tried.stderr.strip()[:80]}"


NO_SMALL_DISK = _no_small_disk()


@pytest.mark.skipif(bool(NO_SMALL_DISK), reason=NO_SMALL_DISK)
@pytest.mark.long
@pytest.mark.parametrize("free", ["0", "40K", "120K"])
def test_a_full_disk_is_a_storage_error_and_with_space_the_gate_goes_on(kit: Kit, free: str) -> None:
    kit.package([subject(kit.people[0], 1)])
    (kit.root / "small").mkdir()
    used = sum(p.stat().st_size for p in kit.gate.rglob("*") if p.is_file()) // 1024
    script = ["sh", "-c", SMALL_DISK, "sh", f"{used + 1024}K", str(kit.root), free, sys.executable, "-m", "narrowgate"]
    ran = subprocess.run(
        ["unshare", "--map-root-user", "--mount", *script], capture_output=True, text=True, check=False, cwd=kit.root
    )
    assert ran.returncode == 0, ran.stderr

    def said(name: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((kit.root / f"{name}.json").read_text())
        return found

    refused(Done(int((kit.root / "full.code").read_text()), said("full"), "", (kit.root / "full.err").read_text()),
            "storage", 1)  # fmt: skip
    assert said("fsck")["clean"]
    assert said("again")["awaiting_release"] == 1
    assert said("fsck-again")["clean"]
    assert said("fsck-again")["entries"] == entries(kit) + 2


READ_ONLY = """
set -e
mount --bind "$1/gate" "$1/gate"
mount -o remount,bind,ro "$1/gate"
shift
exec "$@"
"""


@pytest.mark.skipif(bool(NO_SMALL_DISK), reason=NO_SMALL_DISK)
@pytest.mark.parametrize(
    "words",
    [
        ["submit", "gate", "packages/r-2"],
        pytest.param(
            ["approve", "gate", "r-1", "--sign", "ada=keys/ada.jwk", "--sign", "ben=keys/ben.jwk"],
            marks=pytest.mark.long,
        ),
        pytest.param(["answers", "gate", "r-1", "--out", "view.csv"], marks=pytest.mark.long),
        pytest.param(["ledger", "fsck", "gate"], marks=pytest.mark.long),
    ],
    ids=lambda words: words[0],
)
def test_a_gate_that_cannot_be_written_says_so_and_stays_as_it_is(kit: Kit, words: list[str]) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.package([subject(kit.people[1], 1)], "r-2")
    before = entries(kit)
    read_only = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", str(kit.root)]
    refused(outside(kit, words, *read_only), "storage", 1)
    assert entries(kit) == before


# --- what was altered -------------------------------------------------------------------------------------------------

Damage = Callable[[Path], object]


def flip(path: Path, at: int = -1) -> None:
    """Flips one bit, in the middle where no place is given."""
    data = bytearray(path.read_bytes())
    data[at if at >= 0 else len(data) // 2] ^= 1
    path.write_bytes(data)


def sql(gate: Path, statement: str) -> None:
    """What somebody with the database at hand can do."""
    db = sqlite3.connect(gate / wiring.STORE)
    with db:
        assert db.execute(statement).rowcount > 0, statement
    db.close()


def cut(gate: Path, share: float) -> None:
    store = gate / wiring.STORE
    os.truncate(store, int(store.stat().st_size * share))


def segment_of(gate: Path, kind: str) -> Path:
    """The sealed segment of the first commit with an event of a kind."""
    db = sqlite3.connect(gate / wiring.STORE)
    found = db.execute("SELECT entry_id FROM event WHERE kind = ? ORDER BY entry", (kind,)).fetchone()
    db.close()
    entry_id = str(found[0])
    return gate / "sealed" / entry_id[:2] / f"{entry_id}.seg"


def newest(gate: Path, folder: str) -> Path:
    files = [path for path in (gate / "ledger" / folder).rglob("*") if path.is_file()]
    return max(files, key=lambda path: int(path.name))


ALTERED: dict[str, Damage] = {
    "sealed segment of a request is missing": lambda g: segment_of(g, "request_received").unlink(),
    "sealed segment of answers is missing": lambda g: segment_of(g, "answers_entered").unlink(),
    "a bit of a sealed request": lambda g: flip(segment_of(g, "request_received")),
    "a bit of sealed answers": lambda g: flip(segment_of(g, "answers_entered")),
    "a bit of a sealed release": lambda g: flip(segment_of(g, "answers_released")),
    "a sealed segment cut short": lambda g: os.truncate(segment_of(g, "answers_entered"), 300),
    "checkpoint is missing": lambda g: (g / "ledger" / CHECKPOINT).unlink(),
    "the public ledger is missing": lambda g: shutil.rmtree(g / "ledger"),
    "a bit of the checkpoint": lambda g: flip(g / "ledger" / CHECKPOINT),
    "a bit of an entry bundle": lambda g: flip(newest(g, "tile/entries")),
    "a bit of a superseded entry bundle": lambda g: flip(g / "ledger" / "tile" / "entries" / "000.p" / "2"),
    "a bit of a tile": lambda g: flip(newest(g, "tile/0")),
    "a tile is missing": lambda g: newest(g, "tile/0").unlink(),
    "the database is empty": lambda g: cut(g, 0),
    "the database cut after two pages": lambda g: os.truncate(g / wiring.STORE, 8192),
    "the database cut in half": lambda g: cut(g, 0.5),
    "the database is something else": lambda g: (g / wiring.STORE).write_bytes(b"x" * 9000),
    "the database is missing": lambda g: (g / wiring.STORE).unlink(),
    "an entry row is altered": lambda g: sql(g, "UPDATE entry SET bytes = CAST(replace(bytes, '20', '21') AS BLOB)"),
    "an entry row is text": lambda g: sql(g, "UPDATE entry SET bytes = CAST(bytes AS TEXT) WHERE idx = 6"),
    "an entry row is missing": lambda g: sql(g, "DELETE FROM entry WHERE idx = 6"),
    "the tree head is missing": lambda g: sql(g, "DELETE FROM tree_head"),
    "the tree head is set back": lambda g: sql(g, "UPDATE tree_head SET size = size - 1"),
    "the tree head's root is another": lambda g: sql(g, "UPDATE tree_head SET root = zeroblob(32)"),
    "an event row is missing": lambda g: sql(g, "DELETE FROM event WHERE kind = 'answers_entered'"),
    "an event row is of no kind": lambda g: sql(g, "UPDATE event SET kind = 'nothing' WHERE entry = 6"),
    "an event row is of another kind": lambda g: sql(g, "UPDATE event SET kind = 'inspection' WHERE entry = 7"),
    "a request row is missing": lambda g: sql(g, "DELETE FROM request"),
    "a request's key is another": lambda g: sql(g, "UPDATE request SET wrapped_key = zeroblob(40)"),
    "rows are missing": lambda g: sql(g, "DELETE FROM request_row WHERE row = 0"),
    "a refusal is turned round": lambda g: sql(g, "UPDATE request_row SET state='released', unmet='' WHERE row = 1"),
    "a row is refused under another element": lambda g: sql(g, "UPDATE request_row SET unmet='x' WHERE row = 1"),
    "a release row is missing": lambda g: sql(g, "DELETE FROM release"),
    "a released row is unreleased": lambda g: sql(g, "UPDATE request_row SET state='awaiting_release' WHERE row = 0"),
    "the files of a release are missing": lambda g: shutil.rmtree(g / "outbox"),
    "a bit of a released file": lambda g: flip(next(g.glob("outbox/*/*.jwe"))),
    "the records are missing": lambda g: shutil.rmtree(g / "snapshots"),
    "a bit of the records": lambda g: flip(next(g.glob("snapshots/*/arrays.bin"))),
    "the keystore is missing": lambda g: (g / wiring.KEYSTORE).unlink(),
}

COMMANDS: dict[str, Callable[[Kit], list[object]]] = {
    "submit": lambda k: ["submit", k.gate, k.root / "packages" / "r-2"],
    "submit again": lambda k: ["submit", k.gate, k.root / "packages" / "r-1"],
    "approve": lambda k: ["approve", k.gate, "r-3", *k.signs()],
    "hold list": lambda k: ["hold", "list", k.gate],
    "answers": lambda k: ["answers", k.gate, "r-1", "--out", k.root / "view.csv"],
    "answers --sealed": lambda k: ["answers", k.gate, "r-1", "--sealed", "--out", k.root / "out"],
    "explain": lambda k: ["explain", k.gate, "r-1", "1", *k.signs("ada")],
    "ledger prove": lambda k: ["ledger", "prove", k.gate, "r-1", "1"],
    "ledger verify": lambda k: ["ledger", "verify", k.gate],
    "ledger fsck": lambda k: ["ledger", "fsck", k.gate],
}


@pytest.fixture(scope="module")
def life(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gate with one request released (a refusal in it) and one that awaits release; a third package lies ready."""
    root = tmp_path_factory.mktemp("life")
    with quiet_kit(root) as kit:
        kit.copy_from(template)
        kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2, taxable_periods="")])
        kit.approve()
        kit.submit([subject(kit.people[2], 1)], "r-3")
        kit.package([subject(kit.people[3], 1)], "r-2")
    return root


@pytest.fixture
def lived_in(life: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of that gate."""
    made = Kit(tmp_path, capsys)
    made.copy_from(life)
    return made


@pytest.mark.parametrize("damage", ALTERED)
def test_what_was_altered_is_found_by_fsck(damage: str, lived_in: Kit) -> None:
    ALTERED[damage](lived_in.gate)
    done = lived_in.run("ledger", "fsck", lived_in.gate)
    assert done.code == 4, done
    assert done.document.get("problems") or done.document["error"]["code"] == "integrity"


@pytest.mark.long
@pytest.mark.parametrize("damage", ALTERED)
def test_no_command_trips_over_what_was_altered(
    damage: str, lived_in: Kit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ALTERED[damage](lived_in.gate)
    aside = tmp_path_factory.mktemp("damaged") / "gate"
    shutil.copytree(lived_in.gate, aside)
    for name, words in COMMANDS.items():
        shutil.rmtree(lived_in.gate)
        shutil.copytree(aside, lived_in.gate)
        done = lived_in.run(*words(lived_in))
        error = (done.document or {}).get("error", {"code": "", "message": ""})
        assert error["code"] in ("", "clock", "integrity", "nothing_to_do", "unknown_request"), (name, done)
        assert "internal error" not in error["message"], (name, done)
        assert "Traceback" not in done.err, (name, done)


# --- a restored past --------------------------------------------------------------------------------------------------


def backup(kit: Kit) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in kit.gate.glob(f"{wiring.STORE}*")}


def restore(kit: Kit, saved: dict[str, bytes]) -> None:
    for path in kit.gate.glob(f"{wiring.STORE}*"):
        path.unlink()
    for name, data in saved.items():
        (kit.gate / name).write_bytes(data)


@pytest.mark.parametrize(
    "name",
    ["submit", "submit again", "approve", "answers", "answers --sealed", "explain", "ledger prove", "ledger verify",
     "ledger fsck"],
)  # fmt: skip
def test_a_restored_database_behind_the_published_checkpoint_shuts_the_gate(lived_in: Kit, name: str) -> None:
    kit = lived_in
    saved = backup(kit)
    kit.submit([subject(kit.people[4], 1)], "r-4")
    restore(kit, saved)
    sealed = sorted(path.name for path in kit.gate.rglob("*.seg"))
    checkpoint = (kit.gate / "ledger" / CHECKPOINT).read_bytes()
    done = kit.run(*COMMANDS[name](kit))
    refused(done, "integrity", 4)
    assert "ahead of the database" in done.document["error"]["message"]
    assert (kit.gate / "ledger" / CHECKPOINT).read_bytes() == checkpoint
    assert sorted(path.name for path in kit.gate.rglob("*.seg")) == sealed, "what happened is not destroyed"


def test_a_restored_database_stays_shut_when_the_checkpoint_is_deleted_too(kit: Kit) -> None:
    saved = backup(kit)
    kit.submit([subject(kit.people[0], 1)])
    restore(kit, saved)
    (kit.gate / "ledger" / CHECKPOINT).unlink()
    done = kit.run("submit", kit.gate, kit.package([subject(kit.people[1], 1)], "r-2"))
    refused(done, "integrity", 4)
    assert "checkpoint is missing" in done.document["error"]["message"]


@pytest.mark.parametrize("table", ["event", "release"])
def test_what_the_books_have_lost_is_kept_on_disk(lived_in: Kit, table: str) -> None:
    kept = {path for folder in ("sealed", "outbox") for path in (lived_in.gate / folder).rglob("*") if path.is_file()}
    sql(lived_in.gate, f"DELETE FROM {table}")
    refused(lived_in.run("ledger", "fsck", lived_in.gate), "integrity", 4)
    assert {path for path in kept if not path.exists()} == set()
