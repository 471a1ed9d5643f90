"""What pack.toml, statute.toml and examples.toml say, key by key; and what they may not, with file and line."""

import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.vocabulary import Attests
from narrowgate.law.document import Document
from narrowgate.law.statutes import Citing, Designation, Grounds, Offence, Section
from narrowgate.law.toml import (
    Adverse,
    ClosedList,
    Disputed,
    Example,
    Examples,
    Listed,
    PackText,
    StatuteText,
    examples,
    pack_text,
    statute_text,
)

PACK = """id = "us.example.1"
edition = "2026-11-20"
title = "A pack"
citation = "26 USC 1"
brings = ["us.18.1001"]
uses_periods = true
requires_attestations = ["personally_engaged"]
purposes = ["grand_jury", "criminal_investigation"]
columns = ["row", "x_a", "officer"]
retention = "kept"
penalties = ["a fine", "a sentence"]
rationale = "because"
sources = ["a book"]

[[disputed]]
question = "why?"
reading = "so"

[[disputed]]
question = "when?"
reading = "now"

[[adverse]]
authority = "a court"
says = "no"
answer = "yes"

[[adverse]]
authority = "another court"
says = "never"
answer = "always"

[allowed]
courts = ["D. Mass.", "D.D.C."]
no_authority = ["26 usc 6103", "18 U.S.C. § 3571"]
blank_columns = ["tin", "x_ssn"]

[designation]
never_titles = [
    { title = 26, why = "tax" },
    { title = 28, why = "courts" },
]
only_sections = [{ title = 8, sections = ["1253", "1326"], why = "crimes" }]
never_sections = [
    { title = 21, sections = ["881"], why = "forfeiture" },
    { title = 31, sections = ["3729"], why = "civil" },
]
civil = [
    { title = 8, section = "1324", below = [["b"], ["c", "1"]], why = "seizure" },
    { title = 18, section = "1030", below = [["g"]], why = "action" },
]
procedure = [
    { title = 18, first = 3001, last = 6005, except = ["3146", "3147"], why = "parts" },
    { title = 5, first = 500, last = 596, except = [], why = "all" },
]
"""
STATUTE = """id = "us.18.1001"
edition = "2026-11-21"
title = "A statute"
citation = "18 USC 1001"
designated_by = "designates_us_18_1001"
requires_attestations = ["no_proper_steps"]
columns = ["order_ground"]
rationale = "because"
sources = ["a code"]

[[disputed]]
question = "why?"
reading = "so"

[[adverse]]
authority = "a court"
says = "no"
answer = "yes"

[offence]
title = 8
section = "1253"
paragraph = ["a", "1"]
also_cited = { act = "INA", section = "243" }
unnamed = "A"
elapsed_days = { A = 90, B = 0 }
no_offence = [["a", "2"], ["c"]]

[grounds]
title = 8
section = "1227"
also_cited = { act = "INA", section = "237" }
classes = { 1 = "AB", 5 = "" }
exceptions = [
    { below = ["a", "1", "D"], why = "waiver" },
    { below = ["a", "3"], why = "special rule" },
]
"""
EXAMPLES = """[complete]
request = { purpose = "grand_jury" }
row = { surname = "Doe" }

[complete.requester]
head = true

[complete.custodian]
adopted = true

[[example]]
name = "first"
why = "one"
row = { tin = "" }
refused_under = []

[[example]]
name = "second"
why = "two"
custodian = { stayed = true }
refused_under = ["not_stayed", "basis_adopted"]
"""
FILES = {"pack": PACK, "statute": STATUTE, "examples": EXAMPLES}


def read(kind: str, text: str) -> PackText | StatuteText | Examples:
    document = Document.parse(f"{kind}.toml", text)
    if kind == "pack":
        return pack_text(document, "us.example.1")
    return statute_text(document, "us.18.1001") if kind == "statute" else examples(document)


