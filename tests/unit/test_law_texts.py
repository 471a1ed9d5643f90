"""Names, reasons, case numbers, authorities and citations: tables of what passes and of what people type instead."""

import pytest

from narrowgate.law.names import is_name
from narrowgate.law.pack import load_pack
from narrowgate.law.reasons import is_authority, is_case_number, is_reason
from narrowgate.law.statutes import designated, read
from narrowgate.law.toml import ClosedList

PACK = load_pack("us.irc.6103.i.2")
NONE = [citing for cited in PACK.allowed(ClosedList.NO_AUTHORITY) for citing in read(cited)]
GROUNDS = PACK.grounds["us.8.1253.a.1"]

NAMES = [
    ("Ng", "Bo"),
    ("Li", "Al"),
    ("Wu", "Jo"),
    ("O", "Min-jun"),
    ("Null", "Christopher"),
    ("Nan", "Wei"),
    ("Na", "Hoon"),
    ("NA", "Hoon"),
    ("Son", "Heung-min"),
    ("Child", "Julia"),
    ("Person", "Lars"),
    ("House", "Edward"),
    ("Boy", "Bob"),
    ("Friend", "Ann"),
    ("Doe", "Chris"),
    ("Goh", "Wei"),
    ("Tan", "Son"),
    ("Test-Meyer", "Rosa"),
    ("O'Brien", "Siobhán"),
    ("Núñez de la Cruz", "José Ángel"),
    ("van der Berg", "J. Peter"),
    ("Smith", "Mary Ann"),
    ("Smith", "Baby Rose"),
    ("Sm1th", "Mary"),
    ("Blank", "Karl"),
    ("Sample", "Tony"),
    ("See", "John"),
    ("Nowhere", "Ada"),
    ("Smith", "Nan"),
    ("Smith", "Man"),
    ("Minor", "Minor"),
    ("Ali", "Ali"),
]

NO_NAMES = [
    ("Garcia", "Grand Daughter"),
    ("L N U", "Maria"),
    ("", ""),
    ("Smith", ""),
    ("", "Mary"),
    ("S", "Mary"),
    ("Smith", "M"),
    ("Smith", "M."),
    ("Smith", "M J"),
    ("Smith", "123"),
    ("123", "Mary"),
    ("O", "M"),
    ("Unknown", "Unknown"),
    ("Smith", "Unknown"),
    ("Unknown", "Mary"),
    ("U.N.K.N.O.W.N", "Mary"),
    ("unkn0wn", "Mary"),
    ("N/A", "N/A"),
    ("N/A", "Mary"),
    ("Smith", "N/A"),
    ("Smith", "NA"),
    ("None", "None"),
    ("Null", "Null"),
    ("Nan", "Nan"),
    ("Smith", "Null"),
    ("Smith", "None"),
    ("xxx", "xxx"),
    ("Smith", "xx"),
    ("asdf", "qwer"),
    ("Test", "Test"),
    ("Test", "Mary"),
    ("FNU", "Singh"),
    ("Singh", "FNU"),
    ("LNU", "Ahmad"),
    ("Ahmad", "NMN"),
    ("Doe", "John"),
    ("Doe", "Juana Maria Elena"),
    ("DOE", "Jane Marie"),
    ("Smith", "Baby Boy"),
    ("Smith", "Baby Girl"),
    ("Smith", "Baby"),
    ("Smith", "Infant"),
    ("Smith", "Mother"),
    ("Smith", "Granddaughter"),
    ("Smith", "Daughter Of"),
    ("Smith", "Lady Of The House"),
    ("Smith", "Child F"),
    ("Smith", "Adult Male"),
    ("Smith", "Senor"),
    ("Smith", "Mr"),
    ("Smith", "Resident"),
    ("Resident", "Current"),
    ("Occupant", "Mary"),
    ("Respondent", "Mary"),
    ("Apellido", "Mary"),
    ("No Last Name", "Mary"),
    ("Last Name", "Mary"),
    ("De La Casa", "Mary"),
    ("Of The House", "Mary"),
    ("Refused", "Mary"),
    ("Declined", "Mary"),
    ("Dont Know", "Mary"),
    ("Anonymous", "Mary"),
    ("Smith", "not provided"),
    ("Person", "Person"),
    ("Child", "Child"),
    ("...", "???"),
    ("李", "明"),
]

