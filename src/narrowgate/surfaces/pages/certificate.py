"""The certificate as a page: what was shown, on which cases, and what it does not prove; a failed attempt likewise."""

from collections.abc import Sequence
from dataclasses import dataclass

from narrowgate.domain.books import utc_text
from narrowgate.domain.certificate import Certificate, Measured, StratumFound
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.flow.means import Attempt, InForce
from narrowgate.linkage.certify import CertificationFailed
from narrowgate.linkage.drift import BINS, DISTANCE, ROWS
from narrowgate.linkage.strata import DEFINED
from narrowgate.surfaces.pages.plot import percent, reliability
from narrowgate.surfaces.pages.render import render
from narrowgate.surfaces.pages.words import spaced

_PROVENANCE = {
    Provenance.SYNTHETIC: "Made-up people: they show that the procedure works, and count in demo gates only.",
    Provenance.ADJUDICATED: "People compared each case with the documents behind it.",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One share: what was seen, its upper limit, its bound, and whether it is shown to be within it."""

    title: str
    seen: str
    limit: str
    bound: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One distribution of the records: bins and their shares, and how far the present records are away."""

    name: str
    bins: tuple[tuple[str, str], ...]
    away: str


def certificate_page(
    it: Certificate | CertificationFailed,
    attempts: Sequence[Attempt],
    standing: InForce | None,
    custodian: str,
    *,
    demo: bool,
) -> str:
    """The page of a certificate, or of an attempt that failed.

    Args:
        it: a ``Certificate`` or a ``CertificationFailed``.
        attempts: every attempt of the gate.
        standing: of this certificate, where it is adopted.
        custodian: whose gate it is.
        demo: whether its people are made up.
    """
    certified = isinstance(it, Certificate)
    return render(
        "certificate.html",
        it=it,
        certified=certified,
        custodian=custodian,
        demo=demo,
        attempts=attempts,
        standing=standing,
        issued=utc_text(it.issued_at if isinstance(it, Certificate) else it.at),
        expires=utc_text(it.expires_at) if isinstance(it, Certificate) else "",
        floor=f"{it.prevalence_floor:.1%}" if isinstance(it, Certificate) else "",
        kinds=_kinds(it, standing) if isinstance(it, Certificate) else (),
        reasons=it.reasons if isinstance(it, CertificationFailed) else (),
        claims=_claims(it),
        strata=[(spaced(s.stratum.value), DEFINED[s.stratum], s, *_limits(s)) for s in it.strata],
        closed=[spaced(s.value) for s in Stratum if s in it.closed],
        plot=reliability(it, certified=certified) if it.curve else None,
        steps=[(s, [spaced(o.value) for o in s.opened]) for s in it.sequence],
        provenance=_PROVENANCE[it.provenance],
        percent=percent,
        drift=(f"{ROWS:.0%}", f"{DISTANCE:.0%}"),
    )


def _claims(it: Measured) -> list[Claim]:
    """The shares that a certificate bounds."""
    bound = percent(it.bound)
    opened = [s for s in it.strata if s.opened]
    worst = max((s.share_limit for s in opened), default=0.0)
    within = Claim(
        "Wrong within each open stratum",
        f"{len(opened)} of {len(it.strata)} strata are open" if opened else "no stratum is open",
        percent(worst) if opened else "–",
        percent(it.stratum_bound),
        all(s.more_cases == 0 for s in opened),
    )
    return [
        Claim(
            "Wrong among the confirmed",
            f"{it.wrong:,} of {it.confirmed:,}",
            percent(it.share_limit),
            bound,
            it.share_limit <= it.bound,
        ),
        Claim(
            "Confirmed among the true negatives",
            f"{it.wrong_negatives:,} of {it.negatives:,}",
            percent(it.negative_limit),
            bound,
            it.negative_limit <= it.bound,
        ),
        within,
    ]


def _limits(found: StratumFound) -> tuple[str, str]:
    """The upper limits of a stratum, for people; a dash where nothing was tried."""
    share = percent(found.share_limit) if found.confirmed else "–"
    return share, percent(found.negative_limit) if found.negatives else "–"


def _kinds(it: Certificate, standing: InForce | None) -> list[Kind]:
    """The distributions of the records that were measured."""
    away = standing.distances if standing else {}
    return [
        Kind(
            spaced(d.name),
            tuple((label, f"{n / 10:.1f}%") for label, n in zip(BINS.get(d.name, ()), d.thousandths, strict=False)),
            f"{away[d.name]:.1%}" if d.name in away else "",
        )
        for d in it.profile
    ]
