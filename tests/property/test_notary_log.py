"""A log that grows, crashes while publishing, is cleaned and taken up again: at every moment it replays."""

from itertools import islice

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from narrowgate.domain import merkle
from narrowgate.notary.checkpoint import Checkpoint, parse_unverified
from narrowgate.notary.files import CHECKPOINT, MemoryFiles
from narrowgate.notary.note import SigningKey
from narrowgate.notary.replay import verify_public
from narrowgate.notary.tiles import TileReader, publish_plan, superseded

KEY = SigningKey("example.org/log", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))


def _entry(number: int) -> bytes:
    return b'{"format":"narrowgate-entry/1","id":"%032x","root":"%064x","time":"2026-01-02T03:04:05Z"}' % (
        number,
        number,
    )


class GrowingLog(RuleBasedStateMachine):
    """The database is ``entries`` and ``frontier``; the files follow from it."""

    @initialize()
    def found(self) -> None:
        self.entries: list[bytes] = []
        self.frontier = merkle.Frontier()
        self.files = MemoryFiles({CHECKPOINT: Checkpoint(KEY.name, 0, merkle.EMPTY_ROOT).sign(KEY)})
        self.heads = [(0, merkle.EMPTY_ROOT)]

    @rule(count=st.integers(1, 3) | st.integers(200, 600))
    def enter(self, count: int) -> None:
        for _ in range(count):
            entry = _entry(len(self.entries))
            self.frontier.append(merkle.leaf_hash(entry))
            self.entries.append(entry)

    def _published(self) -> int:
        return parse_unverified(self.files.read(CHECKPOINT))[0].size

    @rule(done=st.integers(0, 6), read_back=st.booleans())
    def crash_while_publishing(self, *, done: int, read_back: bool) -> None:
        self._publish(done, read_back=read_back)

    @rule(read_back=st.booleans())
    def publish(self, *, read_back: bool) -> None:
        self._publish(None, read_back=read_back)
        head = len(self.entries), self.frontier.root()
        self.files.write(CHECKPOINT, Checkpoint(KEY.name, *head).sign(KEY))
        self.heads.append(head)

    def _publish(self, done: int | None, *, read_back: bool) -> None:
        read = self.files.read if read_back else None
        plan = publish_plan(lambda start, stop: self.entries[start:stop], self._published(), len(self.entries), read)
        self.files.files.update(islice(plan, done))

    @rule()
    def clean(self) -> None:
        for path in list(superseded(self.files.paths(), self._published())):
            self.files.delete(path)

    @rule()
    def take_up_again(self) -> None:
        self.frontier = merkle.Frontier(self.frontier.size, self.frontier.hashes())

    @invariant()
    def replays(self) -> None:
        report = verify_public(self.files, KEY.verifier())
        assert (report.size, report.root) == self.heads[-1]
        assert report.unknown == ()

    @invariant()
    def every_earlier_head_is_a_prefix(self) -> None:
        size, root = self.heads[-1]
        reader = TileReader(self.files.read, size)
        for old_size, old_root in self.heads:
            merkle.verify_consistency(old_size, old_root, size, root, reader.consistency(old_size))


TestGrowingLog = GrowingLog.TestCase
TestGrowingLog.settings = settings(max_examples=25, stateful_step_count=12)
