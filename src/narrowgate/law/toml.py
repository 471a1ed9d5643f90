"""The TOML of packs and statutes, parsed once into types; what is missing, surplus or of another type is refused."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from narrowgate.domain.vocabulary import Attests, Purpose
from narrowgate.law.prove import unsound
from narrowgate.law.statutes import Designation, Grounds, Offence, Section

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Disputed:
    """A question that the law leaves open, and how the pack reads it."""

    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class PackText:
    """``pack.toml``."""

    id: str
    edition: str
    title: str
    citation: str
    brings: tuple[str, ...]
    uses_periods: bool
    requires_attestations: frozenset[Attests]
    purposes: frozenset[str]
    retention: str
    penalties: tuple[str, ...]
    rationale: str
    sources: tuple[str, ...]
    disputed: tuple[Disputed, ...]
    designation: Designation


@dataclass(frozen=True, slots=True)
class StatuteText:
    """``statute.toml``; ``designated_by`` is the fact under which its elements apply."""

    id: str
    edition: str
    title: str
    citation: str
    designated_by: str
    requires_attestations: frozenset[Attests]
    rationale: str
    sources: tuple[str, ...]
    disputed: tuple[Disputed, ...]
    offence: Offence
    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Example:
    """Facts that are false, and what must be refused under: sorted element ids, () where nothing is."""

    name: str
    false: frozenset[str]
    refused_under: tuple[str, ...]


class Document:
    """A table of a TOML file that is taken apart key by key; ``done`` refuses what nobody asked for."""

    def __init__(self, file: str, table: Mapping[str, object]) -> None:
        self.file = file
        self._left = dict(table)

    @classmethod
    def parse(cls, file: str, text: str) -> "Document":
        """The file's root table.

        Raises:
            NarrowgateError: (``pack_unsound``) when it is no TOML.
        """
        try:
            return cls(file, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise unsound(file, "this is no TOML") from error

    def take(self, key: str, kind: type[T]) -> T:
        """The value of a key, which must be there and of this type."""
        value = self._left.pop(key, None)
        if type(value) is not kind:
            raise unsound(self.file, f"expected {key} to be of type {kind.__name__}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of non-empty strings."""
        values = self.take(key, list)
        if not all(isinstance(value, str) and value for value in values):
            raise unsound(self.file, f"expected {key} to be a list of texts")
        return tuple(values)

    def tables(self, key: str, kind: Callable[["Document"], T]) -> tuple[T, ...]:
        """A list of tables, each made into a type and done with."""
        found = []
        for table in self.take(key, list):
            inner = Document(self.file, table)
            found.append(kind(inner))
            inner.done()
        return tuple(found)

    def table(self, key: str, kind: Callable[["Document"], T]) -> T:
        """One table, made into a type and done with."""
        inner = Document(self.file, self.take(key, dict))
        made = kind(inner)
        inner.done()
        return made

    def words(self, key: str, kind: Callable[[str], T]) -> frozenset[T]:
        """A list of words of a closed vocabulary."""
        try:
            return frozenset(kind(word) for word in self.texts(key))
        except ValueError as error:
            raise unsound(self.file, f"a word of {key} is unknown") from error

    def rest(self, kind: type[T]) -> dict[str, T]:
        """Every key that is left, all of one type."""
        return {key: self.take(key, kind) for key in tuple(self._left)}

    def done(self) -> None:
        """Nothing may be left."""
        if self._left:
            raise unsound(self.file, f"nobody knows {', '.join(sorted(self._left))}")


def _disputed(table: Document) -> Disputed:
    return Disputed(table.take("question", str), table.take("reading", str))


def _section(table: Document) -> Section:
    act = table.table("also_cited", lambda t: (t.take("act", str), t.take("section", str)))
    return Section(table.take("title", int), table.take("section", str), *act)


def _paths(table: Document, key: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(part) for part in path) for path in table.take(key, list))


def _offence(table: Document) -> Offence:
    return Offence(
        section=_section(table),
        paragraph=table.texts("paragraph"),
        unnamed=table.take("unnamed", str),
        elapsed_days=table.table("elapsed_days", lambda t: t.rest(int)),
        no_offence=_paths(table, "no_offence"),
    )


def _grounds(table: Document) -> Grounds:
    return Grounds(_section(table), table.table("classes", lambda t: t.rest(str)))


def _listed(table: Document) -> tuple[int, frozenset[str]]:
    table.take("why", str)
    return table.take("title", int), frozenset(table.texts("sections"))


def _title(table: Document) -> int:
    table.take("why", str)
    return table.take("title", int)


def _procedure(table: Document) -> tuple[int, int, int, frozenset[str]]:
    table.take("why", str)
    numbers = (table.take("title", int), table.take("first", int), table.take("last", int))
    return (*numbers, frozenset(table.texts("except")))


def _designation(table: Document) -> Designation:
    return Designation(
        never_titles=frozenset(table.tables("never_titles", _title)),
        only_sections=dict(table.tables("only_sections", _listed)),
        never_sections=dict(table.tables("never_sections", _listed)),
        procedure=table.tables("procedure", _procedure),
    )


def pack_text(document: Document, pack_id: str) -> PackText:
    """``pack.toml`` of the pack of this id.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    text = PackText(
        id=_same(document, pack_id),
        edition=document.take("edition", str),
        title=document.take("title", str),
        citation=document.take("citation", str),
        brings=document.texts("brings"),
        uses_periods=document.take("uses_periods", bool),
        requires_attestations=document.words("requires_attestations", Attests),
        purposes=document.words("purposes", lambda word: Purpose(word).value),
        retention=document.take("retention", str),
        penalties=document.texts("penalties"),
        rationale=document.take("rationale", str),
        sources=document.texts("sources"),
        disputed=document.tables("disputed", _disputed),
        designation=document.table("designation", _designation),
    )
    document.done()
    return text


def statute_text(document: Document, statute_id: str) -> StatuteText:
    """``statute.toml`` of the statute of this id.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    text = StatuteText(
        id=_same(document, statute_id),
        edition=document.take("edition", str),
        title=document.take("title", str),
        citation=document.take("citation", str),
        designated_by=document.take("designated_by", str),
        requires_attestations=document.words("requires_attestations", Attests),
        rationale=document.take("rationale", str),
        sources=document.texts("sources"),
        disputed=document.tables("disputed", _disputed),
        offence=document.table("offence", _offence),
        grounds=document.table("grounds", _grounds),
    )
    document.done()
    return text


def examples(document: Document) -> tuple[Example, ...]:
    """``examples.toml``.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    found = document.tables(
        "example",
        lambda t: Example(t.take("name", str), frozenset(t.texts("not")), tuple(sorted(t.texts("refused_under")))),
    )
    document.done()
    return found


def _same(document: Document, name: str) -> str:
    if document.take("id", str) != name:
        raise unsound(document.file, "the id is not the folder's name")
    return name
