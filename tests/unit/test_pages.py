"""Counsel's pages: all that a pack says stands on its page, nothing on it runs or fetches, the committed ones hold."""

import html
import re
import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.vocabulary import HoldCause
from narrowgate.flow.viewing import Waterfall
from narrowgate.law.explain import POLICY
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import FORM, ROOT, Pack, list_packs, load_pack, pack_in
from narrowgate.law.quote import policy_texts
from narrowgate.law.toml import PackText, StatuteText
from narrowgate.surfaces.pages import render
from narrowgate.surfaces.pages.explain import chart
from narrowgate.surfaces.pages.pack import pack_page, pages
from narrowgate.surfaces.pages.render import marked, quoting
from narrowgate.surfaces.pages.words import bits, plain, upper_first
from paper import Paper, fold

COMMITTED = Path(__file__).parents[2] / "docs" / "packs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PACK = "us.irc.6103.i.2"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(pages())


@pytest.mark.parametrize("name", list_packs())
def test_everything_a_pack_says_stands_on_its_page(name: str, made: dict[str, str]) -> None:
    pack, page = load_pack(name), Paper(made[f"{name}.html"])
    for said in everything(pack):
        assert fold(said) in page.text, said
    assert {rule.element for rule in pack.rules} <= set(page.ids)


def everything(pack: Pack) -> list[str]:
    """Every text of a pack, and of what it brings."""
    text = pack.text
    said = [pack.id, pack.edition, pack.digest, text.title, text.citation, text.retention, text.rationale, *pack.files]
    said += [*text.penalties, *text.columns, *(word for words in text.allowed.values() for word in words)]
    said += [part for listed in text.designation_lists for part in (listed.what, listed.why)]
    for rule in pack.rules:
        citation = rule.citation
        said += [rule.element, citation.cite, citation.text, plain(REGISTER.looked_at(rule.element))]
        said += [upper_first(REGISTER.people(rule.element)), policy_texts(pack)[rule.element].text]
    said += [policy_texts(pack)["permit"].text]
    for example in pack.examples.examples:
        said += [upper_first(example.name), example.why, *example.refused_under]
    parts: list[PackText | StatuteText] = [text, *pack.statutes]
    for of in parts:
        said += [of.title, of.citation, of.edition, *of.sources]
        said += [part for one in of.disputed for part in (one.question, one.reading)]
        said += [part for one in of.adverse for part in (one.authority, one.says, one.answer)]
    return said


@pytest.mark.parametrize("name", ["index", *list_packs()])
def test_a_page_is_read_strictly(name: str, made: dict[str, str]) -> None:
    assert Paper(made[f"{name}.html"]).wrong == []


@pytest.mark.parametrize("name", list_packs())
def test_each_policy_is_cut_from_its_file_byte_for_byte(name: str) -> None:
    pack = load_pack(name)
    texts = policy_texts(pack)
    assert list(texts)[: len(pack.rules) + 1] == list(dict.fromkeys(texts))
    assert set(texts) == {rule.element for rule in pack.rules} | {"permit"}
    for element, policy in texts.items():
        lines = pack.files[policy.file].decode().splitlines()
        assert policy.text.splitlines() == lines[policy.line - 1 : policy.line - 1 + len(policy.text.splitlines())]
        assert policy.text.startswith(f'@id("{element}")')
        assert policy.text.endswith("};")
        assert policy.text.count(";") >= 1 == policy.text.count("@id(")


def test_the_committed_pages_are_current(made: dict[str, str]) -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.html")}
    assert sorted(found) == sorted(made), "run `make pages`"
    stale = [name for name, page in made.items() if found[name] != page]
    assert stale == [], "run `make pages`"


# --- what a pack's author may try ------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)></code></pre></style><!-- '\\\" {{ 7*7 }} {% x %}"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    for folder in ("packs", "statutes"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path / "packs" / PACK


