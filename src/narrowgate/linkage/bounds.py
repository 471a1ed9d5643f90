"""What a row's identity could weigh at most with persons whom a key finds: where it is too little, none is sought.

Not a truncation: whoever is left out could neither be confirmed, nor be counted, nor be a better rival elsewhere.
"""

import numpy as np

from narrowgate.linkage.arrays import I32, Bools
from narrowgate.linkage.snapshot import Known, Snapshot
from narrowgate.linkage.standardise import NO_TIN, Standardised
from narrowgate.linkage.weights import Birth, Frequency, Given, Surname, Tin, Weights, weights
from narrowgate.linkage.words import BLANK, Words


class Reach:
    """Which of n rows could reach a weight with a person whose birth date is not compared, and who is found by name.

    Whoever has the row's taxpayer number is found by that; here it can have a slip at best.

    Attributes:
        whole: by the whole name.
        near_surname, near_given: by what a slip leaves of the surname, or of the given name.
        swapped: by the name in the other order.
    """

    def __init__(self, rows: Standardised, snapshot: Snapshot, least: int) -> None:
        table, names = weights(), rows.names
        stated = {"middle_name": names.middle != BLANK, "suffix": names.suffix != BLANK}
        rest = np.full(len(rows), table.table["birth_date"][Birth.BLANK], np.int64)
        for name, states in stated.items():
            rest += np.where(states, max(int(table.table[name].max()), 0), 0)
        slip = int(np.delete(table.table["tin"], Tin.EXACT).max())
        rest += np.where(names.tin != NO_TIN, max(slip, 0), 0)
        given, other_given = _name(table, "given_name", Given.EXACT)
        surname, other_surname = _name(table, "surname", Surname.EXACT)
        any_given = np.maximum(given + _rarity(table.given, snapshot.given_known, rows.words, names.given), other_given)
        rarity = _rarity(table.surname, snapshot.surname_known, rows.words, names.surname)
        any_surname = np.maximum(surname + rarity, other_surname)
        self.whole: Bools = any_given + any_surname + rest >= least
        self.near_surname: Bools = any_given + other_surname + rest >= least
        self.near_given: Bools = other_given + any_surname + rest >= least
        crossed = table.table["given_name"][Given.SWAPPED] + table.table["surname"][Surname.SWAPPED]
        self.swapped: Bools = self.whole | (crossed + rest >= least)


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
