"""What a row's identity could weigh at most with persons whom a key finds: where it is too little, none is sought.

Not a truncation: whoever is left out could neither be confirmed, nor be counted, nor be a better rival elsewhere.
The most that a row could weigh with somebody tells also where such rivals are to be sought once more, by looser keys.
"""

from dataclasses import dataclass, fields

import numpy as np

from narrowgate.linkage.arrays import I32, I64, Bools
from narrowgate.linkage.snapshot import Known, Snapshot
from narrowgate.linkage.standardise import NO_TIN, Standardised
from narrowgate.linkage.weights import Birth, Frequency, Given, Middle, Surname, Tin, Weights, weights
from narrowgate.linkage.words import BLANK, Words


@dataclass(frozen=True, slots=True)
class Reach:
    """Which of n rows could reach a weight with a person whose birth date is not compared, and who is found by name.

    Attributes:
        whole: by the whole name.
        near_surname, near_given: by a surname, or a given name, that is a slip away.
        swapped: by the name in the other order.
        whole_alone, near_surname_alone, near_given_alone: likewise, the middle name not agreeing in its initial.
        other_surname: by birth date and given name, with another surname, or with none in the row.
        most_undated: what a row's identity can weigh at most with a person whose birth date is not compared.
        most_near: likewise with one of its birth date and given name, whose surname is not quite its own.
    """

    whole: Bools
    near_surname: Bools
    near_given: Bools
    swapped: Bools
    whole_alone: Bools
    near_surname_alone: Bools
    near_given_alone: Bools
    other_surname: Bools
    most_undated: I64
    most_near: I64

    def of(self, first: int, last: int) -> "Reach":
        """The rows from ``first`` up to and without ``last``."""
        return Reach(*(getattr(self, f.name)[first:last] for f in fields(self)))


def reach(rows: Standardised, snapshot: Snapshot, least: int) -> Reach:
    """Which of the rows could reach ``least`` thousandths.

    Whoever has the row's taxpayer number is found by that; here it can have a slip at best.
    """
    table, names = weights(), rows.names
    weight = table.table
    slip = int(np.delete(weight["tin"], Tin.EXACT).max())
    rest = np.where(names.tin != NO_TIN, max(slip, 0), 0)
    rest += np.where(names.suffix != BLANK, max(int(weight["suffix"].max()), 0), 0)
    middle = names.middle != BLANK
    other_initial = int(np.delete(weight["middle_name"], (Middle.EXACT, Middle.INITIAL)).max())
    alone = rest + np.where(middle, max(other_initial, 0), 0)
    rest += np.where(middle, max(int(weight["middle_name"].max()), 0), 0)
    undated, dated = int(weight["birth_date"][Birth.BLANK]), int(weight["birth_date"].max())
    given, other_given = _name(table, "given_name", Given.EXACT)
    surname, other_surname = _name(table, "surname", Surname.EXACT)
    any_given = np.maximum(given + _rarity(table.given, snapshot.given_known, rows.words, names.given), other_given)
    rarity = _rarity(table.surname, snapshot.surname_known, rows.words, names.surname)
    any_surname = np.maximum(surname + rarity, other_surname)
    without = np.where(names.surname != BLANK, weight["surname"][Surname.DIFFERENT], weight["surname"][Surname.BLANK])
    crossed = int(weight["given_name"][Given.SWAPPED] + weight["surname"][Surname.SWAPPED])
    whole, near_surname, near_given = any_given + any_surname, any_given + other_surname, other_given + any_surname
    return Reach(
        whole=whole + rest + undated >= least,
        near_surname=near_surname + rest + undated >= least,
        near_given=near_given + rest + undated >= least,
        swapped=np.maximum(whole, crossed) + rest + undated >= least,
        whole_alone=whole + alone + undated >= least,
        near_surname_alone=near_surname + alone + undated >= least,
        near_given_alone=near_given + alone + undated >= least,
        other_surname=any_given + without + rest + dated >= least,
        most_undated=np.maximum(whole, crossed) + rest + undated,
        most_near=near_surname + rest + dated,
    )


def _name(table: Weights, comparison: str, exact: int) -> tuple[int, int]:
    """The weight of the same name, and the greatest of any other level."""
    levels = table.table[comparison]
    return int(levels[exact]), int(np.delete(levels, exact).max())


def _rarity(frequency: Frequency, known: Known, words: Words, codes: I32) -> I32:
    """What agreeing on each row's name adds or takes, by how many persons bear it."""
    used = np.flatnonzero(np.bincount(codes, minlength=1))
    of_word = np.zeros(len(words.text), np.int32)
    of_word[used] = frequency.adjust(known.holders_of(words.hashes[used]), known.persons)
    return of_word[codes]
