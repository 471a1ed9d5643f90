"""Addresses that are one, and what people type instead."""

import time
from dataclasses import replace

import pytest

from narrowgate.domain.postal import AddressKind, is_sufficient, parse

STREETS = {
    "1290 Cntrl Ave": ("1290", "CNTRL AVE", ""),
    "3727 C.H. V": ("3727", "C H V", ""),
    "6337 US 42 NE": ("6337", "US 42 NE", ""),
    "742 Evergreen Terrace": ("742", "EVERGREEN TER", ""),
    "1 1st": ("1", "1ST", ""),
    "12 Unknown Soldiers Way": ("12", "UNKNOWN SOLDIERS WAY", ""),
    "4 None Such Ln": ("4", "NONE SUCH LN", ""),
    "7 Nowhere Rd": ("7", "NOWHERE RD", ""),
    "100 Homeless Jack Rd": ("100", "HOMELESS JACK RD", ""),
    "12 No Name Rd": ("12", "NO NAME RD", ""),
    "12 Care Ln": ("12", "CARE LN", ""),
    "12 See Rd": ("12", "SEE RD", ""),
    "12 Home St": ("12", "HOME ST", ""),
    "8 Zero St": ("8", "ZERO ST", ""),
    "12 N A St": ("12", "N A ST", ""),
    "12 Noname Rd": ("12", "NONAME RD", ""),
    "6337 Hwy 441 SE 65": ("6337", "HWY 441 SE 65", ""),
    "12 Lost Lake Dr": ("12", "LOST LAKE DR", ""),
    "8 Home Town Rd": ("8", "HOME TOWN RD", ""),
    "9 Ice House Rd": ("9", "ICE HOUSE RD", ""),
    "1 Test Pilot Ln": ("1", "TEST PILOT LN", ""),
    "12 Highway 12": ("12", "HWY 12", ""),
    "100 US Highway 1": ("100", "US HWY 1", ""),
    "55 County Road 12": ("55", "COUNTY RD 12", ""),
    "W1234 County Road X": ("W1234", "COUNTY RD X", ""),
    "12 1/2 Main St": ("12 1/2", "MAIN ST", ""),
    "12-1/2 Main St": ("12 1/2", "MAIN ST", ""),
    "12½ Main St": ("12 1/2", "MAIN ST", ""),
    "350 S 200 E": ("350", "S 200 E", ""),
    "350 South 200 East": ("350", "S 200 E", ""),
    "N6W23001 Bluemound Rd": ("N6W23001", "BLUEMOUND RD", ""),
    "39W123 Fabyan Pkwy": ("39W123", "FABYAN PKWY", ""),
    "65-10 Kissena Blvd": ("65-10", "KISSENA BLVD", ""),
    "65–10 Kissena Boulevard": ("65-10", "KISSENA BLVD", ""),
    "65 - 10 Kissena Blvd": ("65-10", "KISSENA BLVD", ""),
    "1 Broadway": ("1", "BROADWAY", ""),
    "One Main St": ("1", "MAIN ST", ""),
    "15 E St NW": ("15", "E ST NW", ""),
    "12A Main St": ("12A", "MAIN ST", ""),
    "12-A Main St": ("12A", "MAIN ST", ""),
    "0012 Main St": ("12", "MAIN ST", ""),
    "12 N. Main Street, Apt. 9": ("12", "N MAIN ST", "9"),
    "12 north main street apartment 9": ("12", "N MAIN ST", "9"),
    "12 Main St #9": ("12", "MAIN ST", "9"),
    "12 Main St # 4-B": ("12", "MAIN ST", "4B"),
    "12 Main St Unit 9": ("12", "MAIN ST", "9"),
    "123 Main St 4B": ("123", "MAIN ST", "4B"),
    "123 5th Ave 3rd Floor": ("123", "5TH AVE", "3"),
    "123 Main St Bldg 2 Apt 9": ("123", "MAIN ST", "2 9"),
    "123 Main St Rear": ("123", "MAIN ST", "REAR"),
    "Apt 4 123 Main St": ("123", "MAIN ST", "4"),
    "#9 12 Oak Ave": ("12", "OAK AVE", "9"),
    "12 Key St Unit 4": ("12", "KEY ST", "4"),
    "12 Space Dr": ("12", "SPACE DR", ""),
    "12 Front St": ("12", "FRONT ST", ""),
    "1600 Pennsylvania Ave NW": ("1600", "PENNSYLVANIA AVE NW", ""),
    "1600 Pennsylvania Avenue Northwest": ("1600", "PENNSYLVANIA AVE NW", ""),
    "55 Saint James Pl": ("55", "ST JAMES PL", ""),
    "123 Fifth Avenue": ("123", "5TH AVE", ""),
    "123 5th Ave": ("123", "5TH AVE", ""),
    "66 NE 5 Ave": ("66", "NE 5 AVE", ""),
    "123 W 45th St": ("123", "W 45TH ST", ""),
    "123 45th": ("123", "45TH", ""),
    "10 Avenue of the Americas": ("10", "AVE OF THE AMERICAS", ""),
    "123 Avenue X": ("123", "AVE X", ""),
    "123 MLK Blvd": ("123", "MLK BLVD", ""),
    "1 Park Plaza": ("1", "PARK PLZ", ""),
    "12 North Ave": ("12", "N AVE", ""),
    "5 The Esplanade": ("5", "THE ESPLANADE", ""),
    "12 Peña Blvd": ("12", "PENA BLVD", ""),
    "12 O'Brien Ct": ("12", "OBRIEN CT", ""),
    "12 O’Brien Ct": ("12", "OBRIEN CT", ""),
    "12 Wert Rd": ("12", "WERT RD", ""),
    "100 Virginia": ("100", "VIRGINIA", ""),
    "c/o John Smith 123 Main St": ("123", "MAIN ST", ""),
    "Attn: Records, 123 Main St": ("123", "MAIN ST", ""),
    "URB Las Gladiolas 150 Calle A": ("150", "CALLE A", ""),
    "150 Calle A": ("150", "CALLE A", ""),
    "Calle Luna 1011": ("1011", "CALLE LUNA", ""),
    "Calle Sol No. 14": ("14", "CALLE SOL", ""),
    "Calle Sol № 14": ("14", "CALLE SOL", ""),
    "A17 Calle Amapola": ("A17", "CALLE AMAPOLA", ""),
    "Carr 116 Km 3.2": ("KM 3 2", "CARR 116", ""),
    "123 Main St Springfield VA 22150": ("123", "MAIN ST", ""),
    "123 Main St, Springfield, VA 22150-1234": ("123", "MAIN ST", ""),
    "12 Unknоwn Soldiers Way": ("12", "UNKNOWN SOLDIERS WAY", ""),  # a Cyrillic o is read as Latin
    "123 Springfield Ave": ("123", "SPRINGFIELD AVE", ""),
}

