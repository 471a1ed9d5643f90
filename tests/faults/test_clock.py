"""The clock: gate time never runs backwards, a jump beyond the limits shuts the gate, and neither puts a stay off."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kit import BASIS, FOUNDERS, Kit, subject
from narrowgate import wiring
from narrowgate.domain.books import utc_text
from narrowgate.domain.errors import ErrorCode, IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind
from narrowgate.flow import rulings
from narrowgate.flow.audit import audit, audit_register
from narrowgate.flow.casefile import find_request
from narrowgate.flow.changes import config_adopt, pack_adopt
from narrowgate.flow.deciding import decide
from narrowgate.flow.release import page
from narrowgate.flow.staying import Order, is_entered, receive, record, settle
from narrowgate.flow.submit import submit
from narrowgate.flow.viewing import inspect, leaving, view
from narrowgate.notary.commit import Draft, enter, history, last_time
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


# --- the time that the database has ----------------------------------------------------------------------------------


def sql(kit: Kit, statement: str, *values: object) -> None:
    """What somebody with the database at hand can do."""
    db = sqlite3.connect(kit.gate / wiring.STORE)
    with db:
        assert db.execute(statement, values).rowcount
    db.close()


@pytest.mark.parametrize("shift", [-5 * 60 * MINUTE, -SECOND, SECOND, 300 * DAY])
def test_a_time_edited_beside_the_tree_head_is_not_the_gates_and_shuts_it(kit: Kit, shift: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    with wiring.opened(kit.gate) as gate:
        last = gate.store.head().time
    sql(kit, "update tree_head set time = ?", utc_text(last + shift))
    with wiring.opened(kit.gate) as opened:
        gate = replace(opened, clock=FakeClock(last))
        assert (last_time(gate), rulings.gate_time(gate)) == (last, last)
        for problems in (history(gate), audit_register(gate), audit(gate)):
            assert "database: its tree head is of another time than its last leaf" in problems
        with pytest.raises(IntegrityError, match="another time"):
            look(gate, "r-1")
    assert kit.run("ledger", "fsck", kit.gate).code == 4


def test_a_last_leaf_that_was_edited_with_it_shuts_the_gate_too(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    with wiring.opened(kit.gate) as gate:
        head = gate.store.head()
        (leaf,) = gate.store.entries(head.size - 1, head.size)
    then = utc_text(head.time - 5 * 60 * MINUTE)
    sql(kit, "update tree_head set time = ?", then)
    sql(kit, "update entry set bytes = ? where idx = ?", leaf.replace(utc_text(head.time).encode(), then.encode()),
        head.size - 1)  # fmt: skip
    with wiring.opened(kit.gate) as gate:
        assert "database: its leaves do not lead to its tree head" in audit_register(gate)
        with pytest.raises(IntegrityError, match="its time is before"):
            look(gate, "r-1")


def test_a_batch_behind_the_last_leaf_is_entered_with_its_time(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        last = gate.store.head().time
        enter(gate, last - DAY, [Draft(EventKind.INSPECTION, {"command": "answers", "request": ""})])
        assert last_time(gate) == last
        assert history(gate) == []


# --- the clock and a stay ---------------------------------------------------------------------------------------------

EVERYTHING = Order("D.D.C.", "1:25-cv-457", date(2025, 11, 21), None, everything=True)


def take(kit: Kit, gate: Gate, order: Order = EVERYTHING) -> str:
    """Counsel's stay, received and not yet entered: somebody else is writing."""
    return receive(gate, record(gate, order), {"ada": json.loads((kit.keys / "ada.jwk").read_text())}).stay.id


def settled(gate: Gate, stay: str) -> bool:
    """Whether it could be entered."""
    return settle(gate, stay, lambda: False)


@pytest.mark.parametrize("back", [SECOND, 50 * MINUTE, 60 * MINUTE, 3 * 60 * MINUTE, DAY])
def test_a_clock_set_back_after_receipt_does_not_put_a_stay_off(kit: Kit, back: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    package = kit.package([subject(kit.people[1], 1)], "r-2")
    with at(kit, 2 * DAY) as early:
        stay = take(kit, early)
        received = early.clock.now()
        gate = replace(early, clock=FakeClock(received - back))
        within = back <= 60 * MINUTE
        assert rulings.gate_time(gate) == rulings.present(gate) == (received if within else received - back)
        done = submit(gate, package)
        assert (done.refused, done.awaiting_release) == (1, 0)
        assert is_entered(gate, stay)
        assert history(gate) == []
        officers = {person: json.loads((kit.keys / f"{person}.jwk").read_text()) for person in FOUNDERS}
        decide(gate, page(gate, find_request(gate, "r-1")).statement, officers)
        assert {row.refused_under for row in view(gate, find_request(gate, "r-1"))} == {"not_stayed"}


def test_a_stay_that_takes_effect_later_waits_for_its_time(kit: Kit) -> None:
    with at(kit, DAY) as gate:
        now = gate.clock.now()
        take(kit, gate, replace(EVERYTHING, effective=now + MINUTE))
        (stay,) = rulings.stays_at(gate, now)
        assert [stay.in_force(now + shift) for shift in (-DAY, SECOND, MINUTE)] == [False, False, True]
        (stay,) = rulings.stays_at(gate, now - DAY)
        assert not stay.in_force(now - DAY)


def test_one_receipt_far_ahead_does_not_carry_the_gate_into_the_future(kit: Kit) -> None:
    package = kit.package([subject(kit.people[1], 1)], "r-2")
    with at(kit, 3000 * DAY) as late:
        stay = take(kit, late)
        gate = replace(late, clock=FakeClock(late.store.head().time))
        now = gate.clock.now()
        assert rulings.gate_time(gate) == rulings.present(gate) == now
        done = submit(gate, package)
        assert (done.refused, is_entered(gate, stay), last_time(gate)) == (1, True, now)


@pytest.mark.parametrize("jump", [-2 * 60 * MINUTE, -DAY, 401 * DAY], ids=str)
def test_a_gate_shut_by_its_clock_takes_a_stay_and_hands_nothing_out(kit: Kit, jump: timedelta) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.approve()
    with at(kit, jump) as gate:
        size = gate.store.head().size
        stay = take(kit, gate)
        assert not settled(gate, stay)
        assert gate.store.head().size == size
        with pytest.raises(IntegrityError) as raised:
            leaving(gate, find_request(gate, "r-1"))
        assert raised.value.code is ErrorCode.CLOCK
    with wiring.opened(kit.gate) as gate:
        assert settled(gate, stay)
        files, kept = leaving(gate, find_request(gate, "r-1"))
        assert (list(files), len(kept)) == (["refusals.json"], 1)
    kit.fsck()


def made(kit: Kit, when: datetime) -> Path:
    """A package that says it was made then."""
    return kit.package([subject(kit.people[0], 1)], made_at=utc_text(when))
