"""Chance without state: every draw is a hash of the seed and of what it is about, so no order of calls changes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws that depend on ``seed`` and on their labels alone."""

    seed: int

    def unit(self, *labels: object) -> float:
        """A number in [0, 1)."""
        return self._word(labels) / _RANGE

    def below(self, limit: int, *labels: object) -> int:
        """A number in [0, limit)."""
        return self._word(labels) % limit

    def one_of(self, items: Sequence[Item], *labels: object) -> Item:
        """One of ``items``, which must not be empty."""
        return items[self.below(len(items), *labels)]

    def shuffled(self, items: Iterable[Item], *labels: object) -> list[Item]:
        """The items in an order that depends on the seed; items are told apart by their ``str``."""
        return sorted(items, key=lambda item: (self._word((*labels, item)), str(item)))

    def by_weight(self, weights: Iterable[tuple[str, float]], *labels: object) -> list[str]:
        """Names in a random order in which a heavier name tends to come first (Efraimidis and Spirakis, 2006)."""
        race = {name: self.unit(*labels, name) ** (1 / weight) for name, weight in weights}
        return sorted(race, key=race.__getitem__, reverse=True)

    def _word(self, labels: tuple[object, ...]) -> int:
        text = "\x1f".join(map(str, (self.seed, *labels)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