BOXES = {
    "PO Box 12": ("po_box", "12", ""),
    "P.O. Box 12": ("po_box", "12", ""),
    "P O BOX 12A": ("po_box", "12A", ""),
    "Post Office Box 12": ("po_box", "12", ""),
    "POB 12": ("po_box", "12", ""),
    "PO Box #12": ("po_box", "12", ""),
    "Firm Caller 12": ("po_box", "12", ""),
    "Drawer A": ("po_box", "A", ""),
    "Apartado 12": ("po_box", "12", ""),
    "Box 12": ("po_box", "12", ""),
    "RR 2 Box 15": ("rural_route", "15", "2"),
    "R.R. #2, Box 15": ("rural_route", "15", "2"),
    "Rural Route 2, Box 15": ("rural_route", "15", "2"),
    "RFD 2 Box 15": ("rural_route", "15", "2"),
    "HC 1 Box 33": ("highway_contract", "33", "1"),
    "HC-1 Box 33": ("highway_contract", "33", "1"),
    "HC 1 Buzon 33": ("highway_contract", "33", "1"),
    "Star Route 3 Box 9": ("highway_contract", "9", "3"),
    "PSC 802 Box 74": ("military", "74", "PSC 802"),
    "CMR 4 BOX 5": ("military", "5", "CMR 4"),
    "Unit 2050 Box 4190": ("military", "4190", "UNIT 2050"),
}

