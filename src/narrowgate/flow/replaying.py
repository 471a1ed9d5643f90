"""Replay: past decisions run again under another edition, under a stay, or with the present code of the facts.

Nothing changes but the ledger, in which the look is entered first. What is compared, and how it is counted, is in
``oversight/replay.py``; here it is read from the seals and put to the law.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate import __version__
from narrowgate.domain import jcs
from narrowgate.domain.books import Json, RegisterKind, RequestRecord, utc_text
from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import TYPED_SCHEMA, Admitted
from narrowgate.domain.vocabulary import Element, EventKind
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.judging import ONCE, signed_at
from narrowgate.flow.past import Batch, Past, batches
from narrowgate.flow.reaching import meets, persons_reached
from narrowgate.flow.staying import leaves
from narrowgate.flow.viewing import inspect
from narrowgate.governance.stays import StayRecord
from narrowgate.intake.package import parse_head
from narrowgate.law.compare import compare
from narrowgate.law.evaluate import derive, evaluate
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import Pack
from narrowgate.law.registry import Fact
from narrowgate.notary import unseal
from narrowgate.oversight.replay import (
    ELEMENTS,
    Bools,
    Change,
    Compared,
    Ints,
    Words,
    bits_of,
    changes,
    mask,
    masks,
    moved,
    spelt,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NOT_STAYED = Element.NOT_STAYED.value
ANOTHER_BASIS = "decided under another basis"
NOT_KEPT = "the gate does not keep the edition that it was decided under"
NO_EDITION = "decided under no edition: the basis was unknown"
NO_STAYS = "decided under an edition that asks for no stay"
ROWS_SCHEMA = pa.schema(
    [
        pa.field("request", pa.string()),
        pa.field("row", pa.string()),  # the requester's label
        pa.field("officer", pa.string()),  # to whom it was released
        pa.field("decided", pa.int64()),  # leaf of the decision
        pa.field("state", pa.string()),
        pa.field("left", pa.string()),  # UTC time of the release
        pa.field("when", pa.string()),  # it was released, against the stay: a word of When
        pa.field("refused_then", pa.string()),
        pa.field("refused_now", pa.string()),
        pa.field("facts_met_now", pa.string()),
        pa.field("facts_unmet_now", pa.string()),
    ]
)
"""A row that differs: no name, no address, no answer."""


@dataclass(frozen=True, slots=True)
class Against:
    """What past decisions are run against: an edition, a stay, the present code; an edition may go with the code.

    Attributes:
        since, until: days of the decision, UTC, both included.
        request: the one to look at; None for all.
    """

    pack: Pack | None = None
    stay: StayRecord | None = None
    code: bool = False
    since: date | None = None
    until: date | None = None
    request: RequestRecord | None = None

    def __post_init__(self) -> None:
        if self.stay and (self.pack or self.code):
            raise InvalidInput("a stay is replayed by itself", "give --stay, or --pack and --code")
        if not (self.stay or self.pack or self.code):
            raise InvalidInput("replay against what?", "give --pack P, --stay S or --code")
        if self.since and self.until and self.until < self.since:
            raise InvalidInput("--until is before --since")

    def holds(self, at: datetime) -> bool:
        """Whether decisions of that time are looked at."""
        day = at.date()
        return (self.since or day) <= day <= (self.until or day)

    def to_json(self) -> dict[str, Json]:
        """As it is entered, and said in the result."""
        found: dict[str, Json] = {"pack": self.pack.digest} if self.pack else {}
        found |= {"stay": self.stay.stay.id} if self.stay else {}
        found |= {"code": __version__} if self.code else {}
        found |= {"since": self.since.isoformat()} if self.since else {}
        return found | ({"until": self.until.isoformat()} if self.until else {})


@dataclass(slots=True)
class Replayed:
    """What came of it.

    Attributes:
        decisions: how many rows were judged again.
        distinct: how many vectors that took, over all batches.
        left_out: (request, why) to rows that could not be judged again.
        derived_now: facts that nobody derived then, and that were derived from the sealed rows.
        settings: how the editions differ in what facts look at, besides their rules.
        rows: a table of ``ROWS_SCHEMA`` each batch: the rows that differ.
    """

    decisions: int = 0
    requests: int = 0
    distinct: int = 0
    changes: list[Change] = field(default_factory=list)
    left_out: dict[tuple[str, str], int] = field(default_factory=dict)
    derived_now: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    rows: list[pa.Table] = field(default_factory=list)


def edition_named(gate: Gate, name: str) -> Pack:
    """The edition that ``--pack`` names: a digest of one that this gate keeps, an id of this release, or a folder.

    Raises:
        InvalidInput: where it is none of these.
        NarrowgateError: ``pack_unsound``.
    """
    if not _DIGEST.fullmatch(name):
        return editions.named(name)
    bases = {str(item.body["digest"]): item.key for item in gate.store.register_history(RegisterKind.PACK)}
    found = editions.edition(gate, bases[name], name) if name in bases else None
    if found is None:
        raise InvalidInput("this gate keeps no edition of that digest", "name a pack by its id, or by its folder")
    return found


def stay_named(gate: Gate, name: str) -> StayRecord:
    """The stay of an id, lifted or not.

    Raises:
        InvalidInput: where the gate knows none.
    """
    for known in rulings.stay_records(gate):
        if known.stay.id == name:
            return known
    raise InvalidInput("this gate knows no stay of that id", "`narrowgate stay list GATE` shows them")


def of_the_time(code: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts that look at circumstances, or at the signature, which counts for a time only.

    A fact that does not look at its circumstances says so by its parameter's name, ``_circumstances``: the linter asks
    for it.
    """
    looks = {name for name, fact in code.items() if not list(signature(fact).parameters)[1].startswith("_")}
    return {name: fact for name, fact in code.items() if name in looks or name == Element.SIGNATURE_VALID}


