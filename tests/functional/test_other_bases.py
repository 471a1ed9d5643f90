"""The packs besides ``us.irc.6103.i.2``, end to end by the commands, on one gate: each answers, each defect is refused.

A package has the columns of its basis and no others; what a basis does not use is absent.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit import AGENCY, CUSTODIAN, OFFICE, OFFICERS, Captured, Kit, Person, Row, write_csv
from narrowgate.law.pack import load_pack

ORDER, HIPAA, DPPA = "us.irc.6103.i.1", "us.hipaa.164.512.f.2", "us.dppa.2721.b.3"
BASES = (ORDER, HIPAA, DPPA)
TODAY = datetime.now(UTC).date()
ORDER_FILE = b"%PDF-1.7 made-up order\n"
FINDINGS = ["criminal_act", "relevance", "exclusive_use", "no_other_source"]


def day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def stated(person: Person) -> Row:
    """What every basis asks of a person."""
    record = person.record("")
    return {c: record[c] for c in ("surname", "given_name", "address_line_1", "address_line_2", "city", "state", "zip")}


def row_of(basis: str, person: Person, label: object, **changes: str) -> Row:
    """A lawful row under a basis, with its columns alone."""
    of_basis = {
        ORDER: {
            "taxable_periods": "2023;2024", "case_number": f"26-GJ-{label}", "case_opened": day(40),
            "date_of_birth": person.date_of_birth, "tin": person.tin, "middle_name": person.middle_name, "suffix": "",
        },
        HIPAA: {"x_subject_role": "fugitive", "date_of_birth": person.date_of_birth},
        DPPA: {"x_submitted_on": day(3), "date_of_birth": person.date_of_birth},
    }[basis]  # fmt: skip
    return {"row": str(label), "officer": OFFICERS[0], **stated(person), **of_basis, **changes}


def order_for(people: Sequence[Person], **changes: Any) -> dict[str, Any]:
    return {
        "file": "order.pdf",
        "sha256": hashlib.sha256(ORDER_FILE).hexdigest(),
        "court": "United States District Court for the Eastern District of Virginia",
        "judge": "United States Magistrate Judge Ruth Calloway",
        "docket": "1:26-mj-00481",
        "dated": day(10),
        "expires": day(-30),
        "statute": "18 USC 1343",
        "findings": FINDINGS,
        "recipients": [AGENCY],
        "names": [{"surname": p.surname, "given_name": p.given_name} for p in people],
        "periods": [2022, 2023, 2024],
    } | changes


def head_of(basis: str, people: Sequence[Person]) -> dict[str, Any]:
    heads: dict[str, dict[str, Any]] = {
        ORDER: {"purpose": "grand_jury", "criminal_statute": "18 USC 1343", "order": order_for(people)},
        HIPAA: {
            "purpose": "identify_or_locate", "details": {"items": ["name_and_address"], "required_by_law": False},
        },
        DPPA: {"purpose": "verify_accuracy"},
    }  # fmt: skip
    return heads[basis]


def package(
    kit: Kit,
    basis: str,
    rows: Sequence[Row],
    request_id: str,
    head: Mapping[str, Any],
    words: str = "personally_engaged",
) -> Path:
    """A package with the columns of its rows alone, attested and signed by the commands."""
    folder = kit.root / "packages" / request_id
    folder.mkdir(parents=True)
    write_csv(folder / "subjects.csv", list(dict.fromkeys(c for row in rows for c in row)), rows)
    data = (folder / "subjects.csv").read_bytes()
    request = {
        "format": "narrowgate-request/1", "request_id": request_id, "custodian": CUSTODIAN, "agency": AGENCY,
        "basis": basis, "signed_by": {"office": OFFICE, "name": "Head of the Agency"},
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"),
        "subjects": {"file": "subjects.csv", "sha256": hashlib.sha256(data).hexdigest(), "rows": len(rows)}, **head,
    }  # fmt: skip
    (folder / "request.json").write_text(json.dumps({k: v for k, v in request.items() if v is not None}), "utf-8")
    if request.get("order"):
        (folder / "order.pdf").write_bytes(ORDER_FILE)
    for officer in sorted({row["officer"] for row in rows} & set(OFFICERS)):
        if words:
            kit.attest(folder, officer, words.split(","))
    kit.sign(folder)
    return folder


def let_sign(kit: Kit, *bases: str) -> None:
    """Both founders register the office for these bases, and for no other."""
    path = kit.write_parties()
    listed = ", ".join(f'"{basis}"' for basis in bases)
    lines = [f"may_sign = [{listed}]" if x.startswith("may_sign") else x for x in path.read_text("utf-8").splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())


def let_ask(kit: Kit, *bases: str) -> None:
    """Both founders register the office for these bases, and adopt their packs."""
    let_sign(kit, *bases)
    for basis in bases:
        kit.done("pack", "adopt", kit.gate, basis, "--why", "reviewed by two counsel", *kit.signs())


def find(kit: Kit, kind: str, about: Sequence[str], basis: str) -> None:
    """Both founders, who hold counsel's role, enter a determination."""
    kit.done(
        "determination", "enter", kit.gate, kind, *about, "--basis", basis, "--reference", "file 26-7", "--why",
        "seen and compared", *(("--until", day(-60)) if kind == "requester_verified" else ()), *kit.signs(),
    )  # fmt: skip


