"""Names of people, brought to one form: folded, suffixes apart, particles joined, titles dropped."""

from typing import NamedTuple

from narrowgate.domain.fold import fold

_SUFFIXES = {
    "JR": "JR", "JUNIOR": "JR", "SR": "SR", "SENIOR": "SR", "II": "II", "2ND": "II", "2": "II",
    "III": "III", "3RD": "III", "3": "III", "IV": "IV", "4TH": "IV", "4": "IV", "V": "V", "5TH": "V", "5": "V",
}  # fmt: skip
_BEHIND_A_NAME = frozenset({"JR", "JUNIOR", "SR", "SENIOR", "II", "2ND", "III", "3RD", "IV", "4TH"})
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "DR", "MD", "PHD", "ESQ", "REV", "SR", "SRA"})
_PARTICLES = frozenset({
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
    words = fold(cell).split()
    words, suffix = _without_suffix(words)
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return Given(words[0] if words else "", " ".join(words[1:]), suffix)


def surname(cell: str) -> Surname:
    """Read a surname cell: "de la Cruz Jr." is DELACRUZ and JR, "Garcia-Lopez" is GARCIA LOPEZ."""
    words, suffix = _without_suffix(fold(cell).split())
    parts: list[str] = []
    lead = ""
    for word in words:
        if word == "Y" and parts:
            continue
        if word in _PARTICLES:
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


def _without_suffix(words: list[str]) -> tuple[list[str], str]:
    if len(words) > 1 and words[-1] in _BEHIND_A_NAME:
        return words[:-1], _SUFFIXES[words[-1]]
    return words, ""
