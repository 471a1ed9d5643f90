"""The TOML of packs and statutes, parsed once into types; what is missing, surplus or of another type is refused."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import Attests, Purpose
from narrowgate.law.document import Document
from narrowgate.law.statutes import Citing, Designation, Grounds, Offence, Section, read

_ALWAYS = ("row", "officer")
"""Columns that every basis wants: an answer is about a row, and sealed to the officer whom it names."""


class ClosedList(StrEnum):
    """The lists under ``[allowed]``: every one that a fact compares with, and no other."""

    SUBJECT_ROLES = "subject_roles"
    ITEMS = "items"
    FINDINGS = "findings"
    COURTS = "courts"
    BLANK_COLUMNS = "blank_columns"
    NO_AUTHORITY = "no_authority"


@dataclass(frozen=True, slots=True)
class Disputed:
    """A question that the law leaves open, and how the pack reads it."""

    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class Adverse:
    """An authority that speaks against a reading of the pack, what it says, and why the pack stands."""

    authority: str
    says: str
    answer: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the lists that say which citations designate a criminal statute, with its reason.

    Attributes:
        kind: the list: ``never_titles``, ``only_sections``, ``never_sections``, ``civil`` or ``procedure``.
        what: the sections, spelt for a reader; "" where it is the whole title.
    """

    kind: str
    title: int
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PackText:
    """``pack.toml``.

    Attributes:
        columns: the columns of the subjects' file that this basis cannot do without.
        allowed: closed list to its words, for facts that compare with one; lower case, but for citations.
        designation: which citations designate a criminal statute; None where the basis asks for none.
        designation_lists: the same, entry by entry, for a reader.
    """

    id: str
    edition: str
    title: str
    citation: str
    brings: tuple[str, ...]
    uses_periods: bool
    requires_attestations: frozenset[Attests]
    purposes: frozenset[str]
    columns: tuple[str, ...]
    allowed: Mapping[ClosedList, frozenset[str]]
    retention: str
    penalties: tuple[str, ...]
    rationale: str
    sources: tuple[str, ...]
    disputed: tuple[Disputed, ...]
    adverse: tuple[Adverse, ...]
    designation: Designation | None
    designation_lists: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class StatuteText:
    """``statute.toml``.

    Attributes:
        designated_by: the fact under which its elements apply.
        grounds: what an order under it may rest on; None where the offence presupposes no order.
    """

    id: str
    edition: str
    title: str
    citation: str
    designated_by: str
    requires_attestations: frozenset[Attests]
    columns: tuple[str, ...]
    rationale: str
    sources: tuple[str, ...]
    disputed: tuple[Disputed, ...]
    adverse: tuple[Adverse, ...]
    offence: Offence
    grounds: Grounds | None


SECTIONS = ("request", "row", "requester", "custodian")
"""The parts of an example's world that it may change."""

Changes = Mapping[str, Mapping[str, object]]
"""Section to what it says, key by key."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request for one person that differs from the complete one, and what it must be refused under.

    Attributes:
        why: the reason, for a reader who knows the law and not the program.
        changes: section to the keys that differ.
        refused_under: sorted element ids; () where the example must pass.
        line: where it stands in the file.
    """

    name: str
    why: str
    changes: Changes
    refused_under: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Examples:
    """``examples.toml``: a request that meets every element, and requests that differ from it."""

    complete: Changes
    examples: tuple[Example, ...]


def _disputed(table: Document) -> Disputed:
    return Disputed(table.take("question", str), table.take("reading", str))


def _adverse(table: Document) -> Adverse:
    return Adverse(table.take("authority", str), table.take("says", str), table.take("answer", str))


def _allowed(table: Document) -> dict[ClosedList, frozenset[str]]:
    """The lists by name; each is one that a fact compares with."""
    for name in table.left():
        if name not in set(ClosedList):
            raise table.unsound(f"no fact compares with a list {name}; lists are {', '.join(ClosedList)}", name)
    found = {ClosedList(name): table.texts(name) for name in table.left()}
    blank = found.get(ClosedList.BLANK_COLUMNS, ())
    _known(table, ClosedList.BLANK_COLUMNS, blank)
    if odd := [column for column in blank if column != column.lower()]:
        raise table.unsound(f"expected blank_columns in lower case, got {odd[0]!r}", ClosedList.BLANK_COLUMNS)
    lists = {name: frozenset(word.lower() for word in words) for name, words in found.items()}
    if ClosedList.NO_AUTHORITY in found:
        cited = found[ClosedList.NO_AUTHORITY]
        lists[ClosedList.NO_AUTHORITY] = frozenset(_whole_section(table, text) for text in cited)
    return lists