NO_ADDRESS = [
    "1 Null St",
    "1 Blank St",
    "12 Blank Blvd Apt 4",
    "12 Address Ln",
    "12 See Notes Rd",
    "12 Street Unknown",
    "12 Main St Apt Unknown",
    "12 Anystreet",
    "12 Calle Desconocida",
    "12 rue Inconnue",
    "12 N/A St",
    "12 N-A St",
    "12 U/K St",
    "6 Unknowm Rd",
    "5 Declned Ave",
    "123 Pending Review Ave",
    "12 Not On Record Dr",
    "3 Keine Angabe St",
    "12 Νone Ave",  # a Greek N
    "12 Main St ул. Ленина",
    "12 ??? Main St",
    "15 E",
    "7 Eleven",
    "45 years old",
    "3 miles north of Main St",
    "300 block of Main St",
    "5 May 2024",
    "-1 Main St",
    "12.5 Main St",
    "Calle Luna Apt 5",
    "Calle Ninguna 5",
    "12 General Delivery",
    "1 No Street",
    "12 No Such Street",
    "1 as above",
    "1 ABCDEF",
    "1 the street",
    "1 on the streets",
    "1 street of la",
    "1 QQ",
    "1 no",
    "1 yes",
    "1 removed",
    "1 ERO",
    "1 out of country",
    "1 overseas",
    "1 foreign address",
    "1 to be determined",
    "1 to be provided",
    "1 testing 123",
    "1 PO BOX",
    "HC 0 BOX 1",
    "PSC 0 BOX 1",
    "1 left blank",
    "1 intentionally blank",
    "1 return to sender",
    "1 moved",
    "1 moved no forwarding",
    "1 undeliverable",
    "1 county jail",
    "1 in custody",
    "12 see notes",
    "1 see remarks",
    "1 refer to file",
    "1 per file",
    "1 f@iled to provide",
    "1 Fai1ed to prov1de",
    "1 unkwown",
    "1 unknow",
    "1 uknonwn",
    "1 unknwon",
    "1 uunknown",
    "1 unknown1",
    "1 dk",
    "1 d/k",
    "1 n k",
    "1 Homeless St",
    "22150 usa",
    "1 #N/A",
    "1 NaN",
    "1 undefined st",
    "RR 0 Box 1",
    "12 Lot 4",
    "",
    "Failed to Provide",
    "FAILURE TO PROVIDE",
    "Unknown Address",
    "Address Unknown",
    "Don't Care 12345",
    "N/A",
    "n / a",
    "none",
    "123 Unknown St",
    "1 Unknown",
    "xxx",
    "0 0",
    "999 Nowhere",
    "homeless",
    "12 Homeless",
    "transient",
    "see file",
    "same as above",
    "12 same as above",
    "refused",
    "1 Refused to give",
    "declined to state",
    "asdf",
    "123 asdf",
    "test",
    "1 test",
    "123 Test St",
    "no fixed address",
    "12 no fixed address",
    "desconocido",
    "12 desconocido",
    "sin domicilio",
    "1 sin domicilio fijo",
    "inconnu",
    "unbekannt",
    "12 unbekannt",
    "sans domicile fixe",
    "12345",
    "22150",
    "22150-1234",
    "ZIP 12345",
    "12345 zip code",
    "General Delivery",
    "in care of ICE",
    "123 in care of ICE",
    "c/o ICE",
    "attn: records",
    "U.N.K.N.O.W.N",
    "u n k n o w n",
    "10 U N K N O W N",
    "1 unkn0wn",
    "1 N0NE",
    "99999 99999",
    "11111 11111",
    "qwerty",
    "1 qwerty",
    "123 xxx",
    "123 sdfsdf",
    "123 fghjk",
    "12 zzz st",
    "12345 Unknown Address",
    "0 Main St",
    "00 Main St",
    "00000 Main St",
    "1 N/A",
    "1 n.a.",
    "22150 Springfield",
    "22150 Springfield VA",
    "12345 Springfield VA",
    "Springfield VA 22150",
    "12345 Virginia USA",
    "12345 Virginia",
    "123 Street",
    "123 Ave",
    "123 Fake St",
    "123 Any St",
    "123 Anywhere St",
    "123 Your Street",
    "12 Street Name",
    "1 X",
    "9 abc st",
    "703 555 1234",
    "123-45-6789",
    "123 456",
    "Two Rivers Rd",
    "Main St",
    "Lincoln Towers",
    "Apt 4",
    "#9",
    "123",
    "123 .",
    ".",
    "-",
    "?",
    "x",
    "1234567 Main St",
    "5 TBD",
    "12 pending",
    "1 blank",
    "1 null",
    "12 none",
    "PO Box",
    "PO Box Unknown",
    "PO Box 0",
    "PO Box 000",
    "PO Box X",
    "PO Box N/A",
    "RR 2",
    "HC 1",
    "PSC 802",
    "Unit 9",
    "Box",
    "12 Homeless Shelter",
    "99 Failed to provide",
    "99 failed to provide st",
    "123 not provided st",
    "123 not available",
    "123 no address given",
    "12 address not known",
    "12 does not know",
    "12 whatever",
    "999 idk",
    "1 ???",
    "12 #",
    "12 Apt 4",
    "Highway 12",
    "US 1",
]


