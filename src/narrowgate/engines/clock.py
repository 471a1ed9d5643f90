"""The only file that reads the clock."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present, aware, UTC, whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)
