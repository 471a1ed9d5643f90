"""What stands outside a request and decides with it: who is registered, what is adopted, what a court has stayed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime

from narrowgate.domain.parties import Agency


@dataclass(frozen=True, slots=True)
class Stay:
    """A court's order that suspends; an empty scope field means any.

    Attributes:
        basis, requester, statute: scope; ``requester`` is an agency id.
        effective: aware UTC time from which it holds.
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

    def covers(self, *, basis: str, requester: str, statute: str, at: datetime) -> bool:
        """Whether the stay reaches a request: every stated scope field matches, and it is in force at ``at``."""
        in_force = self.effective <= at and (self.lifted is None or at < self.lifted)
        return (
            in_force
            and self.basis in ("", basis)
            and self.requester in ("", requester)
            and (not self.statute or statute.startswith(self.statute))
        )


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
        open_subjects: officer id to the pseudonyms of the subjects he has open (held or awaiting release) already.
    """

    at: datetime
    agency: Agency | None
    adopted_pack: str
    stays: tuple[Stay, ...] = ()
    limits: PolicyLimits = field(default_factory=PolicyLimits)
    open_subjects: Mapping[str, AbstractSet[bytes]] = field(default_factory=dict)
