"""Promise 1, end to end: take any element away, on any path, and the row is refused under that element.

Every element of ``us.irc.6103.i.2`` and of 8 USC 1253(a)(1) is deleted, negated or blanked in turn, for rows with and
without a TIN, in CSV and in Parquet, through ``narrowgate submit``. The refusal names the element, and the dependents
stated here and no other. In 2025 rows with a TIN were let through on the TIN alone.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit import AGENCY, BASIS, CUSTODIAN, FOUNDERS, OFFICE, OFFICERS, WORDS, Kit, Row, subject
from narrowgate import wiring
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import Outcome
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.rulings import stays
from narrowgate.flow.staying import stay_enter, stay_lift
from narrowgate.flow.submit import submit
from narrowgate.flow.viewing import view
from narrowgate.governance.stays import StayRecord, with_id
from narrowgate.law.pack import find_pack
from narrowgate.surfaces.cli.common import private_key

NOW = datetime.now(UTC)
TODAY = NOW.date()
FILES = ("csv", "parquet")
EACH_FILE = ("csv", pytest.param("parquet", marks=pytest.mark.long))


def day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def moment(ago: timedelta) -> str:
    return (NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- packages in both formats ----------------------------------------------------------------------------------------


def to_parquet(folder: Path) -> None:
    """Turns a package's subjects into Parquet."""
    source = folder / "subjects.csv"
    with source.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    target = folder / "subjects.parquet"
    pq.write_table(pa.table({c: [row[i] for row in rows] for i, c in enumerate(header)}), target)
    source.unlink()
    request = json.loads((folder / "request.json").read_bytes())
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    request["subjects"] = {"file": target.name, "sha256": digest, "rows": len(rows)}
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def unsigned(kit: Kit, rows: Sequence[Row], file: str, request_id: str = "r-1", **head: Any) -> Path:
    folder = kit.write_package(rows, request_id, **head)
    if file == "parquet":
        to_parquet(folder)
    return folder


def package(kit: Kit, rows: Sequence[Row], file: str, request_id: str = "r-1", **head: Any) -> Path:
    """A package attested by the registered officers and signed by the office."""
    folder = unsigned(kit, rows, file, request_id, **head)
    for officer in sorted({row["officer"] for row in rows} & set(OFFICERS)):
        kit.attest(folder, officer)
    kit.sign(folder)
    return folder


def pair(kit: Kit, **changes: str) -> list[Row]:
    """Two lawful rows, one with a TIN and one without."""
    return [subject(kit.people[0], 1, **changes), subject(kit.people[1], 2, tin="", **changes)]


def opened(kit: Kit) -> AbstractContextManager[Gate]:
    return wiring.opened(kit.gate)


def seen(gate: Gate, request: str) -> list[str]:
    """What the rows of a request are refused under."""
    rows = view(gate, find_request(gate, request))
    assert all((row.outcome is Outcome.REFUSED) == bool(row.refused_under) for row in rows)
    return [row.refused_under for row in rows]


def refusals(kit: Kit, *folders: Path) -> list[list[str]]:
    """What the rows of each package are refused under: each is submitted by the command."""
    names = [kit.done("submit", kit.gate, folder)["request"] for folder in folders]
    with opened(kit) as gate:
        return [seen(gate, name) for name in names]


# --- elements that a row states --------------------------------------------------------------------------------------

LONG = "x" * 4097
OFFICER = "officer_engaged;willfulness_attested"

