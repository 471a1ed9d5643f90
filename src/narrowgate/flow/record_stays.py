"""Stays that name persons, against the record that a row leads to: what a misspelt request does not show, this does.

Linkage finds a person in spite of slips that no pseudonym of a request's cells survives. So whoever is found is said
in the words of the records, in the same ways as a row (``reaching``). If a stay in force protects him, the answer is
*not confirmed*, as under a shield: a refusal there would tell the requester who was found.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from narrowgate.domain.books import RegisterKind
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.flow import editions, rulings
from narrowgate.flow.reaching import Said, in_force, meets, persons_of, reached_by_name
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE

_EPOCH = date(1970, 1, 1).toordinal()


class ProtectedRecords:
    """Which record persons are named by stays in force whose scope reaches a request.

    Attributes:
        stays: ids of the stays in force that name persons and reach the request.
    """

    def __init__(self, gate: Gate, admitted: Admitted, at: datetime) -> None:
        pack = editions.adopted(gate, admitted.head.basis)
        known = in_force(rulings.stays_at(gate, at), at)
        self._gate = gate
        self._wanted = persons_of(stay for stay in known if stay.persons and meets(stay, admitted, pack))
        self.stays = frozenset(self._wanted)
        self._known: dict[tuple[str, int], frozenset[str]] = {}
        self._snapshots: list[Snapshot] | None = None

    def naming(self, snapshot: Snapshot, person: int) -> frozenset[str]:
        """The stays that name this person of the records, under any of the names that they have of him."""
        if not self.stays:
            return self.stays
        place = (snapshot.digest, person)
        if place not in self._known:
            reached = reached_by_name(self._wanted, list(_said(snapshot, person)), self._gate.keys.pseudonym)
            self._known[place] = frozenset(stay for stay, rows in reached.items() if rows.any())
        return self._known[place]

    def naming_found(self, match: Mapping[str, Any] | None) -> frozenset[str]:
        """The same of the person of a sealed match; one who cannot be found again is taken to be named by all.

        A sealed match has the person's place in the records as they were, and his pseudonym, which tells whether he
        still stands there.
        """
        if not self.stays:
            return self.stays
        person, pseudonym = (match["person"], match["shield"]) if match else (None, None)
        for snapshot in self._loaded():
            if person is not None and person < snapshot.manifest.persons:
                name = snapshot.person_id(person).encode()
                if self._gate.keys.pseudonym("shield", name) == pseudonym:
                    return self.naming(snapshot, person)
        return self.stays

    def _loaded(self) -> list[Snapshot]:
        """The records, newest first, as far as they can still be opened."""
        if self._snapshots is None:
            history = self._gate.store.register_history(RegisterKind.SNAPSHOT)
            digests = dict.fromkeys(str(item.body["digest"]) for item in reversed(history))
            self._snapshots = [opened for digest in digests if (opened := self._opened(digest))]
        return self._snapshots

    def _opened(self, digest: str) -> Snapshot | None:
        try:
            return Snapshot.open(self._gate.files.snapshots(), digest, verify=False)
        except IntegrityError:
            return None


def _said(snapshot: Snapshot, person: int) -> Iterator[Said]:
    """Every name of a person of the records, with the birth date and number beside it; second given names too."""
    rows = slice(int(snapshot.who_start[person]), int(snapshot.who_start[person + 1]))
    names, words = snapshot.names, snapshot.words
    spelt = [words.spell(codes[rows]) for codes in (names.surname, names.given, names.middle)]
    for surname, given, middle, born, tin in dict.fromkeys(
        zip(*spelt, names.born[rows].tolist(), names.tin[rows].tolist(), strict=True)
    ):
        when = None if born == NO_DATE else date.fromordinal(_EPOCH + born)
        yield Said(surname, f"{given} {middle}", "", when, f"{tin:09d}" if tin >= 0 else "")
