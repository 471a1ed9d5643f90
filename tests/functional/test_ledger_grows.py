"""A ledger past a full tile: superseded partial tiles go, and it still verifies."""

import pytest

from kit import Kit
from narrowgate import wiring
from narrowgate.domain.vocabulary import EventKind
from narrowgate.notary.commit import Draft, enter


@pytest.mark.long  # 500 entries, each on disk
def test_partial_tiles_go_when_the_full_one_is_published_and_the_ledger_verifies(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        for _ in range(515 - gate.store.head().size):
            enter(gate, gate.clock.now(), [Draft(EventKind.INSPECTION, {"command": "test"})])
    entries = kit.gate / "ledger" / "tile" / "entries"
    assert (entries / "000").is_file()
    assert not (entries / "000.p").exists() or not list((entries / "000.p").iterdir())
    assert kit.done("ledger", "verify", kit.gate)["size"] == 515
    kit.fsck()
