# ruff: noqa: INP001 - a script beside its output, no package
"""Writes the vectors of standardisation: what is typed, and what linkage compares (docs/standardisation.md).

python vectors/standardise/generate.py [FOLDER]
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from narrowgate.domain import names
from narrowgate.domain.postal import is_sufficient
from narrowgate.linkage.postal_columns import parsed, street_parts
from narrowgate.linkage.romanised import romanised
from narrowgate.linkage.standardise import NO_DATE, days
from narrowgate.linkage.streets import street_level

GIVEN = (
    "John",
    "  JOHN ",
    "José María",
    "Mary Ann",
    "J",
    "J.",
    "Mr. John",
    "Dr John Smith-Jones",
    "Jr John",
    "John Jr.",
    "Jean-Luc",
    "Renée",
    "D'Andre",
    "Zoë",
    "Łukasz",
    "Ægir",
    "Þór",
    "O",
    "",
    "👨‍👩‍👧",
    "محمد",
    "Иван",
    "John\u200bny",
    "Sr. John",
    "Maria del Carmen",
)
SURNAMES = (
    "Smith",
    "smith",
    "O'Brien",
    "O’Brien",
    "Garcia Lopez",
    "García-López",
    "de la Cruz",
    "De La Cruz Jr.",
    "van der Berg",
    "VANDERBERG",
    "Mac Donald",
    "McDonald",
    "dos Santos",
    "da Silva e Souza",
    "Ortega y Gasset",
    "Prat i Soler",
    "St. John",
    "Al-Rashid",
    "Bin Laden",
    "Müller",
    "Mueller",
    "Nguyễn",
    "Smith III",
    "Smith 3rd",
    "Smith Sr",
    "Smith, Jr.",
    "Ng",
    "O",
    "Smith MD",
    "Núñez",
    "Straße",
    "Øster",
    "",
    "Петров",
    "李",
)
SUFFIXES = ("Jr", "JR.", "Junior", "Sr.", "II", "2nd", "2", "III", "3rd", "IV", "V", "Esq.", "", "the third", "Jr. MD")
DATES = (
    "1980-02-03",
    "02/03/1980",
    "2/3/1980",
    "19800203",
    "1980-02-30",
    "1980",
    "",
    "03.02.1980",
    "1980-02-03T00:00:00",
    "O2/03/1980",
    "00/00/0000",
)
ADDRESSES = (
    ("12 North Main Street", "Apt 4B", "Springfield", "IL", "62701"),
    ("12 N. Main St. #4B", "", "springfield", "Illinois", "62701-1234"),
    ("12 N Main St Aprt No 4 B", "", "Springfield", "IL", "62701"),
    ("12 N Main St", "# 2 Floor", "Springfield", "IL", "62701"),
    ("12 N Main St", "Upstairs Room 494", "Springfield", "IL", "62701"),
    ("BLDG 2 APT 9", "12 N Main St", "Springfield", "IL", "62701"),
    ("12 Main St SW", "", "Springfield", "IL", ""),
    ("12 Mian Stret", "", "Springfield", "IL", "62701"),
    ("145 E 145th St", "", "Bronx", "NY", "10451"),
    ("145 E One Hundred Forty Fifth St", "", "Bronx", "NY", "10451"),
    ("7 First Avenue", "", "Springfield", "IL", "62701"),
    ("12 1/2 Oak Ave", "", "Springfield", "IL", "62701"),
    ("12A Oak Ave", "", "Springfield", "IL", "62701"),
    ("65-10 Queens Blvd", "", "Queens", "NY", "11375"),
    ("N6W23001 Bluemound Rd", "", "Waukesha", "WI", "53188"),
    ("350 S 200 E", "", "Salt Lake City", "UT", "84111"),
    ("4500 Hwy 12 W", "", "Springfield", "IL", "62701"),
    ("99 County Road 12", "", "Springfield", "IL", "62701"),
    ("PO Box 123", "", "Springfield", "IL", "62701"),
    ("P.O. Box 123", "12 Main St", "Springfield", "IL", "62701"),
    ("RR 2 Box 15", "", "Springfield", "IL", "62701"),
    ("HC 68 Box 23A", "", "Springfield", "IL", "62701"),
    ("PSC 802 Box 74", "", "APO", "AE", "09499"),
    ("Calle Luna 12", "Urb. Las Flores", "San Juan", "PR", "00901"),
    ("General Delivery", "", "Springfield", "IL", "62701"),
    ("12", "", "Springfield", "IL", "62701"),
    ("Main St", "", "Springfield", "IL", "62701"),
    ("1OO38 14th Ave S", "", "Springfield", "IL", "62701"),
    ("|13 Crutcher Street", "", "Springfield", "IL", "62701"),
    ("1s17 Rimrock Ct", "", "Springfield", "IL", "62701"),
    ("Unknown Address", "", "Springfield", "IL", "62701"),
    ("12 Unknown St", "", "Springfield", "IL", "62701"),
    ("", "", "", "", "62701"),
)
STREETS = (
    ("N MAIN ST", "MAIN ST"),
    ("MAIN ST", "MIAN ST"),
    ("MAPLE ST", "MAPEL"),
    ("OAK ST", "OAK AVE"),
    ("N OAK ST", "S OAK ST"),
    ("145TH ST", "146TH ST"),
    ("33RD ST", "33 ST"),
    ("W 33 ST", "W 33 SHGREET"),
    ("BEAR CUB LN", "BEAR CUB KANE"),
    ("LAKE WOOD DR", "LAKEWOOD DR"),
    ("NW 165TH ST", "NORTHAEST 165TH ST"),
    ("COTTON ROW NW", "COTTON ROVV NW"),
    ("NEWELL ST", "NEWE1I ST"),
    ("ELM ST", "ELK ST"),
    ("PASEO DE VACA CIR", "PASEO DE VAXA CIRCIE"),
    ("MAIN ST", "OAK ST"),
)
ROMANISED = ("PETROV", "PETROFF", "MULLER", "MUELLER", "TCHAIKOVSKY", "CHAIKOVSKII", "KOWALSKI", "KOVALSKY", "ANDERSON")
LEVELS = ("same", "slip", "worn", "other")


def main(folder: Path) -> None:
    """Write the files."""
    written = {
        "names": {
            "given": [{"typed": t, **names.given(t)._asdict()} for t in GIVEN],
            "surname": [{"typed": t, **names.surname(t)._asdict()} for t in SURNAMES],
            "suffix": [{"typed": t, "standard": names.suffix(t)} for t in SUFFIXES],
            "romanised": [{"surname": t, "romanised": romanised(t)} for t in ROMANISED],
        },
        "dates": [{"typed": t, "days": None if days(t) == NO_DATE else days(t)} for t in DATES],
        "addresses": [_address(cells) for cells in ADDRESSES],
        "streets": [{"one": a, "other": b, "level": LEVELS[street_level(a, b)]} for a, b in STREETS],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _address(cells: tuple[str, str, str, str, str]) -> dict[str, object]:
    address = parsed(*cells)
    direction, core, suffix = street_parts(address.street)
    parts = {**asdict(address), "direction": direction, "core": core, "street_suffix": suffix}
    parts |= {"kind": address.kind.value, "unit": "".join(address.unit.split())}
    return {"typed": list(cells), "sufficient": is_sufficient(address), **parts}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
