"""``narrowgate.toml``: the gate's configuration. A changed limit takes effect when two people adopt it."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from narrowgate.domain.books import Json
from narrowgate.domain.circumstances import PolicyLimits
from narrowgate.domain.errors import InvalidInput

CONFIG_FORMAT = "narrowgate-config/1"

LIMITS = {
    "caseload_ceiling": "open persons an officer: over it, all his rows of the new package hold",
    "reason_repeats": "a reason that stands on more rows of a package than this is generic and holds them",
    "subject_window_days": "how long a guess counts, in days",
    "person_budget": "addresses that may be asked about one record person in that window, by all requesters together",
    "names_per_address": "names that may be asked about at one address in one package; over it, its rows hold",
    "release_tranche": "persons that two signatures release at a time",
}
"""Every limit and what it means; written into a fresh gate's file, and the source of the docs."""

OTHERS = {
    "tick_ms": "how long a serving gate gathers before it commits, in milliseconds",
    "clock_forward_days": "a clock further ahead of the last commit than this shuts the gate",
    "clock_back_minutes": "a clock further behind the last commit than this shuts the gate",
    "hold_days": "how long held rows may wait for the role that decides them, in days; later they are overdue",
    "escalate_days": "every so many days that held rows are overdue, the next role above is told, in days",
}

_MOST = 10**9
_CENTURY = 36_500
MOST = {name: _CENTURY for name in (*LIMITS, *OTHERS) if name.endswith("_days")} | {
    "clock_back_minutes": _CENTURY * 24 * 60
}
"""The largest value of a limit: a century where it is a time, so that every calculation with dates can bear it."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``narrowgate.toml`` says.

    Attributes:
        custodian: the gate's id, which packages name; fixed by ``init``.
        demo: a gate of made-up people; fixed by ``init``.
    """

    custodian: str
    demo: bool = False
    limits: PolicyLimits = field(default_factory=PolicyLimits)
    tick_ms: int = 50
    clock_forward_days: int = 400
    clock_back_minutes: int = 60
    hold_days: int = 10
    escalate_days: int = 5

    def to_text(self) -> str:
        """The file, every key documented."""
        head = [f'format = "{CONFIG_FORMAT}"', f'custodian = "{self.custodian}"', f"demo = {str(self.demo).lower()}"]
        values = asdict(self.limits) | {name: getattr(self, name) for name in OTHERS}
        lines = [f"\n# {meaning}\n{name} = {values[name]}" for name, meaning in (LIMITS | OTHERS).items()]
        return "\n".join(head) + "\n" + "\n".join(lines) + "\n"

    def to_json(self) -> Mapping[str, Json]:
        """The same as a JSON object, for the ledger."""
        return {name: value for name, value in asdict(self).items() if name != "limits"} | asdict(self.limits)


def parse_config(text: str) -> Configuration:
    """Reads ``narrowgate.toml``.

    Raises:
        InvalidInput: for broken TOML, an unknown key, or a value that is no whole number within its bounds.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"narrowgate.toml is not TOML: {error}", "mend the line named") from error
    except RecursionError as error:
        raise InvalidInput("narrowgate.toml is nested too deep", "its keys have no tables beneath them") from error
    unknown = set(found) - {"format", "custodian", "demo", *LIMITS, *OTHERS}
    if unknown:
        raise InvalidInput(f"narrowgate.toml has unknown keys: {', '.join(sorted(unknown))}", "remove them")
    if found.get("format") != CONFIG_FORMAT or not isinstance(found.get("custodian"), str):
        raise InvalidInput(f'narrowgate.toml must say format = "{CONFIG_FORMAT}" and name its custodian')
    numbers = {name: found[name] for name in (*LIMITS, *OTHERS) if name in found}
    for name, value in numbers.items():
        if type(value) is not int or not 1 <= value <= MOST.get(name, _MOST):
            raise InvalidInput(f"narrowgate.toml: {name} must be a whole number from 1 to {MOST.get(name, _MOST)}")
    limits = PolicyLimits(**{f.name: numbers[f.name] for f in fields(PolicyLimits) if f.name in numbers})
    rest = {name: numbers[name] for name in OTHERS if name in numbers}
    return Configuration(found["custodian"], found.get("demo") is True, limits, **rest)


def config_from(body: Mapping[str, Json]) -> Configuration:
    """The configuration that ``to_json`` wrote, held to the same bounds as the file.

    Raises:
        InvalidInput: for any other body.
    """
    names = {f.name for f in fields(PolicyLimits)}
    limits = PolicyLimits(**{name: value for name, value in body.items() if name in names})  # type: ignore[arg-type]
    rest: dict[str, Any] = {name: value for name, value in body.items() if name not in names}
    return parse_config(Configuration(limits=limits, **rest).to_text())
