"""The Go project's own packages verify our ledgers, and refuse tampered ones."""

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.domain import merkle
from narrowgate.domain.vocabulary import PublicKind
from narrowgate.notary.checkpoint import Checkpoint
from narrowgate.notary.entry import make_entry
from narrowgate.notary.files import CHECKPOINT, FolderFiles
from narrowgate.notary.note import SigningKey
from narrowgate.notary.tiles import publish_plan

GOPATH = Path("/usr/share/gocode")
MISSING = shutil.which("go") is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir()
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(MISSING, reason="needs Debian's golang-go and golang-golang-x-mod-dev"),
]

KEY = SigningKey("example.org/log", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
TIME = datetime(2026, 1, 1, tzinfo=UTC)
VKEY = KEY.verifier().encode()

Verify = Callable[[str, Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def go_verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    folder = tmp_path_factory.mktemp("go")
    program = folder / "verify"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache")}
    source = Path(__file__).parent / "go" / "main.go"
    subprocess.run(["go", "build", "-o", program, source], env=environment, check=True)

    def run(vkey: str, ledger: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program, vkey, ledger], capture_output=True, text=True, check=False)

    return run


def _ledger(root: Path, *sizes: int) -> Path:
    files, old = FolderFiles(root, durable=False), 0
    entries = [
        make_entry(f"{n:032x}", TIME, [], {"kind": PublicKind.STAY_LIFTED, "n": n} if n % 7 == 0 else None).data
        for n in range(sizes[-1])
    ]
    for size in sizes:
        for path, data in publish_plan(lambda start, stop: entries[start:stop], old, size, files.read):
            files.write(path, data)
        old = size
    top = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    files.write(CHECKPOINT, Checkpoint(KEY.name, sizes[-1], top).sign(KEY))
    return root


@pytest.mark.parametrize("sizes", [(1,), (2,), (1, 255), (255, 256), (256, 257), (3, 300, 65_537, 70_000)], ids=str)
def test_go_verifies_our_ledgers(go_verify: Verify, tmp_path: Path, sizes: tuple[int, ...]) -> None:
    done = go_verify(VKEY, _ledger(tmp_path, *sizes))
    assert (done.stdout, done.stderr) == (f"verified {sizes[-1]} entries of example.org/log\n", "")


TAMPERED = {
    "an entry": ("tile/entries/000", 100),
    "an entry in the last bundle": ("tile/entries/001.p/44", 100),
    "a leaf hash": ("tile/0/000", 64),
    "a leaf hash in the last tile": ("tile/0/001.p/44", 64),
    "a hash higher up": ("tile/1/000.p/1", 0),
    "the checkpoint's origin": (CHECKPOINT, 0),
    "the checkpoint's size": (CHECKPOINT, len("example.org/log\n")),
    "the checkpoint's root": (CHECKPOINT, len("example.org/log\n300\n")),
    "the checkpoint's signature": (CHECKPOINT, -10),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_go_refuses_tampered_ledgers(go_verify: Verify, tmp_path: Path, name: str) -> None:
    path, at = TAMPERED[name]
    file = _ledger(tmp_path, 300) / path
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    done = go_verify(VKEY, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("NOT VERIFIED:")


def test_go_refuses_another_key(go_verify: Verify, tmp_path: Path) -> None:
    other = SigningKey(KEY.name, Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    assert go_verify(other.verifier().encode(), _ledger(tmp_path, 3)).returncode == 1


def test_go_verifies_the_golden_ledger(go_verify: Verify) -> None:
    vectors = Path(__file__).parents[2] / "vectors" / "ledger"
    done = go_verify((vectors / "vkey").read_text().strip(), vectors / "log")
    assert done.stdout == "verified 259 entries of narrowgate.example/vectors\n"