TWO_LINES = {
    ("c/o Jane Doe", "12 Main St Apt 3"): ("12", "MAIN ST", "3", "", ""),
    ("Jane Doe", "12 Main St"): ("12", "MAIN ST", "", "", ""),
    ("12 Main St", "Apt 3"): ("12", "MAIN ST", "3", "", ""),
    ("12 Main St", "# 3"): ("12", "MAIN ST", "3", "", ""),
    ("12 Main St", "3"): ("12", "MAIN ST", "3", "", ""),
    ("12 Main St", "4B"): ("12", "MAIN ST", "4B", "", ""),
    ("12 Main St", "Basement"): ("12", "MAIN ST", "BASEMENT", "", ""),
    ("12 Main St", "floor number 3 apartment # 377"): ("12", "MAIN ST", "3 377", "", ""),
    ("Apt 3", "12 Main St"): ("12", "MAIN ST", "3", "", ""),
    ("12 Main St", "PO Box 4"): ("12", "MAIN ST", "", "4", ""),
    ("12", "Main St"): ("12", "MAIN ST", "", "", ""),
    ("Urb Royal Oak", "123 Calle 1"): ("123", "CALLE 1", "", "", ""),
    ("RR 2", "Box 15"): ("", "", "", "15", "2"),
    ("PSC 802", "Box 74"): ("", "", "", "74", "PSC 802"),
    ("c/o Jane Doe", "PO Box 4"): ("", "", "", "4", ""),
    ("General Delivery", "PO Box 4"): ("", "", "", "4", ""),
    ("Unknown", "12 Main St"): ("12", "MAIN ST", "", "", ""),
}