def _whole_section(table: Document, text: str) -> str:
    """A section of the Code, spelt as it is everywhere here."""
    cited = read(text)
    if len(cited) != 1 or cited[0].act or cited[0].below:
        what = f"expected no_authority to list whole sections as TITLE USC SECTION, got {text!r}"
        raise table.unsound(what, ClosedList.NO_AUTHORITY)
    return str(cited[0])


def _columns(table: Document, always: Iterable[str] = ()) -> tuple[str, ...]:
    """Columns of the subjects' file, these among them, none twice."""
    columns = table.texts("columns")
    _known(table, "columns", columns)
    if doubled := [column for column, times in Counter(columns).items() if times > 1]:
        raise table.unsound(f"columns has {doubled[0]} twice", "columns")
    if without := [column for column in always if column not in columns]:
        raise table.unsound(f"columns is without {' and '.join(without)}, which every basis wants", "columns")
    return columns


def _known(table: Document, key: str, columns: Iterable[str]) -> None:
    unknown = [c for c in columns if c not in SUBJECT_COLUMNS and not (c.startswith("x_") and c[2:].strip())]
    if unknown:
        known = ", ".join(SUBJECT_COLUMNS)
        raise table.unsound(f"{key} has {unknown[0]!r}, which no file has; columns are {known}, or your own x_…", key)


def _section(table: Document) -> Section:
    cited = "also_cited" in table.left()
    act = table.table("also_cited", lambda t: (t.take("act", str), t.take("section", str))) if cited else ()
    return Section(table.take("title", int), table.take("section", str), *act)


def _paths(table: Document, key: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(part) for part in path) for path in table.take(key, list))


def _offence(table: Document) -> Offence:
    section, paragraph = _section(table), table.texts("paragraph")
    unnamed, elapsed_days = _prongs(table)
    no_offence = _paths(table, "no_offence")
    for key, below in [
        ("paragraph", paragraph),
        *(("elapsed_days", (*paragraph, prong)) for prong in elapsed_days),
        *(("no_offence", path) for path in no_offence),
    ]:
        _readable(table, key, Citing(section.title, "", section.section, below))
    return Offence(section, paragraph, unnamed, elapsed_days, no_offence)


def _prongs(table: Document) -> tuple[str, Mapping[str, int]]:
    """The prong that is read where none is named, and every prong with its days; neither where there are none."""
    stated = [key for key in ("unnamed", "elapsed_days") if key in table.left()]
    if not stated:
        return "", {}
    if len(stated) == 1:
        what = "unnamed and elapsed_days go together: both where the offence has prongs, neither where it has none"
        raise table.unsound(what, stated[0])
    unnamed, days = table.take("unnamed", str), table.table("elapsed_days", lambda t: t.rest(int))
    if unnamed not in days:
        listed = ", ".join(days) or "none"
        raise table.unsound(
            f"expected unnamed to be a prong that elapsed_days lists ({listed}), got {unnamed!r}", "unnamed"
        )
    if min(days.values()) < 0:
        raise table.unsound("expected days that must have passed, got a number below 0", "elapsed_days")
    return unnamed, days


def _readable(table: Document, key: str, citing: Citing) -> None:
    """What no citation is ever read as would never be designated, and its elements would never join."""
    found = read(str(citing))
    if found != (citing,):
        as_read = f", which is read as {found[0]}" if found else ", which is no citation of the Code"
        raise table.unsound(f"{key} comes to {citing}{as_read}", key)


def _grounds(table: Document) -> Grounds:
    section, classes = _section(table), table.table("classes", lambda t: t.rest(str))
    return Grounds(section, classes, dict(table.tables("exceptions", partial(_exception, section))))


def _exception(section: Section, table: Document) -> tuple[tuple[str, ...], str]:
    below = table.texts("below")
    _readable(table, "below", Citing(section.title, "", section.section, below))
    return below, table.take("why", str)


def _title(table: Document) -> tuple[int, Listed]:
    title = table.take("title", int)
    _readable(table, "title", Citing(title, "", "1", ()))
    return title, Listed("never_titles", title, "", table.take("why", str))


def _sections_of(kind: str, table: Document) -> tuple[tuple[int, frozenset[str]], Listed]:
    title, sections = table.take("title", int), table.texts("sections")
    for section in sections:
        _readable(table, "sections", Citing(title, "", section, ()))
    return (title, frozenset(sections)), Listed(kind, title, ", ".join(sections), table.take("why", str))


