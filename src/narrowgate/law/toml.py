"""The TOML of packs and statutes, parsed once into types; what is missing, surplus or of another type is refused."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from narrowgate.domain.errors import NarrowgateError
from narrowgate.domain.vocabulary import Attests, Purpose
from narrowgate.law.prove import unsound
from narrowgate.law.statutes import Citing, Designation, Grounds, Offence, Section, read

T = TypeVar("T")


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
        kind: the list: ``never_titles``, ``only_sections``, ``never_sections`` or ``procedure``.
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
        allowed: name of a closed list to its words, lower case, for facts that compare with one.
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
    allowed: Mapping[str, frozenset[str]]
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


class Document:
    """A table of a TOML file that is taken apart key by key; ``done`` refuses what nobody asked for."""

    def __init__(self, file: str, table: Mapping[str, object], text: str = "", line: int = 1) -> None:
        self.file = file
        self._left = dict(table)
        self._text = text
        self.line = line

    @classmethod
    def parse(cls, file: str, text: str) -> "Document":
        """The file's root table.

        Raises:
            NarrowgateError: (``pack_unsound``) when it is no TOML.
        """
        try:
            return cls(file, tomllib.loads(text), text)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"at line (\d+)", str(error))
            line = int(at[1]) if at else len(text.splitlines())
            raise unsound(file, "this is no TOML", line) from error

    def unsound(self, what: str, key: str = "") -> NarrowgateError:
        """The error of something in this table, with its line; that of the key, where it stands there."""
        return unsound(self.file, what, self._line_of(key) if key else self.line)

    def _line_of(self, key: str) -> int:
        """The line on which a key, or the table of that name, begins; that of this table where it is not found."""
        lines = self._text.splitlines()
        begins = re.compile(rf"\s*(?:\[+(?:[\w.-]+\.)?)?{re.escape(key)}\s*(?:=|\])")
        return next((n for n in range(self.line, len(lines) + 1) if begins.match(lines[n - 1])), self.line)

    def take(self, key: str, kind: type[T]) -> T:
        """The value of a key, which must be there and of this type."""
        value = self._left.pop(key, None)
        if type(value) is not kind:
            raise self.unsound(f"expected {key} to be of type {kind.__name__}", key)
        return value

    def optional(self, key: str, kind: type[T], default: T) -> T:
        """The value of a key that may be missing."""
        return self.take(key, kind) if key in self._left else default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of non-empty strings."""
        values = self.take(key, list)
        if not all(isinstance(value, str) and value for value in values):
            raise self.unsound(f"expected {key} to be a list of texts", key)
        return tuple(values)

    def tables(self, key: str, kind: Callable[["Document"], T]) -> tuple[T, ...]:
        """A list of tables, each made into a type and done with."""
        lines = [n for n, line in enumerate(self._text.splitlines(), 1) if line.strip() == f"[[{key}]]"]
        found = []
        for place, table in enumerate(self.take(key, list)):
            inner = Document(self.file, table, self._text, lines[place] if place < len(lines) else self._line_of(key))
            found.append(kind(inner))
            inner.done()
        return tuple(found)

    def table(self, key: str, kind: Callable[["Document"], T]) -> T:
        """One table, made into a type and done with."""
        inner = Document(self.file, self.take(key, dict), self._text, self._line_of(key))
        made = kind(inner)
        inner.done()
        return made

    def words(self, key: str, kind: Callable[[str], T]) -> frozenset[T]:
        """A list of words of a closed vocabulary."""
        try:
            return frozenset(kind(word) for word in self.texts(key))
        except ValueError as error:
            raise self.unsound(f"a word of {key} is unknown", key) from error

    def peek(self, key: str) -> object:
        """The value of a key, left where it is."""
        return self._left.get(key)

    def left(self) -> tuple[str, ...]:
        """What is left to take."""
        return tuple(self._left)

    def rest(self, kind: type[T]) -> dict[str, T]:
        """Every key that is left, all of one type."""
        return {key: self.take(key, kind) for key in self.left()}

    def done(self) -> None:
        """Nothing may be left."""
        if self._left:
            first = min(self._left)
            raise self.unsound(f"nobody knows {', '.join(sorted(self._left))}", first)


def _disputed(table: Document) -> Disputed:
    return Disputed(table.take("question", str), table.take("reading", str))


def _adverse(table: Document) -> Adverse:
    return Adverse(table.take("authority", str), table.take("says", str), table.take("answer", str))


def _allowed(table: Document) -> dict[str, frozenset[str]]:
    return {name: frozenset(word.lower() for word in words) for name, words in _lists(table).items()}


def _lists(table: Document) -> dict[str, tuple[str, ...]]:
    return {name: table.texts(name) for name in table.left()}


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
    return Grounds(_section(table), table.table("classes", lambda t: t.rest(str)))


def _title(table: Document) -> tuple[int, Listed]:
    title = table.take("title", int)
    return title, Listed("never_titles", title, "", table.take("why", str))


def _sections_of(kind: str, table: Document) -> tuple[tuple[int, frozenset[str]], Listed]:
    title, sections = table.take("title", int), table.texts("sections")
    return (title, frozenset(sections)), Listed(kind, title, ", ".join(sections), table.take("why", str))


def _procedure(table: Document) -> tuple[tuple[int, int, int, frozenset[str]], Listed]:
    title, first, last = (table.take(key, int) for key in ("title", "first", "last"))
    kept = table.texts("except")
    what = f"{first} to {last}" + (f", but not {', '.join(kept)}" if kept else "")
    return (title, first, last, frozenset(kept)), Listed("procedure", title, what, table.take("why", str))


def _designation(table: Document) -> tuple[Designation, tuple[Listed, ...]]:
    titles = table.tables("never_titles", _title)
    only, never = (table.tables(kind, partial(_sections_of, kind)) for kind in ("only_sections", "never_sections"))
    procedure = table.tables("procedure", _procedure)
    designation = Designation(
        never_titles=frozenset(title for title, _ in titles),
        only_sections=dict(sections for sections, _ in only),
        never_sections=dict(sections for sections, _ in never),
        procedure=tuple(span for span, _ in procedure),
    )
    return designation, tuple(listed for _, listed in (*titles, *only, *never, *procedure))


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
        purposes=document.words("purposes", lambda word: Purpose(word).value),
        columns=document.texts("columns"),
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
        columns=document.texts("columns"),
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