REASONS = [
    "last known address of the person charged",
    "address needed to serve indictment 24-cr-118",
    "Establish willful failure to depart",
    "law enforcement purposes only",
]
NO_REASONS = [
    "address needed x",
    "address needed 12",
    "",
    " ",
    "N/A",
    "none",
    "investigation",
    "law enforcement",
    "test test test test",
    "see attached file",
    "not provided",
    "failed to provide",
    "unknown to the applicant",
    "same as above",
    "1 2 3 4",
    "a b c d e",
    "xxx xxx xxx",
    "asdf asdf asdf",
    "12345",
    "- - -",
]
CASES = [
    "24-1182",
    "Case No. 124",
    "Case No. 1 24",
    "A-24-001",
    "1:24-cr-00118",
    "HSI 2024 0007",
    "123",
    "No. 24-1182",
    "Case No. 24-1182",
    "case number 24 1182",
    "File 24-1182",
    "DHS-2026-17",
    "ERO-10000001",
    "26-CR-1182",
    "2:26-mj-00031-ABC",
]
NO_CASES = [
    "1 2",
    "7 7 7",
    "Exhibit",
    "Case No. 1 2",
    "Case No. 7 7 7",
    "",
    "N/A",
    "none",
    "pending",
    "0",
    "000",
    "000-000",
    "111",
    "1",
    "12",
    "No. 12",
    "Case No. 000",
    "No. 111",
    "case number",
    "number pending 5",
    "unknown 12345",
    "N/A 2026",
    "unknown-2026-17",
    "not provided 2026",
    "xxx",
    "ABC-DEF",
    "unknown",
    "TBD",
    "?",
]
AUTHORITIES = [
    "8 USC 1357",
    "8 U.S.C. § 1357(a)",
    "8 U.S.C. §§ 1226, 1357",
    "Title 8, United States Code, Section 1357",
    "INA § 287",
    "section 287 of the Immigration and Nationality Act",
    "Immigration and Nationality Act, section 287",
    "Public Law 104-208",
    "Pub. L. No. 104-208",
    "110 Stat. 3009",
    "18 USC 3052 under 26 USC 6103(i)(2)",
    "8 USC 1103(a)(3) and 8 USC 1253(a)(1); the case number of each row identifies the investigation",
    "1 USC 1",
    "08 USC 1357",
    "54 U.S.C. § 100101",
    "title 8, section 1357",
    "section 1357 of title 8 of the United States Code",
    "26 USC 7602 and 26 USC 6103",
    "section 7602 of the Internal Revenue Code",
    "26 USC 7602, not section 6103 of the Internal Revenue Code",
    "8 USC 1357; section 6103 of the Tax Code",
    "section 6103 of title 5 of the United States Code",
    "section 61030 of the Internal Revenue Code",
]
NO_AUTHORITIES = [
    "",
    "N/A",
    "none",
    "see file",
    "the law",
    "statutory authority",
    "USC",
    "8 USC",
    "Executive Order",
    "26 USC 6103(i)(2)",
    "26 U.S.C. § 6103 (i)(2)(A)",
    "Title 26 United States Code section 6103",
    "12345",
    "our general authority",
    "99 USC 99999",
    "55 U.S.C. § 1",
    "0 USC 1",
    "00 USC 1",
    "100 USC 1",
    "title 99, section 12",
    "Title 55, United States Code, Section 1",
    "section 12 of title 99 of the United States Code",
    "section 12a of the title 99 Code",
    "26 U.S.C.A. § 6103",
    "title 26, section 6103(i)(2)",
    "section 6103(i)(2)(A) of the Internal Revenue Code of 1986",
    "section 6103 of title 26 of the United States Code",
    "section 6103(i)(2) of the Internal Revenue Code",
    "sec. 6103, Internal Revenue Code of 1954",
    "section 6103 of the Tax Code",
    "section 6103 of the tax code",
    "§ 6103(i)(2)(A) of the Federal Tax Code",
    "section 6103 of the U.S. Tax Code",
    "section 6103 of the United States Internal Revenue Code",
    "section 6103 of the Revenue Code",
    "section 6103 of the Code",
]

