"""The register of facts: each a documented function from request and circumstances to one boolean a row.

A fact's docstring is what ``explain`` shows of it, so a fact without one is refused.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.request import Admitted
from narrowgate.law.pack import Pack
from narrowgate.law.values import Bools

Fact = Callable[[Admitted, Circumstances, Pack], Bools]
"""n booleans for n rows; False wherever something is missing or unknown."""


class Register:
    """Facts by id."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every registered fact, read only."""
        return MappingProxyType(self._facts)

    def fact(self, function: Fact) -> Fact:
        """Register a function under its own name.

        Raises:
            NarrowgateError: (``pack_unsound``) when it has no docstring, or its name is taken.
        """
        name = function.__name__
        if not (function.__doc__ or "").strip():
            raise NarrowgateError(ErrorCode.PACK_UNSOUND, f"the fact {name} does not say what it looks at")
        if name in self._facts:
            raise NarrowgateError(ErrorCode.PACK_UNSOUND, f"two facts are named {name}")
        self._facts[name] = function
        return function

    def looked_at(self, name: str) -> str:
        """What a fact looked at: its documentation."""
        return inspect.cleandoc(self._facts[name].__doc__ or "")