ROW_DEFECTS: dict[str, tuple[Row, str]] = {
    "surname blank": ({"surname": ""}, "name_stated"),
    "surname of spaces": ({"surname": "   "}, "name_stated"),
    "surname an initial": ({"surname": "K"}, "name_stated"),
    "surname a filler": ({"surname": "Unknown"}, "name_stated"),
    "surname with a control character": ({"surname": "Kowal\x00czyk"}, "name_stated;row_well_formed"),
    "surname too long": ({"surname": LONG}, "name_stated;row_well_formed"),
    "given name blank": ({"given_name": ""}, "name_stated"),
    "given name an initial": ({"given_name": "J."}, "name_stated"),
    "given name procedural": ({"given_name": "FNU"}, "name_stated"),
    "both names blank": ({"surname": "", "given_name": ""}, "name_stated"),
    "John Doe": ({"surname": "Doe", "given_name": "John"}, "name_stated"),
    "street line blank": ({"address_line_1": ""}, "address_stated"),
    "street line a ZIP Code": ({"address_line_1": "98101"}, "address_stated"),
    "street line failed to provide": ({"address_line_1": "Failed to Provide"}, "address_stated"),
    "street line unknown address": ({"address_line_1": "Unknown Address"}, "address_stated"),
    "street line don't care": ({"address_line_1": "Don't Care 12345"}, "address_stated"),
    "street without a number": ({"address_line_1": "Maple St"}, "address_stated"),
    "number without a street": ({"address_line_1": "101"}, "address_stated"),
    "street line with a control character": ({"address_line_1": "101\x01 Maple St"}, "address_stated;row_well_formed"),
    "no city, state and ZIP Code": ({"city": "", "state": "", "zip": ""}, "address_stated"),
    "whole address blank": ({"address_line_1": "", "city": "", "state": "", "zip": ""}, "address_stated"),
    "ZIP Code alone": ({"address_line_1": "", "city": "", "state": ""}, "address_stated"),
    "periods blank": ({"taxable_periods": ""}, "taxable_period_stated"),
    "periods of spaces": ({"taxable_periods": "  "}, "taxable_period_stated"),
    "periods to come": ({"taxable_periods": str(TODAY.year + 1)}, "taxable_period_stated"),
    "one period of two to come": ({"taxable_periods": f"2023;{TODAY.year + 1}"}, "taxable_period_stated"),
    "periods in words": ({"taxable_periods": "all years"}, "row_well_formed;taxable_period_stated"),
    "periods with another separator": ({"taxable_periods": "2023,2024"}, "row_well_formed;taxable_period_stated"),
    "period of two digits": ({"taxable_periods": "23"}, "row_well_formed;taxable_period_stated"),
    "order date blank": ({"removal_order_date": ""}, "order_final_and_elapsed"),
    "order final 90 days ago": ({"removal_order_date": day(90)}, "order_final_and_elapsed"),
    "order final today": ({"removal_order_date": day(0)}, "order_final_and_elapsed"),
    "order final tomorrow": ({"removal_order_date": day(-1)}, "order_final_and_elapsed"),
    "order final on a day that is none": (
        {"removal_order_date": "2025-02-30"},
        "order_final_and_elapsed;row_well_formed",
    ),
    "order date American": ({"removal_order_date": "02/03/2020"}, "order_final_and_elapsed;row_well_formed"),
    "ground blank": ({"order_ground": ""}, "order_ground_stated"),
    "ground in words": ({"order_ground": "overstay"}, "order_ground_stated"),
    "ground of inadmissibility": ({"order_ground": "8 USC 1182(a)(6)(A)(i)"}, "order_ground_stated"),
    "ground a section alone": ({"order_ground": "8 USC 1227"}, "order_ground_stated"),
    "ground a waiver": ({"order_ground": "8 USC 1227(a)(1)(H)"}, "order_ground_stated"),
    "case number blank": ({"case_number": ""}, "case_stated"),
    "case number a filler": ({"case_number": "pending"}, "case_stated"),
    "case number of zeros": ({"case_number": "0000"}, "case_stated"),
    "case opening blank": ({"case_opened": ""}, "case_stated"),
    "case opened tomorrow": ({"case_opened": day(-1)}, "case_stated"),
    "case opened on a day that is none": ({"case_opened": "2026-13-01"}, "case_stated;row_well_formed"),
    "case number and opening blank": ({"case_number": "", "case_opened": ""}, "case_stated"),
    "reason blank": ({"reason": ""}, "reason_stated"),
    "reason a filler": ({"reason": "N/A"}, "reason_stated"),
    "reason of two words": ({"reason": "address needed"}, "reason_stated"),
    "reason one word repeated": ({"reason": "needed needed needed"}, "reason_stated"),
    "reason too long": ({"reason": LONG}, "reason_stated;row_well_formed"),
    "officer blank": ({"officer": ""}, OFFICER),
    "officer unregistered": ({"officer": "officer-99"}, OFFICER),
    "officer registered and unattested": ({"officer": "cleo"}, OFFICER),
    "officer in another spelling": ({"officer": "Officer-1"}, OFFICER),
    "officer with a control character": ({"officer": "officer-1\x00"}, f"{OFFICER};row_well_formed".replace(
        ";willfulness_attested;row_well_formed", ";row_well_formed;willfulness_attested")),
    "birth date that is none": ({"date_of_birth": "1980-00-10"}, "row_well_formed"),
    "middle name with a control character": ({"middle_name": "\x07"}, "row_well_formed"),
    "replacement character in a suffix": ({"suffix": "Jr\ufffd"}, "row_well_formed"),
    "two elements at once": ({"surname": "", "reason": ""}, "name_stated;reason_stated"),
    "name, address, case and reason at once": (
        {"surname": "", "address_line_1": "", "case_number": "", "reason": ""},
        "address_stated;case_stated;name_stated;reason_stated",
    ),
}  # fmt: skip
"""What is wrong with a row, and exactly what it is refused under."""

