"""Citations of statutes: what a request designates, and whether that is a federal criminal statute.

26 USC 6103(i)(2)(A)(i): "a specifically designated Federal criminal statute (not involving tax administration)".
The rule, whose lists stand in the pack for counsel to read:

1. The text must be one or more citations in the form TITLE USC SECTION, and nothing else; spelling is tolerated
   ("8 U.S.C. § 1253(a)(1)"). A title alone, one that the Code has not, a word, a filler designates nothing.
2. Titles that hold no criminal statute, or only tax administration (26), designate nothing. Of titles with a closed
   list, only the listed sections do. Sections known to be civil or procedural do not, nor what lies at or beneath a
   subdivision known to be civil; the section as a whole, which has crimes too, does.
3. Any other section is taken at its word: whether it is criminal is for the disclosure officer to see.
4. A text that cites several must designate with each.
5. A citation that reaches an offence which brings elements, however coarse, brings them: 8 USC 1253 and 1253(a) are
   read as 1253(a)(1)(A). Naming less must not bring less. An offence without prongs is designated whole, by any
   citation above, at or beneath its paragraph.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SPLIT = re.compile(r"\s*(?:;|,?\s+and\s+|\s+&\s+|,\s*(?=(?:title\s+)?\d+\s*,?\s*u))\s*", re.IGNORECASE)
_COMPACT = re.compile(r"[\s.,§]+")
_CITED = re.compile(
    r"(?:TITLE)?(?:(?P<title>\d{1,2})(?:USCA?|UNITEDSTATESCODE)|(?P<act>INA))(?:SECTIONS?|SECS?|SS)?"
    r"(?P<section>\d{1,5}[A-Z]{0,2}(?:-\d{1,3}[A-Z]?)?)(?P<below>(?:\([A-Z0-9]{1,5}\)){0,6})"
)
_BELOW = re.compile(r"\(([A-Z0-9]{1,5})\)")
_UPPER_LEVEL = 2
TITLES = range(1, 55)
"""Titles of the United States Code."""
WHOLE = "*"
"""What a citation designates of an offence without prongs; no subdivision is so named."""


@dataclass(frozen=True, slots=True)
class Citing:
    """A section of the United States Code or of an act, and what is named beneath it.

    Attributes:
        title: title of the Code; 0 where an act is cited.
        act: "INA", or "".
        section: lower case: "1229a".
        below: subdivisions in order, letters of the first level lower, of the third upper case: ("a", "1", "A").
    """

    title: int
    act: str
    section: str
    below: tuple[str, ...]

    def __str__(self) -> str:
        code = self.act or f"{self.title} USC"
        return f"{code} {self.section}" + "".join(f"({part})" for part in self.below)

    def overlaps(self, other: "Citing") -> bool:
        """Whether one of two citations of the same section lies within the other."""
        same = (self.title, self.act, self.section) == (other.title, other.act, other.section)
        return same and all(a == b for a, b in zip(self.below, other.below, strict=False))

    def covers(self, other: "Citing") -> bool:
        """Whether another citation lies at or beneath this one."""
        return len(self.below) <= len(other.below) and self.overlaps(other)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the Code, with its number in an act where it has one."""

    title: int
    section: str
    act: str = ""
    act_section: str = ""

    def reached_by(self, citing: Citing) -> bool:
        """Whether a citation is of this section, by either number."""
        if citing.act:
            return (citing.act, citing.section) == (self.act, self.act_section)
        return (citing.title, citing.section) == (self.title, self.section)


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence that brings elements of its own.

    Attributes:
        paragraph: where it stands beneath its section.
        unnamed: the prong that a citation without one designates; "" where the offence has no prongs.
        elapsed_days: prong to the days that must have passed since the order became final; empty where it has none.
        no_offence: what stands beneath the section and is no offence.
    """

    section: Section
    paragraph: tuple[str, ...]
    unnamed: str
    elapsed_days: Mapping[str, int]
    no_offence: tuple[tuple[str, ...], ...]

    def prong(self, citing: Citing) -> str | None:
        """The prong a citation designates, ``WHOLE`` where the offence has none.

        None where the citation does not reach this offence, "" where no prong is so named.
        """
        depth = len(self.paragraph)
        if not self.section.reached_by(citing) or citing.below[:depth] != self.paragraph[: len(citing.below)]:
            return None
        if not self.elapsed_days:
            return WHOLE
        if len(citing.below) <= depth:
            return self.unnamed
        named = citing.below[depth]
        return named if named in self.elapsed_days and len(citing.below) == depth + 1 else ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The classes that an order of removal may rest on: paragraphs of (a), and the subparagraphs of each.

    Attributes:
        exceptions: what stands beneath a class and is an exception or a waiver, no class; to its reason.
    """

    section: Section
    classes: Mapping[str, str]
    exceptions: Mapping[tuple[str, ...], str]

    def states(self, cell: str) -> bool:
        """Whether a cell names classes, and nothing else: "1227(a)(1)(B)", "INA 237(a)(2)(A)(iii)"."""
        cited = read(cell, self.section)
        return bool(cited) and all(self._is_class(one) for one in cited)

    def _is_class(self, citing: Citing) -> bool:
        if not self.section.reached_by(citing) or len(citing.below) < _UPPER_LEVEL or citing.below[0] != "a":
            return False
        if any(citing.below[: len(exception)] == exception for exception in self.exceptions):
            return False
        paragraph, *rest = citing.below[1:]
        return paragraph in self.classes and (not rest or rest[0] in set(self.classes[paragraph]))