DESIGNATES = {
    "8 USC 1253(a)(1)": "A",
    "8 U.S.C. § 1253(a)(1)": "A",
    "8 u.s.c. sec. 1253 (a) (1)": "A",
    "Title 8, United States Code, Section 1253(a)(1)": "A",
    "8 USC 1253": "A",
    "8 USC 1253(a)": "A",
    "8USC1253(A)(1)(a)": "A",
    "8 USC 1253(a)(1)(B)": "B",
    "8 USC §1253(a)(1)(D)": "D",
    "INA 243(a)(1)(C)": "C",
    "8 USC 1253(a)(1); 18 USC 1001": "A",
    "18 USC 1001, 8 USC 1253(a)(1)": "A",
    "18 USC 1001 and 8 USC 1253": "A",
    "18 USC 1001": "",
    "18 U.S.C. § 1546(a)": "",
    "8 USC 1326": "",
    "8 USC 1324(a)(1)(A)(ii)": "",
    "8 USC 1253(b)": "",
    "21 USC 841": "",
    "42 USC 408(a)(7)(B)": "",
    "18 USC 3146": "",
    "5 USC 552a(i)(3)": "",
    "5 USC 13106(a)(2)": "",
    "8 USC 1160(b)(7)": "",
    "8 USC 1255a(c)(6)": "",
    "8 USC 1324a(f)": "",
    "8 USC 1324c(e)": "",
    "8 USC 1325": "",
    "8 USC 1325(a)": "",
    "8 USC 1325(c)": "",
    "12 USC 1818(j)": "",
    "18 USC 1030(a)(2)": "",
    "18 USC 3056(d)": "",
    "29 USC 216(a)": "",
}
NO_DESIGNATION = [
    "",
    " ",
    "N/A",
    "unknown",
    "8 USC",
    "USC 1253",
    "1253",
    "immigration law",
    "any federal criminal statute",
    "8 USC 1229a",
    "8 USC 1227(a)(1)(B)",
    "8 USC 1231",
    "8 USC 1182",
    "8 USC 1253(a)(2)",
    "8 USC 1253(a)(3)",
    "8 USC 1253(c)",
    "8 USC 1253(a)(1)(E)",
    "8 USC 1253(a)(1)(A)(i)",
    "8 USC 1253(a)(1) to (3)",
    "8 USC 1253-1",
    "INA 240",
    "INA 237(a)(1)",
    "26 USC 7201",
    "26 U.S.C. § 7206(1)",
    "18 USC 1001; 26 USC 7201",
    "18 USC 1001; 8 USC 1229a",
    "18 USC 1001; and more",
    "18 USC 3553",
    "18 USC 3001",
    "18 USC 6005",
    "18 USC 1964",
    "18 USC 983",
    "5 USC 13106(a)(1)",
    "5 USC 552a(g)(1)",
    "8 USC 1185",
    "8 USC 1321",
    "8 USC 1324(b)",
    "8 USC 1324a(e)(4)",
    "8 USC 1324c(d)",
    "8 USC 1325(b)",
    "8 USC 1325(b)(1)",
    "8 USC 1325(a); 8 USC 1325(b)",
    "12 USC 1818(i)(2)",
    "18 USC 16",
    "18 USC 981",
    "18 USC 1030(g)",
    "18 USC 1836",
    "18 USC 2333",
    "18 USC 2724",
    "21 USC 881",
    "29 USC 206",
    "42 USC 405",
    "42 USC 12112",
    "28 USC 2241",
    "31 USC 3729",
    "42 USC 1983",
    "6 USC 202",
    "18 CFR 100",
    "18 USC 1001 or any other",
]
GROUND_CELLS = [
    "Sec. 1227(a)(2)(A)(iii)",
    "sec 237(a)(2)(A)(iii)",
    "1227(a)(1)(B)",
    "1227 (a)(2)(A)(iii)",
    "8 USC 1227(a)(1)(B)",
    "8 U.S.C. § 1227(a)(4)(D)",
    "237(a)(1)(B)",
    "INA 237(a)(2)(B)(i)",
    "INA § 237(a)(6)",
    "1227(a)(5)",
    "1227(a)(6)(A)",
    "1227(a)(1)(E)",
    "1227(a)(1)(E)(i)",
    "1227(a)(3)(D)(i)",
    "INA 237(a)(2)(A)(v)",
    "1227(a)(1)",
    "1227(a)(1)(B); 1227(a)(2)(A)(ii)",
    "section 237(a)(1)(A)",
]
NO_GROUND_CELLS = [
    "",
    "N/A",
    "1227",
    "1227(a)",
    "1227(b)",
    "1227(a)(7)",
    "1227(a)(8)",
    "1227(a)(1)(F)",
    "1227(a)(1)(H)",
    "1227(a)(5)(A)",
    "1227(a)(6)(B)",
    "1227(a)(1)(D)(ii)",
    "1227(a)(1)(E)(ii)",
    "1227(a)(1)(E)(iii)",
    "INA 237(a)(1)(E)(iii)",
    "1227(a)(2)(A)(vi)",
    "1227(a)(2)(A)(vi)(I)",
    "1227(a)(3)(C)(ii)",
    "1227(a)(3)(D)(ii)",
    "1227(a)(4)(C)(ii)",
    "1227(a)(1)(B); 1227(a)(6)(B)",
    "1227(a)(1)(AB)",
    "8 USC 1182(a)(2)",
    "1182(a)(6)(A)(i)",
    "212(a)(6)",
    "INA 212(a)(2)",
    "18 USC 1227(a)(1)",
    "overstay",
    "1227(a)(1)(B); 1182(a)(2)",
    "1227(a)(1)(B) maybe",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name(name: tuple[str, str]) -> None:
    assert is_name(*name)


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name(name: tuple[str, str]) -> None:
    assert not is_name(*name)


@pytest.mark.parametrize("text", REASONS)
def test_a_reason(text: str) -> None:
    assert is_reason(text)


@pytest.mark.parametrize("text", NO_REASONS)
def test_no_reason(text: str) -> None:
    assert not is_reason(text)


@pytest.mark.parametrize("text", CASES)
def test_a_case_number(text: str) -> None:
    assert is_case_number(text)


@pytest.mark.parametrize("text", NO_CASES)
def test_no_case_number(text: str) -> None:
    assert not is_case_number(text)


@pytest.mark.parametrize("text", AUTHORITIES)
def test_an_authority(text: str) -> None:
    assert is_authority(text, NONE)


@pytest.mark.parametrize("text", NO_AUTHORITIES)
def test_no_authority(text: str) -> None:
    assert not is_authority(text, NONE)


OTHERS_OWN = {
    # what is stated: whether it is an authority where 18 USC 2721 and 18 USC 27 conduct nothing
    "18 USC 2721": False,
    "18 U.S.C. § 2721(b)(1)": False,
    "18 U.S.C.A. 2721": False,
    "Title 18, United States Code, Section 2721(b)(1)": False,
    "title 18, section 2721": False,
    "section 2721(b)(1) of title 18": False,
    "section 2721 of title 18 of the United States Code": False,
    "18 USC 27": False,
    "18 USC 272": True,
    "18 USC 2725": True,
    "8 USC 2721": True,
    "26 USC 6103": True,
    "section 2721 of the Licensing Act": True,
    "18 USC 2721 and 18 USC 3052": True,
    "18 USC 3052 under section 2721(b)(1) of title 18": True,
}


@pytest.mark.parametrize("text", OTHERS_OWN)
def test_another_pack_names_sections_of_its_own(text: str) -> None:
    assert is_authority(text, read("18 USC 2721; 18 USC 27")) == OTHERS_OWN[text]


def test_where_every_statute_counts_6103_does() -> None:
    assert is_authority("26 USC 6103(i)(2)")


@pytest.mark.parametrize("text", DESIGNATES)
def test_a_statute_is_designated_with_its_prong(text: str) -> None:
    judged = designated(text, PACK.designation, PACK.offences)
    assert judged.designates
    assert [prong for _, prong in judged.prongs] == ([DESIGNATES[text]] if DESIGNATES[text] else [])


@pytest.mark.parametrize("text", NO_DESIGNATION)
def test_no_statute_is_designated(text: str) -> None:
    assert not designated(text, PACK.designation, PACK.offences).designates


@pytest.mark.parametrize("text", GROUND_CELLS)
def test_a_ground(text: str) -> None:
    assert GROUNDS.states(text)


@pytest.mark.parametrize("text", NO_GROUND_CELLS)
def test_no_ground(text: str) -> None:
    assert not GROUNDS.states(text)


def test_citations_have_one_spelling() -> None:
    spelt = [str(c) for c in read("8 U.S.C. § 1253(A)(1)(b); ina §243(a)(1); 42 USC 2000e-2(A)(1)(a)(I)")]
    assert spelt == ["8 USC 1253(a)(1)(B)", "INA 243(a)(1)", "42 USC 2000e-2(a)(1)(A)(i)"]
