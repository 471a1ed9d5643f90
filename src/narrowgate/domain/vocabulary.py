"""The closed vocabularies: words that are persisted, signed or shown, and so never change or get reused.

``tests/unit/test_vocabulary.py`` pins them byte for byte. Adding a word is a new line there; renaming one is a new
format version.
"""

from enum import StrEnum


class Element(StrEnum):
    """One condition of the law; every refusal names those that failed, in every pack the same names."""

    ROW_WELL_FORMED = "row_well_formed"
    REQUEST_TIMELY = "request_timely"
    SIGNER_IS_AUTHORIZED = "signer_is_authorized"
    SIGNATURE_VALID = "signature_valid"
    BASIS_ADOPTED = "basis_adopted"
    NOT_STAYED = "not_stayed"
    SAFEGUARDS_CLEAR = "safeguards_clear"
    NAME_STATED = "name_stated"
    ADDRESS_STATED = "address_stated"
    TAXABLE_PERIOD_STATED = "taxable_period_stated"
    AUTHORITY_STATED = "authority_stated"
    STATUTE_DESIGNATED = "statute_designated"
    REASON_STATED = "reason_stated"
    OFFICER_ENGAGED = "officer_engaged"
    CASE_STATED = "case_stated"
    PURPOSE_EXCLUSIVE = "purpose_exclusive"
    COURT_ORDER_VALID = "court_order_valid"
    ORDER_GROUND_STATED = "order_ground_stated"
    ORDER_FINAL_AND_ELAPSED = "order_final_and_elapsed"
    WILLFULNESS_ATTESTED = "willfulness_attested"
    REQUESTER_VERIFIED = "requester_verified"
    SUBJECT_ROLE_STATED = "subject_role_stated"
    ITEMS_PERMITTED = "items_permitted"
    NOT_REQUIRED_BY_LAW = "not_required_by_law"
    SUBMISSION_STATED = "submission_stated"
    RESTRICTED_DATA_ABSENT = "restricted_data_absent"


class HoldCause(StrEnum):
    """Why a row waits for people: our own policy, never the law, and never shown to a requester."""

    CASELOAD = "caseload"
    REASON_GENERIC = "reason_generic"
    BUDGET = "budget"
    BREAKER = "breaker"
    CERTIFICATE = "certificate"
    SAFEGUARDS_OPEN_FINDINGS = "safeguards_open_findings"
    COUNSEL = "counsel"


class Outcome(StrEnum):
    """What became of a row, in the custodian's own view."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    HELD = "held"
    AWAITING_RELEASE = "awaiting_release"
    WITHDRAWN = "withdrawn"


class RowState(StrEnum):
    """Where a row stands in the gate's own books; no state tells the bit."""

    REFUSED = "refused"
    HELD = "held"
    ENTERED = "entered"  # lawful and in the ledger, not yet linked
    AWAITING_RELEASE = "awaiting_release"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What linkage found; sealed, for the custodian alone."""

    UNIQUE = "unique"
    AMBIGUOUS = "ambiguous"
    NONE = "none"
    TOO_LARGE = "too_large"
    UNCERTIFIED = "uncertified"  # one person reaches the weight, in a stratum that the certificate leaves closed


class Stratum(StrEnum):
    """Kinds of cases in which linkage errs for reasons of their own; each is bounded apart, or closed (ADR 0061)."""

    NO_BIRTH_DATE = "no_birth_date"
    MULTI_UNIT = "multi_unit"
    COMMON_NAME = "common_name"
    RECENT_MOVER = "recent_mover"
    SHARED_ADDRESS = "shared_address"


class Purpose(StrEnum):
    """What a request may be for; each pack says which of these its basis allows."""

    CRIMINAL_INVESTIGATION = "criminal_investigation"
    CRIMINAL_PROCEEDING = "criminal_proceeding"
    GRAND_JURY = "grand_jury"
    IDENTIFY_OR_LOCATE = "identify_or_locate"
    VERIFY_ACCURACY = "verify_accuracy"


class Attests(StrEnum):
    """What an officer may attest about the rows that name him."""

    NO_PROPER_STEPS = "no_proper_steps"
    NOT_IN_CUSTODY_NOR_DEPARTED = "not_in_custody_nor_departed"
    PERSONALLY_ENGAGED = "personally_engaged"
    WILLFUL_FAILURE_TO_DEPART = "willful_failure_to_depart"


class Safeguards(StrEnum):
    """The custodian's standing determination on a recipient's safeguards, 26 USC 6103(p)(4)."""

    CLEAR = "clear"
    SUSPENDED = "suspended"
    OPEN_FINDINGS = "open_findings"


class Role(StrEnum):
    """What a member of the custodian's staff may decide, always with a second person."""

    ADMINISTRATOR = "administrator"
    COUNSEL = "counsel"
    SHIELD_OFFICIAL = "shield_official"
    DISCLOSURE_OFFICER = "disclosure_officer"
    AUDITOR = "auditor"


class DeterminationKind(StrEnum):
    """What people of the custodian find, for a time, that facts and holds then read."""

    COURT_ORDER_VERIFIED = "court_order_verified"
    REQUESTER_VERIFIED = "requester_verified"
    REASON_ACCEPTED = "reason_accepted"
    SAFEGUARDS_ACCEPTED = "safeguards_accepted"


class StayOf(StrEnum):
    """What a court suspends: disclosing, or using what was disclosed. Either closes the gate to what it reaches."""

    DISCLOSURE = "disclosure"
    USE = "use"


class When(StrEnum):
    """When a disclosure was made, against a court's order: its date, the custodian's notice of it, its entry here."""

    BEFORE_DATED = "before_dated"
    BEFORE_NOTICE = "before_notice"
    NOTICE_NOT_STATED = "notice_not_stated"
    AFTER_NOTICE = "after_notice"
    AFTER_ENTRY = "after_entry"
    NOT_YET_EFFECTIVE = "not_yet_effective"
    AFTER_LIFT = "after_lift"


class Provenance(StrEnum):
    """Where the labels of a certificate come from; synthetic ones count in demo gates only."""

    SYNTHETIC = "synthetic"
    ADJUDICATED = "adjudicated"


class EventKind(StrEnum):
    """What is entered beneath a leaf of the public log, sealed."""

    REQUEST_RECEIVED = "request_received"
    REQUEST_RECHECKED = "request_rechecked"
    ANSWERS_ENTERED = "answers_entered"
    ANSWERS_RELEASED = "answers_released"
    REQUEST_DECLINED = "request_declined"
    HOLD_RELEASED = "hold_released"
    HOLD_REFUSED = "hold_refused"
    ROWS_WITHDRAWN = "rows_withdrawn"
    INSPECTION = "inspection"
    DECISION = "decision"
    CERTIFICATION_ATTEMPTED = "certification_attempted"


class PublicKind(StrEnum):
    """What is public by nature and stands in a leaf in clear."""

    GATE_FOUNDED = "gate_founded"
    PACK_ADOPTED = "pack_adopted"
    STAY_ENTERED = "stay_entered"
    STAY_LIFTED = "stay_lifted"
    CERTIFICATE = "certificate"
    CONFIG_ADOPTED = "config_adopted"
