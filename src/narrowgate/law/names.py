"""Whether a name is stated: 26 USC 6103(i)(2)(B)(i), a surname and a given name.

Decisions:

- An initial alone is no name; the Korean surname O is one letter long and passes with a given name.
- Names of two letters pass (Al, Bo, Li, Ng, Wu, Na).
- What stands for a person by kinship, household, title or procedure ("Granddaughter", "Resident", "Senor", "Baby Boy",
  "FNU") is no name. Some of these words are also surnames (Son, Child, Person, House): as surnames they pass.
- Null and Nan are surnames people bear, None is what programs print: the first two pass, the third does not.
- John and Jane Doe are nobody; a Doe of another given name passes.
- Letters beyond the Latin alphabet are not read: such a name counts as not stated, for it could not be linked either.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from narrowgate.domain.fillers import folded_is_filler
from narrowgate.domain.fold import fold
from narrowgate.law.values import FEW, Bools, Coded, by_value, coded, columns_of


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_NOBODY = _words("""
    FNU LNU NFN NLN NMN NMI NGN NONAME UNNAMED NONE NILL NULO NAME APELLIDO NOMBRE SURNAME FIRSTNAME LASTNAME GIVENNAME
    RESIDENT OCCUPANT TENANT HOMEOWNER HOUSEHOLD HOUSEHOLDER RESPONDENT RESPONDANT INMATE DETAINEE ALIEN TAXPAYER
    APPLICANT CUSTOMER SUBJECT DEFENDANT CLIENT PATIENT ANON ANONYMOUS ADULT INFANT NEWBORN FETUS
    GRANDDAUGHTER GRANDSON GRANDCHILD GRANDMOTHER GRANDFATHER DAUGHTER STEPSON STEPDAUGHTER MOTHER MOM MOMMY DADDY
    WIFE SPOUSE FEMALE HHM HH COH DOH REF RESP SENOR SENORA SENORITA GENTLEMAN GENTLEMEN GENTELMAN CASA REFUSE
    ONE TWO THREE FOUR TEST USER ADMIN FOO BAR
""")
_NO_GIVEN_NAME = _words("""
    BABY BOY GIRL CHILD KID MALE PERSON HOUSE HOME BROTHER SISTER FATHER DAD NEPHEW NIECE UNCLE AUNT HUSBAND FRIEND
    HIJA HIJO OLDEST YOUNGEST MAN WOMAN GENT GENTLE MR MRS MS MISS MISTER DR SIR MADAM OWNER PARENT NULL
    TWIN TRIPLET NA
""")
_HOUSEHOLD = _NOBODY | _NO_GIVEN_NAME | _words("LADY OF THE IN F M DE LA LAST FIRST NO AGE SON YOUNGER MINOR A B C")
_GIVEN_TO_MANY = _words("MAN")
_PLACEHOLDERS = _words("JOHN JANE JOHNNY JANIE BABY JUAN JUANA J")
_NOT_A_LETTER = re.compile(r"[^A-Z]")
_LETTERS = 2
_ONE_LETTER_SURNAMES = frozenset("O")


def is_name(surname: str, given_name: str) -> bool:
    """Whether the two cells state a person's name, and do not only fill the fields."""
    last, first = fold(surname), fold(given_name)
    if last == "DOE" and _is_placeholder(first):
        return False
    if last == first and _fills_twice(last):
        return False
    return _is_surname(last, surname) and _is_given_name(first)


def stated(subjects: pa.Table) -> Bools:
    """``is_name`` of every row: n booleans.

    Surnames and given names are judged apart, once per distinct value; the two rules that need both, where the two are
    the same word, and where the surname is Doe, are put together row by row from what was found of each.
    """
    if subjects.num_rows <= FEW:
        return by_value(subjects, ("surname", "given_name"), is_name)
    surnames, given = (coded(column) for column in columns_of(subjects, ("surname", "given_name")))
    lasts, firsts = [fold(cell) for cell in surnames.values], [fold(cell) for cell in given.values]
    fillers = {last: place for place, last in enumerate(dict.fromkeys(filter(_fills_twice, lasts)))}
    twice = _in_rows(surnames, [fillers.get(last, -1) for last in lasts])
    both = twice != _in_rows(given, [fillers.get(first, -2) for first in firsts])
    both &= _in_rows(surnames, [_is_surname(*one) for one in zip(lasts, surnames.values, strict=True)])
    both &= _in_rows(given, [_is_given_name(first) for first in firsts])
    nobody = _in_rows(surnames, [last == "DOE" for last in lasts])
    nobody &= _in_rows(given, [_is_placeholder(first) for first in firsts])
    found: Bools = both & ~nobody
    return found


def _in_rows(column: Coded, of_values: Sequence[int]) -> npt.NDArray[Any]:
    return np.array(of_values)[column.indices]


def _is_placeholder(given: str) -> bool:
    return given.split(" ", maxsplit=1)[0] in _PLACEHOLDERS


def _fills_twice(word: str) -> bool:
    return word in _NO_GIVEN_NAME or folded_is_filler(word)


def _is_surname(folded: str, typed: str) -> bool:
    letters = _NOT_A_LETTER.sub("", folded)
    if len(letters) < _LETTERS:
        return letters in _ONE_LETTER_SURNAMES and letters == folded
    if letters == "NA":  # the surname Na is written without marks
        return typed.strip().isalpha()
    return not _is_nobody(folded, _NOBODY)


def _is_given_name(folded: str) -> bool:
    letters = _NOT_A_LETTER.sub("", folded)
    if len(letters) < _LETTERS or all(len(word) == 1 for word in folded.split(" ")):
        return False
    return not _is_nobody(folded, _NOBODY | _NO_GIVEN_NAME - _GIVEN_TO_MANY)


def _is_nobody(folded: str, nobody: frozenset[str]) -> bool:
    words = folded.split(" ")
    if len(words) > 1 and all(word in _HOUSEHOLD for word in words):
        return True
    return folded in nobody or folded.replace(" ", "") in nobody or folded_is_filler(folded, named=True)