LAWFUL: dict[str, Row] = {
    "nothing changed": {},
    "no birth date": {"date_of_birth": ""},
    "a post office box": {"address_line_1": "PO Box 12", "address_line_2": ""},
    "order final 91 days ago": {"removal_order_date": day(91)},
    "another spelling of the ground": {"order_ground": "INA 237(a)(2)(A)(iii)"},
    "case opened today": {"case_opened": day(0)},
    "one period": {"taxable_periods": "2024"},
}
"""Rows that no element stops: the refusals above are not refusals of everything."""


@pytest.mark.parametrize("file", EACH_FILE)
def test_every_defect_of_a_row_is_refused_under_its_element_with_a_tin_and_without(kit: Kit, file: str) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties(officers=(*OFFICERS, "cleo")), *kit.signs())
    rows, expected = [], {}
    for number, (name, (changes, under)) in enumerate(ROW_DEFECTS.items()):
        for path in ("with a TIN", "without a TIN"):
            label = f"{name}, {path}"
            tin = {} if path == "with a TIN" else {"tin": ""}
            rows.append(subject(kit.people[number], label, **{**tin, **changes}))
            expected[label] = ("refused", under)
    for number, (name, changes) in enumerate(LAWFUL.items()):
        for place, (path, tin) in enumerate((("with a TIN", {}), ("without a TIN", {"tin": ""}))):
            label = f"{name}, {path}"
            person = kit.people[100 + 2 * number + place]
            stated: Row = {"reason": f"Service in the matter of {name} {path}, case {number}", **tin, **changes}
            rows.append(subject(person, label, **stated))
            expected[label] = ("awaiting_release", "")
    done = kit.done("submit", kit.gate, package(kit, rows, file))
    assert kit.view() == expected
    assert (done["refused"], done["held"], done["awaiting_release"]) == (2 * len(ROW_DEFECTS), 0, 2 * len(LAWFUL))
    kit.fsck()


# --- elements that a request states ----------------------------------------------------------------------------------

