"""What one line of an address says whatever the place it lies in: judged once per distinct line.

``parse`` of ``domain/postal.py`` reads five cells together, and a million rows hold nearly as many addresses. Their
parts repeat: streets, units and towns are few. Here is what ``parse`` makes of each part apart, and in which company
that would be otherwise; whoever puts the parts together asks ``parse`` itself there. Nothing is read another way.

Why the parts add up. ``N`` is one to six digits, the first not 0; ``body`` is what ``tidy`` leaves behind it.

1. ``tidy`` looks at words and their neighbours; between ``N`` and the rest stands a blank, so the rest is tidied the
   same behind any ``N``. It is tidied behind one, for by itself "3.5 Main" would be a decimal.
2. A line that begins with a digit is read as a number and a street, or not at all. Where the first word of ``body``
   is letters and digits alone, the number is ``N``: a range, a fraction or a letter would need a mark, or no blank.
3. The place changes what follows in two ways. A city is cut off ``body`` with what repeats the place behind it, if
   each word behind is a state's code or digits: then the city ends in the word before those (``guards``). And a
   street without suffix is none where it repeats the place: only behind a number as long as a ZIP Code, where it
   begins with a state or a ZIP Code, where the city begins with its first letter (``initial``), or where the city
   ends in its last word (``guards``).
4. Line 2 is read where line 1 is no delivery; beside a street or box it adds a unit or a box, and General Delivery on
   it undoes a street. That is one question a distinct line 2.
5. A line that is a box anywhere (no number before it) is the same box everywhere. A line without a digit but in its
   last word, whose first is not CALLE, without "One", is no delivery anywhere: numbers are looked for in the first
   word, or behind a word with something behind them.
6. Units are split off from the end. Where a line ends in a designator and a number, and is read as a street with that
   number for its unit and nothing else, it is so whatever the number: no rule of units looks at its digits, and every
   number alike may be part of a ZIP Code that repeats the place.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from narrowgate.domain.postal import AddressKind, parse
from narrowgate.domain.postal_street import parse_street, tidy
from narrowgate.domain.postal_words import STATES

_STATE_CODES = frozenset(STATES.values())
_DIGIT = re.compile(r"[0-9]")
_ONE = re.compile(r"\bONE\b")
_MOST_GUARDS = 2
_SOMEWHERE = ("", "", "22150")  # city, state, ZIP Code


class Line(NamedTuple):
    """What line 1 says wherever it lies, unless a guard says that the place may matter.

    Attributes:
        kind: of delivery.
        street, unit, box, route: as in ``PostalAddress``; of ``NONE``, whatever street could still be read.
        guards: a city that ends in one of these words may change it.
        initial: a city that begins with this letter may change it; "" where none does.
        bare: a street without suffix: a number as long as a ZIP Code may change it.
    """

    kind: AddressKind
    street: str = ""
    unit: str = ""
    box: str = ""
    route: str = ""
    guards: tuple[str, ...] = ()
    initial: str = ""
    bare: bool = False


class Second(NamedTuple):
    """What line 2 adds to a delivery on line 1; ``undoes`` a street where it is General Delivery."""

    unit: str
    box: str
    undoes: bool


@lru_cache(maxsize=1 << 16)
def behind_a_number(rest: str) -> Line | None:
    """What a line is that begins with a house number of one to six digits and goes on like this.

    Args:
        rest: as typed; it begins with a blank.

    Returns:
        A street, or ``NONE`` where no street follows; None where only the whole address tells.
    """
    line = tidy(f"1{rest}")
    body = line[2:]
    first, *_ = body.split(" ")
    if not line.startswith("1 ") or not first.isalnum() or "BOX" in body:
        return None
    guards = tuple(dict.fromkeys(_before_a_place(body.split(" "))))
    street = parse_street(body)
    if street is None or street.named:
        known = Line(AddressKind.STREET, street.text, street.unit) if street else Line(AddressKind.NONE)
        return known._replace(guards=guards) if len(guards) <= _MOST_GUARDS else None
    words = street.text.removesuffix("USA").split()
    guards = tuple(dict.fromkeys((*guards, street.text.rpartition(" ")[2])))
    if not words or _repeats_a_place(words[0]) or len(guards) > _MOST_GUARDS:
        return None
    initial = street.text[0]
    return Line(AddressKind.STREET, street.text, street.unit, guards=guards, initial=initial, bare=True)


def without_a_number(cell: str) -> Line | None:
    """What a line 1 is that does not begin with such a number: a box, nothing with line 2 blank, or None as above."""
    if not cell.strip():
        return Line(AddressKind.NONE)
    found = parse(cell, "", *_SOMEWHERE)
    if found.kind not in (AddressKind.STREET, AddressKind.NONE) and not found.number:
        return Line(found.kind, "", found.unit, found.box, found.route)
    if found.kind is AddressKind.NONE and _is_nothing(tidy(cell)):
        kept = behind_a_number(f" {cell}")  # the street of an address that lacks but the house number
        return kept._replace(kind=AddressKind.NONE) if kept else None
    return None


@lru_cache(maxsize=1 << 15)
def on_line_2(cell: str) -> Second:
    """What a line 2 adds: asked of ``parse`` beside a street that needs nothing."""
    found = parse("1 Main St", cell, *_SOMEWHERE)
    beside_a_box = parse("PO Box 1", cell, *_SOMEWHERE)
    return Second(beside_a_box.unit, found.box, found.kind is AddressKind.NONE)


def _is_nothing(line: str) -> bool:
    first, *behind = line.split(" ")
    return not (any(map(_DIGIT.search, (first, *behind[:-1]))) or line.startswith("CALLE") or _ONE.search(line))


def _before_a_place(words: list[str]) -> Iterator[str]:
    """The words behind each of which all repeat a place: a city that ends in one could be cut off there."""
    for at in range(len(words) - 1, 0, -1):
        if not all(_repeats_a_place(part) for part in words[at].split("-") if part):
            return
        yield words[at - 1]


def _repeats_a_place(word: str) -> bool:
    return word.isdigit() or word in _STATE_CODES