def _civil(table: Document) -> tuple[tuple[Citing, ...], Listed]:
    title, section, paths = table.take("title", int), table.take("section", str), _paths(table, "below")
    cited = tuple(Citing(title, "", section, below) for below in paths)
    for citing in cited:
        _readable(table, "below", citing)
    if not cited or not all(paths):
        raise table.unsound("expected below to list subdivisions of the section, got none", "below")
    what = ", ".join(str(citing).removeprefix(f"{title} USC ") for citing in cited)
    return cited, Listed("civil", title, what, table.take("why", str))


def _procedure(table: Document) -> tuple[tuple[int, int, int, frozenset[str]], Listed]:
    title, first, last = (table.take(key, int) for key in ("title", "first", "last"))
    kept = table.texts("except")
    for section in (str(first), str(last), *kept):
        _readable(table, "except", Citing(title, "", section, ()))
    what = f"{first} to {last}" + (f", but not {', '.join(kept)}" if kept else "")
    return (title, first, last, frozenset(kept)), Listed("procedure", title, what, table.take("why", str))


def _designation(table: Document) -> tuple[Designation, tuple[Listed, ...]]:
    titles = table.tables("never_titles", _title)
    only, never = (table.tables(kind, partial(_sections_of, kind)) for kind in ("only_sections", "never_sections"))
    civil, procedure = table.tables("civil", _civil), table.tables("procedure", _procedure)
    for kind, found in (("only_sections", only), ("never_sections", never)):
        titles_of = Counter(title for (title, _), _ in found)
        if doubled := [title for title, times in titles_of.items() if times > 1]:
            raise table.unsound(f"{kind} has title {doubled[0]} twice: let one entry list all its sections", kind)
    designation = Designation(
        never_titles=frozenset(title for title, _ in titles),
        only_sections=dict(sections for sections, _ in only),
        never_sections=dict(sections for sections, _ in never),
        civil=tuple(citing for cited, _ in civil for citing in cited),
        procedure=tuple(span for span, _ in procedure),
    )
    return designation, tuple(listed for _, listed in (*titles, *only, *never, *civil, *procedure))


def pack_text(document: Document, pack_id: str) -> PackText:
    """``pack.toml`` of the pack of this id.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    lists = document.table("designation", _designation) if "designation" in document.left() else (None, ())
    text = PackText(
        id=_same(document, pack_id),
        edition=document.take("edition", str),
        title=document.take("title", str),
        citation=document.take("citation", str),
        brings=document.texts("brings"),
        uses_periods=document.take("uses_periods", bool),
        requires_attestations=document.words("requires_attestations", Attests),
        purposes=frozenset(word.value for word in document.words("purposes", Purpose)),
        columns=_columns(document, _ALWAYS),
        allowed=document.table("allowed", _allowed) if "allowed" in document.left() else {},
        retention=document.take("retention", str),
        penalties=document.texts("penalties"),
        rationale=document.take("rationale", str),
        sources=document.texts("sources"),
        disputed=document.tables("disputed", _disputed),
        adverse=document.tables("adverse", _adverse),
        designation=lists[0],
        designation_lists=lists[1],
    )
    document.done()
    return text


def statute_text(document: Document, statute_id: str) -> StatuteText:
    """``statute.toml`` of the statute of this id.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    designates = f"designates_{statute_id.replace('.', '_')}"
    if document.peek("designated_by") != designates:
        raise document.unsound(f"expected the fact {designates}", "designated_by")
    text = StatuteText(
        id=_same(document, statute_id),
        edition=document.take("edition", str),
        title=document.take("title", str),
        citation=document.take("citation", str),
        designated_by=document.take("designated_by", str),
        requires_attestations=document.words("requires_attestations", Attests),
        columns=_columns(document),
        rationale=document.take("rationale", str),
        sources=document.texts("sources"),
        disputed=document.tables("disputed", _disputed),
        adverse=document.tables("adverse", _adverse),
        offence=document.table("offence", _offence),
        grounds=document.table("grounds", _grounds) if "grounds" in document.left() else None,
    )
    document.done()
    return text


def examples(document: Document) -> Examples:
    """``examples.toml``.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    complete = document.table("complete", _sections)
    found = document.tables("example", _example)
    document.done()
    return Examples(complete, found)


def _sections(table: Document) -> dict[str, Mapping[str, object]]:
    return {name: table.take(name, dict) for name in SECTIONS if name in table.left()}


def _example(table: Document) -> Example:
    name, why = table.take("name", str), table.take("why", str)
    if not name.strip() or not why.strip():
        raise table.unsound("an example has a name and says why")
    return Example(name, why, _sections(table), tuple(sorted(table.texts("refused_under"))), table.line)


def _same(document: Document, name: str) -> str:
    if document.take("id", str) != name:
        raise document.unsound("the id is not the folder's name", "id")
    return name
