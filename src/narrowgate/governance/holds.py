"""Holds and people: whose a hold is, by when, and who is told when it lies. Age never refuses a row, nor frees one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from narrowgate.domain.vocabulary import HoldCause, Role

OWNER = {
    HoldCause.CASELOAD: Role.DISCLOSURE_OFFICER,
    HoldCause.REASON_GENERIC: Role.DISCLOSURE_OFFICER,
    HoldCause.BUDGET: Role.DISCLOSURE_OFFICER,
    HoldCause.BREAKER: Role.DISCLOSURE_OFFICER,
    HoldCause.CERTIFICATE: Role.ADMINISTRATOR,
    HoldCause.SAFEGUARDS_OPEN_FINDINGS: Role.COUNSEL,
    HoldCause.COUNSEL: Role.COUNSEL,
}
"""Cause to the role that must act so that it can end."""

ABOVE = {
    Role.DISCLOSURE_OFFICER: Role.COUNSEL,
    Role.COUNSEL: Role.ADMINISTRATOR,
    Role.ADMINISTRATOR: Role.AUDITOR,
}
"""Who is told next. Being told gives no power: the owner still decides, and the auditor, the last, only sees it."""


def release_command(waived: Iterable[str]) -> str:
    """The command that waives these causes: counsel's where one of them is theirs. The certificate's nobody waives."""
    counsels = any(OWNER[HoldCause(cause)] is Role.COUNSEL for cause in waived)
    return "hold release counsel" if counsels else "hold release"


@dataclass(frozen=True, slots=True)
class Urgency:
    """How a hold stands.

    Attributes:
        days: whole days since it began.
        deadline: the last day on which it is not overdue, UTC.
        overdue: whole days past the deadline; 0 until then.
        escalated_to: the role that is told by now, or None.
    """

    days: int
    deadline: date
    overdue: int
    escalated_to: Role | None


def urgency(owner: Role, since: datetime, now: datetime, hold_days: int, escalate_days: int) -> Urgency:
    """How a hold of ``owner`` stands that began at ``since``.

    1. It is overdue from the day after ``since`` and ``hold_days``.
    2. Once it is, the role above is told; the next one with every ``escalate_days`` more.
    """
    deadline = (since + timedelta(days=hold_days)).date()
    overdue = max((now.date() - deadline).days, 0)  # 1
    told = None
    for _ in range(1 + overdue // escalate_days if overdue else 0):  # 2
        told = ABOVE.get(told or owner, told)
        if told not in ABOVE:
            break
    return Urgency((now - since).days, deadline, overdue, told)
