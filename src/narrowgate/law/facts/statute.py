"""What statute is designated, by what authority, and the elements that 8 USC 1253(a)(1) brings."""

from datetime import timedelta

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Attests
from narrowgate.law.days import earlier_date, later_date, no_later, requested_at
from narrowgate.law.pack import Pack
from narrowgate.law.reasons import is_authority
from narrowgate.law.registry import REGISTER, Fact
from narrowgate.law.statutes import designated, read
from narrowgate.law.toml import ClosedList
from narrowgate.law.values import Bools, by_value, everywhere

_WILLFUL = frozenset(
    {Attests.WILLFUL_FAILURE_TO_DEPART, Attests.NO_PROPER_STEPS, Attests.NOT_IN_CUSTODY_NOR_DEPARTED},
)
_FAILURE_TO_DEPART = "us.8.1253.a.1"


@REGISTER.fact
def authority_stated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``statutory_authority``: cites a statute other than those that the pack lists under ``allowed.no_authority``.

    Those conduct no proceeding, as the section that opens the records; no list, no answer. Whether there is such a
    section, and whether it conducts this proceeding, is not looked at.
    """
    if ClosedList.NO_AUTHORITY not in pack.text.allowed:
        return everywhere(admitted.rows, False)
    none = [citing for cited in pack.allowed(ClosedList.NO_AUTHORITY) for citing in read(cited)]
    return everywhere(admitted.rows, is_authority(admitted.head.statutory_authority, none))


@REGISTER.fact(
    people="a section that no list names is taken at the requester's word; those who release see it on their page"
)
def statute_designated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``criminal_statute``: citations alone, each of a federal criminal statute that is not tax administration."""
    judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
    return everywhere(admitted.rows, judged.designates)


def designates(statute: str) -> Fact:
    """The fact under which the elements of a statute of the case apply: the request designates it.

    Made from ``statute.toml`` alone, so that another statute needs no code for it.
    """

    def fact(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
        judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
        return everywhere(admitted.rows, any(name == statute for name, _ in judged.prongs))

    return fact


@REGISTER.fact(people="the officer attests the ground; the custodian samples")
def order_ground_stated(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``order_ground``: a class of 8 USC 1227(a), by that number or as section 237 of the act; 1182 is none."""
    grounds = pack.grounds.get(_FAILURE_TO_DEPART)
    if not grounds:
        return everywhere(admitted.rows, False)
    return by_value(admitted.subjects, ("order_ground",), grounds.states)


@REGISTER.fact(people="the day is the requester's signed word; the custodian samples")
def order_final_and_elapsed(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``removal_order_date``: stated; more than 90 days before the request's day under prong (A), else not after it.

    Where several prongs are designated the longest term counts.
    """
    judged = designated(admitted.head.criminal_statute, pack.designation, pack.offences)
    offence = pack.offences.get(_FAILURE_TO_DEPART)
    if offence is None or not offence.elapsed_days:
        return everywhere(admitted.rows, False)
    terms = offence.elapsed_days
    longest = max(terms.values())
    prongs = [prong for name, prong in judged.prongs if name == _FAILURE_TO_DEPART]
    days = max((terms.get(prong, longest) for prong in prongs), default=longest)
    made = requested_at(admitted)
    last = earlier_date(made) - timedelta(days=days + 1) if days else later_date(made)
    return no_later(admitted.typed["order_date"], last)


@REGISTER.fact(people="the officer attests; the custodian samples")
def willfulness_attested(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``officer``: attested willful failure to depart, no proper steps, neither custody nor departure, for his rows."""
    return by_value(
        admitted.subjects, ("officer",), lambda officer: admitted.attested.get(officer, frozenset()) >= _WILLFUL
    )