@dataclass(frozen=True, slots=True)
class Designation:
    """Which citations designate a federal criminal statute; lists and reasons stand in the pack.

    Attributes:
        never_titles: titles without criminal statutes, and those of tax administration.
        only_sections: title to the closed list of its sections that are criminal.
        never_sections: title to sections that are civil.
        civil: subdivisions that are civil, of sections that have crimes too.
        procedure: (title, first, last, exceptions): section numbers that are procedure.
    """

    never_titles: frozenset[int]
    only_sections: Mapping[int, frozenset[str]]
    never_sections: Mapping[int, frozenset[str]]
    civil: tuple[Citing, ...]
    procedure: tuple[tuple[int, int, int, frozenset[str]], ...]

    def admits(self, citing: Citing) -> bool:
        """Rule 2 and 3 of this module for one citation of the Code."""
        title, section = citing.title, citing.section
        if title in self.never_titles or section in self.never_sections.get(title, frozenset()):
            return False
        if any(one.covers(citing) for one in self.civil):
            return False
        if title in self.only_sections:
            return section in self.only_sections[title]
        number = int(re.match(r"\d+", section)[0])  # type: ignore[index]  # a section starts with a digit
        return not any(
            title == of and first <= number <= last and section not in exceptions
            for of, first, last, exceptions in self.procedure
        )


@dataclass(frozen=True, slots=True)
class Designated:
    """What a request's criminal statute comes to.

    Attributes:
        designates: rule 1 to 4 of this module.
        prongs: of each offence that brings elements, its statute's id and the prong designated, once a citation.
    """

    designates: bool
    prongs: tuple[tuple[str, str], ...]


def read(text: str, default: Section | None = None) -> tuple[Citing, ...]:
    """The citations that a text is; () where it is anything else.

    Args:
        text: as typed.
        default: a bare section number ("1227(a)(1)", "237(a)(1)") is read as one of this section.
    """
    found = []
    for part in _SPLIT.split(text.strip()):
        compact = _COMPACT.sub("", part).upper()
        match = _CITED.fullmatch(_prefixed(compact, default))
        if not match or (match["title"] and int(match["title"]) not in TITLES):
            return ()
        below = tuple(_level(depth, name) for depth, name in enumerate(_BELOW.findall(match["below"])))
        found.append(Citing(int(match["title"] or 0), match["act"] or "", match["section"].lower(), below))
    return tuple(found)


def _prefixed(compact: str, default: Section | None) -> str:
    """A bare section number with the title or act it is meant to be of."""
    if default:
        bare = compact.removeprefix("SECTION").removeprefix("SEC")
        number = bare.split("(")[0]
        if number == default.section.upper():
            return f"{default.title}USC{bare}"
        if number == default.act_section.upper():
            return f"{default.act}{bare}"
    return compact


def _level(depth: int, name: str) -> str:
    return name.upper() if depth == _UPPER_LEVEL else name.lower()


def designated(text: str, rule: Designation | None, offences: Mapping[str, Offence]) -> Designated:
    """Judge the criminal statute that a request names; where there is no rule, none designates."""
    cited = read(text)
    prongs = tuple(
        (name, prong)
        for name, offence in offences.items()
        for citing in cited
        if (prong := offence.prong(citing)) is not None
    )
    lawful = rule is not None and bool(cited) and all(_one_designates(citing, rule, offences) for citing in cited)
    return Designated(lawful, prongs)


def _one_designates(citing: Citing, rule: Designation, offences: Mapping[str, Offence]) -> bool:
    for offence in offences.values():
        if not offence.section.reached_by(citing):
            continue
        if offence.prong(citing) == "" or any(
            citing.below[: len(not_one)] == not_one for not_one in offence.no_offence
        ):
            return False
        citing = Citing(offence.section.title, "", offence.section.section, citing.below)
    return not citing.act and rule.admits(citing)