def test_a_pack_says_this_and_no_more() -> None:
    civil = (Citing(8, "", "1324", ("b",)), Citing(8, "", "1324", ("c", "1")), Citing(18, "", "1030", ("g",)))
    assert read("pack", PACK) == PackText(
        id="us.example.1",
        edition="2026-11-20",
        title="A pack",
        citation="26 USC 1",
        brings=("us.18.1001",),
        uses_periods=True,
        requires_attestations=frozenset({Attests.PERSONALLY_ENGAGED}),
        purposes=frozenset({"grand_jury", "criminal_investigation"}),
        columns=("row", "x_a", "officer"),
        allowed={
            ClosedList.COURTS: frozenset({"d. mass.", "d.d.c."}),
            ClosedList.NO_AUTHORITY: frozenset({"26 USC 6103", "18 USC 3571"}),
            ClosedList.BLANK_COLUMNS: frozenset({"tin", "x_ssn"}),
        },
        retention="kept",
        penalties=("a fine", "a sentence"),
        rationale="because",
        sources=("a book",),
        disputed=(Disputed("why?", "so"), Disputed("when?", "now")),
        adverse=(Adverse("a court", "no", "yes"), Adverse("another court", "never", "always")),
        designation=Designation(
            never_titles=frozenset({26, 28}),
            only_sections={8: frozenset({"1253", "1326"})},
            never_sections={21: frozenset({"881"}), 31: frozenset({"3729"})},
            civil=civil,
            procedure=((18, 3001, 6005, frozenset({"3146", "3147"})), (5, 500, 596, frozenset())),
        ),
        designation_lists=(
            Listed("never_titles", 26, "", "tax"),
            Listed("never_titles", 28, "", "courts"),
            Listed("only_sections", 8, "1253, 1326", "crimes"),
            Listed("never_sections", 21, "881", "forfeiture"),
            Listed("never_sections", 31, "3729", "civil"),
            Listed("civil", 8, "1324(b), 1324(c)(1)", "seizure"),
            Listed("civil", 18, "1030(g)", "action"),
            Listed("procedure", 18, "3001 to 6005, but not 3146, 3147", "parts"),
            Listed("procedure", 5, "500 to 596", "all"),
        ),
    )


def test_a_pack_without_lists_has_none() -> None:
    text = read("pack", PACK[: PACK.index("[allowed]")])
    assert isinstance(text, PackText)
    assert (text.allowed, text.designation, text.designation_lists) == ({}, None, ())


def test_a_statute_says_this_and_no_more() -> None:
    assert read("statute", STATUTE) == StatuteText(
        id="us.18.1001",
        edition="2026-11-21",
        title="A statute",
        citation="18 USC 1001",
        designated_by="designates_us_18_1001",
        requires_attestations=frozenset({Attests.NO_PROPER_STEPS}),
        columns=("order_ground",),
        rationale="because",
        sources=("a code",),
        disputed=(Disputed("why?", "so"),),
        adverse=(Adverse("a court", "no", "yes"),),
        offence=Offence(Section(8, "1253", "INA", "243"), ("a", "1"), "A", {"A": 90, "B": 0}, (("a", "2"), ("c",))),
        grounds=Grounds(
            Section(8, "1227", "INA", "237"),
            {"1": "AB", "5": ""},
            {("a", "1", "D"): "waiver", ("a", "3"): "special rule"},
        ),
    )


def test_a_statute_without_prongs_act_or_grounds_has_none() -> None:
    bare = '[offence]\ntitle = 8\nsection = "1306"\nparagraph = []\nno_offence = []\n'
    text = read("statute", STATUTE[: STATUTE.index("[offence]")] + bare)
    assert isinstance(text, StatuteText)
    assert (text.offence, text.grounds) == (Offence(Section(8, "1306", "", ""), (), "", {}, ()), None)


def test_examples_say_this_and_no_more() -> None:
    assert read("examples", EXAMPLES) == Examples(
        complete={
            "request": {"purpose": "grand_jury"},
            "row": {"surname": "Doe"},
            "requester": {"head": True},
            "custodian": {"adopted": True},
        },
        examples=(
            Example("first", "one", {"row": {"tin": ""}}, (), 11),
            Example("second", "two", {"custodian": {"stayed": True}}, ("basis_adopted", "not_stayed"), 17),
        ),
    )


