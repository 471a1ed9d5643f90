"""An explanation of one row as a page, for the custodian's officers to read and to file."""

from collections.abc import Sequence
from dataclasses import dataclass

from narrowgate.domain.vocabulary import Outcome, Role
from narrowgate.flow.explaining import Explanation, Held
from narrowgate.flow.viewing import Waterfall
from narrowgate.law.explain import POLICY, Explained, FoundBy, Status
from narrowgate.minimise.answer import MEANS_CONFIRMED, MEANS_NOT_CONFIRMED
from narrowgate.surfaces.pages.render import render
from narrowgate.surfaces.pages.words import bits, spaced

_GROUPS = (
    (Status.NOT_MET, "✗", "Not met", "the row is refused under each of these"),
    (Status.MET, "✓", "Met", ""),
    (Status.DOES_NOT_APPLY, "–", "Does not apply", "the statute that states it is not designated"),
)
_MEANS = {Outcome.CONFIRMED: MEANS_CONFIRMED, Outcome.NOT_CONFIRMED: MEANS_NOT_CONFIRMED}
_WIDEST = 20_000
"""A step beyond 20 bits is drawn as 20: a veto would flatten all others."""


@dataclass(frozen=True, slots=True)
class Group:
    """The elements that stand alike."""

    status: str
    sign: str
    title: str
    note: str
    elements: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of the waterfall; ``left`` and ``width`` in hundredths of the chart's width."""

    comparison: str
    bits: str
    left: str
    width: str
    falls: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A waterfall, drawn: ``certified`` is where the certified weight stands."""

    bars: tuple[Bar, ...]
    weight: str
    threshold: str
    runner_up: str
    certified: str


def explain_page(explanation: Explanation, custodian: str, role: Role | None, *, demo: bool) -> str:
    """The page of an explanation, as it was shown to someone with this role."""
    elements = explanation.elements
    return render(
        "explain.html",
        it=explanation,
        custodian=custodian,
        demo=demo,
        shown_to=spaced(role.value) if role else "",
        outcome=spaced(explanation.outcome.value),
        means=_MEANS.get(explanation.outcome, ""),
        verdict=_verdict(elements),
        groups=_groups(elements),
        by_people=FoundBy.PEOPLE,
        policy=[(spaced(held.cause.value), POLICY[held.cause], held, _waits(held)) for held in explanation.policy],
        decided_as=spaced(explanation.decided.event.value),
        chart=chart(explanation.waterfall) if explanation.waterfall else None,
    )


def _verdict(elements: Sequence[Explained]) -> str:
    refused, applying = sum(e.refused for e in elements), sum(e.applies for e in elements)
    if not refused:
        return f"Each of the {applying} elements that apply is met."
    return f"Of {applying} elements that apply, {refused} {'is' if refused == 1 else 'are'} not met."


def _groups(elements: Sequence[Explained]) -> list[Group]:
    made = [
        Group(status.value, sign, title, note, tuple(e for e in elements if e.status is status))
        for status, sign, title, note in _GROUPS
    ]
    return [group for group in made if group.elements]


def _waits(held: Held) -> str:
    return "over" if held.until else "waits"


def chart(falls: Waterfall) -> Chart:
    """Each step from where the one before it ended."""
    weights = [max(-_WIDEST, min(_WIDEST, weight)) for _, weight in falls.steps]
    ends = [sum(weights[: place + 1]) for place in range(len(weights))]
    starts = [0, *ends[:-1]]
    low, high = min(0, falls.threshold, *ends), max(0, falls.threshold, *ends)

    def at(weight: int) -> float:
        return 100 * (weight - low) / max(1, high - low)

    bars = tuple(
        Bar(
            spaced(name),
            bits(weight),
            f"{at(min(start, end)):.2f}",
            f"{max(0.4, at(max(start, end)) - at(min(start, end))):.2f}",
            end < start,
        )
        for (name, weight), start, end in zip(falls.steps, starts, ends, strict=True)
    )
    runner_up = "" if falls.runner_up is None else bits(falls.runner_up)
    return Chart(bars, bits(falls.weight), bits(falls.threshold), runner_up, f"{at(falls.threshold):.2f}")
