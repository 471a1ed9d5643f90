"""What made-up officers write: reasons of a case's own, and the one sentence that was copied to a thousand rows.

Every reason names its case, its dates and what the investigation lacks. Two of one officer's reasons may share a turn
of phrase, as they do on anyone's desk; no two are the same.
"""

from dataclasses import dataclass
from datetime import date

from narrowgate.surfaces.demo.chance import Chance

COPIED_REASON = (
    "Subject has a final order of removal; return information is or may be relevant to an investigation of a failure "
    "to depart under 8 USC 1253(a)(1)."
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

_ENDINGS = (
    "the immigration judge's order became final on {final} when no appeal was taken",
    "the order became final on {final}, when the Board dismissed the appeal",
    "the order became final on {final} after the court of appeals denied review",
    "the order entered in absentia became final on {final} and a motion to reopen was denied",
    "the order became final on {final}, at the end of the period of voluntary departure",
)
_EVENTS = (
    "the notice to report of {event} came back undelivered from the address stated here",
    "the subject missed the interview set for {event} and a colleague at his former workplace named this address",
    "the bond obligor wrote on {event} that the subject had moved to this address and would not leave",
    "a traffic citation of {event} gives this address, which the subject has not reported",
    "the subject's travel document arrived on {event} and could not be served at the address on file",
    "the subject telephoned on {event}, said that he would not depart, and gave this address",
    "the landlord named in the file said on {event} that rent for this address is paid in the subject's name",
    "an application for a state licence filed on {event} repeats this address",
    "the attorney of record withdrew on {event} and gave this as the last address known to her",
    "the consulate confirmed on {event} that a passport was renewed and sent to this address",
)
_NEEDS = (
    "whether the return for {periods} carries the same address shows whether the notice could reach him",
    "agreement with the address filed for {periods} bears on whether the failure to depart was willful",
    "the grand jury will be asked whether he lived in {town} while he told the agency otherwise in {periods}",
    "the affidavit in preparation states {town} as his residence in {periods} and must not rest on the citation alone",
    "if the return for {periods} agrees, the witness from {town} need not be called on residence",
    "the theory that he hid his residence from the agency fails unless {town} stands on the return for {periods}",
)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a reason is made from."""

    number: str
    final: date
    opened: date
    event: date
    town: str
    periods: str


def reason(facts: CaseFacts, chance: Chance) -> str:
    """A reason of this case's own."""
    ending, event, need = (
        chance.one_of(phrases, "reason", part, facts.number) for part, phrases in enumerate((_ENDINGS, _EVENTS, _NEEDS))
    )
    told = f"In case {facts.number}, opened {long_date(facts.opened)}, {ending}; {event}; {need}."
    return told.format(
        final=long_date(facts.final),
        event=long_date(facts.event),
        town=facts.town or "the town stated",
        periods=facts.periods.replace(";", " and "),
    )


def long_date(day: date) -> str:
    """As a letter has it: 3 March 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
