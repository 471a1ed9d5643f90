"""Postal addresses: parsed once, and judged for what 26 USC 6103(i)(2)(B)(i) asks of a requester, *the address*.

"A zip code is not an address" (D.D.C., 26 February 2026). A sufficient address is a house number with a street, or a
box (post office, rural route, highway contract, military), together with a city and state or a ZIP Code. Forms follow
USPS Publication 28; whatever cannot be parsed, and whatever only fills the field, is no address.

Decisions:

- Fillers are refused even beside a number, dressed as a street ("123 Unknown St", "1 Blank St", "12 See Notes Rd"),
  though a few roads are called so; words that many a street bears pass with a suffix ("12 Home St", "8 Zero St").
- A street of digits alone needs a suffix or a direction ("350 S 200 E"); "0 0" and "12345 12345" are no addresses.
- Without a suffix one letter or two are no street ("15 E", "QQ", "N K"), nor is a number in words ("7 Eleven").
- A number that counts something else is no house's: "3 miles north of …", "300 block of …", "45 years old".
- Of house numbers in words only "One" is read: "Two Rivers Rd" has no number.
- General Delivery names no place of the person's own: insufficient, also with the post office's street beside it.
- Beside a foreign country or province five digits are no ZIP Code.
- A house number of zeros, or of more than six digits, is none; ZIP Codes run from 00501 to 99950.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from narrowgate.domain.fillers import is_filler
from narrowgate.domain.fold import fold
from narrowgate.domain.postal_street import leading_unit, lone_unit, parse_street, tidy
from narrowgate.domain.postal_words import COUNTRIES, NUMBER_WORDS, PROVINCES, STATES, UNITS


class AddressKind(StrEnum):
    """What sort of delivery address it is; ``NONE`` where none could be found."""

    STREET = "street"
    PO_BOX = "po_box"
    RURAL_ROUTE = "rural_route"
    HIGHWAY_CONTRACT = "highway_contract"
    MILITARY = "military"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address, folded; what it has not is "".

    Attributes:
        kind: where ``NONE``, the delivery fields are empty.
        number: house number: "12", "12A", "12 1/2", "65-10", "N6W23001", "KM 3 2".
        street: with Publication 28 abbreviations for directions and suffix: "N MAIN ST".
        unit: without its designator: "9", "4B"; several parted by a space, larger first: "2 9".
        box: of a post office, route or military address.
        route: "2" of "RR 2 BOX 15" and of "HC 2 BOX 15"; "PSC 802" of a military address.
        city: "" where it is a filler.
        state: two letters: states, possessions, AA, AE, AP.
        zip5: "" unless the cell holds five or nine digits within the range in use.
    """

    kind: AddressKind
    number: str
    street: str
    unit: str
    box: str
    route: str
    city: str
    state: str
    zip5: str


class _Delivery(NamedTuple):
    kind: AddressKind
    number: str = ""
    street: str = ""
    unit: str = ""
    box: str = ""
    route: str = ""


class Place(NamedTuple):
    """Where an address lies: each folded, "" where the cell says nothing of use."""

    city: str
    state: str
    zip5: str


