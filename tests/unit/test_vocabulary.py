"""Every persisted vocabulary, byte for byte: a word is added here and in the contract; none is renamed or reused."""

from dataclasses import asdict
from enum import Enum

import pytest

from narrowgate.domain.answer import ANSWER_SCHEMA
from narrowgate.domain.books import RegisterKind
from narrowgate.domain.certificate import CERTIFICATE_FORMAT
from narrowgate.domain.circumstances import PolicyLimits
from narrowgate.domain.errors import ErrorCode, ExitCode
from narrowgate.domain.request import PERIOD_EPOCH, RECORD_COLUMNS, REQUEST_FORMAT, SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import (
    Attests,
    DeterminationKind,
    Element,
    EventKind,
    HoldCause,
    Outcome,
    Provenance,
    PublicKind,
    Purpose,
    Role,
    RowState,
    Safeguards,
    StayOf,
    Stratum,
    Verdict,
    When,
)
from narrowgate.engines.keystore import FORMAT as KEYSTORE_FORMAT
from narrowgate.engines.keystore import PURPOSES
from narrowgate.flow.sealing import ANSWERS_FORMAT, REFUSALS_FORMAT
from narrowgate.flow.stay_statement import STAY_STATEMENT_FORMAT
from narrowgate.governance.config import CONFIG_FORMAT, LIMITS, OTHERS, Configuration
from narrowgate.governance.decisions import BY_ONE, STATEMENT_FORMAT
from narrowgate.governance.staff import ROLE_OF
from narrowgate.law.pack import find_pack
from narrowgate.surfaces.cli import COMMANDS

PINNED: dict[type[Enum], str] = {
    Element: """
        row_well_formed request_timely signer_is_authorized signature_valid basis_adopted not_stayed safeguards_clear
        name_stated address_stated taxable_period_stated authority_stated statute_designated reason_stated
        officer_engaged case_stated purpose_exclusive court_order_valid order_ground_stated order_final_and_elapsed
        willfulness_attested requester_verified subject_role_stated items_permitted not_required_by_law
        submission_stated restricted_data_absent""",
    HoldCause: "caseload reason_generic budget breaker certificate safeguards_open_findings counsel",
    Outcome: "confirmed not_confirmed refused held awaiting_release withdrawn",
    RowState: "refused held entered awaiting_release released withdrawn",
    Verdict: "unique ambiguous none too_large uncertified",
    Stratum: "no_birth_date multi_unit common_name recent_mover shared_address",
    Purpose: "criminal_investigation criminal_proceeding grand_jury identify_or_locate verify_accuracy",
    DeterminationKind: "court_order_verified requester_verified reason_accepted safeguards_accepted",
    StayOf: "disclosure use",
    When: "before_dated before_notice notice_not_stated after_notice after_entry not_yet_effective after_lift",
    Attests: "no_proper_steps not_in_custody_nor_departed personally_engaged willful_failure_to_depart",
    Safeguards: "clear suspended open_findings",
    Role: "administrator counsel shield_official disclosure_officer auditor",
    Provenance: "synthetic adjudicated",
    EventKind: """
        request_received request_rechecked answers_entered answers_released request_declined hold_released
        hold_refused rows_withdrawn inspection decision certification_attempted""",
    PublicKind: "gate_founded pack_adopted stay_entered stay_lifted certificate config_adopted",
    RegisterKind: "founder party staff pack stay shield snapshot certificate config determination assignment",
    ErrorCode: """
        invalid_input wrong_custodian digest_mismatch request_id_taken unknown_request nothing_to_do
        second_signature_needed not_authorised passphrase gate_missing gate_busy gate_shut clock storage pack_unsound
        not_certified stayed integrity""",
}


@pytest.mark.parametrize("vocabulary", PINNED, ids=lambda v: v.__name__)
def test_a_vocabulary_has_these_words_in_this_order(vocabulary: type[Enum]) -> None:
    assert [member.value for member in vocabulary] == PINNED[vocabulary].split()


@pytest.mark.parametrize("vocabulary", PINNED, ids=lambda v: v.__name__)
def test_a_word_is_its_name_in_lower_case_and_plain_ascii(vocabulary: type[Enum]) -> None:
    for member in vocabulary:
        assert member.value == member.name.lower()
        assert str(member.value).replace("_", "").isalpha()
        assert str(member.value).isascii()


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "WAITING": 2,
        "INVALID_INPUT": 3,
        "INTEGRITY": 4,
    }