def looked(gate: Gate, against: Against, signer: Mapping[str, Jwk]) -> None:
    """Enters the look, before any decision is opened for it.

    Raises:
        NarrowgateError: ``not_authorised``.
    """
    inspect(gate, "replay", against.request, {"against": against.to_json()}, signer)


def replay(
    gate: Gate, against: Against, *, facts: Mapping[str, Fact] = REGISTER.facts, detail: bool = False
) -> Replayed:
    """Runs past decisions again, each row's latest.

    1. Of each request, the latest decision of every row is read from its seal; the books must agree.
    2. Rows are put together by the leaf and the edition they were decided under.
    3. Their verdict is found anew: from the stored vectors, each distinct one judged once; for ``code`` from the sealed
       rows, with the register as it was at that leaf, and for released rows once more as it was when they left.
    4. What a person found unmet stays unmet, under whatever edition has the element.
    5. The two verdicts are compared, and what differs is counted.

    Args:
        gate: an open gate; nothing of it is changed.
        against: what to replay against.
        facts: the code of the facts, by id.
        detail: whether the rows that differ are wanted, one by one.

    Raises:
        NarrowgateError: ``gate_busy`` when the books grew meanwhile.
        IntegrityError: when the books and the seals disagree.
    """
    size, found = gate.store.head().size, Replayed()
    requests = [against.request] if against.request else gate.store.requests()
    total, done = sum(r.rows for r in requests), 0
    law = _Law(gate, against, facts, found)
    for request in requests:
        gate.progress("replay", done, total)
        decisions = found.decisions
        for batch in batches(gate, request, size, against.holds):  # 1, 2
            judged = law.judge(batch)  # 3, 4
            if judged is not None:
                found.decisions += len(batch.rows)
                found.changes += changes(judged)  # 5
                if detail and (differs := judged.differs).any():
                    found.rows.append(_rows(batch, judged, differs))
        found.requests += found.decisions > decisions
        done += request.rows
    gate.progress("replay", total, total)
    return found


def _rows(batch: Batch, judged: Compared, differs: Bools) -> pa.Table:
    """The rows of a batch that differ, as a table of ``ROWS_SCHEMA``."""
    chosen = pa.array(differs)
    met, unmet = judged.facts_now & ~judged.facts_then, judged.facts_then & ~judged.facts_now
    tranche = pa.array(np.where(batch.released, batch.tranche, 0)[differs])
    times = pa.array(["", *(utc_text(batch.left[t][1]) for t in sorted(batch.left))])
    when = pa.repeat("", len(differs)) if judged.when is None else judged.when
    columns = [
        pa.repeat(batch.name, int(differs.sum())),
        batch.table["label"].filter(chosen),
        batch.officer.filter(chosen).dictionary_decode(),
        pa.repeat(batch.event.entry, int(differs.sum())),
        judged.states.filter(chosen),
        times.take(pc.fill_null(pc.index_in(tranche, value_set=pa.array([0, *sorted(batch.left)], pa.int64())), 0)),
        when.filter(chosen),
        *(spelt(m[differs], ELEMENTS, ordered=True).dictionary_decode() for m in (judged.then, judged.now)),
        *(spelt(m[differs], judged.fact_ids).dictionary_decode() for m in (met, unmet)),
    ]
    return pa.table(columns, schema=ROWS_SCHEMA)


def _tranches(batch: Batch) -> Iterator[tuple[Ints, tuple[int, datetime]]]:
    """The places of the rows that left together, with leaf and time of their release."""
    left = np.where(batch.released, batch.tranche, 0)
    for tranche in np.unique(left[left > 0]).tolist():
        yield np.flatnonzero(left == tranche), batch.left[tranche]


