"""Full replay of a public ledger: everything recomputed from the entries' bytes and compared with every file.

What needs no secret is checked here. Events, rows and seals are the gate's own, and the report says that they were not.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import HASH_SIZE
from narrowgate.notary.checkpoint import Checkpoint, open_checkpoint, parse_unverified
from narrowgate.notary.entry import parse_entry
from narrowgate.notary.files import CHECKPOINT, MemoryFiles, ReadableLedger
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.tiles import (
    ENTRIES,
    TileName,
    TileReader,
    current,
    decode_bundle,
    encode_bundle,
    publish_plan,
    read_bundle,
)

CHECKED = (
    "every entry is well formed",
    "the entries' times never go back",
    "every tile follows from the entries",
    "the root is the checkpoint's",
    "superseded partial tiles and bundles are prefixes of today's",
)
SIGNATURE = "the checkpoint's signature"
NOT_PUBLIC = ("events and rows beneath the entries", "sealed segments", "cosignatures of witnesses")


@dataclass(frozen=True, slots=True)
class PublicReport:
    """What a replay looked at, and what it did not.

    Attributes:
        origin, size, root: of the checkpoint.
        files: tiles and bundles that belong to the checkpoint's tree, all compared.
        superseded: older partial tiles and bundles, all compared.
        ahead: files beyond the checkpoint, as a crash before its renewal leaves them; compared up to the checkpoint.
        unknown: files that are no part of a ledger, not looked at.
        signature_checked: whether a verifier key was given.
        checked, not_checked: the same in words, for people.
        seconds: how long it took.
    """

    origin: str
    size: int
    root: bytes
    files: int
    superseded: int
    ahead: tuple[str, ...]
    unknown: tuple[str, ...]
    signature_checked: bool
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class _Others:
    """Files of a folder that today's checkpoint does not need."""

    by_tile: dict[tuple[int, int], list[TileName]] = field(default_factory=lambda: defaultdict(list))
    unknown: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    superseded: int = 0


def verify_public(
    files: ReadableLedger, key: VerifierKey | None, timer: Callable[[], float] = time.perf_counter
) -> PublicReport:
    """Replay a bare ledger.

    1. The checkpoint parses, and is signed by ``key`` where one is given.
    2. Every bundle parses, and every entry in it; none is of an earlier time than the one before it.
    3. Every tile equals what the entries give.
    4. Other partial tiles and bundles equal the beginning of today's.
    5. The root over all entries is the checkpoint's.

    Raises:
        IntegrityError: at the first difference, naming the file.
    """
    started = timer()
    head = _head(files, key)  # 1
    others = _others(files, head.size)
    edge: dict[int, tuple[str, bytes]] = {}
    count = 0
    for path, expected in publish_plan(lambda _start, stop: _entries(files, stop), 0, head.size):  # 2
        name = _compare(files, path, expected)  # 3
        _compare_others(files, name, expected, others)  # 4
        count += 1
        edge[name.level] = (path, expected)  # the last tile of each level: enough for the root
    if TileReader(MemoryFiles(dict(edge.values())).read, head.size).root() != head.root:  # 5
        raise IntegrityError(f"entries lead to another root than the checkpoint's: {CHECKPOINT}")
    return _report(head, others, count, key, timer() - started)


def _head(files: ReadableLedger, key: VerifierKey | None) -> Checkpoint:
    data = files.read(CHECKPOINT)
    try:
        return (open_checkpoint(data, key) if key else parse_unverified(data))[0]
    except IntegrityError as error:
        raise IntegrityError(f"{error.message}: {CHECKPOINT}") from None


def _others(files: ReadableLedger, size: int) -> _Others:
    others = _Others()
    for path in sorted(files.paths()):
        name = TileName.parse(path)
        if name is None:
            others.unknown += [path] if path != CHECKPOINT else []
        elif (today := _today(name, size)) is None:
            others.ahead.append(path)
        elif today != name:
            others.by_tile[name.level, name.index].append(name)
    return others


def _today(name: TileName, size: int) -> TileName | None:
    """The tile or bundle of that place in a tree of ``size`` leaves, if there is one."""
    return next(current(name.level, size, name.index), None)


def _entries(files: ReadableLedger, size: int) -> Iterator[bytes]:
    last = None
    for name in current(ENTRIES, size):
        for at, entry in enumerate(read_bundle(files.read, name)):
            try:
                time = parse_entry(entry).time
            except IntegrityError as error:
                raise IntegrityError(f"{error.message}, number {at} in {name.path()}") from None
            if last and time < last:
                raise IntegrityError(f"an entry's time is before that of the one before, number {at} in {name.path()}")
            last = time
            yield entry


def _compare(files: ReadableLedger, path: str, expected: bytes) -> TileName:
    name = TileName.parse(path)
    assert name is not None, "publish_plan names tiles and bundles"
    if files.read(path) != expected:
        bundle = f" or {replace(name, level=ENTRIES).path()}" if name.level == 0 else ""
        raise IntegrityError(f"tile does not follow from the entries: {path}{bundle}")
    return name


def _compare_others(files: ReadableLedger, today: TileName, expected: bytes, others: _Others) -> None:
    for name in others.by_tile.pop((today.level, today.index), ()):
        width = min(name.width, today.width)
        if _first(files.read(name.path()), name, width) != _first(expected, today, width):
            raise IntegrityError(f"one place, two histories: {name.path()} or {today.path()}")
        if name.width > today.width:
            others.ahead.append(name.path())
        else:
            others.superseded += 1


def _first(data: bytes, name: TileName, width: int) -> bytes:
    """The first ``width`` hashes or entries of a tile or bundle of that name."""
    if name.level == ENTRIES:
        try:
            return encode_bundle(decode_bundle(data, name.width)[:width])
        except IntegrityError as error:
            raise IntegrityError(f"{error.message}: {name.path()}") from None
    if len(data) != name.width * HASH_SIZE:
        raise IntegrityError(f"expected {name.width * HASH_SIZE} bytes, got {len(data)}: {name.path()}")
    return data[: width * HASH_SIZE]


def _report(head: Checkpoint, others: _Others, count: int, key: VerifierKey | None, seconds: float) -> PublicReport:
    return PublicReport(
        origin=head.origin,
        size=head.size,
        root=head.root,
        files=count,
        superseded=others.superseded,
        ahead=tuple(others.ahead),
        unknown=tuple(others.unknown),
        signature_checked=key is not None,
        checked=(*CHECKED, SIGNATURE) if key else CHECKED,
        not_checked=NOT_PUBLIC if key else (SIGNATURE, *NOT_PUBLIC),
        seconds=seconds,
    )