_NOTHING = _Delivery(AddressKind.NONE)
_BOX = r"(?:BO?X|BUZON|BZN) ?"
_BOX_NUMBER = r"(?:# ?|NO )?(?P<box>\d{1,6}(?:-?[A-Z]{1,2})?|[A-Z]-?\d{1,5}|[A-WYZ])(?: .*)?"
_ROUTE_NUMBER = r"[ -]?(?:# ?|NO )?(?P<route>\d{1,3}[A-Z]?) "
_BOXES = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (AddressKind.MILITARY, rf"(?P<route>(?:PSC|CMR|UNIT|OMC|UMR) \d{{1,6}}) {_BOX}{_BOX_NUMBER}"),
        (
            AddressKind.RURAL_ROUTE,
            rf"(?:R ?R|RURAL (?:ROUTE|RTE|RT)|R ?F ?D|R ?D|RTE?|ROUTE){_ROUTE_NUMBER}{_BOX}{_BOX_NUMBER}",
        ),
        (
            AddressKind.HIGHWAY_CONTRACT,
            rf"(?:H ?C ?R?|HIGHWAY CONTRACT(?: ROUTE| RTE)?|STAR (?:ROUTE|RTE|RT)){_ROUTE_NUMBER}{_BOX}{_BOX_NUMBER}",
        ),
        (
            AddressKind.PO_BOX,
            r"(?:P ?O ?B(?:O?X)?|(?:POST OFFICE )?BOX|(?:P ?O ?)?DRAWER|(?:FIRM )?CALLER|LOCK ?BOX|APARTADO"
            r"(?: POSTAL)?) ?" + _BOX_NUMBER,
        ),
    )
)
_NUMBERED = re.compile(
    r"(?P<number>\d{1,6}(?: ?- ?\d{1,5})?(?:-?[A-Z])?(?:[ -][1-9]/[2-9])?"  # 12, 65-10, 12A, 12 1/2
    r"|\d{1,3}[NSEW]\d{1,5}|[NSEW]\d{1,6}(?:[NSEW]\d{1,6})?"  # the grids of Illinois and Wisconsin
    r"|[A-Z]{1,2}-?\d{1,4}(?= (?:CALLE|AVE|AVENIDA|CARR|PASEO|CAMINO|VIA)\b)"  # block and lot of Puerto Rico
    r"|ONE(?! (?:TREE|MILE|HORSE)\b)) (?P<rest>[A-Z0-9#].*)"
)
_KILOMETRE = re.compile(
    r"(?P<road>(?:CARR|CARRETERA|PR|RD|ROAD) \d{1,4}) (?:R\d+ )?(?P<km>KM \d{1,3}(?: \d{1,2})?)(?: .*)?"
)
_NUMBER_BEHIND = re.compile(
    rf"(?P<street>CALLE [A-Z]+(?: (?!(?:{UNITS}|KM|BOX|BUZON|PISO|EDIF|SECTOR|BO|NO|NUM|NUMERO)\b)[A-Z]+)*)"
    r" (?:NO |NUM |NUMERO |# ?)?(?P<number>\d{1,6}[A-Z]?)"
)
_GENERAL_DELIVERY = re.compile(r"GEN(?:ERA)?L? DEL(?:IVERY)?|LISTA DE CORREOS|POSTE RESTANTE")
_LED_IN = re.compile(
    r"(?:C/O|CO|ATTN|ATTENTION|IN CARE OF|CARE OF"  # another's house
    r"|URB|URBANIZACION|COND|CONDOMINIO|EDIF|EDIFICIO|RES|RESIDENCIAL|BO|BARRIO|EXT|SECTOR|PARC|PARCELAS|JARDINES"
    r"|VILLA|REPARTO|ALTURAS|ESTANCIAS|MANSIONES)"  # Puerto Rico: the urbanization stands before the house
    r" .*?(?<= )(?P<rest>[A-Z]{0,2}-?\d.*)"
)
_PO_BOX_BEHIND = re.compile(r" P ?O ?BO?X ?#? ?(?P<box>\d{1,6})$")
_ZIP_DIGITS = 5
_ZIP = re.compile(r"([0-9]{5})(?:[ -]?[0-9]{4})?")