def test_hostile_text_in_a_pack_is_escaped_wherever_it_stands(draft: Path) -> None:
    quiet = len(Paper(pack_page(pack_in(draft))).tags)
    toml = (draft / "pack.toml").read_text()
    for key in ("title", "retention"):
        toml = re.sub(rf'^{key} = "', f'{key} = "{HOSTILE}', toml, flags=re.MULTILINE)
    for key in ("question", "reading", "authority", "says", "answer"):
        toml = toml.replace(f'{key} = "', f'{key} = "{HOSTILE}')
    toml = toml.replace('why = "', f'why = "{HOSTILE}').replace('sources = [\n    "', f'sources = [\n    "{HOSTILE}')
    (draft / "pack.toml").write_text(toml)
    policy = (draft / "policy.cedar").read_text()
    (draft / "policy.cedar").write_text(
        policy.replace('@text("', f'@text("{HOSTILE}').replace('@cite("', f'@cite("{HOSTILE}')
    )
    examples = (draft / "examples.toml").read_text()
    examples = examples.replace('name = "', f'name = "{HOSTILE}').replace('why = "', f'why = "{HOSTILE}')
    (draft / "examples.toml").write_text(examples.replace('tin = ""', f'tin = "{HOSTILE}"'))
    page = pack_page(pack_in(draft))
    read = Paper(page)
    assert read.wrong == []
    assert len([tag for tag, _ in read.tags if tag not in {"q", "code"}]) <= quiet
    assert "<script" not in page
    assert read.text.count("<script>alert(1)</script>") > 200
    assert "{{ 7*7 }}" in read.text


def test_a_policy_that_cannot_be_shown_by_itself_makes_no_page(draft: Path) -> None:
    policy = (draft / "policy.cedar").read_text()
    (draft / "policy.cedar").write_text(policy.replace("};\n\n@id", "}; @id"))
    pack = pack_in(draft)  # the law does not mind; a reader would
    with pytest.raises(NarrowgateError, match="by itself") as raised:
        pack_page(pack)
    assert raised.value.code is ErrorCode.PACK_UNSOUND


def test_an_example_that_does_not_hold_is_shown_so(draft: Path) -> None:
    examples = (draft / "examples.toml").read_text()
    tin = 'row = { tin = "" }\nrefused_under = []'
    assert tin in examples
    (draft / "examples.toml").write_text(examples.replace(tin, 'row = { tin = "" }\nrefused_under = ["name_stated"]'))
    assert "Does not hold: expected name_stated, got no refusal." in Paper(pack_page(pack_in(draft))).text


def test_form_is_told_from_statute_above_each_element(made: dict[str, str]) -> None:
    for name in list_packs():
        page = made[f"{name}.html"]
        headings = re.findall(r'id="(\w+)-name">.*?<div class="side statute">\n<h4>([^<]*)</h4>', page, re.DOTALL)
        cites = {rule.element: rule.citation.cite for rule in load_pack(name).rules}
        assert [element for element, _ in headings] == list(cites)
        for element, heading in headings:
            form, alone = FORM in cites[element], cites[element] == FORM
            assert heading == ("Form" if alone else "Statute and form" if form else "Statute"), element
        assert "Statute" in dict(headings).values()


def test_a_rationale_keeps_its_paragraphs(made: dict[str, str]) -> None:
    for name in list_packs():
        pack = load_pack(name)
        of: list[PackText | StatuteText] = [pack.text, *pack.statutes]
        cut = [fold(part) for text in of for part in text.rationale.strip().split("\n\n")]
        shown = re.findall(r'<p class="prose">(.*?)</p>', made[f"{name}.html"], re.DOTALL)
        assert set(cut) <= {fold(html.unescape(part)) for part in shown}


def test_a_command_names_the_folder_of_a_pack_that_is_not_of_the_release(draft: Path, made: dict[str, str]) -> None:
    assert f"narrowgate pack prove {PACK} repeats" in Paper(made[f"{PACK}.html"]).text
    with (draft / "pack.toml").open("a") as handle:
        handle.write("# another edition\n")
    assert f"narrowgate pack prove packs/{PACK} repeats" in Paper(pack_page(pack_in(draft))).text


def test_the_page_says_which_prongs_designate_or_that_there_are_none(draft: Path, made: dict[str, str]) -> None:
    says = "(A), (B), (C), (D); no other designates it, and naming none is read as naming (A)"
    assert says in Paper(made[f"{PACK}.html"]).text
    statute = draft.parents[1] / "statutes" / "us.8.1253.a.1" / "statute.toml"
    text = re.sub(r"(?m)^(unnamed|elapsed_days) = .*\n", "", statute.read_text())
    statute.write_text(text)
    page = Paper(pack_page(pack_in(draft))).text
    assert "none; any citation above, at or beneath it designates it" in page
    assert "Days since the order became final" not in page


