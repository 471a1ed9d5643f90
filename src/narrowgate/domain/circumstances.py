"""What stands outside a request and decides with it: who is registered, what is adopted, what a court has stayed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from narrowgate.domain.parties import Agency
from narrowgate.domain.vocabulary import DeterminationKind, StayOf


@dataclass(frozen=True, slots=True)
class Stay:
    """A court's order that suspends; an empty scope field means any.

    Attributes:
        of: what is suspended. Of use, too, closes the gate: an answer that may not be used has no lawful purpose.
        basis, requester, statute: scope; ``requester`` is an agency id.
        persons: pseudonyms under which the persons it protects are known; () means everybody.
        effective: aware UTC time from which it holds: by its own words, or from notice.
        served: aware UTC time at which the custodian had notice of it, or None where that is not stated.
    """

    id: str
    court: str
    docket: str
    dated: date
    effective: datetime
    basis: str = ""
    requester: str = ""
    statute: str = ""
    lifted: datetime | None = None
    of: StayOf = StayOf.DISCLOSURE
    persons: tuple[str, ...] = ()
    served: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at ``at``."""
        return self.effective <= at and (self.lifted is None or at < self.lifted)


@dataclass(frozen=True, slots=True)
class Determination:
    """What people of the custodian found, for a time.

    Attributes:
        about: whom or what it is about: ``AGENCY`` or ``AGENCY/OFFICER``; of a court order that was verified the hex
            digest of all that a request states of it, of one found wanting that of its file; the pseudonym of a
            reason, hex.
        basis: the basis it counts under; "" for every one.
        met: they found it so; False where they found that it is not.
        document: what it rests on: a reference, and the hex SHA-256 of its file where there is one.
        made, until: aware UTC times from which and before which it counts.
        ended: aware UTC time at which people ended it, or None.
    """

    id: str
    kind: DeterminationKind
    about: str
    basis: str
    met: bool
    document: str
    document_digest: str
    made: datetime
    until: datetime
    ended: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at ``at``."""
        return self.made <= at < self.until and (self.ended is None or at < self.ended)


@dataclass(frozen=True, slots=True)
class PolicyLimits:
    """Our own limits: they hold a row for people and never refuse (``narrowgate.toml`` documents each)."""

    caseload_ceiling: int = 25
    reason_repeats: int = 5
    subject_window_days: int = 365
    person_budget: int = 3
    names_per_address: int = 25
    release_tranche: int = 1000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that the law stage may look at besides the request itself.

    Attributes:
        at: aware UTC reference time, one per batch.
        agency: the requester as registered, or None.
        adopted_pack: digest of the adopted edition of the request's basis, or "".
        stays: every stay known to the gate, lifted ones included.
        determinations: every one the gate knows, ended and expired ones included.
        persons_reached: id of a stay that protects named persons to n booleans: the rows that ask about them. Where a
            stay is missing here, it reaches every row.
        open_subjects: officer id to the pseudonyms of the subjects he has open (held or awaiting release) already.
    """

    at: datetime
    agency: Agency | None
    adopted_pack: str
    stays: tuple[Stay, ...] = ()
    determinations: tuple[Determination, ...] = ()
    persons_reached: Mapping[str, pa.BooleanArray] = field(default_factory=dict)
    limits: PolicyLimits = field(default_factory=PolicyLimits)
    open_subjects: Mapping[str, AbstractSet[bytes]] = field(default_factory=dict)

    def found(self, kind: DeterminationKind, basis: str, *about: str) -> bool | None:
        """What people found about one of these, as it stands at ``at``.

        Returns:
            None where no determination is in force; False where one found that it is not so; else True.
        """
        said = [
            one.met
            for one in self.determinations
            if one.kind is kind and one.about in about and one.basis in ("", basis) and one.in_force(self.at)
        ]
        return all(said) if said else None
