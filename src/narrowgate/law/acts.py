"""Acts and the Code: one section under two numbers, as every statute of this release knows it.

What a basis brings does not matter here: a court that stays 8 USC 1253 stays it under INA 243 too, on every basis.
"""

from collections.abc import Iterable
from functools import cache

from narrowgate.law.document import Document
from narrowgate.law.pack import ROOT, Pack
from narrowgate.law.statutes import Citing, Section, read
from narrowgate.law.toml import StatuteText, statute_text


@cache
def released() -> tuple[Section, ...]:
    """The sections that the statutes of this release know by both numbers.

    Raises:
        NarrowgateError: ``pack_unsound`` when a statute cannot be read.
    """
    found = []
    for path in sorted((ROOT / "statutes").glob("*/statute.toml")):
        name = path.parent.name
        text = path.read_text(encoding="utf-8")
        found.append(statute_text(Document.parse(f"statutes/{name}/statute.toml", text), name))
    return _sections(found)


def _sections(statutes: Iterable[StatuteText]) -> tuple[Section, ...]:
    named = [section for s in statutes for section in (s.offence.section, *([s.grounds.section] if s.grounds else []))]
    return tuple(section for section in named if section.act)


def meet(stayed: str, designates: str, pack: Pack) -> bool:
    """Whether two texts may mean the same statute, one of them perhaps more coarsely.

    1. A stay that names none meets all; what cannot be read, on either side, is taken to meet.
    2. A section is compared by its number in the Code, whichever number either side gives.
    3. A section of an act whose number in the Code is not known is taken to meet any of the Code.
    4. What lies at or beneath what the other names meets it. No prong is read into either text: a court that names
       less stays all beneath it, and a request that names less may be about any of it.
    """
    if not stayed.strip():
        return True
    ours, theirs = read(stayed), read(designates)
    if not ours or not theirs:  # 1
        return True
    known = (*released(), *_sections(pack.statutes))
    codes = [b for theirs_one in theirs for b in _in_code(theirs_one, known)]
    return any(_may_be_same(a, b) for one in ours for a in _in_code(one, known) for b in codes)


def cover(found: Iterable[Citing], designates: str, pack: Pack) -> bool:
    """Whether each statute that a request designates lies at or beneath one of those found; an unreadable one does not.

    Compared by the number in the Code, where it is known; no prong is read into either side.
    """
    known = (*released(), *_sections(pack.statutes))
    ours, theirs = [a for one in found for a in _in_code(one, known)], read(designates)
    return bool(theirs) and all(any(a.covers(b) for a in ours for b in _in_code(one, known)) for one in theirs)


def _in_code(citing: Citing, known: Iterable[Section]) -> set[Citing]:
    """A citation by its number in the Code; as it is, where that is not known."""
    found = {Citing(s.title, "", s.section, citing.below) for s in known if s.reached_by(citing)}  # 2
    return found or {citing}


def _may_be_same(one: Citing, other: Citing) -> bool:
    return one.act != other.act or one.overlaps(other)  # 3, 4