@lru_cache(maxsize=2**17)  # three stages ask for the same addresses, one batch after the other
def parse(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> PostalAddress:
    """Parse an address as typed into five cells.

    1. City, state and ZIP Code are folded; fillers and values out of range count as none.
    2. The delivery is looked for in line 1, then as a box in both ("RR 2", "BOX 15"), then in line 2 (line 1 may be
       an attention line), then in both as one.
    3. A street beside General Delivery is the post office's.
    4. A unit or a post office box that stands on the other line is taken from there.

    Returns:
        The address; ``kind`` is ``NONE`` where no delivery could be found.
    """
    place = place_of(city, state, zip_code)
    first, second = tidy(line_1), tidy(line_2)
    found, other = _delivery(first, place), second
    if not found and second:
        both = f"{first} {second}"
        found, other = _boxed(both), ""
        if not found and not lone_unit(second) and (found := _delivery(second, place)):
            other = first
        found = found or _delivery(both, place)
    if not found or (second and found.kind is AddressKind.STREET and _is_general_delivery(first, second)):
        found = _NOTHING
    unit, box = found.unit, found.box
    if other and found is not _NOTHING:
        unit = unit or lone_unit(other)
        box = box or _po_box(other)
    return PostalAddress(found.kind, found.number, found.street, unit, box, found.route, *place)


def is_sufficient(address: PostalAddress) -> bool:
    """Whether an address is one: 26 USC 6103(i)(2)(B)(i), and not a ZIP Code or a filler.

    Its delivery part must be whole, and it must lie somewhere: a city and state, or a ZIP Code.
    """
    if not ((address.city and address.state) or address.zip5):
        return False
    match address.kind:
        case AddressKind.STREET:
            return bool(address.number and address.street)
        case AddressKind.PO_BOX:
            return bool(address.box)
        case AddressKind.NONE:
            return False
        case _:
            return bool(address.route and address.box)


def place_of(city: str, state: str, zip_code: str) -> Place:
    """The place that three cells state; a ZIP Code beside a foreign region is none."""
    place = Place(_city(city), _state(state), _zip5(zip_code))
    return place._replace(zip5="") if place.zip5 and not place.state and _is_abroad(place.city, state) else place


def _is_abroad(city: str, state: str) -> bool:
    region = fold(state).replace(" ", "")
    return region in PROVINCES or region in COUNTRIES or city.replace(" ", "") in COUNTRIES


def _is_general_delivery(*lines: str) -> bool:
    return any(_GENERAL_DELIVERY.fullmatch(line) for line in lines)


def _delivery(line: str, place: Place) -> _Delivery | None:
    if not line:
        return None
    if not line[0].isdigit() and (behind := _NUMBER_BEHIND.fullmatch(line)):
        line = f"{behind['number']} {behind['street']}"
    if line[0].isdigit():
        return _numbered(line, place)
    if found := _boxed(line) or _numbered(line, place):
        return found
    if led_in := _LED_IN.fullmatch(line):
        return _boxed(led_in["rest"]) or _numbered(led_in["rest"], place)
    if kilometre := _KILOMETRE.fullmatch(line):
        return _Delivery(AddressKind.STREET, kilometre["km"], kilometre["road"].replace("CARRETERA", "CARR"))
    unit, rest = leading_unit(line)
    found = _numbered(rest, place) if unit else None
    return found._replace(unit=unit) if found else None


def _boxed(line: str) -> _Delivery | None:
    for kind, pattern in _BOXES:
        found = pattern.fullmatch(line)
        if found and found["box"].strip("0-"):
            route = found.groupdict().get("route", "")
            if kind is not AddressKind.PO_BOX and not route.split(" ")[-1].strip("0"):
                return None
            return _Delivery(kind, box=found["box"].replace("-", ""), route=route)
    return None


def _po_box(line: str) -> str:
    found = _boxed(line)
    return found.box if found and found.kind is AddressKind.PO_BOX else ""


def _numbered(line: str, place: Place) -> _Delivery | None:
    """A house number and a street, with the fillers that a number may stand before."""
    found = _NUMBERED.fullmatch(line)
    if not found:
        return None
    number, rest, box = found["number"], found["rest"], ""
    if "BOX" in rest:
        if boxed := _boxed(rest):
            return boxed._replace(number=number)
        if behind := _PO_BOX_BEHIND.search(rest):
            rest, box = rest[: behind.start()], behind["box"]
    street = parse_street(_without_place(rest, place))
    number = _house_number(number)
    if not street or not number or (not street.named and _is_place(number, street.text, place)):
        return None
    return _Delivery(AddressKind.STREET, number, street.text, street.unit, box)


def _house_number(number: str) -> str:
    """The number without leading zeros; "" for zeros alone."""
    if number == "ONE":
        return "1"
    if "-" in number:
        number = number.replace(" -", "-").replace("- ", "-")
    if "/" in number:
        number = f"{number[:-4]} {number[-3:]}"
    elif "-" in number and number[-1].isalpha():
        number = number.replace("-", "")
    return "" if not number.strip("0-") else number.lstrip("0")


def _without_place(rest: str, place: Place) -> str:
    """The street without a city, state and ZIP Code repeated behind it."""
    city, state, zip5 = place
    at = rest.rfind(f" {city} ") if city else -1
    if at < 0:
        return rest
    behind = rest[at + len(city) + 2 :].replace("-", " ").split()
    repeats = all(word in (state, zip5) or word.isdigit() for word in behind)
    return rest[:at] if repeats else rest


def _is_place(number: str, street: str, place: Place) -> bool:
    """Whether number and unsuffixed street only repeat the ZIP Code, the city or the state."""
    if number == place.zip5:
        return True
    words = (street.removeprefix(place.city) if place.city else street).removesuffix("USA").split()
    town, _, behind = place.city.partition(" ")
    if behind == street and town.startswith(NUMBER_WORDS):
        return True  # "29 Palms" in Twentynine Palms
    is_state = len(number) == _ZIP_DIGITS and "".join(words) in STATES
    return is_state or all(word in (place.state, place.zip5) for word in words)


@lru_cache(maxsize=1 << 15)
def _city(cell: str) -> str:
    city = fold(cell)
    return "" if city.isdigit() or is_filler(city) else city


@lru_cache(maxsize=1 << 10)
def _state(cell: str) -> str:
    return STATES.get(fold(cell).replace(" ", ""), "")


def _zip5(cell: str) -> str:
    found = _ZIP.fullmatch(cell.strip())
    return found[1] if found and "00501" <= found[1] <= "99950" else ""
