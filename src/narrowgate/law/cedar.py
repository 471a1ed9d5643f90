"""Asking Cedar, with every measured hazard of cedarpy 4.12.2 guarded.

1. A schema is always passed, parsed; a context without a declared fact is then an error, not an Allow.
2. The principal must exist in the entity store: ``principal is Agency`` holds for an agency nobody registered.
3. Whatever is reported in ``diagnostics.errors``, and any decision but Allow and Deny, is a failure of the engine.
4. Reasons come in random order and by Cedar's own policy numbers: they are read by ``@id`` and sorted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cedarpy

from narrowgate.law.prove import AGENCY, CUSTODIAN, DISCLOSE


@dataclass(frozen=True, slots=True)
class Engine:
    """Parsed handles, so that nothing is parsed twice."""

    policies: cedarpy.PolicySet
    schema: cedarpy.Schema


@dataclass(frozen=True, slots=True)
class Said:
    """What Cedar said of one vector.

    Attributes:
        allowed: Cedar allows.
        reasons: sorted ids of the forbids that fired, or ("permit",).
        failed: the engine erred or contradicted itself; then nothing else counts.
    """

    allowed: bool
    reasons: tuple[str, ...]
    failed: bool


_FAILED = Said(allowed=False, reasons=(), failed=True)


def ask(engine: Engine, agency: str, registered: str, contexts: Sequence[Mapping[str, bool]]) -> list[Said]:
    """One answer per vector of facts, in order.

    Args:
        engine: of the pack.
        agency: id that the request gives.
        registered: id of the agency in the entity store; "" when none is registered.
        contexts: facts by id.
    """
    if not contexts:
        return []
    if not registered or agency != registered:  # hazard 2
        return [_FAILED] * len(contexts)
    request = {
        "principal": {"type": AGENCY, "id": agency},
        "action": {"type": "Action", "id": DISCLOSE},
        "resource": {"type": CUSTODIAN, "id": "records"},
    }
    requests = [{**request, "context": json.dumps(dict(context))} for context in contexts]
    try:
        entities = _entities(registered, engine.schema)
        results = cedarpy.is_authorized_batch(requests, engine.policies, entities, engine.schema)
    except ValueError:
        return [_FAILED] * len(contexts)
    return [_said(result) for result in results]


@lru_cache(maxsize=64)
def _entities(registered: str, schema: cedarpy.Schema) -> cedarpy.Entities:
    """The entity store: the registered agency, and nothing else."""
    uid = {"type": AGENCY, "id": registered}
    return cedarpy.Entities.from_json_str(json.dumps([{"uid": uid, "attrs": {}, "parents": []}]), schema)


def _said(result: cedarpy.AuthzResult) -> Said:
    named = result.diagnostics.id_annotations_by_reason
    reasons = tuple(sorted(named.get(reason, "") for reason in result.diagnostics.reasons))  # hazard 4
    whole = bool(reasons) and all(reasons) and len(set(reasons)) == len(reasons)
    match result.decision:
        case _ if result.diagnostics.errors or not whole:  # hazard 3
            return _FAILED
        case cedarpy.Decision.Allow if reasons == ("permit",):
            return Said(allowed=True, reasons=reasons, failed=False)
        case cedarpy.Decision.Deny if "permit" not in reasons:
            return Said(allowed=False, reasons=reasons, failed=False)
        case _:
            return _FAILED
