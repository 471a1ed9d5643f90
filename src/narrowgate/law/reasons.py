"""Whether reason, case and authority are stated: 26 USC 6103(i)(2)(B)(iii) and (iv), (A)(i) and (ii).

A machine refuses the blank and the filler. Whether a reason is specific is for people: copied ones are held, not
refused (``policy.py``).
"""

import re
from collections.abc import Iterable
from enum import Enum
from functools import cache, lru_cache
from string import ascii_uppercase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.fillers import folded_is_filler, is_filler
from narrowgate.domain.fold import fold
from narrowgate.law.statutes import Citing
from narrowgate.law.values import FEW, Bools, by_value, coded, columns_of

_FEW_WORDS = 3
_SHORT_CASE = 3
_LABELLED = re.compile(
    r"(?:(?:CASE|FILE|RECORD|DOCKET|MATTER|NO|NUM|NUMBER|REF|REFERENCE|ID|DHS|ERO|HSI|ICE|DOJ|FBI|USCIS) )+"
    r"(?P<number>[0-9][0-9 ]*)"
)
_TITLE = r"(?:0?[1-9]|[1-4]\d|5[0-4])"  # of the United States Code: law/statutes.py
_SECTION = r"(?:§+|sections?|secs?\.?)"
_CODE = r"(?:U\.?\s*S\.?\s*C\.?(?:\s*A\.?)?|United\s+States\s+Code|I\.?R\.?C\.?)"
_STATUTORY = re.compile(
    rf"\b{_TITLE}\s*(?:U\.?\s*S\.?\s*C\.?|United\s+States\s+Code)(?:\s*A\.?)?\s*(?:§+|sections?|secs?\.?)?\s*\d"
    r"|\b(?:I\.?N\.?A\.?|Immigration\s+and\s+Nationality\s+Act)\s*,?\s*(?:§+|sections?|secs?\.?)?\s*\d"
    r"|\b(?:§+|sections?|secs?\.?)\s*\d++\w*+(?:\([^)]{1,5}\))*+,?+\s*+"
    rf"(?!(?:of\s+)?(?:the\s+)?title\s+(?!{_TITLE}\b)\d)"
    r"(?:of\s+)?(?:the\s+)?[A-Z][\w ]{2,80}\b(?:Act|Code)\b"
    rf"|\btitle\s+{_TITLE}\b.{{0,40}}\b(?:§+|sections?|secs?\.?)\s*\d"
    r"|\b(?:P\.?\s*L\.?|Pub\.?\s*L\.?(?:\s*No\.?)?|Public\s+Law)\s*\d+\s*[-–]\s*\d+"
    r"|\b\d+\s+Stat\.?\s+\d+",
    re.IGNORECASE,
)
_NAMED = {
    26: r"|(?:the\s+)?(?:(?:U\.?\s*S\.?|United\s+States|federal|Internal)\s+){0,2}(?:(?:Revenue|Tax)\s+)?Code"
    r"(?:\s+of\s+19\d\d)?"
}
"""Titles of the Code that are an act by themselves, and what that is called, or any code that is not named."""


def is_reason(cell: str) -> bool:
    """At least three different words that say something: 6103(i)(2)(B)(iv), the specific reason or reasons."""
    folded = fold(cell)
    words = {word for word in folded.split(" ") if len(word) > 1 and not word.isdigit()}
    return len(words) >= _FEW_WORDS and not folded_is_filler(folded)


def is_case_number(cell: str) -> bool:
    """A number of a case: at least three characters with a digit among them, no filler, not one character repeated.

    Behind words that only label a number ("Case No. 24-1182") the number alone is judged, though the words disclaim;
    other words must not.
    """
    folded = fold(cell)
    if labelled := _LABELLED.fullmatch(folded):
        digits = labelled["number"].replace(" ", "")
        return len(digits) >= _SHORT_CASE and len(set(digits)) > 1
    words = " ".join(word for word in folded.split(" ") if word.isalpha())
    if words and folded_is_filler(words, named=True):
        return False
    key = folded.replace(" ", "")
    has_digit = any(c in "123456789" for c in key)
    return len(key) >= _SHORT_CASE and has_digit and len(set(key)) > 1 and not is_filler(cell)


_BEGINNING = 64
_LONGEST_FILLER = 24  # among the known words, with room to spare
_MOST_LETTERS_OF_KEYS = 8  # among those that are pressed again and again, likewise
_LETTERS, _VOWELS = frozenset(ascii_uppercase), frozenset("AEIOU")
_TWO_KINDS = "(?:[269][0134578]|[0134578][269])"
_NUMBERS = rf"\b(?:[0-9]*{_TWO_KINDS}[0-9]+|[0-9]+{_TWO_KINDS})\b"
_RUNS = rf"(?:[0-9]*{_TWO_KINDS}[0-9]+|[0-9]+{_TWO_KINDS})"