HEAD_DEFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "made tomorrow": ({"made_at": moment(timedelta(days=-1))}, "request_timely"),
    "made in an hour": ({"made_at": moment(timedelta(hours=-1))}, "request_timely"),
    "made 31 days ago": ({"made_at": moment(timedelta(days=31))}, "request_timely"),
    "made at no time": ({"made_at": None}, "request_timely"),
    "made at a blank": ({"made_at": ""}, "request_timely"),
    "made at garbage": ({"made_at": "last Tuesday"}, "request_timely"),
    "made without a time zone": ({"made_at": NOW.strftime("%Y-%m-%dT00:00:00")}, "request_timely"),
    "made on a day that is none": ({"made_at": "2026-02-30T00:00:00Z"}, "request_timely"),
    "made at the beginning of time": ({"made_at": "0001-01-01T00:00:00Z"}, "request_timely"),
    "made before the beginning of time": ({"made_at": "0001-01-01T00:00:00+14:00"}, "request_timely"),
    "made at the end of time": ({"made_at": "9999-12-31T23:59:59-14:00"}, "request_timely"),
    "purpose civil": ({"purpose": "civil_removal"}, "purpose_exclusive"),
    "purpose tax administration": ({"purpose": "tax_administration"}, "purpose_exclusive"),
    "purpose blank": ({"purpose": ""}, "purpose_exclusive"),
    "purpose missing": ({"purpose": None}, "purpose_exclusive"),
    "two purposes": ({"purpose": "criminal_investigation;civil_removal"}, "purpose_exclusive"),
    "purpose in another spelling": ({"purpose": "Criminal_Investigation"}, "purpose_exclusive"),
    "statute blank": ({"criminal_statute": ""}, "statute_designated"),
    "statute missing": ({"criminal_statute": None}, "statute_designated"),
    "statute in words": ({"criminal_statute": "federal criminal law"}, "statute_designated"),
    "statute a title alone": ({"criminal_statute": "8 USC"}, "statute_designated"),
    "statute civil": ({"criminal_statute": "8 USC 1229a"}, "statute_designated"),
    "statute of tax administration": ({"criminal_statute": "26 USC 7201"}, "statute_designated"),
    "statute criminal and civil": ({"criminal_statute": "18 USC 371; 8 USC 1231"}, "statute_designated"),
    "statute an exception to the offence": ({"criminal_statute": "8 USC 1253(a)(2)"}, "statute_designated"),
    "authority blank": ({"statutory_authority": ""}, "authority_stated"),
    "authority missing": ({"statutory_authority": None}, "authority_stated"),
    "authority a filler": ({"statutory_authority": "to be provided"}, "authority_stated"),
    "authority section 6103 itself": ({"statutory_authority": "26 USC 6103(i)(2)"}, "authority_stated"),
    "basis unknown": ({"basis": "us.irc.6103.l.1"}, "basis_adopted"),
    "basis in another spelling": ({"basis": "US.IRC.6103.I.2"}, "basis_adopted"),
    "purpose and authority at once": ({"purpose": "", "statutory_authority": ""}, "authority_stated;purpose_exclusive"),
    "office unknown": (
        {"signed_by": {"office": "test.agency.nobody", "name": "Nobody"}},
        "signature_valid;signer_is_authorized",
    ),
    "no office": ({"signed_by": {}}, "signature_valid;signer_is_authorized"),
    "agency unknown": (
        {"agency": "unheard.of"},
        "officer_engaged;safeguards_clear;signature_valid;signer_is_authorized;willfulness_attested",
    ),
}
"""What is wrong with request.json, and exactly what every row is refused under."""


@pytest.mark.parametrize("file", EACH_FILE)
def test_every_defect_of_a_request_refuses_all_its_rows(kit: Kit, file: str) -> None:
    packages = [
        package(kit, pair(kit), file, f"r-{number}", **changes)
        for number, (changes, _) in enumerate(HEAD_DEFECTS.values())
    ]
    found = dict(zip(HEAD_DEFECTS, refusals(kit, *packages), strict=True))
    assert found == {name: [under, under] for name, (_, under) in HEAD_DEFECTS.items()}


def test_another_statute_brings_no_elements_of_1253(kit: Kit) -> None:
    rows = pair(kit, removal_order_date="", order_ground="")
    folder = unsigned(kit, rows, "csv", criminal_statute="18 USC 1546")
    kit.attest(folder, OFFICERS[0], ["personally_engaged"])
    kit.sign(folder)
    assert refusals(kit, folder) == [["", ""]]


def test_a_prong_without_a_term_still_wants_a_past_day_and_a_ground(kit: Kit) -> None:
    statute = "8 USC 1253(a)(1)(B)"
    rows = [
        subject(kit.people[0], "yesterday", removal_order_date=day(1)),
        subject(kit.people[1], "tomorrow", removal_order_date=day(-1)),
        subject(kit.people[2], "no ground", removal_order_date=day(1), order_ground=""),
    ]
    folder = package(kit, rows, "csv", criminal_statute=statute)
    assert refusals(kit, folder) == [["", "order_final_and_elapsed", "order_ground_stated"]]


# --- the office's signature ------------------------------------------------------------------------------------------


def key(kit: Kit, person: str) -> str:
    return f"{kit.keys / person}.jwk"


def _removed(_kit: Kit, folder: Path) -> None:
    (folder / "request.jws").unlink()


def _emptied(_kit: Kit, folder: Path) -> None:
    (folder / "request.jws").write_bytes(b"")


def _garbage(_kit: Kit, folder: Path) -> None:
    (folder / "request.jws").write_bytes(b"\xff\x00{")


def _by_another(kit: Kit, folder: Path) -> None:
    kit.done("sign", folder, "--key", key(kit, "dora"))


def _by_an_officer(kit: Kit, folder: Path) -> None:
    kit.done("sign", folder, "--key", key(kit, OFFICERS[0]))


