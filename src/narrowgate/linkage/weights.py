"""Fellegi-Sunter weights: thousandths of log2(m/u) per comparison and level, read from ``weights.json``."""

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files

import numpy as np

from narrowgate.domain.errors import IntegrityError
from narrowgate.linkage.arrays import I8, I32, I64


class Given(IntEnum):
    """How two given names compare."""

    BLANK = 0
    EXACT = 1
    FORM = 2
    SLIP = 3
    INITIAL = 4
    SWAPPED = 5
    NEAR = 6
    DIFFERENT = 7


class Surname(IntEnum):
    """How two surnames compare."""

    BLANK = 0
    EXACT = 1
    PART = 2
    SLIP = 3
    INITIAL = 4
    SWAPPED = 5
    NEAR = 6
    DIFFERENT = 7


class Middle(IntEnum):
    """How two middle names compare."""

    BLANK = 0
    EXACT = 1
    INITIAL = 2
    SLIP = 3
    DIFFERENT = 4


class Suffix(IntEnum):
    """How two generational suffixes compare."""

    BLANK = 0
    EXACT = 1
    ONE_ABSENT = 2
    COMPATIBLE = 3
    DIFFERENT = 4


class Birth(IntEnum):
    """How two birth dates compare."""

    BLANK = 0
    EXACT = 1
    DAY_AND_MONTH_SWAPPED = 2
    ONE_PART_OFF = 3
    DIFFERENT = 4


class Tin(IntEnum):
    """How two taxpayer identification numbers compare."""

    BLANK = 0
    EXACT = 1
    ONE_SLIP = 2
    DIFFERENT = 3


class Number(IntEnum):
    """How two house numbers, or boxes and routes, compare."""

    EXACT = 0
    DIFFERENT = 1


class Street(IntEnum):
    """How two streets compare."""

    EXACT = 0
    PART_ABSENT = 1
    SLIP = 2
    WORN = 3
    DIFFERENT = 4


class Unit(IntEnum):
    """How two units compare."""

    EXACT = 0
    ABSENT_IN_ONE = 1
    DIFFERENT = 2


class Place(IntEnum):
    """How two places compare."""

    EXACT = 0
    ZIP_ALONE = 1
    CITY_ALONE = 2
    NEAR = 3
    DIFFERENT = 4


class NoLevel(IntEnum):
    """A column of term frequencies has no levels of its own."""

    NONE = 0


LEVELS: dict[str, type[IntEnum]] = {
    "given_name": Given,
    "given_name_frequency": NoLevel,
    "middle_name": Middle,
    "surname": Surname,
    "surname_frequency": NoLevel,
    "suffix": Suffix,
    "birth_date": Birth,
    "tin": Tin,
    "house_number": Number,
    "street": Street,
    "unit": Unit,
    "place": Place,
}
COMPARISONS = tuple(LEVELS)
"""The waterfall's columns; the first eight say who, the last four where."""
IDENTITY = COMPARISONS.index("house_number")


@dataclass(frozen=True, slots=True)
class Frequency:
    """Adjustment of an exact agreement by how common the name is, in thousandths.

    Attributes:
        usual: the share of persons for which the level's own weight was set.
        least, most: where the adjustment is cut off.
    """

    usual: float
    least: int
    most: int

    def adjust(self, holders: I64, persons: int) -> I32:
        """log2(usual / share) for names of so many holders, smoothed so that a small snapshot says little."""
        prior = 1.0 / self.usual
        share = (holders + 1.0) / (persons + prior)
        weight = np.rint(1000 * np.log2(self.usual / share))
        cut: I32 = np.clip(weight, self.least, self.most).astype(np.int32)
        return cut


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights.

    Attributes:
        table: per comparison the weight of each level.
        margin: by how much a runner-up must be behind.
        digest: hex SHA-256 of ``weights.json``.
    """

    table: dict[str, I32]
    given: Frequency
    surname: Frequency
    margin: int
    veto: int
    source: str
    digest: str

    def of(self, comparison: str, levels: I8) -> I32:
        """The weights of a column of levels."""
        return self.table[comparison][levels]

    def most(self, *columns: int) -> int:
        """The greatest sum that these comparisons can give, by place in ``COMPARISONS``."""
        most = {name: int(of.max()) for name, of in self.table.items()}
        most |= {"given_name_frequency": self.given.most, "surname_frequency": self.surname.most}
        return sum(max(most[COMPARISONS[column]], 0) for column in columns)


@cache
def weights() -> Weights:
    """The weights shipped with this version.

    Raises:
        IntegrityError: when comparisons or levels are not exactly those of the code.
    """
    written = (files("narrowgate.linkage") / "weights.json").read_bytes()
    read = json.loads(written)
    if {name: set(levels) for name, levels in read["comparisons"].items()} != {
        name: {level.name.lower() for level in levels} for name, levels in LEVELS.items()
    }:
        raise IntegrityError("weights do not name the comparisons and levels of this code")
    table = {
        name: np.array([read["comparisons"][name][level.name.lower()] for level in levels], np.int32)
        for name, levels in LEVELS.items()
    }
    frequency = {name: Frequency(**values) for name, values in read["frequency"].items()}
    return Weights(
        table,
        frequency["given_name"],
        frequency["surname"],
        read["margin"],
        read["veto"],
        read["source"],
        hashlib.sha256(written).hexdigest(),
    )
