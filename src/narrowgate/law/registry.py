"""The register of facts: each a documented function from request and circumstances to one boolean a row.

A fact's docstring is what ``explain`` shows of it, so a fact without one is refused.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import overload

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.request import Admitted
from narrowgate.law.pack import Pack
from narrowgate.law.values import Bools

Fact = Callable[[Admitted, Circumstances, Pack], Bools]
"""n booleans for n rows; False wherever something is missing or unknown."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A fact with what is said of it.

    Attributes:
        looked_at: its documentation.
        people: what people decide of it, and the machine does not; "" where the machine decides alone.
    """

    derive: Fact
    looked_at: str
    people: str


class Register:
    """Facts by id."""

    def __init__(self) -> None:
        self._facts: dict[str, Registered] = {}

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every registered fact, read only."""
        return MappingProxyType({name: one.derive for name, one in self._facts.items()})

    @overload
    def fact(self, function: Fact) -> Fact: ...
    @overload
    def fact(self, *, people: str) -> Callable[[Fact], Fact]: ...
    def fact(self, function: Fact | None = None, *, people: str = "") -> Fact | Callable[[Fact], Fact]:
        """Register a function under its own name.

        Raises:
            NarrowgateError: (``pack_unsound``) when it has no docstring, or its name is taken.
        """
        return partial(self._add, people) if function is None else self._add(people, function)

    def _add(self, people: str, function: Fact) -> Fact:
        name = function.__name__
        if not (function.__doc__ or "").strip():
            raise NarrowgateError(ErrorCode.PACK_UNSOUND, f"the fact {name} does not say what it looks at")
        if name in self._facts:
            raise NarrowgateError(ErrorCode.PACK_UNSOUND, f"two facts are named {name}")
        self._facts[name] = Registered(function, inspect.cleandoc(function.__doc__ or ""), people)
        return function

    def looked_at(self, name: str) -> str:
        """What a fact looked at: its documentation."""
        return self._facts[name].looked_at

    def people(self, name: str) -> str:
        """What people decide of a fact; "" where the machine decides alone."""
        return self._facts[name].people


REGISTER = Register()
"""The facts of this release; the modules of ``law.facts`` fill it."""