def _by_the_custodian(kit: Kit, folder: Path) -> None:
    kit.done("sign", folder, "--key", key(kit, FOUNDERS[0]))


def _over_other_bytes(_kit: Kit, folder: Path) -> None:
    request = json.loads((folder / "request.json").read_bytes())
    (folder / "request.json").write_text(json.dumps(request, indent=3), encoding="utf-8")


def _with_its_payload(kit: Kit, folder: Path) -> None:
    payload = (folder / "request.json").read_bytes()
    private = private_key(Path(key(kit, "office")))
    (folder / "request.jws").write_text(wiring.jose.sign(payload, private, detached=False), encoding="utf-8")


def _without_an_algorithm(_kit: Kit, folder: Path) -> None:
    jws = {"protected": "eyJhbGciOiJub25lIn0", "signature": ""}
    (folder / "request.jws").write_text(json.dumps(jws), encoding="utf-8")


def revoke_office(kit: Kit) -> None:
    lines = ["[agency]", f'id = "{AGENCY}"', 'name = "Test Agency"', 'safeguards = "clear"']
    lines += ["[[office]]", f'id = "{OFFICE}"', f'may_sign = ["{BASIS}"]', 'key = "office.pub.jwk"']
    path = kit.keys / "revoke.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    kit.done("party", "revoke", kit.gate, path, *kit.signs())


SIGNATURES: dict[str, Callable[[Kit, Path], None]] = {
    "missing": _removed,
    "empty": _emptied,
    "garbage": _garbage,
    "by another key": _by_another,
    "by an officer of the same agency": _by_an_officer,
    "by the custodian": _by_the_custodian,
    "over other bytes": _over_other_bytes,
    "with its payload attached": _with_its_payload,
    "without an algorithm": _without_an_algorithm,
}


@pytest.mark.parametrize("file", EACH_FILE)
def test_a_signature_that_does_not_hold_refuses_every_row(kit: Kit, file: str) -> None:
    packages = []
    for number, spoil in enumerate(SIGNATURES.values()):
        packages.append(package(kit, pair(kit), file, f"r-{number}"))
        spoil(kit, packages[-1])
    found = dict(zip(SIGNATURES, refusals(kit, *packages), strict=True))
    assert found == {name: ["signature_valid", "signature_valid"] for name in SIGNATURES}


def test_a_request_whose_signature_failed_takes_no_id_and_can_be_handed_in_signed(kit: Kit) -> None:
    folder = unsigned(kit, pair(kit), "csv")
    kit.attest(folder, OFFICERS[0])
    first = kit.done("submit", kit.gate, folder)
    assert first["request"] == first["ledger_id"]
    assert kit.run("answers", kit.gate, "r-1", "--out", kit.root / "none.csv").code == 3
    kit.sign(folder)
    assert kit.done("submit", kit.gate, folder)["awaiting_release"] == 2


def test_a_revoked_key_signs_nothing_more(kit: Kit) -> None:
    revoke_office(kit)
    packages = [package(kit, pair(kit), file, f"r-{file}") for file in FILES]
    assert refusals(kit, *packages) == [["signature_valid"] * 2] * 2


def test_an_office_that_may_not_sign_this_basis_is_no_signer(kit: Kit) -> None:
    clerk = f'[[office]]\nid = "{AGENCY}.clerk"\nkey = "dora.pub.jwk"\n'
    other = f'[[office]]\nid = "{AGENCY}.other"\nmay_sign = ["us.irc.6103.i.1"]\nkey = "emil.pub.jwk"\n'
    path = kit.write_parties()
    path.write_text(path.read_text(encoding="utf-8") + clerk + other, encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())
    packages = []
    for office, person in (("clerk", "dora"), ("other", "emil")):
        for file in FILES:
            signed_by = {"office": f"{AGENCY}.{office}", "name": "Clerk"}
            packages.append(unsigned(kit, pair(kit), file, f"r-{office}-{file}", signed_by=signed_by))
            kit.attest(packages[-1], OFFICERS[0])
            kit.done("sign", packages[-1], "--key", key(kit, person))
    assert refusals(kit, *packages) == [["signer_is_authorized"] * 2] * 4


# --- the officers' attestations --------------------------------------------------------------------------------------


