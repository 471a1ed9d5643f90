"""Replay, the pure part: past verdicts beside those of another edition, stay or code, and what differs.

A verdict is a mask: bit k is the k-th word of ``Element``, unmet; 0 is lawful. A vector of facts is that of an edition:
bit k is the k-th of its facts. Neither is persisted here. Nothing in this module knows an answer: a released row is a
disclosure whether it was confirmed or not (26 USC 6103(b)(8)), and what is *possibly affected* is for counsel to judge.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import Element, Outcome, RowState, When

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ELEMENTS = tuple(element.value for element in Element)
RELEASED = RowState.RELEASED.value
STATES = {
    RowState.REFUSED: Outcome.REFUSED.value,
    RowState.HELD: Outcome.HELD.value,
    RowState.ENTERED: Outcome.HELD.value,
    RowState.AWAITING_RELEASE: Outcome.AWAITING_RELEASE.value,
    RowState.RELEASED: RELEASED,
    RowState.WITHDRAWN: Outcome.WITHDRAWN.value,
}
"""How a state is shown: as an outcome, and ``released`` in place of both answers."""


class Kind(StrEnum):
    """How a row differs."""

    REFUSED_NOW = "refused_now"
    ALLOWED_NOW = "allowed_now"
    OTHER_ELEMENTS = "other_elements"
    FACTS_ALONE = "facts_alone"


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows of one request, side by side; every array has n members.

    Attributes:
        request: its name.
        states: of ``STATES``' values.
        then, now: masks of unmet elements.
        fact_ids: the facts of the two vectors.
        facts_then, facts_now: vectors; the same where facts were not derived anew.
        when: under a stay, when each row left against it (``When``), "" of rows that did not; None without a stay.
    """

    request: str
    states: pa.StringArray
    then: Words
    now: Words
    fact_ids: tuple[str, ...]
    facts_then: Words
    facts_now: Words
    when: pa.StringArray | None = None

    @property
    def differs(self) -> Bools:
        """N booleans: the verdict or a fact is another."""
        differs: Bools = (self.then != self.now) | (self.facts_then != self.facts_now)
        return differs


@dataclass(frozen=True, slots=True)
class Change:
    """Rows that differ alike.

    Attributes:
        state: one of ``STATES``' values.
        refused_then, refused_now: sorted element ids; none is lawful.
        met_now, unmet_now: facts that were derived otherwise.
        when: the rows left, against the stay that is replayed: a word of ``When``; "" without one, or if they did not.
    """

    request: str
    state: str
    refused_then: tuple[str, ...]
    refused_now: tuple[str, ...]
    met_now: tuple[str, ...]
    unmet_now: tuple[str, ...]
    when: str
    rows: int

    @property
    def kind(self) -> Kind:
        """How they differ."""
        if self.refused_then == self.refused_now:
            return Kind.FACTS_ALONE
        if not self.refused_then:
            return Kind.REFUSED_NOW
        return Kind.OTHER_ELEMENTS if self.refused_now else Kind.ALLOWED_NOW

    @property
    def possibly_affected(self) -> bool:
        """The rows left, and would not now: under a stay, whenever they left until it was lifted."""
        return self.kind is Kind.REFUSED_NOW and self.state == RELEASED and self.when != When.AFTER_LIFT


def masks(unmet: pa.ListArray) -> Words:
    """The verdicts of n lists of element ids, as masks.

    Raises:
        IntegrityError: for an id that is none of an element.
    """
    flat = pc.list_flatten(unmet)
    places = pc.index_in(flat, value_set=pa.array(ELEMENTS))
    if places.null_count or unmet.null_count:
        raise IntegrityError("a sealed decision names an element that there is not", "run `narrowgate ledger fsck`")
    bits = np.left_shift(np.uint64(1), np.asarray(places).astype(np.uint64))
    lengths = np.asarray(pc.list_value_length(unmet))
    found = np.zeros(len(unmet), np.uint64)
    some = lengths > 0
    if some.any():
        found[some] = np.bitwise_or.reduceat(bits, (np.cumsum(lengths) - lengths)[some])
    return found


def mask(elements: Iterable[str]) -> np.uint64:
    """The mask of some elements."""
    return np.uint64(sum({1 << ELEMENTS.index(element) for element in elements}))


