"""Monitoring as a page: each batch that left, beside the certificate it left under."""

from collections.abc import Sequence
from dataclasses import dataclass

from narrowgate.domain.certificate import WEIGHT_BINS
from narrowgate.domain.vocabulary import Role, Stratum
from narrowgate.flow.monitoring import AWAY, CONFIDENCE, Compared
from narrowgate.surfaces.pages.plot import percent
from narrowgate.surfaces.pages.render import render
from narrowgate.surfaces.pages.words import spaced

_WIDTH, _HEIGHT, _FOOT, _GAP = 336, 84, 18, 3


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of weights: the batch as a bar, the certificate as a line across it; in user units."""

    x: float
    width: float
    top: float
    height: float
    reference: float
    label: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch, with its weights drawn, and its strata beside the certificate's."""

    one: Compared
    bins: tuple[Bin, ...]
    strata: tuple[tuple[str, str, str, str, bool], ...]


def monitoring_page(batches: Sequence[Compared], custodian: str, role: Role | None, *, demo: bool) -> str:
    """The page of all batches, as it was shown to someone with this role."""
    return render(
        "monitoring.html",
        batches=[Shown(one, _bins(one), _strata(one)) for one in batches],
        alarms=sum(bool(one.alarms) for one in batches),
        custodian=custodian,
        demo=demo,
        shown_to=spaced(role.value) if role else "",
        percent=percent,
        away=f"{AWAY:.0%}",
        confidence=f"{CONFIDENCE:.0%}",
        size=(_WIDTH, _HEIGHT + _FOOT, _HEIGHT),
    )


def _bins(one: Compared) -> tuple[Bin, ...]:
    """Shares of confirmed rows and of confirmed cases, bin by bin, on one scale."""
    here = [count / max(1, sum(one.batch.weights)) for count in one.batch.weights]
    seen = one.against.weights_seen if one.against else ()
    there = [count / max(1, sum(seen)) for count in seen] or [0.0] * len(here)
    most = max([*here, *there]) or 1.0
    step = _WIDTH / len(WEIGHT_BINS)
    return tuple(
        Bin(
            round(step * n + _GAP / 2, 1),
            round(step - _GAP, 1),
            round(_HEIGHT * (1 - share / most), 1),
            round(_HEIGHT * share / most, 1),
            round(_HEIGHT * (1 - reference / most), 1),
            f"{WEIGHT_BINS[n] // 1000}",
        )
        for n, (share, reference) in enumerate(zip(here, there, strict=True))
    )


def _strata(one: Compared) -> tuple[tuple[str, str, str, str, bool], ...]:
    """Per stratum its name, the batch's share, the certificate's share, the least distance, and whether it is far."""
    if one.against is None:
        return ()
    seen = {found.stratum: found for found in one.against.strata}
    rows = []
    for n, (stratum, count) in enumerate(zip(Stratum, one.batch.strata, strict=True)):
        found = seen.get(stratum)
        there = percent(found.confirmed / max(1, one.against.confirmed)) if found and found.opened else "closed"
        away = one.strata_away[n] if one.strata_away else 0.0
        here = percent(count / one.batch.confirmed) if one.batch.confirmed else "–"
        rows.append((spaced(stratum.value), here, there, percent(away) if away else "–", away > AWAY))
    return tuple(rows)