def _attest(kit: Kit, folder: Path, officer: str, signer: str, words: Sequence[str] = WORDS) -> None:
    kit.done("attest", folder, "--officer", officer, "--key", key(kit, signer), "--attests", ",".join(words))


def test_an_attestation_that_is_not_exactly_right_counts_for_nothing(kit: Kit) -> None:
    officers = (*OFFICERS, "dora", "emil", "cleo")
    kit.done("party", "add", kit.gate, kit.write_parties(officers=officers), *kit.signs())
    without = {word.value: [w for w in WORDS if w != word] for word in WORDS}
    rows = [subject(kit.people[i], officer, officer=officer) for i, officer in enumerate(officers)]
    rows += [
        subject(kit.people[i + 10], f"{officer}, no TIN", officer=officer, tin="") for i, officer in enumerate(officers)
    ]
    expected = {
        OFFICERS[0]: "",
        OFFICERS[1]: OFFICER,
        "dora": "willfulness_attested",
        "emil": OFFICER,
        "cleo": "officer_engaged",
    }
    for file in FILES:
        folder = unsigned(kit, rows, file, f"r-{file}")
        _attest(kit, folder, OFFICERS[0], OFFICERS[0])
        _attest(kit, folder, OFFICERS[1], "dora")  # by another officer's key
        _attest(kit, folder, "dora", "dora", without["no_proper_steps"])
        (folder / "attestations" / "emil.jws").write_bytes((folder / "attestations" / "dora.jws").read_bytes())
        _attest(kit, folder, "cleo", "cleo", without["personally_engaged"])
        kit.sign(folder)
        kit.done("submit", kit.gate, folder)
        found = {row: under for row, (_, under) in kit.view(f"r-{file}").items()}
        assert found == expected | {f"{officer}, no TIN": under for officer, under in expected.items()}, file


@pytest.mark.parametrize("word", [w for w in WORDS if w != "personally_engaged"])
def test_each_word_of_willfulness_is_needed(kit: Kit, word: str) -> None:
    folder = unsigned(kit, pair(kit), "csv")
    kit.attest(folder, OFFICERS[0], [w for w in WORDS if w != word])
    kit.sign(folder)
    assert refusals(kit, folder) == [["willfulness_attested"] * 2]


OTHER_ROWS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "a row changed": lambda rows: [rows[0] | {"address_line_1": "9 Elm St"}, *rows[1:]],
    "a cell of another column changed": lambda rows: [rows[0] | {"reason": f"{rows[0]['reason']}!"}, *rows[1:]],
    "a row added": lambda rows: [*rows, rows[0] | {"row": "9"}],
    "a row left out": lambda rows: rows[:1],
    "rows in another order": lambda rows: rows[::-1],
    "an extra column": lambda rows: [row | {"x_note": "1"} for row in rows],
}


@pytest.mark.parametrize("file", EACH_FILE)
def test_an_attestation_over_other_rows_counts_for_nothing(kit: Kit, file: str) -> None:
    packages = []
    for number, change in enumerate(OTHER_ROWS.values()):
        rows = pair(kit)
        packages.append(unsigned(kit, rows, file, f"r-{number}"))
        kit.attest(packages[-1], OFFICERS[0])
        unsigned(kit, change(rows), file, f"r-{number}")
        kit.sign(packages[-1])
    found = dict(zip(OTHER_ROWS, refusals(kit, *packages), strict=True))
    assert {name: set(under) for name, under in found.items()} == {name: {OFFICER} for name in OTHER_ROWS}


def test_an_attestation_for_something_else_counts_for_nothing(kit: Kit) -> None:
    members = ("request_id", "basis", "agency", "custodian", "officer", "rows")
    packages = []
    private = private_key(Path(key(kit, OFFICERS[0])))
    for member in members:
        folder = unsigned(kit, pair(kit), "csv", f"r-{member}")
        kit.attest(folder, OFFICERS[0])
        jws = folder / "attestations" / f"{OFFICERS[0]}.jws"
        payload = wiring.jose.verify_attached(jws.read_bytes(), wiring.jose.public_part(private))
        assert payload is not None
        stated = json.loads(payload) | {member: "another"}
        forged = json.dumps(stated, sort_keys=True, separators=(",", ":")).encode()
        jws.write_text(wiring.jose.sign(forged, private, detached=False), encoding="utf-8")
        kit.sign(folder)
        packages.append(folder)
    assert dict(zip(members, refusals(kit, *packages), strict=True)) == dict.fromkeys(members, [OFFICER] * 2)


