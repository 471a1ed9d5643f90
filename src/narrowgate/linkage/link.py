"""The door of linkage: Mandate + Entered -> Match."""

from collections.abc import Callable

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.decision import Mandate
from narrowgate.domain.entered import Entered
from narrowgate.domain.match import Match
from narrowgate.linkage.snapshot import Snapshot


def link(
    mandate: Mandate,
    entered: Entered,
    snapshot: Snapshot,
    certificate: Certificate,
    *,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Match:
    """Link every row of the mandate."""
    raise NotImplementedError