def test_every_command_that_people_sign_has_its_role() -> None:
    assert ROLE_OF == {
        "party add": "administrator",
        "party revoke": "administrator",
        "staff add": "administrator",
        "staff remove": "administrator",
        "records load": "administrator",
        "certify": "administrator",
        "config adopt": "administrator",
        "pack adopt": "counsel",
        "stay enter": "counsel",
        "stay lift": "counsel",
        "shield add": "shield_official",
        "shield remove": "shield_official",
        "hold release": "disclosure_officer",
        "hold release counsel": "counsel",
        "hold refuse": "disclosure_officer",
        "hold assign": "disclosure_officer",
        "hold assign counsel": "counsel",
        "approve": "disclosure_officer",
        "decline": "disclosure_officer",
        "determination enter court_order_verified": "counsel",
        "determination deny court_order_verified": "counsel",
        "determination end court_order_verified": "counsel",
        "determination lift court_order_verified": "counsel",
        "determination enter requester_verified": "counsel",
        "determination deny requester_verified": "counsel",
        "determination end requester_verified": "counsel",
        "determination lift requester_verified": "counsel",
        "determination enter reason_accepted": "disclosure_officer",
        "determination deny reason_accepted": "disclosure_officer",
        "determination end reason_accepted": "disclosure_officer",
        "determination lift reason_accepted": "disclosure_officer",
        "determination enter safeguards_accepted": "counsel",
        "determination deny safeguards_accepted": "counsel",
        "determination end safeguards_accepted": "counsel",
        "determination lift safeguards_accepted": "counsel",
    }


def test_one_person_decides_only_what_closes_the_gate() -> None:
    kinds = PINNED[DeterminationKind].split()
    closing = [f"determination {word} {kind}" for word in ("deny", "end") for kind in kinds]
    asking = ["hold assign", "hold assign counsel"]
    assert sorted(BY_ONE) == sorted(["decline", "hold refuse", "stay enter", *closing, *asking])


def test_formats_are_named_and_numbered() -> None:
    assert [
        REQUEST_FORMAT,
        ANSWERS_FORMAT,
        REFUSALS_FORMAT,
        STAY_STATEMENT_FORMAT,
        STATEMENT_FORMAT,
        CONFIG_FORMAT,
        CERTIFICATE_FORMAT,
        KEYSTORE_FORMAT,
    ] == [
        "narrowgate-request/1",
        "narrowgate-answers/1",
        "narrowgate-refusals/1",
        "narrowgate-stay-statement/1",
        "narrowgate-decision/1",
        "narrowgate-config/1",
        "narrowgate-certificate/2",
        "narrowgate-keystore/1",
    ]


def test_columns_are_those_of_the_contract_in_its_order() -> None:
    person = "surname,given_name,middle_name,suffix,date_of_birth,tin,address_line_1,address_line_2,city,state,zip"
    case = "taxable_periods,removal_order_date,order_ground,case_number,case_opened,officer,reason"
    assert ",".join(SUBJECT_COLUMNS) == f"row,{person},{case}"
    assert ",".join(RECORD_COLUMNS) == f"person_id,{person},as_of"
    assert PERIOD_EPOCH == 1990


def test_an_answer_is_a_row_and_a_bit_and_nothing_else() -> None:
    assert str(ANSWER_SCHEMA) == "row: uint64 not null\nconfirmed: bool not null"


def test_limits_and_settings_have_the_contracts_names_and_defaults() -> None:
    assert set(LIMITS) == set(asdict(PolicyLimits()))
    assert asdict(PolicyLimits()) == {
        "caseload_ceiling": 25,
        "reason_repeats": 5,
        "subject_window_days": 365,
        "person_budget": 3,
        "names_per_address": 25,
        "release_tranche": 1000,
    }
    settings = {name: getattr(Configuration("c"), name) for name in OTHERS}
    assert settings == {
        "tick_ms": 50,
        "clock_forward_days": 400,
        "clock_back_minutes": 60,
        "hold_days": 10,
        "escalate_days": 5,
    }


def test_pseudonyms_have_a_key_of_their_own_for_each_purpose() -> None:
    assert PURPOSES == ("subject", "person", "address", "shield", "reason", "stay")


def test_the_pack_uses_these_elements_and_no_other() -> None:
    pack = find_pack("us.irc.6103.i.2")
    assert pack is not None
    cited = [c.element.value for c in pack.citations]
    of_other_packs = {"court_order_valid", *PINNED[Element].split()[-6:]}
    assert cited == [name for name in PINNED[Element].split() if name not in of_other_packs]


def test_the_pack_wants_the_attestations_that_the_contract_names() -> None:
    pack = find_pack("us.irc.6103.i.2")
    assert pack is not None
    assert sorted(pack.purposes) == ["criminal_investigation", "criminal_proceeding", "grand_jury"]
    assert sorted(pack.attestations("8 USC 1253(a)(1)")) == PINNED[Attests].split()
    assert sorted(pack.attestations("18 USC 371")) == ["personally_engaged"]


CONTRACT = (
    "key demo init sign-off party staff pack stay shield records certify attest sign submit hold determination approve "
    "decline answers open explain ledger verify replay"
)


@pytest.mark.parametrize("command", CONTRACT.split())
def test_a_command_of_the_contract_exists(command: str) -> None:
    assert command in COMMANDS