# --- what stands outside the request ---------------------------------------------------------------------------------


def enter_stay(
    kit: Kit,
    *,
    basis: str = "",
    requester: str = "",
    statute: str = "",
    effective: datetime = NOW - timedelta(days=1),
) -> None:
    """One counsel enters a stay."""
    dated = date(2026, 1, 2)
    stay = Stay("", "D.D.C.", "1:26-cv-1", dated, effective, basis=basis, requester=requester, statute=statute)
    with opened(kit) as gate:
        signer = {FOUNDERS[0]: private_key(Path(key(kit, FOUNDERS[0])))}
        assert decide(gate, stay_enter(gate, with_id(StayRecord(stay, NOW))), signer).complete


def lift_stay(kit: Kit) -> None:
    with opened(kit) as gate:
        (stay,) = stays(gate)
        both = {person: private_key(Path(key(kit, person))) for person in FOUNDERS}
        assert decide(gate, stay_lift(gate, stay.id, "the order of 3 January"), both).complete


STAYS: dict[str, tuple[dict[str, Any], str]] = {
    "everything": ({}, "not_stayed"),
    "this basis": ({"basis": BASIS}, "not_stayed"),
    "this requester": ({"requester": AGENCY}, "not_stayed"),
    "this statute": ({"statute": "8 USC 1253(a)(1)"}, "not_stayed"),
    "this statute, more coarsely": ({"statute": "8 U.S.C. § 1253"}, "not_stayed"),
    "this basis, requester and statute": (
        {"basis": BASIS, "requester": AGENCY, "statute": "8 USC 1253"},
        "not_stayed",
    ),
    "a statute that cannot be read": ({"statute": "the removal offence"}, "not_stayed"),
    "another basis": ({"basis": "us.hipaa.164.512.f.2"}, ""),
    "another requester": ({"requester": "other.agency"}, ""),
    "another statute": ({"statute": "18 USC 1546"}, ""),
    "another requester under this basis": ({"basis": BASIS, "requester": "other.agency"}, ""),
    "from tomorrow": ({"effective": NOW + timedelta(days=1)}, ""),
}


@pytest.mark.parametrize("case", STAYS)
def test_a_stay_refuses_what_it_reaches_and_nothing_else(kit: Kit, case: str) -> None:
    scope, under = STAYS[case]
    enter_stay(kit, **scope)
    packages = [package(kit, pair(kit), file, f"r-{file}") for file in FILES]
    with opened(kit) as gate:
        for folder in packages:
            submit(gate, folder)
            assert seen(gate, folder.name) == [under, under]


def test_a_lifted_stay_refuses_nothing_more(kit: Kit) -> None:
    enter_stay(kit)
    assert refusals(kit, package(kit, pair(kit), "csv", "r-1")) == [["not_stayed"] * 2]
    lift_stay(kit)
    assert refusals(kit, package(kit, pair(kit), "csv", "r-2")) == [["", ""]]


def test_suspended_safeguards_refuse_and_open_findings_hold(kit: Kit) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties("suspended"), *kit.signs())
    packages = [package(kit, pair(kit), file, f"r-{file}") for file in FILES]
    assert refusals(kit, *packages) == [["safeguards_clear"] * 2] * 2
    kit.done("party", "add", kit.gate, kit.write_parties("open_findings"), *kit.signs())
    kit.done("submit", kit.gate, package(kit, pair(kit), "csv", "r-3"))
    assert set(kit.view("r-3").values()) == {("held", "")}


def test_a_gate_that_has_adopted_no_edition_refuses_everything(kit: Kit) -> None:
    kit.gate = kit.root / "fresh"
    founders = [word for p in FOUNDERS for word in ("--founder", f"{p}={kit.keys / p}.pub.jwk")]
    kit.done("init", kit.gate, "--custodian", CUSTODIAN, *founders, "--demo")
    kit.done("party", "add", kit.gate, kit.write_parties(), *kit.signs())
    packages = [package(kit, pair(kit), file, f"r-{file}") for file in FILES]
    assert refusals(kit, *packages) == [["basis_adopted"] * 2] * 2
    assert kit.done("hold", "list", kit.gate)["held"] == []


