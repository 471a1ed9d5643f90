"""What can still be read of an address that is none: its number, or its street, for telling spellings apart.

A line so damaged confirms nothing by itself. Beside a whole line of the same person it may be that one, damaged
(``address.likeness``), or contradict it.
"""

import re

from narrowgate.domain.postal import AddressKind, PostalAddress, parse
from narrowgate.domain.postal_street import tidy

_DIGITS_FOR = str.maketrans("OQDISLZBG", "000151286")
_NUMBER_LIKE = re.compile(r"(?=.*\d)[0-9OQDISLZBG]{2,6}|\d")
_NUMBER = re.compile(r"[1-9]\d{0,5}")
_INSIDE = re.compile(r"(?<=\d)[OQDISLZB]+(?=\d)")


def legible(number: str) -> str:
    """A house number with the letters between its digits that a scanner takes for digits: "1S17" is 1517.

    Letters at an end are left ("12B" is another house than 128), and so are those of a grid ("N6W23001").
    """
    return _INSIDE.sub(lambda letters: letters[0].translate(_DIGITS_FOR), number) if number.isalnum() else number


def worn_address(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> PostalAddress:
    """Read five cells that are no address.

    1. A number alone is a number without its street.
    2. A first word that scans like a number is one, if a street follows.
    3. Else the line is read as a street without its number.

    Returns:
        Of kind ``NONE``; number, street and unit as far as they could be read.
    """
    line = tidy(line_1 or line_2)
    first, _, rest = line.partition(" ")
    number = first.translate(_DIGITS_FOR) if _NUMBER_LIKE.fullmatch(first) else ""
    if number and not rest:  # 1
        guess = parse(f"{number} MAIN ST", "", city, state, zip_code)
        return _unsound(guess, guess.number, "", "")
    if number and _NUMBER.fullmatch(number):  # 2
        guess = parse(f"{number} {rest}", "", city, state, zip_code)
        if guess.kind is AddressKind.STREET:
            return _unsound(guess, guess.number, guess.street, guess.unit)
    guess = parse(f"1 {line_1 or line_2}", "", city, state, zip_code)  # 3
    return _unsound(guess, "", guess.street, guess.unit)


def _unsound(guess: PostalAddress, number: str, street: str, unit: str) -> PostalAddress:
    return PostalAddress(AddressKind.NONE, number, street, unit, "", "", guess.city, guess.state, guess.zip5)
