"""The street part of an address: tidied, its unit split off, its words abbreviated, fillers refused.

USPS Publication 28: directions 233, suffixes 234 and appendix C1, units 213 and appendix C2, roads appendix F.
"""

import re
from typing import NamedTuple

from narrowgate.domain.fillers import folded_is_filler, names_no_street, with_letters_for_signs
from narrowgate.domain.fold import fold
from narrowgate.domain.postal_units import split_worn, worn_unit
from narrowgate.domain.postal_words import COUNTED, DIRECTIONS, LEADS, LONE_UNITS, NUMBER_WORDS, SUFFIXES, UNITS


class Street(NamedTuple):
    """A street.

    Attributes:
        text: folded and abbreviated.
        unit: what stood behind it, without its designator; "" if nothing did.
        named: something marks it as a street: a suffix, or a word that leads one.
    """

    text: str
    unit: str
    named: bool


_MARKS = str.maketrans({"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "–": "-", "—": "-", "‑": "-", "−": "-"})
_LOOK_ALIKES = str.maketrans(
    "АВЕЗКМНОРСТУХІЈЅаеорсухіјѕкмтвнΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ", "ABE3KMHOPCTYXIJSaeopcyxijskmtbhABEZHIKMNOPTYXaikvoptux"
)
_BAR = re.compile(r"\|(?=[|]*\d)|(?<=\d)\|(?![A-Za-z])")  # a scanner's one
_UNREAD = "\0"
_ASCII_LETTER = re.compile("[A-Za-z]")
_BEYOND_ASCII = re.compile(r"[^\s,;-]*[^\x00-\x7f][^\s,;-]*")
_NOT_KEPT = re.compile(r"[^A-Z0-9#/-]+")
_VALUE = r"(?P<unit>\d[A-Z0-9]*(?:-[A-Z0-9]+)?|[A-Z]{1,2}-?\d[A-Z0-9]*(?:-[A-Z0-9]+)?|[A-Z])"
_DESIGNATED = rf"(?:(?:{UNITS}) ?(?:# ?|NO |NUMBER )?|# ?){_VALUE}"
_UNIT_ALONE = re.compile(_DESIGNATED)
_UNIT_BEHIND = re.compile(rf" {_DESIGNATED}$")
_FLOOR_BEHIND = re.compile(r" (?P<unit>\d{1,2})(?:ST|ND|RD|TH) (?:FL|FLR|FLOOR)$")
_LONE_BEHIND = re.compile(rf" (?P<unit>{LONE_UNITS})$")
_BARE_BEHIND = re.compile(
    r"(?<=[A-Z0-9] )(?:ST|STREET|AVE|AVENUE|DR|DRIVE|LN|LANE|CT|COURT|BLVD|PL|PLACE|CIR|CIRCLE|TER|WAY|PKWY)"
    r"(?: [NSEW]{1,2})? (?P<unit>\d{1,4}[A-Z]?|[A-Z]\d{1,4})$"
)
_UNIT_BEFORE = re.compile(rf"{_DESIGNATED} (?P<rest>.*\d.*)")
_BARE_UNIT = re.compile(r"(?P<unit>\d{1,5}[A-Z]?|[A-Z]\d{0,4})")
_MAY_END_A_UNIT = frozenset({"FL", "FLR", "FLOOR", *LONE_UNITS.split("|")})
_NAMES_NOTHING = frozenset({"ST", "AVE", "RD", "DR", "LN", "CT", "BLVD", "HWY", "RTE", "CIR", "PKWY"})
_NAMES_NO_STREET = re.compile(
    r"(?:[A-Z]/[A-Z]|N-A)\b"  # N/A, U/K
    r"|(?:BLOCKS?|MILES?|MI|KMS?|FEET|FT|YARDS|HOUSES|DOORS|MINUTES|HOURS)"
    r"(?: (?:[NSEW]|[NS][EW]|(?:NORTH|SOUTH)?(?:EAST|WEST)?))? (?:OF|FROM|PAST|OFF|BEFORE|AFTER)\b"
)
_DATE = re.compile(r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]* (?:19|20)\d\d")
_NO_NUMBER = re.compile(r"\s*(?:-\d+\s|\d+\.\d)")
_ORDINALS = {
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH", "SIXTH": "6TH", "SEVENTH": "7TH",
    "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH", "ELEVENTH": "11TH", "TWELFTH": "12TH",
}  # fmt: skip
_ANOTHERS = ("CARE OF ", "IN CARE OF ", "C O ")
_SAY_NOTHING = frozenset({"THE", "ON", "IN", "AT", "OF", "MY", "HIS", "HER", "THIS", "NO", "NOT"})
_UP_TO_TWO_LETTERS = re.compile(r"[A-Z]{1,2}")
_WHERE_NOWHERE_IS = frozenset({"RD", "LN", "TRL"})
_LONGEST_NUMBERED_STREET = 4


def tidy(line: str) -> str:
    """Upper-case ASCII with single spaces; keeps ``#``, ``/`` and ``-``, which mean something in addresses.

    A line that starts with a negative number or a decimal, and one with a word in an alphabet that is not read, is
    none: "".
    """
    if not line or _NO_NUMBER.match(line) or "??" in line:
        return ""
    line = _BAR.sub("1", with_letters_for_signs(line))
    if not line.isascii():
        line = _BEYOND_ASCII.sub(lambda word: _in_ascii(word[0]), line.translate(_MARKS))
        if _UNREAD in line:
            return ""
    return _NOT_KEPT.sub(" ", line.replace("'", "").upper()).strip(" -/")


def _in_ascii(word: str) -> str:
    """The word folded; look-alikes of another alphabet within a Latin word are its letters."""
    folded = fold(word.translate(_LOOK_ALIKES) if _ASCII_LETTER.search(word) else word)
    return folded or (_UNREAD if any(c.isalpha() for c in word) else "")


def leading_unit(line: str) -> tuple[str, str]:
    """The unit that stands before a house number, and what follows; two empty strings if none does."""
    found = _UNIT_BEFORE.fullmatch(line)
    return (found["unit"].replace("-", ""), found["rest"]) if found else ("", "")


def lone_unit(line: str) -> str:
    """The unit that a line is, and nothing else; "" if it is none."""
    if found := _BARE_UNIT.fullmatch(line):
        return found["unit"]
    before, units = _split_unit(f"_ {line}")
    return units if before == "_" else worn_unit(line)


def parse_street(text: str) -> Street | None:
    """Parse what follows a house number; None where it names no street or only fills the field.

    1. Units behind the street are split off.
    2. Directions before and behind, the suffix, and words that lead a numbered or Spanish street are abbreviated.
    3. What is left between them must name something.
    """
    text, unit = _split_unit(text)
    words = text.replace("-", " ").replace("/", " ").replace("#", " ").split()
    if not words or _UNIT_ALONE.fullmatch(text) or _NAMES_NO_STREET.match(text):
        return None
    start, end = _abbreviate_directions(words)
    named, first, stop = _abbreviate_suffix(words, start, end)
    core = words[first:stop] or words[:stop]
    words[start] = "ST" if words[start] == "SAINT" else words[start]
    if _names_nothing(words, core, named=named):
        return None
    return Street(" ".join(_ORDINALS.get(w, w) for w in words), unit, named)


def _split_unit(text: str) -> tuple[str, str]:
    units: list[str] = []
    for _ in range(2):  # a building and an apartment
        last = text[text.rfind(" ") + 1 :]
        if last.isalpha() and len(last) > 1 and last not in _MAY_END_A_UNIT:
            break
        found = (
            _UNIT_BEHIND.search(text)
            or _FLOOR_BEHIND.search(text)
            or _LONE_BEHIND.search(text)
            or _BARE_BEHIND.search(text)
        )
        if not found:
            break
        units.insert(0, found["unit"].replace("-", ""))
        text = text[: found.start("unit") if found.re is _BARE_BEHIND else found.start()].rstrip()
    text, worn = split_worn(text, behind=bool(units))
    return text, " ".join(filter(None, [worn, *units]))


def _abbreviate_directions(words: list[str]) -> tuple[int, int]:
    """Abbreviate in place; what lies between the directions starts and ends where the two numbers say."""
    start, end = 0, len(words)
    if words[0] in DIRECTIONS:
        words[0] = DIRECTIONS[words[0]]
        start = 1 if end > 1 else 0
    if end - start > 1 and words[-1] in DIRECTIONS:
        words[-1] = DIRECTIONS[words[-1]]
        end -= 1
    return start, end


def _abbreviate_suffix(words: list[str], start: int, end: int) -> tuple[bool, int, int]:
    """Abbreviate in place; whether the words are marked as a street, and where its proper name starts and stops."""
    last = end - 1
    if last > 0 and words[last] in SUFFIXES:
        words[last] = SUFFIXES[words[last]]
        return True, start, last
    if last > start and words[start] in LEADS:
        words[start] = LEADS[words[start]]
        return True, start + 1, end
    before = last - 1
    if before > 0 and words[before] in SUFFIXES and (words[last].isdigit() or len(words[last]) == 1):
        words[before] = SUFFIXES[words[before]]
        return True, start, end
    return False, start, end


def _names_nothing(words: list[str], core: list[str], *, named: bool) -> bool:
    name = " ".join(core)
    if not named and _is_no_word(words):
        return True
    if all(w.isdigit() for w in core):
        marked = named or len(core) < len(words)
        return not marked or not name.strip("0 ") or len(name) > _LONGEST_NUMBERED_STREET
    if not named and len(words) > 1 and folded_is_filler(" ".join(words)):
        return True
    if len(name) == 1:
        return False
    says_nothing = named and _SAY_NOTHING.issuperset(core)
    return says_nothing or name.startswith(_ANOTHERS) or _disclaims(name, words, named=named)


def _disclaims(name: str, words: list[str], *, named: bool) -> bool:
    if name == "NOWHERE" and words[-1] in _WHERE_NOWHERE_IS:
        return False
    return names_no_street(name, marked=named)


def _is_no_word(words: list[str]) -> bool:
    """Whether words without a suffix are too little for a street: "St", "X", "QQ", "N K", "PO Box"."""
    if len(words) == 1:
        (word,) = words
        return (
            SUFFIXES.get(word) in _NAMES_NOTHING
            or word in NUMBER_WORDS
            or word in COUNTED
            or _UP_TO_TWO_LETTERS.fullmatch(word) is not None
        )
    if words[0] in COUNTED or _DATE.fullmatch(" ".join(words)):
        return True
    two_letters = len(words) == 2 and _UP_TO_TWO_LETTERS.fullmatch("".join(words))  # noqa: PLR2004 - "N K"
    return bool(two_letters) or words[-1] == "BOX"