def elements_of(verdict: int) -> tuple[str, ...]:
    """The sorted ids of a mask."""
    return tuple(sorted(_named(verdict, ELEMENTS)))


def moved(vectors: Words, before: Sequence[str], after: Sequence[str]) -> Words:
    """Vectors of one edition's facts as another's, by name; a fact that ``before`` has not is False.

    Args:
        vectors: n vectors; bit k is ``before[k]``.
        before: fact ids of the one edition.
        after: fact ids of the other.

    Returns:
        n vectors; bit k is ``after[k]``.
    """
    known = {name: bit for bit, name in enumerate(before)}
    found = np.zeros_like(vectors)
    for bit, name in enumerate(after):
        if name in known:
            found |= (vectors >> np.uint64(known[name]) & np.uint64(1)) << np.uint64(bit)
    return found


def bits_of(names: Iterable[str], facts: Sequence[str]) -> np.uint64:
    """The vector in which these facts alone are met; names that are no fact of the edition are left out."""
    wanted = set(names)
    return np.uint64(sum(1 << bit for bit, fact in enumerate(facts) if fact in wanted))


def changes(rows: Compared) -> list[Change]:
    """What differs, rows that differ alike counted together; the same rows give the same order."""
    differs = rows.differs
    when = pa.repeat("", len(differs)) if rows.when is None else rows.when
    columns = {
        "state": rows.states.filter(pa.array(differs)),
        "then": pa.array(rows.then[differs]),
        "now": pa.array(rows.now[differs]),
        "met": pa.array((rows.facts_now & ~rows.facts_then)[differs]),
        "unmet": pa.array((rows.facts_then & ~rows.facts_now)[differs]),
        "when": when.filter(pa.array(differs)),
    }
    groups = pa.table(columns).group_by(list(columns)).aggregate([([], "count_all")])
    found = [
        Change(
            rows.request,
            group["state"],
            elements_of(group["then"]),
            elements_of(group["now"]),
            _named(group["met"], rows.fact_ids),
            _named(group["unmet"], rows.fact_ids),
            group["when"],
            group["count_all"],
        )
        for group in groups.to_pylist()
    ]
    return sorted(found, key=repr)


def by_request(found: Iterable[Change]) -> list[tuple[str, str, Kind, str, int]]:
    """(request, state, kind, when, rows), each once, requests in the order in which they come."""
    counts: Counter[tuple[str, str, Kind, str]] = Counter()
    for change in found:
        counts[change.request, change.state, change.kind, change.when] += change.rows
    return [(*group, rows) for group, rows in counts.items()]


def affected_by_element(found: Iterable[Change]) -> Mapping[str, int]:
    """Element to how many possibly affected rows would now be refused under it; a row counts under each."""
    counts: Counter[str] = Counter()
    for change in found:
        if change.possibly_affected:
            counts.update(dict.fromkeys(change.refused_now, change.rows))
    return dict(sorted(counts.items()))


def affected_by_time(found: Iterable[Change]) -> Mapping[str, int]:
    """Under a stay: a word of ``When`` to how many possibly affected rows left then."""
    counts: Counter[str] = Counter()
    for change in found:
        if change.possibly_affected and change.when:
            counts[change.when] += change.rows
    return {when.value: counts[when] for when in When if when in counts}


def by_fact(found: Iterable[Change]) -> list[tuple[str, int, int]]:
    """(fact, rows where it is unmet now and was met, rows where it is met now and was not), sorted."""
    unmet: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for change in found:
        unmet.update(dict.fromkeys(change.unmet_now, change.rows))
        met.update(dict.fromkeys(change.met_now, change.rows))
    return [(fact, unmet[fact], met[fact]) for fact in sorted(unmet.keys() | met.keys())]


def spelt(words: Words, names: Sequence[str], *, ordered: bool = False) -> pa.DictionaryArray:
    """N masks or vectors as text, ``;`` between; each distinct one is spelt once."""
    distinct, which = np.unique(words, return_inverse=True)
    named = (_named(int(word), names) for word in distinct)
    texts = pa.array([";".join(sorted(n) if ordered else n) for n in named], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), texts)


def _named(word: int, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for bit, name in enumerate(names) if word >> bit & 1)