def reasons_stated(subjects: pa.Table) -> Bools:
    """``is_reason`` of every row: n booleans.

    Reasons are nearly all different, but few of their beginnings leave a doubt (see ``_settles``); the others are
    judged whole.
    """
    if subjects.num_rows <= FEW:
        return by_value(subjects, ("reason",), is_reason)
    (column,) = columns_of(subjects, ("reason",))
    beginnings = pc.utf8_slice_codeunits(column, 0, _BEGINNING)
    found: Bools = coded(pc.replace_substring_regex(beginnings, "[0-9]+", "0")).map(_settles, np.bool_)
    doubtful = pa.array(~found)
    found[~found] = coded(_alike(column.filter(doubtful), _NUMBERS)).map(is_reason, np.bool_)
    return found


def _settles(beginning: str) -> bool:
    """Whether every cell that begins so is a reason, numbers being written 0 and the last word perhaps cut short.

    The words before the last blank are whole words of the cell. Where three of them differ, the cell has three. It is
    no filler either, whatever follows:

    - no phrase of disclaiming: one of the words, without digits, is outside that vocabulary, for behind "NO" it makes
      none;
    - no known word or mistyped one: too long, and of too many letters;
    - no keys in a row, no few keys again: too many letters; not consonants alone: it has a vowel.

    Writing a number as 0 leaves out letters and words, and adds none.
    """
    folded = fold(beginning.rpartition(" ")[0])
    told = [kind for kind in map(_kind, set(folded.split(" "))) if kind is not _Word.NONE]
    return (
        len(told) >= _FEW_WORDS
        and _Word.TELLING in told
        and len(folded) - folded.count(" ") > _LONGEST_FILLER
        and len(_LETTERS.intersection(folded)) > _MOST_LETTERS_OF_KEYS
        and not _VOWELS.isdisjoint(folded)
    )


class _Word(Enum):
    """What a folded word is for ``is_reason``: none, one that counts, one outside the vocabulary of disclaiming."""

    NONE = 0
    COUNTING = 1
    TELLING = 2


@lru_cache(maxsize=1 << 16)
def _kind(word: str) -> _Word:
    if len(word) < 2 or word.isdigit():  # noqa: PLR2004 - as in is_reason
        return _Word.NONE
    return _Word.TELLING if word.isalpha() and not folded_is_filler(f"NO {word}") else _Word.COUNTING


def cases_stated(subjects: pa.Table) -> Bools:
    """``is_case_number`` of every row: n booleans."""
    if subjects.num_rows <= FEW:
        return by_value(subjects, ("case_number",), is_case_number)
    (column,) = columns_of(subjects, ("case_number",))
    return coded(_alike(column, _RUNS)).map(is_case_number, np.bool_)


def _alike(column: pa.Array, digits: str) -> pa.Array:
    """The column with most of its numbers made the same, so that far fewer distinct values are judged.

    The verdicts above see of a number of three or more digits no more than that it has so many, that not all are the
    same, and what letters it may stand for. A 2, 6 or 9 stands for none, so all such numbers with another digit beside
    are alike. Only ASCII is touched, without apostrophes, which join, and without signs that are read as letters.
    """
    odd = pc.or_(pc.invert(pc.string_is_ascii(column)), pc.match_substring_regex(column, "['`@$]"))
    return pc.if_else(odd, column, pc.replace_substring_regex(column, digits, "206"))


def is_authority(text: str, conducting_none: Iterable[Citing] = ()) -> bool:
    """A citation of a statute: 6103(i)(2)(B)(iii), the authority under which the proceeding is conducted.

    Args:
        text: as typed.
        conducting_none: sections that conduct no proceeding, as the one that opens the records; citations of them, and
            of what lies beneath them, are taken out first.
    """
    for section in conducting_none:
        text = _citations_of(section.title, section.section).sub(" ", text)
    return not is_filler(text) and _STATUTORY.search(text) is not None


@cache
def _citations_of(title: int, section: str) -> re.Pattern[str]:
    """Every spelling of a section of the Code that counts as an authority, with what is named beneath it."""
    number = rf"{re.escape(section)}(?!\d)\s*(?:\([^)]{{1,5}}\)\s*)*"
    of_title = rf"(?:of\s+)?(?:title\s+{title}\b(?:\s*,?\s*(?:of\s+)?(?:the\s+)?{_CODE})?{_NAMED.get(title, '')})"
    return re.compile(
        rf"(?:title\s+)?\b{title}\s*,?\s*{_CODE}\s*,?\s*{_SECTION}?\s*{number}"
        rf"|\btitle\s+{title}\b[^\d;]{{0,40}}{_SECTION}\s*{number}"
        rf"|{_SECTION}\s*{number}\s*,?\s*{of_title}",
        re.IGNORECASE,
    )