@dataclass(slots=True)
class _Law:
    """Verdicts anew, batch by batch; what is worth saying of them goes into ``found``."""

    gate: Gate
    against: Against
    code: Mapping[str, Fact]
    found: Replayed
    past: Past = field(init=False)
    reopened: dict[str, Admitted] = field(init=False, default_factory=dict)
    kept: dict[tuple[str, str], Pack | None] = field(init=False, default_factory=dict)
    entered: int | None = field(init=False, default=None)  # leaf of the stay; -1 for one not yet entered

    def __post_init__(self) -> None:
        self.past = Past(self.gate)

    def judge(self, batch: Batch) -> Compared | None:
        """The verdicts of a batch then and now; None where they cannot be found anew."""
        request, target = batch.request, self.against.pack
        old = self._edition(request.basis, batch.digest)
        if target and target.id != request.basis:
            why = ANOTHER_BASIS
        elif old is None and not (target and (self.against.code or not batch.digest)):
            why = NOT_KEPT if batch.digest else NO_EDITION
        elif self.against.stay and old and _NOT_STAYED not in old.facts:
            why = NO_STAYS
        elif self.against.stay and old:
            return self._under_stay(batch, old, self.against.stay)
        elif pack := target or old:
            return self._by_code(batch, old, pack) if self.against.code else self._by_vectors(batch, old, pack)
        place = batch.name, why
        self.found.left_out[place] = self.found.left_out.get(place, 0) + len(batch.rows)
        return None

    def _by_vectors(self, batch: Batch, old: Pack | None, pack: Pack) -> Compared:
        """Under another edition, from the vectors as they were sealed, moved by name.

        A fact that nobody derived then is derived now, from the sealed rows, as things stood when they were decided and
        when they left.
        """
        before = old.facts if old else ()
        vectors = moved(batch.facts, before, pack.facts)
        missing = [fact for fact in pack.facts if fact not in before]
        circumstances = self.past.at(batch.event.entry, batch.request, batch.at)
        if missing:
            code = {name: self.code[name] for name in missing if name in self.code}
            admitted = self._admitted(batch, circumstances)
            fresh = derive(admitted, self._as_if_adopted(circumstances, pack, admitted), pack, code)
            vectors |= fresh & bits_of(missing, pack.facts)
            for places, (entry, at) in _tranches(batch):
                then = self.past.at(entry, batch.request, at)
                some = signed_at(casefile.only(admitted, places.tolist()), then.agency, at)
                again = derive(some, self._as_if_adopted(then, pack, some), pack, of_the_time(code))
                vectors[places] &= again | ~bits_of(of_the_time(code), pack.facts)
            self.found.derived_now.update(missing)
        if old and old.digest != pack.digest:
            self.found.settings.update(compare(old, pack).settings)
        now = self._verdicts(vectors, pack, batch.request, circumstances)
        return self._compared(batch, pack, now, vectors, vectors)

    def _under_stay(self, batch: Batch, pack: Pack, known: StayRecord) -> Compared:
        """As if the stay had been in force throughout: the rows it reaches lack ``not_stayed``."""
        stay = known.stay
        circumstances = self.past.at(batch.event.entry, batch.request, batch.at)
        reached = np.zeros(len(batch.rows), np.bool_)
        if meets(stay, self._stated(batch), pack):
            reached[:] = True
            if stay.persons:
                admitted = self._admitted(batch, circumstances)
                reached = np.asarray(persons_reached([stay], admitted, self.gate.keys.pseudonym)[stay.id], np.bool_)
        bit = bits_of([_NOT_STAYED], pack.facts)
        vectors = np.where(reached, batch.facts & ~bit, batch.facts)
        now = self._verdicts(vectors, pack, batch.request, circumstances)
        return replace(self._compared(batch, pack, now, vectors, vectors), when=self._when(batch, known))

    def _when(self, batch: Batch, known: StayRecord) -> pa.StringArray:
        """When each row of a batch left, against a stay; "" of those that did not."""
        if self.entered is None:
            self.entered = next(iter(leaves(self.gate, known.stay.id)), -1)
        told = {t: known.when(at, later=leaf > self.entered >= 0).value for t, (leaf, at) in batch.left.items()}
        tranche = pa.array(np.where(batch.released, batch.tranche, 0))
        places = pc.index_in(tranche, value_set=pa.array([0, *told], pa.int64()))
        return pa.array(["", *told.values()]).take(places)

    def _by_code(self, batch: Batch, old: Pack | None, pack: Pack) -> Compared:
        """With today's facts, from the sealed rows: as the register was when they were decided, and when they left."""
        before = old.facts if old else ()
        known = bits_of(before, pack.facts)
        circumstances = self.past.at(batch.event.entry, batch.request, batch.at)
        admitted = self._admitted(batch, circumstances)
        then = self._as_if_adopted(circumstances, pack, admitted)
        vectors = derive(admitted, then, pack, self.code)
        now = self._verdicts(vectors, pack, batch.request, circumstances)
        for places, leaf in _tranches(batch):
            some = casefile.only(admitted, places.tolist())
            vectors[places], unmet = self._as_it_left(batch, some, pack, vectors[places], leaf)
            now[places] |= unmet
        stored = moved(batch.facts, before, pack.facts) & known
        return self._compared(batch, pack, now, stored, vectors & known)

    def _as_it_left(
        self, batch: Batch, admitted: Admitted, pack: Pack, decided: Words, leaf: tuple[int, datetime]
    ) -> tuple[Words, Words]:
        """Released rows once more: by the register, and the edition, of the leaf with which they left.

        Facts that look at no circumstances are those of the decision.

        Returns:
            The vectors of facts met both times, as far as both were of one edition; masks of elements unmet then.
        """
        entry, at = leaf
        circumstances = self.past.at(entry, batch.request, at)
        admitted = signed_at(admitted, circumstances.agency, at)
        adopted = self.against.pack or self._edition(batch.request.basis, circumstances.adopted_pack) or pack
        code = self.code if adopted is not pack else of_the_time(self.code)
        vectors = derive(admitted, self._as_if_adopted(circumstances, adopted, admitted), adopted, code)
        if adopted is pack:
            changing = bits_of(code, pack.facts)
            vectors = vectors & changing | decided & ~changing
        unmet = self._verdicts(vectors, adopted, batch.request, circumstances) & ~mask(ONCE)
        return (decided & vectors if adopted is pack else decided), unmet

    def _compared(self, batch: Batch, pack: Pack, now: Words, facts_then: Words, facts_now: Words) -> Compared:
        then = masks(batch.table["unmet"].combine_chunks())
        if batch.event.kind is EventKind.HOLD_REFUSED:
            now = now | mask({self._found_unmet(batch)} & {rule.element for rule in pack.rules})
        return Compared(batch.name, batch.states, then, now, pack.facts, facts_then, facts_now)

    def _found_unmet(self, batch: Batch) -> str:
        """The element that a person found unmet."""
        key = casefile.request_key(self.gate, batch.request)
        about: Any = jcs.parse(unseal.part(self.gate, batch.event, key, "body"))
        return str(about["element"])

    def _verdicts(self, vectors: Words, pack: Pack, request: RequestRecord, circumstances: Circumstances) -> Words:
        """Masks of unmet elements: Cedar and the second opinion are asked once for each distinct vector."""
        distinct, which = np.unique(vectors, return_inverse=True)
        self.found.distinct += len(distinct)
        registered = circumstances.agency.id if circumstances.agency else ""
        return masks(evaluate(distinct, pack, request.agency, registered).unmet)[which]

    def _admitted(self, batch: Batch, circumstances: Circumstances) -> Admitted:
        """The batch's rows as they were admitted; judged again later, with the signature as it counted then."""
        ledger_id = batch.request.ledger_id
        if ledger_id not in self.reopened:  # one at a time: a request may have a million rows
            self.reopened = {ledger_id: casefile.reopen(self.gate, batch.request)}
        whole = self.reopened[ledger_id]
        every = len(batch.rows) == whole.rows and bool((batch.rows == np.arange(whole.rows)).all())
        admitted = whole if every else casefile.only(whole, batch.rows.tolist())
        first = batch.event.kind is EventKind.REQUEST_RECEIVED
        return admitted if first else signed_at(admitted, circumstances.agency, batch.at)

    def _stated(self, batch: Batch) -> Admitted:
        """What the request says of itself, without its rows."""
        event, key = casefile.received(self.gate, batch.request), casefile.request_key(self.gate, batch.request)
        head = parse_head(unseal.part(self.gate, event, key, "request.json"))
        rows, flags = TYPED_SCHEMA.empty_table(), pa.array([], pa.bool_())
        return Admitted(head, rows, rows, flags, batch.request.takes_id, {}, batch.request.received_at)

    def _as_if_adopted(self, circumstances: Circumstances, pack: Pack, admitted: Admitted) -> Circumstances:
        """The circumstances of then, and the edition that is replayed in the place of the one adopted then."""
        persons = persons_reached(circumstances.stays, admitted, self.gate.keys.pseudonym)
        adopted = pack.digest if self.against.pack and circumstances.adopted_pack else circumstances.adopted_pack
        return replace(circumstances, adopted_pack=adopted, persons_reached=persons)

    def _edition(self, basis: str, digest: str) -> Pack | None:
        if (basis, digest) not in self.kept:
            self.kept[basis, digest] = editions.edition(self.gate, basis, digest) if digest else None
        return self.kept[basis, digest]
