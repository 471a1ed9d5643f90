"""Why a row was decided so: the elements of the edition it was decided under."""

from narrowgate.domain.books import RequestRecord, RowRecord
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import RowState
from narrowgate.flow import casefile, editions
from narrowgate.flow.linking import restore
from narrowgate.law.explain import Explained, explain
from narrowgate.notary import unseal


def explained(gate: Gate, request: RequestRecord, row: RowRecord) -> tuple[Explained, ...]:
    """Every element, met or not, from the facts as they were sealed with the row's latest decision.

    Raises:
        NarrowgateError: when the installed edition is not the one the row was decided under.
    """
    key = casefile.request_key(gate, request)
    for event in gate.store.events(request=request.ledger_id):
        if event.entry == row.decided_in and event.kind in casefile.DECISION_EVENTS:
            table = unseal.rows(gate, event, key)
            decided = restore(gate, request, table)
            pack = editions.edition(gate, request.basis, decided.pack_digest)
            if pack is None:
                raise NarrowgateError(
                    ErrorCode.NOTHING_TO_DO,
                    f"row was {RowState(row.state).value} under an edition that this gate does not keep",
                    "explain it with the release that holds that edition",
                )
            return explain(decided.under(pack.facts), pack, table["row"].to_pylist().index(row.row))
    return ()
