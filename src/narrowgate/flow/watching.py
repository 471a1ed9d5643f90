"""Looking out for stays while a request is in hand: they hold from the moment they are received, whoever is writing."""

from collections.abc import Mapping, Sequence

import numpy as np

from narrowgate.domain.books import RequestRecord
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import RowState
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.answering import answers_of
from narrowgate.flow.reaching import in_force, rows_reached
from narrowgate.flow.record_stays import ProtectedRecords
from narrowgate.flow.sealing import file_name
from narrowgate.law.values import Bools


class Watch:
    """Which rows of a request stays in force reach, asked again and again; whom a stay names is looked up once."""

    def __init__(self, gate: Gate, admitted: Admitted) -> None:
        self._gate, self._admitted = gate, admitted
        self._pack = editions.adopted(gate, admitted.head.basis)
        self._known: dict[str, Bools | None] = {}

    def reached(self) -> Bools:
        """N booleans: the rows that a stay reaches which is in force at this very moment.

        It is read from the database at every call: inside a write transaction, what it says holds until the commit.
        """
        found = np.zeros(self._admitted.rows, np.bool_)
        at = rulings.present(self._gate)
        for stay in in_force(rulings.stays_at(self._gate, at), at):
            rows = self._rows(stay)
            found |= False if rows is None else rows
        return found

    def _rows(self, stay: Stay) -> Bools | None:
        if stay.id not in self._known:
            reached = rows_reached([stay], self._admitted, self._pack, self._gate.keys.pseudonym)
            self._known[stay.id] = reached.get(stay.id)
        return self._known[stay.id]


def withheld(gate: Gate, request: RequestRecord) -> Mapping[str, Sequence[str]]:
    """Name of each sealed file that a stay in force reaches, to the ids of those stays: it is not handed out.

    A file is sealed once for one officer, whole: one row that is reached withholds all of it, and so does one confirmed
    answer about a person of the records whom a stay names. Who fetched a file before is not known, for fetching is not
    entered.
    """
    at = rulings.present(gate)
    stays = in_force(rulings.stays_at(gate, at), at)
    released = gate.store.rows(request.ledger_id, states=[RowState.RELEASED.value]) if stays else []
    if not released:
        return {}
    admitted, pack = casefile.reopen(gate, request), editions.adopted(gate, request.basis)
    found: dict[str, set[str]] = {}
    for stay, reached in rows_reached(stays, admitted, pack, gate.keys.pseudonym).items():
        for row in released:
            if reached[row.row]:
                found.setdefault(file_name(row.officer, row.tranche), set()).add(stay)
    named = ProtectedRecords(gate, admitted, at)
    answers = answers_of(gate, request, released) if named.stays else {}
    for row in released:
        if (answer := answers.get(row.row)) and answer["confirmed"] and (ids := named.naming_found(answer["match"])):
            found.setdefault(file_name(row.officer, row.tranche), set()).update(ids)
    return {name: sorted(ids) for name, ids in sorted(found.items())}
