"""Names of people, brought to one form: folded, suffixes apart, particles joined, titles dropped.

Linkage compares these forms and the guess budgets count by them: what linkage ignores makes no new subject.
"""

from typing import NamedTuple

from narrowgate.domain.fold import fold

_SUFFIXES = {
    "JR": "JR", "JUNIOR": "JR", "SR": "SR", "SENIOR": "SR", "II": "II", "2ND": "II", "2": "II",
    "III": "III", "3RD": "III", "3": "III", "IV": "IV", "4TH": "IV", "4": "IV", "V": "V", "5TH": "V", "5": "V",
}  # fmt: skip
_BEHIND_A_NAME = frozenset({"JR", "JUNIOR", "SR", "SENIOR", "II", "2ND", "III", "3RD", "IV", "4TH"})
_BEFORE_A_NAME = frozenset({"JR", "II", "III", "IV"})  # a suffix out of order; "Junior" is a given name as well
_DEGREES = frozenset({"MD", "PHD", "ESQ"})
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "DR", "MD", "PHD", "ESQ", "REV", "SR", "SRA"})
_AND = frozenset({"Y", "E", "I"})  # between two surnames: Ortega y Gasset, Silva e Souza, Prat i Soler
PARTICLES = frozenset({
    "AL", "BIN", "DA", "DAS", "DE", "DEL", "DELA", "DELLA", "DEN", "DER", "DES", "DI", "DO", "DOS", "DU", "EL", "LA",
    "LAS", "LE", "LOS", "MAC", "MC", "O", "SAN", "SANTA", "ST", "TEN", "TER", "VAN", "VON", "ZU",
})  # fmt: skip


class Given(NamedTuple):
    """A given-name cell: its first name, what follows (a second name or an initial), a suffix."""

    first: str
    rest: str
    suffix: str


class Surname(NamedTuple):
    """A surname cell: its parts by single spaces, particles joined to what they lead, and a suffix."""

    text: str
    suffix: str


def given(cell: str) -> Given:
    """Read a given-name cell; a lone initial before a longer name stays first."""
    words, suffix = _bare(fold(cell).split())
    return Given(words[0] if words else "", " ".join(words[1:]), suffix)


def surname(cell: str) -> Surname:
    """Read a surname cell: "de la Cruz Jr." is DELACRUZ and JR, "Garcia-Lopez" is GARCIA LOPEZ."""
    words, suffix = _bare(fold(cell).split())
    parts: list[str] = []
    lead = ""
    for place, word in enumerate(words):
        if word in _AND and parts and place < len(words) - 1:
            continue
        if word in PARTICLES:
            lead += word
            continue
        parts.append(lead + word)
        lead = ""
    return Surname(" ".join([*parts, lead] if lead else parts), suffix)


def suffix(cell: str) -> str:
    """Read a suffix cell; what is no generational suffix is none."""
    for word in fold(cell).split():
        if word in _SUFFIXES:
            return _SUFFIXES[word]
    return ""


def middle(cell: str) -> str:
    """Read a middle-name cell: names or initials by single spaces."""
    return fold(cell)


def _bare(words: list[str]) -> tuple[list[str], str]:
    """The words without titles, degrees and suffixes at either end, however often; the outermost suffix counts."""
    suffix = ""
    while len(words) > 1 and (words[-1] in _BEHIND_A_NAME or words[-1] in _DEGREES):
        suffix = suffix or _SUFFIXES.get(words[-1], "")
        words = words[:-1]
    while len(words) > 1 and (words[0] in _TITLES or words[0] in _BEFORE_A_NAME):
        suffix = suffix or (_SUFFIXES[words[0]] if words[0] in _BEFORE_A_NAME else "")
        words = words[1:]
    return words, suffix
