"""Whether addresses are stated, for a million rows at once: 26 USC 6103(i)(2)(B)(i).

``domain/postal.py`` says what an address is, one at a time. Most lines are plain: a house number, one space, a street
that is marked as one. For these the verdict falls apart into three questions that have far fewer answers than there are
rows, and this module asks each once per distinct value:

1. A line is plain when it is ASCII, starts with a number of up to six digits that is no zero, and goes on in letters,
   digits, dots, commas and apostrophes. Such a number is a house number, whatever follows, so ``parse`` looks at the
   rest alone.
2. What follows it is judged by ``parse_street``. Where that finds a marked street that holds no box, and whose last
   word is neither a number nor the row's state (so that no city and state stand repeated behind it), neither the number
   nor the place can change the verdict.
3. The place must be one: city and state, or a ZIP Code.

Of the other lines, those without any digit, and those that are a box by themselves, are judged once for all places:
where no number stands the place is not looked at, and a box is a box anywhere. Every other row goes to ``parse`` and
``is_sufficient``; ``tests/property/test_law_vectorised.py`` compares the two.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.postal import AddressKind, is_sufficient, parse
from narrowgate.domain.postal_street import parse_street, tidy
from narrowgate.domain.postal_words import LONE_UNITS, STATES
from narrowgate.law.values import FEW, Bools, by_value, by_value_of, coded, columns_of

_CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")
_PLAIN = r"^(?P<number>[1-9][0-9]{0,5}) (?P<rest>[A-Za-z0-9][A-Za-z0-9 .,']*)$"
_UNIT = r"^(.* [A-Z]{2,}) (?:APT|UNIT|STE|LOT) [0-9]{1,4}[A-Z]?$"
_MAY_END_A_UNIT = frozenset({"FL", "FLR", "FLOOR", *LONE_UNITS.split("|")})
_MAY_HOLD_A_NUMBER = r"(?i)[0-9]|\bONE\b|[^\x00-\x7f]"
_MAY_BE_THE_POST_OFFICE = r"(?i)GEN|LIST|POST|[^\x00-\x7f]"
_SLOW, _NONE, _BOX, _STREET, _STREET_OR_STATE = range(5)
_STATES = {state: place for place, state in enumerate(sorted(set(STATES.values())))}


def stated(subjects: pa.Table) -> Bools:
    """Whether each row states an address: n booleans, exactly ``is_sufficient(parse(...))`` of its cells."""
    if subjects.num_rows <= FEW:
        return by_value(subjects, _CELLS, _is_address)
    line_1, line_2, city, state, zip_code = columns_of(subjects, _CELLS)
    parts = pc.extract_regex(line_1, _PLAIN)
    kind = coded(_street_alone(parts)).map(_kind, np.int8)
    kind[~np.asarray(parts.is_valid())] = _SLOW
    unclear = kind >= _STREET_OR_STATE
    repeated = kind[unclear] - _STREET_OR_STATE == coded(state.filter(pa.array(unclear))).map(_state, np.int8)
    kind[unclear] = np.where(repeated, _SLOW, _STREET)
    second = pc.utf8_trim_whitespace(line_2)
    blank = np.asarray(pc.equal(second, ""))
    elsewhere = np.asarray(pc.match_substring_regex(second, _MAY_BE_THE_POST_OFFICE))
    street = (kind == _STREET) & (blank | ~elsewhere)
    nothing = (kind == _NONE) & blank
    rest = pa.table([line_1, line_2, city, state, zip_code], names=list(_CELLS))
    wordy, box = _anywhere(rest, ~(street | nothing))
    delivered = street | box
    found: Bools = np.zeros(subjects.num_rows, np.bool_)
    slow = pa.array(~(delivered | nothing | wordy))
    found[np.asarray(slow)] = by_value(rest.filter(slow), _CELLS, _is_address)
    found[delivered] = _lies_somewhere(rest.filter(pa.array(delivered)))
    return found


def _anywhere(cells: pa.Table, where: Bools) -> tuple[Bools, Bools]:
    """Of some rows, those that name no delivery whatever the place, and those that name a box whatever the place."""
    nothing, box = np.zeros(cells.num_rows, np.bool_), np.zeros(cells.num_rows, np.bool_)
    lines = cells.filter(pa.array(where)).select(_CELLS[:2])
    number = [pc.match_substring_regex(line, _MAY_HOLD_A_NUMBER) for line in lines.columns]
    wordless = np.asarray(pc.invert(pc.or_(*number)))
    kinds = by_value_of(lines, _CELLS[:2], _line_kind, np.int8)
    nothing[where] = wordless & (kinds == _NONE)
    box[where] = kinds == _BOX
    return nothing, box


def _line_kind(line_1: str, line_2: str) -> int:
    """What two lines come to without a place: nothing, a box on the first, or something else."""
    kind = parse(line_1, line_2, "", "", "").kind
    if kind is AddressKind.NONE:
        return _NONE
    first = tidy(line_1)
    boxed = kind is not AddressKind.STREET and parse(line_1, "", "", "", "").kind is kind
    return _BOX if boxed and not first[:1].isdigit() and not first.startswith("ONE ") else _SLOW


def _lies_somewhere(places: pa.Table) -> Bools:
    """Whether a street in each place would lie somewhere: city and state suffice, and only then a ZIP Code counts."""
    found = by_value(places, _CELLS[2:4], lambda city, state: _is_place(city, state, ""))
    found[~found] = by_value(places.filter(pa.array(~found)), _CELLS[2:], _is_place)
    return found


def _street_alone(parts: pa.Array) -> pa.Array:
    """What follows the house number, in capitals; a unit behind it, which decides nothing, taken away."""
    return pc.replace_substring_regex(pc.ascii_upper(pc.struct_field(parts, "rest")), _UNIT, r"\1")


def _kind(rest: str) -> int:
    """What a street line comes to whatever its number and place: nothing, a street, or not to be told without them.

    From ``_STREET_OR_STATE`` on: a street, unless it lies in that state, whose abbreviation stands last.
    """
    text = tidy(rest)
    last = text[text.rfind(" ") + 1 :]
    if not last.isalpha() or last in _MAY_END_A_UNIT or "BOX" in text:
        return _SLOW
    street, state = parse_street(text), _STATES.get(last)
    if street is None:
        return _NONE if state is None else _SLOW
    if not street.named:
        return _SLOW
    return _STREET if state is None else _STREET_OR_STATE + state


def _state(cell: str) -> int:
    return _STATES.get(parse("", "", "", cell, "").state, -1)


def _is_address(*cells: str) -> bool:
    return is_sufficient(parse(*cells))


def _is_place(city: str, state: str, zip_code: str) -> bool:
    """Whether a street there would lie somewhere."""
    place = parse("", "", city, state, zip_code)
    return bool((place.city and place.state) or place.zip5)
