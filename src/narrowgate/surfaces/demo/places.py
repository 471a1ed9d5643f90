"""Where the made-up people live, and how their addresses are written.

The simulation puts everyone in Anytown, WA 00000. Here each street gets one of a few dozen made-up towns in the state
of WA, by a hash of the noise-free street name: noise in a street's spelling moves nobody to another town, and the
records and the requests agree on the town. The ZIPs look valid; the towns do not exist. What the simulation did to
``Anytown`` and ``00000`` (left blank, misread, mistyped) is done to the town's name and ZIP instead.
"""

from dataclasses import dataclass
from hashlib import blake2b

from narrowgate.surfaces.demo.simulated import Address, Sighting

PLACES = (
    ("Alderfall", "98211"), ("Amberly", "98217"), ("Barrow Bay", "98219"), ("Birchmont", "98227"),
    ("Brackenridge", "98234"), ("Cedar Hollow", "98242"), ("Cedar Hollow", "98243"), ("Clamshell", "98246"),
    ("Cold Harbor", "98254"), ("Copperton", "98265"), ("Dunmere", "98268"), ("Eagle Narrows", "98269"),
    ("East Larch", "98285"), ("Fernside", "98286"), ("Foxglove", "98301"), ("Glacier Mills", "98306"),
    ("Glacier Mills", "98307"), ("Granite Point", "98308"), ("Greyling", "98309"), ("Hartsend", "98313"),
    ("Heron Flats", "98318"), ("Hollis Ferry", "98319"), ("Juniper Crossing", "98334"), ("Kestrel", "98341"),
    ("Lakemoor", "98347"), ("Larkspur Hill", "98348"), ("Millrace", "98369"), ("Mossy Ford", "98379"),
    ("North Dunmere", "98602"), ("Oldwater", "98618"), ("Otter Landing", "98633"), ("Pinecrest Falls", "98636"),
    ("Quarry Lake", "98652"), ("Ravensdock", "98653"), ("Saltmarsh", "98654"), ("South Prairie Junction", "98657"),
    ("Stillwater", "98676"), ("Thornbury", "98801"), ("Tidewell", "98805"), ("Upper Sorrel", "98809"),
)  # fmt: skip
STATE = "WA"
_TOWN_AS_SIMULATED = "Anytown"


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it stands in a file."""

    line_1: str = ""
    line_2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""

    def upper(self) -> "Written":
        """The same in capitals, as tax files have it."""
        return Written(
            self.line_1.upper(), self.line_2.upper(), self.city.upper(), self.state.upper(), self.zip.upper()
        )


def town_of(address: Address) -> tuple[str, str]:
    """Town and ZIP of a noise-free address."""
    key = address.street or f"po box {address.po_box}"
    return PLACES[int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") % len(PLACES)]


def write_sighting(seen: Sighting, *, inline_unit: bool = False) -> Written:
    """The address on a line of a file, noise included.

    Args:
        seen: the line.
        inline_unit: writes the unit behind the street instead of on a line of its own.
    """
    city, code = town_of(seen.clean)
    line_1, line_2 = _lines(seen.stated, inline_unit=inline_unit)
    return Written(line_1, line_2, _noised_city(city, seen.city), seen.state, _noised_zip(code, seen.zip))


def write_clean(address: Address) -> Written:
    """A noise-free address in full."""
    city, code = town_of(address)
    return Written(*_lines(address, inline_unit=False), city, STATE, code)


def _lines(address: Address, *, inline_unit: bool) -> tuple[str, str]:
    if address.po_box:
        return f"PO Box {address.po_box}", ""
    street = " ".join(filter(None, (address.number, _capitals(address.street))))
    unit = _capitals(address.unit)
    return (f"{street} {unit}".strip(), "") if inline_unit else (street, unit)


def _capitals(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _noised_city(city: str, simulated: str) -> str:
    """Blank stays blank; any misspelling of Anytown drops the letter of the town that it hits."""
    if simulated in ("", _TOWN_AS_SIMULATED):
        return city if simulated else ""
    spot = next((i for i, (a, b) in enumerate(zip(simulated, _TOWN_AS_SIMULATED, strict=False)) if a != b), -1)
    return city[:spot] + city[spot + 1 :] if 0 <= spot < len(city) - 1 else city[:-1]


def _noised_zip(code: str, simulated: str) -> str:
    """Each digit that the simulation changed is changed likewise; a lost digit is lost."""
    return "".join(digit if seen == "0" else seen for digit, seen in zip(code, simulated, strict=False))
