"""Two budgets against guessing an address until the gate says yes: policy, which holds or withholds, never refuses.

(a) Per subject as stated, committed with the request, before linkage: the same requester and address gets its first
result again; a second, different address waits for people.
(b) Per record person whose name passes, whatever the address or spelling, committed with the answers before anything
leaves: over it, *not confirmed*.

Guesses count across all requesters and bases, in a window, under keyed pseudonyms, and are never refunded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from narrowgate.domain.books import Debit, Spent
from narrowgate.domain.names import given as read_given
from narrowgate.domain.names import surname as read_surname
from narrowgate.domain.postal import parse
from narrowgate.domain.request import Admitted

Pseudonym = Callable[[str, bytes], bytes]


def subject_pseudonyms(admitted: Admitted, pseudonym: Pseudonym) -> list[bytes]:
    """N pseudonyms of the subjects as stated: surname, first given name and birth date, as linkage reads them.

    Titles, suffixes, middle names, case and punctuation make no new subject. The TIN is left out on purpose: a
    guesser would vary it.
    """
    cells = (admitted.subjects[c].to_pylist() for c in ("surname", "given_name"))
    keys = list(zip(*cells, admitted.typed["birth_date"].to_pylist(), strict=True))
    found = {key: pseudonym("subject", "\0".join(_subject(*key)).encode()) for key in set(keys)}
    return [found[key] for key in keys]


def _subject(surname: str, given: str, born: date | None) -> tuple[str, str, str]:
    closed_up = read_surname(surname).text.replace(" ", "")
    return closed_up, read_given(given).first, born.isoformat() if born else ""


def address_pseudonyms(admitted: Admitted, pseudonym: Pseudonym) -> list[bytes]:
    """N pseudonyms of the addresses asked about; two spellings of one address share theirs.

    City, state and ZIP Code all count: linkage lets either city or ZIP Code agree, so that whoever varied one beneath
    the other would guess for nothing.
    """
    columns = ("address_line_1", "address_line_2", "city", "state", "zip")
    found: dict[tuple[str, ...], bytes] = {}
    for cells in set(zip(*(admitted.subjects[c].to_pylist() for c in columns), strict=True)):
        a = parse(*cells)
        parts = (a.kind.value, a.number, a.street, a.unit, a.box, a.route, a.city, a.state, a.zip5)
        found[cells] = pseudonym("address", "\0".join(parts).encode())
    return [found[cells] for cells in zip(*(admitted.subjects[c].to_pylist() for c in columns), strict=True)]


@dataclass(frozen=True, slots=True)
class StatedBudget:
    """What budget (a) says of a batch.

    Attributes:
        held: row indices that wait: a second address for a subject, or too many names at an address.
        repeats: row index to (request, row) whose result it gets again; the request is "" for this batch.
        debits: guesses to commit with the request.
    """

    held: frozenset[int]
    repeats: Mapping[int, tuple[str, int]]
    debits: tuple[Debit, ...]


def stated_budget(
    rows: Sequence[int],
    subjects: Sequence[bytes],
    addresses: Sequence[bytes],
    spent: Iterable[Spent],
    *,
    agency: str,
    names_per_address: int,
) -> StatedBudget:
    """Applies budget (a) to the lawful rows of a batch.

    1. Subjects with two addresses in this batch: every row of theirs waits.
    2. Subjects asked about before, at another address: the rows wait.
    3. The same agency, subject and address as before, in the window or in this batch: the first result again.
    4. Addresses asked about under more names than the limit: their rows wait.

    Args:
        rows: indices of the lawful rows, in order.
        subjects: pseudonyms of the subjects, all rows.
        addresses: pseudonyms of the addresses, all rows.
        spent: earlier guesses on these subjects in the window, oldest first.
        agency: who asks now.
        names_per_address: the limit of step 4.
    """
    asked: dict[bytes, set[bytes]] = defaultdict(set)
    names: dict[bytes, set[bytes]] = defaultdict(set)
    for row in rows:
        asked[subjects[row]].add(addresses[row])
        names[addresses[row]].add(subjects[row])
    first: dict[tuple[bytes, bytes], tuple[str, int]] = {}
    for guess in spent:
        asked[guess.pseudonym].add(guess.address)
        if guess.agency == agency:
            first.setdefault((guess.pseudonym, guess.address), (guess.request, guess.row))
    held, repeats, debits = set(), {}, []
    for row in rows:
        subject, address = subjects[row], addresses[row]
        known = first.setdefault((subject, address), ("", row))
        second_address = len(asked[subject]) > 1 and not known[0]  # 1, 2: unless its own first question again
        if second_address or len(names[address]) > names_per_address:  # 4
            held.add(row)
        elif known != ("", row):  # 3
            repeats[row] = known
        else:
            debits.append(Debit(subject, address, row))
    return StatedBudget(frozenset(held), repeats, tuple(debits))


@dataclass(frozen=True, slots=True)
class PersonBudget:
    """What budget (b) says: rows that are over it, and the guesses to commit with the answers."""

    over: frozenset[int]
    debits: tuple[Debit, ...]


def person_budget(
    name_passes: pa.Table,
    persons: Mapping[int, bytes],
    addresses: Sequence[bytes],
    spent: Iterable[Spent],
    limit: int,
) -> PersonBudget:
    """Applies budget (b): a row is over it when a person whose name passes was asked about at more addresses.

    Args:
        name_passes: columns ``row`` and ``person``, rows in order (``Match.name_passes``).
        persons: person index to pseudonym.
        addresses: pseudonym of the address asked, by row index.
        spent: earlier guesses on these persons in the window.
        limit: distinct addresses a person.
    """
    asked: dict[bytes, set[bytes]] = defaultdict(set)
    for guess in spent:
        asked[guess.pseudonym].add(guess.address)
    over: set[int] = set()
    debits = []
    for row, person in zip(name_passes["row"].to_pylist(), name_passes["person"].to_pylist(), strict=True):
        seen = asked[persons[person]]
        if addresses[row] not in seen:
            seen.add(addresses[row])
            debits.append(Debit(persons[person], addresses[row], row))
            if len(seen) > limit:
                over.add(row)
        elif len(seen) > limit:
            over.add(row)
    return PersonBudget(frozenset(over), tuple(debits))