# --- what changes after submit: approval looks again -----------------------------------------------------------------


def _stay(kit: Kit) -> None:
    enter_stay(kit)


def _suspend(kit: Kit) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties("suspended"), *kit.signs())


def _remove_officers(kit: Kit) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties(officers=()), *kit.signs())


def _revoke_agency(kit: Kit) -> None:
    path = kit.keys / "revoke.toml"
    path.write_text(f'[agency]\nid = "{AGENCY}"\nname = "Test Agency"\nsafeguards = "clear"\n', encoding="utf-8")
    kit.done("party", "revoke", kit.gate, path, *kit.signs())


def _office_may_not_sign(kit: Kit) -> None:
    path = kit.write_parties()
    path.write_text(path.read_text(encoding="utf-8").replace(f'["{BASIS}"]', "[]"), encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())


AFTERWARDS: dict[str, tuple[Callable[[Kit], None], str]] = {
    "a stay is entered": (_stay, "not_stayed"),
    "safeguards are suspended": (_suspend, "safeguards_clear"),
    "the officers are removed": (_remove_officers, "officer_engaged"),
    "the agency's keys are revoked": (_revoke_agency, "officer_engaged;signature_valid"),
    "the office may sign no more": (_office_may_not_sign, "signer_is_authorized"),
}


@pytest.mark.parametrize("case", AFTERWARDS)
def test_approval_refuses_anew_when(kit: Kit, case: str) -> None:
    change, under = AFTERWARDS[case]
    rows = [*pair(kit), subject(kit.people[2], 3, reason="")]
    kit.done("submit", kit.gate, package(kit, rows, "csv"))
    change(kit)
    done = kit.approve()
    assert (done["released"], done["refused_anew"], done["held_anew"], done["remaining"]) == (0, 2, 0, 0)
    assert kit.view() == {"1": ("refused", under), "2": ("refused", under), "3": ("refused", "reason_stated")}
    out = kit.root / "out"
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["refusals.json"]
    refused = kit.done("open", out / "refusals.json", "--vkey", kit.vkey())["refused"]
    assert refused == [
        {"row": "1", "refused_under": under.split(";")},
        {"row": "2", "refused_under": under.split(";")},
        {"row": "3", "refused_under": ["reason_stated"]},
    ]
    kit.fsck()
    assert kit.run("approve", kit.gate, "r-1", *kit.signs()).code == 2


def test_approval_refuses_the_rows_of_a_removed_officer_and_releases_the_rest(kit: Kit) -> None:
    rows = [subject(kit.people[0], 1), subject(kit.people[1], 2, officer=OFFICERS[1])]
    kit.done("submit", kit.gate, package(kit, rows, "csv"))
    kit.done("party", "add", kit.gate, kit.write_parties(officers=OFFICERS[1:]), *kit.signs())
    done = kit.approve()
    assert (done["released"], done["refused_anew"]) == (1, 1)
    assert kit.view() == {"1": ("refused", "officer_engaged"), "2": ("confirmed", "")}
    kit.fsck()


def test_a_stay_reaches_rows_that_people_release_from_a_hold(kit: Kit) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties("open_findings"), *kit.signs())
    kit.done("submit", kit.gate, package(kit, pair(kit), "csv"))
    enter_stay(kit)
    done = kit.done("hold", "release", kit.gate, "r-1", *kit.signs())["result"]
    assert (done["went_on"], done["refused"]) == (0, 2)
    assert set(kit.view().values()) == {("refused", "not_stayed")}


def test_an_answered_request_handed_in_again_under_a_stay_gives_its_first_result(kit: Kit) -> None:
    folder = package(kit, pair(kit), "csv")
    first = kit.done("submit", kit.gate, folder)
    enter_stay(kit)
    assert kit.done("submit", kit.gate, folder) == first | {"again": True}
    assert kit.approve()["released"] == 0


# --- nothing forgotten -----------------------------------------------------------------------------------------------


def test_every_element_of_the_pack_was_taken_away_here() -> None:
    pack = find_pack(BASIS)
    assert pack is not None
    tables: list[Mapping[str, tuple[Any, str]]] = [ROW_DEFECTS, HEAD_DEFECTS, STAYS, AFTERWARDS]
    named = {element for table in tables for _, under in table.values() for element in under.split(";")}
    assert {c.element.value for c in pack.citations} <= named
