"""A gate lived with at random, by the real flow on a real folder: whatever people do and whatever crashes, it holds."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from faults.killing import quiet_kit
from kit import FOUNDERS, OFFICERS, Kit, Row, subject
from narrowgate import wiring
from narrowgate.domain.books import RequestRecord, RowRecord
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import Element, EventKind, RowState
from narrowgate.flow import changes, rulings
from narrowgate.flow.answering import answers_of
from narrowgate.flow.deciding import Decision, decide
from narrowgate.flow.holding import hold_refuse, hold_release
from narrowgate.flow.release import decline, page
from narrowgate.flow.staying import stay_enter, stay_lift
from narrowgate.flow.submit import submit
from narrowgate.flow.viewing import leaving
from narrowgate.governance.decisions import Statement
from narrowgate.governance.stays import StayRecord, with_id
from narrowgate.notary import unseal
from narrowgate.notary.checkpoint import parse_unverified
from narrowgate.notary.commit import recover
from narrowgate.notary.files import CHECKPOINT
from narrowgate.notary.fsck import fsck
from narrowgate.notary.seal import Part, write_segment

VARIANTS = (
    *["lawful"] * 6,
    "wrong address",
    "no period",
    "no address",
    "unknown officer",
    "same reason",
    "other officer",
)


@dataclass
class SettableClock:
    """A clock that the machine sets."""

    time: datetime

    def now(self) -> datetime:
        """What it shows."""
        return self.time


def variant(kit: Kit, kind: str, person: int, row: int) -> Row:
    """A row about one of a few persons, so that they repeat."""
    asked, other = kit.people[person], kit.people[person + 20]
    elsewhere = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    changed: dict[str, dict[str, str]] = {
        "wrong address": elsewhere,
        "no period": {"taxable_periods": ""},
        "no address": {"address_line_1": "unknown", "city": "", "zip": ""},
        "unknown officer": {"officer": "nobody"},
        "same reason": {"reason": "the indictment charges willful failure to depart, and his address decides service"},
        "other officer": {"officer": OFFICERS[1]},
    }
    return subject(asked, row, **changed.get(kind, {}))


ROWS = st.lists(st.tuples(st.sampled_from(VARIANTS), st.integers(0, 3)), min_size=1, max_size=3)


class GateMachine(RuleBasedStateMachine):
    """What people do, and what must hold after each of it."""

    def __init__(self, template: Path, root: Path) -> None:
        super().__init__()
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        self.root = root
        with quiet_kit(root) as kit:
            self.kit = kit
        self.keys: dict[str, Any] = {p: json.loads((self.kit.keys / f"{p}.jwk").read_text()) for p in FOUNDERS}
        self.clock = SettableClock(datetime.now(UTC).replace(microsecond=0))
        self.stop_at = ""
        self.gate: Gate = self._open()
        self.packages: dict[str, tuple[Path, int]] = {}
        self.released: dict[tuple[str, int], bool] = {}
        self.files: dict[str, str] = {}
        self.size = self.gate.store.head().size
        self.stays = 0
        self.suspended = False

    def teardown(self) -> None:
        """Lets the database go."""
        self.gate.store.close()

    def _open(self) -> Gate:
        gate = wiring.open_gate(self.kit.gate, self._progress)
        return replace(gate, clock=self.clock)

    def _progress(self, stage: str, _done: int, _total: int) -> None:
        if stage == self.stop_at:
            raise KeyboardInterrupt

    def _later(self) -> None:
        self.clock.time += timedelta(seconds=7)

    def _shut_by_law(self) -> bool:
        return self.suspended or any(stay.lifted is None for stay in rulings.stays(self.gate))

    def _request(self, data: st.DataObject, *states: RowState) -> RequestRecord:
        """A request, with rows in these states where there is one."""
        requests = self.gate.store.requests()
        wanted = [r for r in requests if set(self.gate.store.row_counts(r.ledger_id)) & set(states)]
        return data.draw(st.sampled_from(wanted or requests))

    def _decided(self, statement: Callable[[], Statement], *signers: str) -> Decision | None:
        """Decides a statement; None where there was nothing to decide."""
        self._later()
        try:
            return decide(self.gate, statement(), {person: self.keys[person] for person in signers})
        except NarrowgateError as error:
            if error.code is not ErrorCode.NOTHING_TO_DO:
                raise
            return None

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(
        rows=ROWS,
        supersedes=st.integers(-20, 9),
        stop_at=st.sampled_from(["link", "seal", *[""] * 6]),
        then=st.sampled_from(["approve", "decline", ""]),
    )
    def submit(self, rows: list[tuple[str, int]], supersedes: int, stop_at: str, then: str) -> None:
        """A package comes; sometimes the power fails half way, often the officers are at it at once."""
        self._later()
        name = f"r-{len(self.packages)}"
        earlier = sorted(self.packages)[supersedes % len(self.packages)] if supersedes >= 0 and self.packages else ""
        made = [variant(self.kit, kind, person, i) for i, (kind, person) in enumerate(rows)]
        with quiet_kit(self.root) as kit:
            folder = kit.package(made, name, **({"supersedes": earlier} if earlier else {}))
        self.stop_at = stop_at
        with suppress(KeyboardInterrupt):
            done = submit(self.gate, folder)
            assert (done.persons, done.again) == (len(rows), False)
            assert not self._shut_by_law() or done.refused == len(rows)
        self.stop_at = ""
        self.packages[name] = (folder, len(rows))
        request = next(r for r in self.gate.store.requests() if r.request_id == name)
        if then == "decline":
            self._decided(lambda: decline(self.gate, request, "counsel first"), "ben")
            self._decided(lambda: hold_release(self.gate, request, []), *FOUNDERS)
        if then:
            self._decided(lambda: page(self.gate, request).statement, *FOUNDERS)

    @precondition(lambda self: self.packages)
    @rule(data=st.data())
    def submit_again(self, data: st.DataObject) -> None:
        """The same package again is the same request, and what was left half way goes on."""
        self._later()
        name = data.draw(st.sampled_from(sorted(self.packages)))
        known = {r.request_id: r.ledger_id for r in self.gate.store.requests()}
        done = submit(self.gate, self.packages[name][0])
        assert (done.again, done.ledger_id) == (True, known[name])
        assert not self.gate.store.rows(done.ledger_id, states=[RowState.ENTERED.value])

    @precondition(lambda self: self.packages)
    @rule(data=st.data(), stop_at=st.sampled_from([*[""] * 6, "seal"]))
    def approve(self, data: st.DataObject, stop_at: str) -> None:
        """Two officers release a tranche; sometimes the power fails before it is entered."""
        request = self._request(data, RowState.AWAITING_RELEASE, RowState.ENTERED)
        self.stop_at = stop_at
        with suppress(KeyboardInterrupt):
            decision = self._decided(lambda: page(self.gate, request).statement, *FOUNDERS)
            assert not (decision and self._shut_by_law() and decision.result["released"])
        self.stop_at = ""

    @precondition(lambda self: self.packages)
    @rule(data=st.data(), signer=st.sampled_from(FOUNDERS))
    def approve_alone(self, data: st.DataObject, signer: str) -> None:
        """One signature releases nothing, unless another person gave his before."""
        request, before = self._request(data, RowState.AWAITING_RELEASE), len(self._rows(RowState.RELEASED))
        signed = {person for pending in self.gate.store.pending() for person in pending.signatures}
        decision = self._decided(lambda: page(self.gate, request).statement, signer)
        if decision and not decision.complete:
            assert len(self._rows(RowState.RELEASED)) == before
        elif decision:
            assert signed - {signer}

    @precondition(lambda self: self.packages)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        """One officer sends a request to counsel."""
        request = self._request(data, RowState.AWAITING_RELEASE)
        self._decided(lambda: decline(self.gate, request, "a second look"), "ada")

    @precondition(lambda self: self.packages)
    @rule(data=st.data(), stop_at=st.sampled_from(["", "", "link"]))
    def release_held(self, data: st.DataObject, stop_at: str) -> None:
        """Two people let held rows go on."""
        request = self._request(data, RowState.HELD)
        self.stop_at = stop_at
        with suppress(KeyboardInterrupt):
            self._decided(lambda: hold_release(self.gate, request, []), *FOUNDERS)
        self.stop_at = ""

    @precondition(lambda self: self.packages)
    @rule(data=st.data(), element=st.sampled_from([Element.CASE_STATED, Element.REASON_STATED]))
    def refuse_held(self, data: st.DataObject, element: Element) -> None:
        """One officer finds an element unmet."""
        request = self._request(data, RowState.HELD)
        self._decided(lambda: hold_refuse(self.gate, request, element, "a finding", []), "ben")

    @precondition(lambda self: self.packages)
    @rule(data=st.data(), stay=st.booleans(), lasts=st.sampled_from([False, False, True]))
    def the_law_closes(self, data: st.DataObject, *, stay: bool, lasts: bool) -> None:
        """A court stays, or the agency is suspended: nothing leaves; in the end it is lifted, or it lasts a while."""
        if self._shut_by_law():
            self._open_the_law()
            return
        if stay:
            now, self.stays = self.clock.time, self.stays + 1
            entered = Stay("", "a court", f"1:25-cv-{self.stays}", now.date(), now)
            decision = self._decided(lambda: stay_enter(self.gate, with_id(StayRecord(entered, now))), "ada")
            assert decision
            assert decision.complete, "one person closes"
        else:
            self._suspend(True)
        before = set(self._rows(RowState.RELEASED))
        request = self._request(data, RowState.AWAITING_RELEASE)
        if lasts:
            return
        self._decided(lambda: page(self.gate, request).statement, *FOUNDERS)
        assert set(self._rows(RowState.RELEASED)) == before
        self._open_the_law()

    def _suspend(self, suspended: bool) -> None:
        self.suspended = suspended
        with quiet_kit(self.root) as kit:
            file = kit.write_parties("suspended" if suspended else "clear")
        assert self._decided(lambda: changes.party_add(self.gate, file), *FOUNDERS)

    def _open_the_law(self) -> None:
        """Two people lift, or clear."""
        if self.suspended:
            self._suspend(False)
        for stay in [stay.id for stay in rulings.stays(self.gate) if stay.lifted is None]:
            self._decided(lambda named=stay: stay_lift(self.gate, named, "an order"), *FOUNDERS)  # type: ignore[misc]

    # --- what befalls the machine -------------------------------------------------------------------------------------

    @rule()
    def reopen(self) -> None:
        """The program ends and starts again."""
        self.gate.store.close()
        self.gate = self._open()

    @rule(outbox=st.booleans())
    def leave_orphans(self, *, outbox: bool) -> None:
        """A kill before the commit: a segment, a staged tranche, a file half written."""
        entry_id = os.urandom(16).hex()
        write_segment(self.gate.files.sealed(entry_id), entry_id, [Part("0/body", bytes(32), b"{}")])
        if outbox:
            self.gate.files.put_outbox(entry_id, 1, {"officer-1.0001.jwe": b"sealed and never entered"})
        for folder in ("ledger", "sealed"):
            (self.kit.gate / folder / "half.part").write_bytes(b"half")

    @rule()
    def lose_the_last_publication(self) -> None:
        """A kill between the commit and its publication: the checkpoint is that of an earlier moment."""
        checkpoint = self.kit.gate / "ledger" / CHECKPOINT
        before = checkpoint.read_bytes()
        with quiet_kit(self.root) as kit:
            folder = kit.package([variant(kit, "lawful", len(self.packages) % 4, 0)], f"r-{len(self.packages)}")
        self.packages[folder.name] = (folder, 1)
        self._later()
        submit(self.gate, folder)
        checkpoint.write_bytes(before)

    # --- what holds ---------------------------------------------------------------------------------------------------

    def _rows(self, *states: RowState) -> dict[tuple[str, int], RowRecord]:
        return {
            (request.ledger_id, row.row): row
            for request in self.gate.store.requests()
            for row in self.gate.store.rows(request.ledger_id, states=[s.value for s in states])
        }

    def _decisions(self, request: RequestRecord) -> dict[tuple[int, int], tuple[list[str], list[str]]]:
        """(row, entry) to the unmet elements and the causes that were decided there, from the seals."""
        key = self.gate.keys.unwrap(request.wrapped_key)
        return {
            (row["row"], event.entry): (row["unmet"], row["causes"])
            for event in self.gate.store.events(request=request.ledger_id)
            if event.kind in (EventKind.REQUEST_RECEIVED, EventKind.REQUEST_RECHECKED, EventKind.HOLD_REFUSED)
            for row in unseal.rows(self.gate, event, key).to_pylist()
        }

    @invariant()
    def it_rolls_forward_and_fsck_finds_nothing(self) -> None:
        """Files follow from the database; nothing lies about; everything recomputes from bytes."""
        with self.gate.files.writing():
            recover(self.gate)
            report = fsck(self.gate)
        assert report.problems == []
        size, checkpoint = self.gate.store.head().size, parse_unverified(self.gate.files.ledger.read(CHECKPOINT))[0]
        assert checkpoint.size == size >= self.size, "the log never shrinks"
        self.size = size

    @invariant()
    def no_row_is_lost_or_made(self) -> None:
        """Every row of every package is in one state."""
        counts = [self.gate.store.row_counts(r.ledger_id) for r in self.gate.store.requests()]
        assert sum(sum(c.values()) for c in counts) == sum(rows for _, rows in self.packages.values())

    @invariant()
    def what_left_was_lawful_and_stays_as_it_left(self) -> None:
        """A released row was decided lawful, answered, released once, and its answer never changes."""
        now = self._rows(RowState.RELEASED)
        assert set(self.released) <= set(now), "nothing is called back unseen"
        for request in self.gate.store.requests():
            own = {row: record for (ledger_id, row), record in now.items() if ledger_id == request.ledger_id}
            if not own:
                continue
            decisions = self._decisions(request)
            answers = answers_of(self.gate, request, own.values())
            for row, record in own.items():
                assert decisions[row, record.decided_in] == ([], [])
                bit = answers[row]["confirmed"]
                assert self.released.setdefault((request.ledger_id, row), bit) == bit
            tranches = self.gate.store.releases(request.ledger_id)
            assert sum(t.rows for t in tranches) == len(own)
            for name, data in leaving(self.gate, request)[0].items():
                digest = hashlib.sha256(data).hexdigest()
                if name.endswith(".jwe"):
                    assert self.files.setdefault(f"{request.ledger_id}/{name}", digest) == digest


@pytest.mark.long
def test_a_gate_holds_whatever_people_do_and_whatever_befalls_it(template: Path, tmp_path: Path) -> None:
    class Machine(GateMachine):
        def __init__(self) -> None:
            super().__init__(template, tmp_path / "gate")

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=14,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # what fails is shown as it was found: shrinking takes minutes
        ),
    )
