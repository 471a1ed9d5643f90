"""What a row's identity could weigh at most with persons whom a key finds: where it is too little, none is sought.

Not a truncation: whoever is left out could neither be confirmed, nor be counted, nor be a better rival elsewhere.
"""

from dataclasses import dataclass, fields

import numpy as np

from narrowgate.linkage.arrays import I32, Bools
from narrowgate.linkage.snapshot import Known, Snapshot
from narrowgate.linkage.standardise import NO_TIN, Standardised
from narrowgate.linkage.weights import Birth, Frequency, Given, Surname, Tin, Weights, weights
from narrowgate.linkage.words import BLANK, Words


@dataclass(frozen=True, slots=True)
class Reach:
    """Which of n rows could reach a weight with a person whose birth date is not compared, and who is found by name.

    Attributes:
        whole: by the whole name.
        near_surname, near_given: by a surname, or a given name, that is a slip away.
        swapped: by the name in the other order.
    """

    whole: Bools
    near_surname: Bools
    near_given: Bools
    swapped: Bools

    def of(self, first: int, last: int) -> "Reach":
        """The rows from ``first`` up to and without ``last``."""
        return Reach(*(getattr(self, f.name)[first:last] for f in fields(self)))


def reach(rows: Standardised, snapshot: Snapshot, least: int) -> Reach:
    """Which of the rows could reach ``least`` thousandths.

    Whoever has the row's taxpayer number is found by that; here it can have a slip at best.
    """
    table, names = weights(), rows.names
    rest = np.full(len(rows), table.table["birth_date"][Birth.BLANK], np.int64)
    for name, states in (("middle_name", names.middle != BLANK), ("suffix", names.suffix != BLANK)):
        rest += np.where(states, max(int(table.table[name].max()), 0), 0)
    slip = int(np.delete(table.table["tin"], Tin.EXACT).max())
    rest += np.where(names.tin != NO_TIN, max(slip, 0), 0)
    given, other_given = _name(table, "given_name", Given.EXACT)
    surname, other_surname = _name(table, "surname", Surname.EXACT)
    any_given = np.maximum(given + _rarity(table.given, snapshot.given_known, rows.words, names.given), other_given)
    rarity = _rarity(table.surname, snapshot.surname_known, rows.words, names.surname)
    any_surname = np.maximum(surname + rarity, other_surname)
    whole = any_given + any_surname + rest >= least
    crossed = table.table["given_name"][Given.SWAPPED] + table.table["surname"][Surname.SWAPPED]
    return Reach(
        whole,
        any_given + other_surname + rest >= least,
        other_given + any_surname + rest >= least,
        whole | (crossed + rest >= least),
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
