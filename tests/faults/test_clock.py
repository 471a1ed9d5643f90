"""The clock: gate time never runs backwards, and a jump beyond the limits shuts the gate."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit import BASIS, FOUNDERS, Kit, subject
from narrowgate import wiring
from narrowgate.domain.books import utc_text
from narrowgate.domain.errors import ErrorCode, IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.flow import rulings
from narrowgate.flow.casefile import find_request
from narrowgate.flow.changes import config_adopt, pack_adopt
from narrowgate.flow.deciding import decide
from narrowgate.flow.submit import submit
from narrowgate.flow.viewing import inspect, view
from narrowgate.notary.entry import parse_entry

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@dataclass
class FakeClock:
    """A clock that somebody sets."""

    time: datetime

    def now(self) -> datetime:
        """What it shows."""
        return self.time


@contextmanager
def at(kit: Kit, shift: timedelta) -> Iterator[Gate]:
    """The gate, with a clock that shows the last commit's time, shifted."""
    with wiring.opened(kit.gate) as gate:
        yield replace(gate, clock=FakeClock(gate.store.head().time + shift))


def look(gate: Gate, request: str) -> None:
    """A small commit: an inspection."""
    inspect(gate, "answers", find_request(gate, request), {}, {})


@pytest.mark.parametrize("back", [SECOND, MINUTE, 60 * MINUTE])
def test_a_clock_behind_the_last_commit_does_not_turn_gate_time_back(kit: Kit, back: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    with at(kit, -back) as gate:
        last = gate.store.head().time
        look(gate, "r-1")
        assert gate.store.head().time == last
        times = [parse_entry(leaf).time for leaf in gate.store.entries(0, gate.store.head().size)]
        assert times == sorted(times)
    kit.fsck()


@pytest.mark.parametrize("forward", [SECOND, DAY, 400 * DAY])
def test_a_clock_that_went_on_moves_gate_time(kit: Kit, forward: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    with at(kit, forward) as gate:
        look(gate, "r-1")
        assert gate.store.head().time == gate.clock.now()


@pytest.mark.parametrize("jump", [-60 * MINUTE - SECOND, -DAY, -4000 * DAY, 400 * DAY + SECOND, 4000 * DAY])
def test_a_jump_beyond_the_limits_shuts_the_gate_and_enters_nothing(kit: Kit, jump: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    package = kit.package([subject(kit.people[1], 1)], "r-2")
    with at(kit, jump) as gate:
        before = gate.store.head()
        for work in (lambda: submit(gate, package), lambda: look(gate, "r-1"), lambda: rulings.gate_time(gate)):
            with pytest.raises(IntegrityError) as raised:
                work()
            assert raised.value.code is ErrorCode.CLOCK
            assert raised.value.exit_code == 4
        assert gate.store.head() == before
    kit.fsck()
    assert kit.done("submit", kit.gate, package)["awaiting_release"] == 1, "with the clock set right it goes on"


def test_two_administrators_open_a_gate_that_lay_long_unused(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "passphrase"
    words.write_text("correct horse battery staple")
    monkeypatch.setenv(wiring.PASSPHRASE_FILE, str(words))
    real = tmp_path / "real"
    founders = [word for p in FOUNDERS for word in ("--founder", f"{p}={kit.keys / p}.pub.jwk")]
    kit.done("init", real, "--custodian", "a.custodian", *founders)
    keys = {person: json.loads((kit.keys / f"{person}.jwk").read_text()) for person in FOUNDERS}
    config = real / wiring.CONFIG
    config.write_text(config.read_text().replace("clock_forward_days = 400", "clock_forward_days = 1000"))
    with wiring.opened(real) as opened:
        gate = replace(opened, clock=FakeClock(opened.store.head().time + 500 * DAY))
        with pytest.raises(IntegrityError, match="out of line"):
            rulings.gate_time(gate)
        assert not decide(gate, config_adopt(gate, wiring.config_of(real)), {"ada": keys["ada"]}).complete
        with pytest.raises(IntegrityError, match="out of line"):
            decide(gate, pack_adopt(gate, BASIS, "nothing else is decided meanwhile"), keys)
        assert decide(gate, config_adopt(gate, wiring.config_of(real)), {"ben": keys["ben"]}).complete
        assert rulings.gate_time(gate) == gate.clock.now()


@pytest.mark.parametrize(
    ("age", "refused"),
    [
        (timedelta(0), ""),
        (30 * DAY, ""),
        (30 * DAY + SECOND, "request_timely"),
        (40 * DAY, "request_timely"),
        (-SECOND, "request_timely"),
        (-DAY, "request_timely"),
    ],
    ids=str,
)
def test_a_request_made_in_the_future_or_over_30_days_ago_is_refused(kit: Kit, age: timedelta, refused: str) -> None:
    received = datetime.now(UTC).replace(microsecond=0) + 10 * MINUTE
    package = made(kit, received - age)
    with wiring.opened(kit.gate) as opened:
        gate = replace(opened, clock=FakeClock(received))
        done = submit(gate, package)
        [row] = view(gate, find_request(gate, "r-1"))
    assert row.refused_under == refused
    assert (done.refused, done.awaiting_release) == ((1, 0) if refused else (0, 1))
    kit.fsck()


def test_an_office_cannot_make_gate_time_run_by_what_its_request_says(kit: Kit) -> None:
    package = made(kit, datetime.now(UTC) + 30 * DAY)
    with wiring.opened(kit.gate) as gate:
        submit(gate, package)
        assert gate.store.head().time <= gate.clock.now()


def made(kit: Kit, when: datetime) -> Path:
    """A package that says it was made then."""
    return kit.package([subject(kit.people[0], 1)], made_at=utc_text(when))
