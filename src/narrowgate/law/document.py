"""A TOML file of a pack, taken apart key by key; what is missing, surplus or of another type is refused by its line."""

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from narrowgate.domain.errors import NarrowgateError
from narrowgate.law.prove import unsound

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)


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
        if key not in self._left:
            raise self.unsound(f"{key} is missing")
        value = self._left.pop(key)
        if type(value) is not kind:
            raise self.unsound(f"expected {key} to be of type {kind.__name__}", key)
        return value

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

    def words(self, key: str, kind: type[W]) -> frozenset[W]:
        """A list of words of a closed vocabulary."""
        words = self.texts(key)
        if unknown := [word for word in words if word not in set(kind)]:
            raise self.unsound(f"{key} knows no {unknown[0]!r}; its words are {', '.join(sorted(kind))}", key)
        return frozenset(kind(word) for word in words)

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