def verify_requester(kit: Kit, *bases: str) -> None:
    for basis in bases:
        find(kit, "requester_verified", ("--agency", AGENCY), basis)


@pytest.fixture(scope="module")
def opened(template: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A gate that is open to the three bases; its records are renewed, for two of them want recent addresses."""
    root = tmp_path_factory.mktemp("bases")
    kit = Kit(root, Captured(pytestconfig))
    kit.copy_from(template)
    kit.load(line for p in kit.people for line in (p.record("2024-12-31"), p.record(day(30))))
    let_ask(kit, *BASES)
    return root


@pytest.fixture
def gate(opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of that gate, for one test."""
    made = Kit(tmp_path, capsys)
    made.copy_from(opened)
    return made


# --- what each basis answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", [HIPAA, DPPA])
def test_a_verified_requester_is_answered(gate: Kit, basis: str) -> None:
    verify_requester(gate, basis)
    here, other = gate.people[0], gate.people[9]
    elsewhere = {c: stated(other)[c] for c in ("address_line_1", "city", "state", "zip")}
    rows = [row_of(basis, here, 1), row_of(basis, gate.people[1], 2, **elsewhere)]
    done = gate.done("submit", gate.gate, package(gate, basis, rows, "r-1", head_of(basis, gate.people)))
    assert (done["refused"], done["held"], done["awaiting_release"]) == (0, 0, 2)
    gate.approve()
    assert gate.view() == {"1": ("confirmed", ""), "2": ("not_confirmed", "")}
    out = gate.root / "sealed"
    gate.done("answers", gate.gate, "r-1", "--sealed", "--out", out)
    sealed = next(out.rglob(f"{OFFICERS[0]}.*"))
    opened = gate.done("open", sealed, "--key", gate.keys / f"{OFFICERS[0]}.enc.jwk", "--vkey", gate.vkey())
    assert opened["about"]["penalties"] == load_pack(basis).penalties
    assert opened["about"]["purpose"] == head_of(basis, [])["purpose"]
    gate.fsck()


def test_a_verified_order_is_answered_for_the_persons_and_periods_it_names(gate: Kit) -> None:
    people = gate.people[:2]
    rows = [row_of(ORDER, p, i) for i, p in enumerate(people)]
    rows.append(row_of(ORDER, gate.people[2], "not named"))
    rows.append(row_of(ORDER, people[0], "not these periods", taxable_periods="2021"))
    done = gate.done("submit", gate.gate, package(gate, ORDER, rows, "r-1", head_of(ORDER, people)))
    assert (done["refused"], done["held"], done["awaiting_release"]) == (2, 2, 0)
    find(gate, "court_order_verified", ("--order", "r-1"), ORDER)
    gate.done("hold", "release", gate.gate, "r-1", "--cause", "counsel", *gate.signs())
    gate.approve()
    assert gate.view() == {
        "0": ("confirmed", ""),
        "1": ("confirmed", ""),
        "not named": ("refused", "court_order_valid"),
        "not these periods": ("refused", "court_order_valid"),
    }
    gate.fsck()


@pytest.mark.parametrize("basis", [HIPAA, DPPA])
def test_an_address_older_than_three_years_confirms_nobody_where_there_are_no_periods(gate: Kit, basis: str) -> None:
    verify_requester(gate, basis)
    latest = {0: day(3 * 365 - 1), 1: day(3 * 366 + 1)}
    gate.load(line for i, p in enumerate(gate.people) for line in (p.record(day(2000)), p.record(latest[i % 2])))
    rows = [row_of(basis, gate.people[i], i) for i in range(2)]
    gate.done("submit", gate.gate, package(gate, basis, rows, "r-1", head_of(basis, [])))
    gate.approve()
    assert gate.view() == {"0": ("confirmed", ""), "1": ("not_confirmed", "")}


@pytest.mark.parametrize("basis", BASES)
def test_a_refusal_cites_the_law_of_its_own_pack(gate: Kit, basis: str) -> None:
    rows = [row_of(basis, gate.people[0], 1, address_line_1="", city="", state="")]
    gate.done("submit", gate.gate, package(gate, basis, rows, "r-1", head_of(basis, gate.people)))
    out = gate.root / "sealed"
    gate.done("answers", gate.gate, "r-1", "--sealed", "--out", out)
    found = next(out.rglob("refusals.json"))
    opened = gate.done("open", found, "--vkey", gate.vkey())
    assert {c.element.value: c.cite for c in load_pack(basis).citations}["address_stated"] in json.dumps(opened)


# --- what each basis refuses -----------------------------------------------------------------------------------------

ROW_DEFECTS: dict[str, tuple[tuple[str, ...], Row, str]] = {
    "no surname": ((HIPAA, DPPA), {"surname": ""}, "name_stated"),
    "no surname, so no person whom the order names": ((ORDER,), {"surname": ""}, "court_order_valid;name_stated"),
    "an initial": ((HIPAA, DPPA), {"given_name": "J."}, "name_stated"),
    "a ZIP Code alone": (BASES, {"address_line_1": "", "city": "", "state": ""}, "address_stated"),
    "an unregistered officer": (BASES, {"officer": "officer-99"}, "officer_engaged"),
    "a birth date that is none": (BASES, {"date_of_birth": "1980-02-30"}, "row_well_formed"),
    "a period outside the order": ((ORDER,), {"taxable_periods": "2023;2025"}, "court_order_valid"),
    "no period": ((ORDER,), {"taxable_periods": ""}, "court_order_valid;taxable_period_stated"),
    "another spelling than the order's": ((ORDER,), {"surname": "Abernethy"}, "court_order_valid"),
    "no case": ((ORDER,), {"case_number": "", "case_opened": ""}, "case_stated"),
    "a case to come": ((ORDER,), {"case_opened": day(-1)}, "case_stated"),
    "a victim": ((HIPAA,), {"x_subject_role": "victim"}, "subject_role_stated"),
    "no role": ((HIPAA,), {"x_subject_role": " "}, "subject_role_stated"),
    "submitted tomorrow": ((DPPA,), {"x_submitted_on": day(-1)}, "submission_stated"),
    "submitted some day": ((DPPA,), {"x_submitted_on": "recently"}, "submission_stated"),
    "a social security number": ((DPPA,), {"tin": "900-12-3456"}, "restricted_data_absent"),
}
"""The bases under which it is a defect, what is wrong with the row, and exactly what it is refused under."""


@pytest.mark.parametrize("basis", BASES)
def test_every_defect_of_a_row_is_refused_under_its_element(gate: Kit, basis: str) -> None:
    if basis != ORDER:
        verify_requester(gate, basis)
    rows, expected = [row_of(basis, gate.people[0], "lawful")], {}
    for name, (bases, changes, under) in ROW_DEFECTS.items():
        if basis in bases:
            rows.append(row_of(basis, gate.people[0], name, **changes))
            expected[name] = ("refused", under)
    columns = list(dict.fromkeys(c for row in rows for c in row))
    rows = [dict.fromkeys(columns, "") | row for row in rows]
    done = gate.done("submit", gate.gate, package(gate, basis, rows, "r-1", head_of(basis, gate.people[:1])))
    found = gate.view()
    assert found.pop("lawful") == (("held" if basis == ORDER else "awaiting_release"), "")
    assert found == expected
    assert done["refused"] == len(expected)


def without(basis: str, kit: Kit, name: str, *, value: Any = None) -> dict[str, Any]:
    """The head with one statement of its order or its details taken out, or another in its place."""
    head = head_of(basis, kit.people[:1])
    part = "order" if basis == ORDER else "details"
    changed = {k: v for k, v in head[part].items() if k != name} | ({} if value is None else {name: value})
    return head | {part: changed}


HEAD_DEFECTS: dict[str, tuple[str, str, Any, str]] = {
    "an order that expired yesterday": (ORDER, "expires", day(1), "court_order_valid"),
    "an order to come": (ORDER, "dated", day(-1), "court_order_valid"),
    "three findings of four": (ORDER, "findings", FINDINGS[:3], "court_order_valid"),
    "no findings": (ORDER, "findings", None, "court_order_valid"),
    "findings that are no list": (ORDER, "findings", "criminal_act", "court_order_valid"),
    "no judge": (ORDER, "judge", None, "court_order_valid"),
    "no docket": (ORDER, "docket", "unknown", "court_order_valid"),
    "a State's court": (ORDER, "court", "Superior Court of Fairfax County", "court_order_valid"),
    "a court of appeals": (ORDER, "court", "United States Court of Appeals, Fourth Circuit", "court_order_valid"),
    "names that are no list": (ORDER, "names", "all", "court_order_valid"),
    "a name without a given name": (ORDER, "names", [{"surname": "Abernathy"}], "court_order_valid"),
    "no periods": (ORDER, "periods", [], "court_order_valid"),
    "periods that are texts": (ORDER, "periods", ["2023", "2024"], "court_order_valid"),
    "another crime": (ORDER, "statute", "18 USC 1956", "court_order_valid"),
    "a paragraph of the crime": (ORDER, "statute", "18 USC 1343(a)", "court_order_valid"),
    "no statute": (ORDER, "statute", None, "court_order_valid"),
    "a statute that is a word": (ORDER, "statute", "wire fraud", "court_order_valid"),
    "another agency": (ORDER, "recipients", ["another.agency"], "court_order_valid"),
    "another officer": (ORDER, "recipients", [OFFICERS[1]], "court_order_valid"),
    "recipients that are no list": (ORDER, "recipients", AGENCY, "court_order_valid"),
    "no recipients": (ORDER, "recipients", None, "court_order_valid"),
    "DNA besides": (HIPAA, "items", ["name_and_address", "dna"], "items_permitted"),
    "no items": (HIPAA, "items", None, "items_permitted"),
    "items that are no list": (HIPAA, "items", "name_and_address", "items_permitted"),
    "required by law": (HIPAA, "required_by_law", True, "not_required_by_law"),
    "required by law or not": (HIPAA, "required_by_law", None, "not_required_by_law"),
}
"""The basis, the statement of order or details, what stands in its place, and what every row is refused under."""


QUICK = ("an order that expired yesterday", "DNA besides", "required by law")


@pytest.mark.parametrize(
    "names", [QUICK, pytest.param(tuple(HEAD_DEFECTS), marks=pytest.mark.long)], ids=["some", "all"]
)
def test_every_defect_of_order_and_details_refuses_all_rows(gate: Kit, names: Sequence[str]) -> None:
    verify_requester(gate, HIPAA)
    found = {}
    for number, name in enumerate(names):
        basis, key, value, _ = HEAD_DEFECTS[name]
        folder = package(
            gate, basis, [row_of(basis, gate.people[0], 1)], f"r-{number}", without(basis, gate, key, value=value)
        )
        gate.done("submit", gate.gate, folder)
        found[name] = gate.view(f"r-{number}")["1"]
    assert found == {name: ("refused", HEAD_DEFECTS[name][3]) for name in names}


COMMON: dict[str, tuple[dict[str, Any], str]] = {
    "another purpose": ({"purpose": "civil_removal"}, "purpose_exclusive"),
    "no purpose": ({"purpose": None}, "purpose_exclusive"),
    "31 days old": (
        {"made_at": (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")},
        "request_timely",
    ),
}


@pytest.mark.parametrize("basis", BASES)
def test_every_defect_of_a_request_refuses_all_rows(gate: Kit, basis: str) -> None:
    if basis != ORDER:
        verify_requester(gate, basis)
    for number, (name, (changes, under)) in enumerate(COMMON.items()):
        head = head_of(basis, gate.people[:1]) | changes
        row = row_of(basis, gate.people[0], 1, **({"case_opened": day(60)} if basis == ORDER else {}))
        row |= {"x_submitted_on": day(60)} if basis == DPPA else {}
        if basis == ORDER:
            head["order"] = order_for(gate.people[:1], dated=day(50))
        gate.done("submit", gate.gate, package(gate, basis, [row], f"r-{number}", head))
        assert gate.view(f"r-{number}") == {"1": ("refused", under)}, name


@pytest.mark.parametrize("basis", BASES)
def test_an_officer_who_attested_nothing_is_not_engaged(gate: Kit, basis: str) -> None:
    if basis != ORDER:
        verify_requester(gate, basis)
    folder = package(gate, basis, [row_of(basis, gate.people[0], 1)], "r-1", head_of(basis, gate.people[:1]), words="")
    gate.done("submit", gate.gate, folder)
    assert gate.view() == {"1": ("refused", "officer_engaged")}


@pytest.mark.parametrize("basis", [HIPAA, DPPA])
def test_a_requester_whom_nobody_verified_is_refused_and_so_is_one_denied_since(gate: Kit, basis: str) -> None:
    head = head_of(basis, [])
    gate.done("submit", gate.gate, package(gate, basis, [row_of(basis, gate.people[0], 1)], "r-1", head))
    assert gate.view() == {"1": ("refused", "requester_verified")}
    verify_requester(gate, basis)
    gate.done("submit", gate.gate, package(gate, basis, [row_of(basis, gate.people[0], 1)], "r-2", head))
    assert gate.view("r-2") == {"1": ("awaiting_release", "")}
    gate.done("determination", "deny", gate.gate, "requester_verified", "--agency", AGENCY, "--basis", basis,
              "--reference", "file 26-8", "--why", "it is not what it said", *gate.signs("ada"))  # fmt: skip
    gate.approve("r-2")
    assert gate.view("r-2") == {"1": ("refused", "requester_verified")}


def test_an_order_that_names_officers_opens_to_these_alone(gate: Kit) -> None:
    people = gate.people[:2]
    rows = [row_of(ORDER, p, i, officer=OFFICERS[i]) for i, p in enumerate(people)]
    head = head_of(ORDER, people) | {"order": order_for(people, recipients=[OFFICERS[1]])}
    gate.done("submit", gate.gate, package(gate, ORDER, rows, "r-1", head))
    assert gate.view() == {"0": ("refused", "court_order_valid"), "1": ("held", "")}


def test_an_order_that_is_not_attached_is_no_order(gate: Kit) -> None:
    folder = package(gate, ORDER, [row_of(ORDER, gate.people[0], 1)], "r-1", head_of(ORDER, gate.people[:1]))
    (folder / "order.pdf").unlink()
    gate.done("submit", gate.gate, folder)
    assert gate.view() == {"1": ("refused", "court_order_valid")}


def test_an_order_of_another_digest_is_not_taken_at_all(gate: Kit) -> None:
    folder = package(gate, ORDER, [row_of(ORDER, gate.people[0], 1)], "r-1", head_of(ORDER, gate.people[:1]))
    (folder / "order.pdf").write_bytes(ORDER_FILE + b"and all others\n")
    assert gate.run("submit", gate.gate, folder).code == 3


@pytest.mark.parametrize("basis", BASES)
def test_an_office_that_may_sign_another_basis_may_not_sign_this(gate: Kit, basis: str) -> None:
    let_sign(gate, *(b for b in BASES if b != basis))
    if basis != ORDER:
        verify_requester(gate, basis)
    folder = package(gate, basis, [row_of(basis, gate.people[0], 1)], "r-1", head_of(basis, gate.people[:1]))
    gate.done("submit", gate.gate, folder)
    assert gate.view() == {"1": ("refused", "signer_is_authorized")}


@pytest.mark.parametrize("basis", BASES)
def test_a_basis_that_was_not_adopted_opens_nothing(kit: Kit, basis: str) -> None:
    folder = package(kit, basis, [row_of(basis, kit.people[0], 1)], "r-1", head_of(basis, kit.people[:1]))
    kit.done("submit", kit.gate, folder)
    assert "basis_adopted" in kit.view()["1"][1]


# --- the requester's side --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", BASES)
def test_a_column_that_the_basis_wants_must_be_there_and_no_other_must(gate: Kit, basis: str) -> None:
    whole = row_of(basis, gate.people[0], 1)
    for column in load_pack(basis).columns(""):
        if column == "officer":
            continue  # the kit would not know who attests
        folder = gate.root / "packages" / f"without-{column}"
        package(gate, basis, [whole], folder.name, head_of(basis, gate.people[:1]))
        with (folder / "subjects.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        write_csv(folder / "subjects.csv", [c for c in rows[0] if c != column],
                  [{c: v for c, v in r.items() if c != column} for r in rows])  # fmt: skip
        request = json.loads((folder / "request.json").read_bytes())
        request["subjects"]["sha256"] = hashlib.sha256((folder / "subjects.csv").read_bytes()).hexdigest()
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        ended = gate.run("submit", gate.gate, folder)
        assert ended.code == 3, column
        assert f"missing {column}" in ended.err


def signed(kit: Kit, folder: Path) -> dict[str, Any]:
    """What ``sign`` says the package still wants."""
    found: dict[str, Any] = kit.done("sign", folder, "--key", f"{kit.keys / 'office'}.jwk")["wants"]
    return found


@pytest.mark.parametrize("basis", BASES)
def test_signing_says_that_a_ready_package_wants_nothing(gate: Kit, basis: str) -> None:
    folder = package(gate, basis, [row_of(basis, gate.people[0], 1)], "r-1", head_of(basis, gate.people[:1]))
    assert signed(gate, folder) == {
        "known_basis": True, "signed": True, "unattested": {}, "without_officer": 0, "ill_formed": 0, "unmet": {},
    }  # fmt: skip


def test_signing_says_what_the_basis_still_wants(gate: Kit) -> None:
    defects = {
        ORDER: (row_of(ORDER, gate.people[0], 1, case_number=""), head_of(ORDER, gate.people[1:2])),
        HIPAA: (row_of(HIPAA, gate.people[0], 1, x_subject_role="victim"), head_of(HIPAA, []) | {"details": {}}),
        DPPA: (row_of(DPPA, gate.people[0], 1, x_submitted_on="", tin="900-12-3456"), head_of(DPPA, [])),
    }
    found = {}
    for basis, (row, head) in defects.items():
        folder = package(gate, basis, [row], f"r-{basis}", head, words="no_proper_steps")
        wanted = signed(gate, folder)
        assert wanted["unattested"] == {OFFICERS[0]: ["personally_engaged"]}
        found[basis] = wanted["unmet"]
    assert found == {
        ORDER: {"case_stated": 1, "court_order_valid": 1},
        HIPAA: {"items_permitted": 1, "not_required_by_law": 1, "subject_role_stated": 1},
        DPPA: {"restricted_data_absent": 1, "submission_stated": 1},
    }