# --- rendering -------------------------------------------------------------------------------------------------------


def test_a_template_that_lacks_a_value_raises() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("index.html")


def test_documentation_becomes_code_and_quotations_quotations_after_escaping() -> None:
    assert marked("``a<b`` & ``c``") == "<code>a&lt;b</code> &amp; <code>c</code>"
    assert quoting('“a<b”: ours, "c" too “') == "<q>“a&lt;b”</q>: ours, <q>&#34;c&#34;</q> too “"
    assert plain("``row``:\n  a  cell") == "row: a cell"
    assert bits(-1500) == "−1.500"


def test_no_fact_says_anything_in_markup() -> None:
    for name in REGISTER.facts:
        assert "`" not in plain(REGISTER.looked_at(name)), name
        assert "`" not in REGISTER.people(name), name


def test_every_limit_of_ours_is_explained() -> None:
    assert set(POLICY) == set(HoldCause)


def test_a_waterfall_goes_from_end_to_end() -> None:
    falls = Waterfall(
        [("given_name", 7500), ("frequency", -3000), ("veto", -100_000), ("suffix", 0)], -95_500, 8000, None
    )
    drawn = chart(falls)
    assert [bar.falls for bar in drawn.bars] == [False, True, True, False]
    assert [bar.bits for bar in drawn.bars] == ["+7.500", "−3.000", "−100.000", "+0.000"]
    ends = [(float(bar.left), float(bar.left) + float(bar.width)) for bar in drawn.bars]
    assert all(0 <= left < right <= 100.5 for left, right in ends)
    assert ends[0][1] == pytest.approx(ends[1][1], abs=0.02)
    assert ends[1][0] == pytest.approx(ends[2][1], abs=0.02)
    assert drawn.runner_up == ""


def test_text_stands_out_from_its_ground() -> None:
    style = Paper(render("index.html", packs=[])).style
    colours = dict(re.findall(r"--(\w+): (#\w{6})", style))
    for ink in ("ink", "soft", "accent"):
        for ground in (colours["paper"], colours["wash"], "#f9ebe6"):
            assert contrast(colours[ink], ground) >= 4.5, (ink, ground)
    assert contrast("#ffffff", colours["accent"]) >= 4.5


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# --- a real browser --------------------------------------------------------------------------------------------------

WIDTHS = (360, 768, 1280)
FRAME = '<iframe src="{url}" style="width:{width}px;height:900px;border:0"></iframe>'
MEASURE = """<p id="said"></p><script>window.onload = () => {
const frames = [...document.querySelectorAll("iframe")];
document.getElementById("said").textContent = frames.map(f => f.contentDocument.documentElement.scrollWidth).join(" ");
};</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: pages are not looked at in a browser")
def test_no_page_is_wider_than_its_window(tmp_path: Path, made: dict[str, str]) -> None:
    shown = [(name, width) for name in made for width in WIDTHS]
    for name, page in made.items():
        (tmp_path / name).write_text(page, encoding="utf-8")
    frames = [FRAME.format(url=(tmp_path / name).as_uri(), width=width) for name, width in shown]
    frame = tmp_path / "frame.html"
    frame.write_text("".join([*frames, MEASURE]))
    words = ("--allow-file-access-from-files", "--hide-scrollbars", "--virtual-time-budget=9000", "--dump-dom")
    out = browse(tmp_path, *words, frame.as_uri())
    found = re.search(r'<p id="said">([\d ]+)</p>', out)
    assert found, out[-500:]
    assert list(zip(shown, map(int, found[1].split()), strict=True)) == [((n, w), w) for n, w in shown]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: pages are not printed")
def test_a_page_prints(tmp_path: Path) -> None:
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", (COMMITTED / f"{PACK}.html").as_uri())
    assert pdf.read_bytes().startswith(b"%PDF")
    assert pdf.read_bytes().count(b"/Type /Page\n") + pdf.read_bytes().count(b"/Type /Page ") > 5


def browse(home: Path, *words: str) -> str:
    """Runs the browser without a window, a network or a profile that lasts."""
    command = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home / 'profile'}",
               "--proxy-server=127.0.0.1:9", "--window-size=1400,1000", *words]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
