"""Who asks, and whether he may, as things stand at ``circumstances.at``."""

import numpy as np

from narrowgate.domain.circumstances import Circumstances, Stay
from narrowgate.domain.parties import Agency
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Attests, DeterminationKind, Safeguards
from narrowgate.law.acts import meet
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.values import Bools, by_value, everywhere

_SAFE = frozenset({Safeguards.CLEAR, Safeguards.OPEN_FINDINGS})


def _requester(admitted: Admitted, circumstances: Circumstances) -> Agency | None:
    agency = circumstances.agency
    return agency if agency and agency.id == admitted.head.agency else None


@REGISTER.fact(people="the custodian determines which offices may sign under this basis, and registers them")
def signer_is_authorized(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``signed_by.office``: registered with the requester, and this basis among those it may sign."""
    agency = _requester(admitted, circumstances)
    office = agency.offices.get(admitted.head.office) if agency else None
    return everywhere(admitted.rows, office is not None and pack.id in office.may_sign)


@REGISTER.fact
def basis_adopted(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``basis``: is this pack, and the edition that two of the custodian's counsel adopted is this very one."""
    adopted = admitted.head.basis == pack.id and circumstances.adopted_pack == pack.digest
    return everywhere(admitted.rows, adopted)


@REGISTER.fact(people="counsel enters the stays that courts grant, and says what they reach")
def not_stayed(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """Every stay the gate knows: none in force reaches this basis, requester and statute, nor this person by name.

    A stay whose statute cannot be read, and a request whose statute cannot be read, are taken to meet; so is a section
    of an act whose number in the Code is not known.
    """
    stayed = np.zeros(admitted.rows, np.bool_)
    for stay in circumstances.stays:
        if stay.in_force(circumstances.at) and reaches(stay, admitted, pack):
            persons = circumstances.persons_reached.get(stay.id) if stay.persons else None
            stayed |= True if persons is None else np.asarray(persons, np.bool_)
    return ~stayed


def reaches(stay: Stay, admitted: Admitted, pack: Pack) -> bool:
    """Whether a stay's scope meets a request: basis, requester and statute; whose rows, and when, is another matter."""
    head = admitted.head
    same = stay.basis in ("", head.basis) and stay.requester in ("", head.agency)
    return same and meet(stay.statute, head.criminal_statute, pack)


@REGISTER.fact(people="the safeguards office determines, with a document; findings still open hold the request")
def safeguards_clear(admitted: Admitted, circumstances: Circumstances, _pack: Pack) -> Bools:
    """The requester's safeguards as the custodian determined: not suspended. Open findings hold, they do not refuse."""
    agency = _requester(admitted, circumstances)
    return everywhere(admitted.rows, agency is not None and agency.safeguards in _SAFE)


@REGISTER.fact(people="the officer attests; over the caseload ceiling a supervisor confirms")
def officer_engaged(admitted: Admitted, circumstances: Circumstances, _pack: Pack) -> Bools:
    """``officer``: registered with the requester, his key in force, personal engagement attested over his rows."""
    agency = _requester(admitted, circumstances)

    def engaged(officer_id: str) -> bool:
        officer = agency.officers.get(officer_id) if agency else None
        attested = admitted.attested.get(officer_id, frozenset())
        return (
            officer is not None and officer.key.counts_at(circumstances.at) and Attests.PERSONALLY_ENGAGED in attested
        )

    return by_value(admitted.subjects, ("officer",), engaged)


@REGISTER.fact(people="the custodian verifies the requester, and enters what it found, for a time")
def requester_verified(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """Determinations in force: the requester, or the officer whom the row names, was verified for this basis."""
    agency = admitted.head.agency

    def verified(officer: str) -> bool:
        about = (agency, f"{agency}/{officer}")
        return circumstances.found(DeterminationKind.REQUESTER_VERIFIED, pack.id, *about) is True

    return by_value(admitted.subjects, ("officer",), verified)