PRONGS = 'unnamed = "A"\nelapsed_days = { A = 90, B = 0 }\n'
COMPLETE = EXAMPLES[: EXAMPLES.index("[[example]]")]
TOGETHER = "unnamed and elapsed_days go together"
BAD: dict[str, tuple[str, str, str, int, str]] = {
    # name: (file, text of it, what stands in its place, line of the error, what the error says)
    "an empty text in a list": ("pack", '["a book"]', '["a book", ""]', 13, "expected sources to be a list of texts"),
    "a number in a list": ("pack", '["a book"]', "[1]", 13, "expected sources to be a list of texts"),
    "the id of another folder": ("pack", "us.example.1", "us.example.2", 1, "the id is not the folder's name"),
    "the id of another folder, further down": (
        "pack",
        'id = "us.example.1"',
        'n = 1\nid = "x"',
        2,
        "the id is not the",
    ),
    "an id that is no text": ("pack", '"us.example.1"', "1", 1, "expected id to be of type str"),
    "the second question without a reading": ("pack", 'reading = "now"\n', "", 19, "reading is missing"),
    "the second authority with a word more": ("pack", '"always"\n', '"always"\nnote = ""\n', 32, "nobody knows note"),
    "a number for a boolean": ("pack", "uses_periods = true", "uses_periods = 1", 6, "of type bool"),
    "a boolean for a number": ("pack", "title = 26", "title = true", 39, "expected title to be of type int"),
    "a title that the Code has not": ("pack", "title = 28", "title = 82", 39, "title comes to 82 USC 1, which is no"),
    "a section only, as no citation is read": (
        "pack",
        '"1326"',
        '"2000E"',
        43,
        "sections comes to 8 USC 2000E, which is read as 8 USC 2000e",
    ),
    "a first section as no citation is read": ("pack", "first = 3001", "first = -3", 52, "except comes to 18 USC -3"),
    "a last section as no citation is read": (
        "pack",
        "last = 6005",
        "last = 600555",
        52,
        "except comes to 18 USC 600555",
    ),
    "a section kept, as no citation is read": ("pack", '["3146",', '["3146A-",', 52, "except comes to 18 USC 3146A-"),
    "a designation without a list": ("pack", "procedure = [", "procedures = [", 38, "procedure is missing"),
    "a title with two entries only": (
        "pack",
        'why = "crimes" }',
        'why = "crimes" }, { title = 8, sections = ["1324"], why = "more" }',
        43,
        "only_sections has title 8 twice: let one entry list all its sections",
    ),
    "civil subdivisions, one of them the whole section": (
        "pack",
        '["c", "1"]]',
        "[]]",
        48,
        "expected below to list subdivisions of the section, got none",
    ),
    "two citations for one": ("pack", '"26 usc 6103"', '"26 USC 6103; 18 USC 1"', 35, "no_authority to list whole"),
    "an act for a section": ("pack", '"26 usc 6103"', '"INA 243"', 35, "got 'INA 243'"),
    "the other fact": (
        "statute",
        "designates_us_18_1001",
        "designates_us.18.1001",
        5,
        "the fact designates_us_18_1001",
    ),
    "no fact": ("statute", "designated_by", "# ", 1, "expected the fact designates_us_18_1001"),
    "the id of another statute": ("statute", '"us.18.1001"', '"us.18.1002"', 1, "the id is not the folder's name"),
    "a key nobody knows": ("statute", "rationale =", "waives = 1\nrationale =", 8, "nobody knows waives"),
    "an offence that is no table": (
        "statute",
        "[offence]\n",
        "[[offence]]\n",
        20,
        "expected offence to be of type dict",
    ),
    "a key more in an offence": ("statute", "paragraph =", "lines = []\nparagraph =", 23, "nobody knows lines"),
    "a paragraph as no citation is read": (
        "statute",
        '["a", "1"]',
        '["A", "1"]',
        23,
        "paragraph comes to 8 USC 1253(A)",
    ),
    "a prong as no citation is read": ("statute", "B = 0", "b = 0", 26, "elapsed_days comes to 8 USC 1253(a)(1)(b)"),
    "no offence, as no citation is read": ("statute", '["c"]]', '["C"]]', 27, "no_offence comes to 8 USC 1253(C)"),
    "a prong for none, and no days": ("statute", PRONGS, 'unnamed = "A"\n', 25, TOGETHER),
    "days, and no prong for none": ("statute", PRONGS, "elapsed_days = { A = 90 }\n", 25, TOGETHER),
    "a prong for none that has no days": ("statute", '"A"', '"C"', 25, "prong that elapsed_days lists (A, B), got 'C'"),
    "a prong for none, and days of none": ("statute", "{ A = 90, B = 0 }", "{}", 25, "lists (none), got 'A'"),
    "days below 0": ("statute", "B = 0", "B = -1", 26, "must have passed, got a number below 0"),
    "days that are no number": ("statute", "B = 0", 'B = "0"', 26, "expected B to be of type int"),
    "another number without an act": ("statute", 'act = "INA", ', "", 24, "act is missing"),
    "another number with a word more": ("statute", 'act = "INA"', 'act = "INA", of = 1952', 24, "nobody knows of"),
    "a class that is no text": ("statute", '5 = ""', "5 = []", 33, "expected 5 to be of type str"),
    "an exception as no citation is read": ("statute", '"D"]', '"d"]', 34, "below comes to 8 USC 1227(a)(1)(d)"),
    "an exception without a reason": ("statute", ', why = "waiver"', "", 34, "why is missing"),
    "an example without a name": ("examples", '"second"', '" "', 17, "an example has a name and says why"),
    "an example that does not say why": ("examples", '"two"', '" "', 17, "an example has a name and says why"),
    "an example without what refuses it": ("examples", "refused_under = []\n", "", 11, "refused_under is missing"),
    "a section of the world nobody knows": ("examples", "custodian = {", "court = {", 20, "nobody knows court"),
    "a section of the world that is a text": (
        "examples",
        'row = { tin = "" }',
        'row = ""',
        14,
        "row to be of type dict",
    ),
    "nothing complete": ("examples", COMPLETE, "", 1, "complete is missing"),
    "a table beside what is complete": ("examples", "[complete]\n", "[whole]\n", 1, "nobody knows whole"),
    "a complete request with a section more": ("examples", "row = {", "rows = {", 3, "nobody knows rows"),
    "a table nobody knows": (
        "examples",
        '[[example]]\nname = "first"',
        '[other]\n[[example]]\nname = "first"',
        11,
        "other",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_it_may_not_say_is_refused_by_its_line(name: str) -> None:
    kind, old, new, line, says = BAD[name]
    assert old in FILES[kind]
    with pytest.raises(NarrowgateError) as raised:
        read(kind, FILES[kind].replace(old, new, 1))
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    assert raised.value.message.startswith(f"{kind}.toml, line {line}: ")
    assert says in raised.value.message


AS_TABLES = {
    # list of the designation: (an entry of it as a table, the line of it that is named)
    "never_titles": ('why = "tax"\ntitle = 99\n', "title = 99"),
    "only_sections": ('title = 8\nwhy = "x"\nsections = ["12-"]\n', 'sections = ["12-"]'),
    "never_sections": ('title = 8\nwhy = "x"\nsections = ["12-"]\n', 'sections = ["12-"]'),
    "civil": ('title = 8\nsection = "1"\nwhy = "x"\nbelow = [["A"]]\n', 'below = [["A"]]'),
    "procedure": ('title = 8\nfirst = 1\nlast = 2\nwhy = "x"\nexcept = ["12-"]\n', 'except = ["12-"]'),
}


@pytest.mark.parametrize("name", AS_TABLES)
def test_a_list_written_as_tables_is_named_by_the_line_of_its_key(name: str) -> None:
    entry, stands_at = AS_TABLES[name]
    tables = "".join(f"{other} = []\n" for other in AS_TABLES if other != name)
    text = PACK[: PACK.index("never_titles")] + f"{tables}[[designation.{name}]]\n{entry}"
    line = text.splitlines().index(stands_at) + 1
    with pytest.raises(NarrowgateError, match=f"^pack.toml, line {line}: {stands_at.split()[0]} comes to "):
        read("pack", text)


def test_no_civil_subdivision_is_named_by_the_line_of_its_key() -> None:
    entry = '[[designation.civil]]\ntitle = 8\nsection = "1"\nwhy = "x"\nbelow = []\n'
    empty = "".join(f"{name} = []\n" for name in AS_TABLES if name != "civil")
    text = PACK[: PACK.index("never_titles")] + empty + entry
    with pytest.raises(NarrowgateError, match=f"^pack.toml, line {len(text.splitlines())}: expected below to list"):
        read("pack", text)