PLACES = {
    ("Guatemala", "", "01001"): False,
    ("Toronto", "Ontario", "22150"): False,
    ("Mexico", "MO", "65265"): True,
    ("Springfield", "VA", ""): True,
    ("Springfield", "Virginia", ""): True,
    ("Springfield", "district of columbia", ""): True,
    ("Anytown", "WA", "00000"): True,
    ("APO", "AE", ""): True,
    ("San Juan", "PR", ""): True,
    ("", "", "22150"): True,
    ("", "", "22150-1234"): True,
    ("", "", "221501234"): True,
    ("Unknown", "XX", "22150"): True,
    ("", "", ""): False,
    ("Springfield", "", ""): False,
    ("", "VA", ""): False,
    ("Springfield", "XX", ""): False,
    ("Unknown", "VA", ""): False,
    ("N/A", "VA", "00000"): False,
    ("xxx", "VA", "99999"): False,
    ("12345", "VA", "1234"): False,
    ("none", "none", "none"): False,
    ("", "", "22150-12"): False,
    ("", "", "２２１５０"): False,
}


@pytest.mark.parametrize("line", STREETS)
def test_a_street_address_is_parsed_and_sufficient(line: str) -> None:
    address = parse(line, "", "Springfield", "VA", "22150")
    assert (address.kind, address.number, address.street, address.unit) == (AddressKind.STREET, *STREETS[line])
    assert is_sufficient(address)


@pytest.mark.parametrize("line", BOXES)
def test_a_box_is_parsed_and_sufficient(line: str) -> None:
    address = parse(line, "", "Springfield", "VA", "22150")
    assert (address.kind.value, address.box, address.route) == BOXES[line]
    assert is_sufficient(address)


@pytest.mark.parametrize("line", NO_ADDRESS)
def test_what_only_fills_the_field_is_no_address_on_either_line(line: str) -> None:
    assert not is_sufficient(parse(line, "", "Springfield", "VA", "22150"))
    assert not is_sufficient(parse("", line, "Springfield", "VA", "22150"))


@pytest.mark.parametrize("lines", TWO_LINES)
def test_both_lines_are_read(lines: tuple[str, str]) -> None:
    address = parse(*lines, "Springfield", "VA", "22150")
    assert (address.number, address.street, address.unit, address.box, address.route) == TWO_LINES[lines]
    assert is_sufficient(address)


@pytest.mark.parametrize("place", PLACES)
def test_an_address_lies_somewhere(place: tuple[str, str, str]) -> None:
    assert is_sufficient(parse("12 Main St", "", *place)) is PLACES[place]


@pytest.mark.parametrize("said", ["General Delivery", "gen. delivery", "Lista de Correos"])
def test_a_street_beside_general_delivery_is_the_post_offices(said: str) -> None:
    assert not is_sufficient(parse(said, "12 Main St", "Springfield", "VA", "22150"))
    assert not is_sufficient(parse("12 Main St", said, "Springfield", "VA", "22150"))


def test_a_number_and_the_rest_of_a_towns_name_are_no_street() -> None:
    assert not is_sufficient(parse("29 Palms", "", "Twentynine Palms", "CA", "92277"))
    assert is_sufficient(parse("29 Palms Hwy", "", "Twentynine Palms", "CA", "92277"))


def test_a_place_alone_is_no_address() -> None:
    assert not is_sufficient(parse("", "", "Springfield", "VA", "22150"))


def test_an_address_put_together_by_hand_needs_its_parts() -> None:
    whole = parse("12 Main St", "", "Springfield", "VA", "22150")
    assert not is_sufficient(replace(whole, number=""))
    assert not is_sufficient(replace(whole, street=""))
    assert not is_sufficient(replace(whole, kind=AddressKind.RURAL_ROUTE))
    assert not is_sufficient(replace(whole, kind=AddressKind.PO_BOX))
    assert not is_sufficient(replace(whole, kind=AddressKind.NONE))


@pytest.mark.parametrize(
    "line",
    [
        "1 " * 5000,
        "#" * 5000,
        "1-" * 5000,
        "A " * 5000,
        "C/O " + "1 X " * 2000,
        "1 A APT " * 2000,
        "CALLE " + "A " * 5000,
        "1 NO " * 2000,
    ],
)
def test_long_lines_take_no_long_time(line: str) -> None:
    started = time.perf_counter()
    parse(line, line, line, line, line)
    assert time.perf_counter() - started < 2
