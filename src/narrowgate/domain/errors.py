"""One base error: a code, a one-line message without personal data, and advice on what to do.

A refusal is an outcome, not an error. These are what stops a command. Messages follow the house rule: lower case, no
full stop, expected against got, never a person's data.
"""

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    WAITING = 2
    INVALID_INPUT = 3
    INTEGRITY = 4


class ErrorCode(StrEnum):
    """Persisted names of what can go wrong (pinned by a test)."""

    INVALID_INPUT = "invalid_input"
    WRONG_CUSTODIAN = "wrong_custodian"
    DIGEST_MISMATCH = "digest_mismatch"
    REQUEST_ID_TAKEN = "request_id_taken"
    UNKNOWN_REQUEST = "unknown_request"
    NOTHING_TO_DO = "nothing_to_do"
    SECOND_SIGNATURE_NEEDED = "second_signature_needed"
    NOT_AUTHORISED = "not_authorised"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of an error
    GATE_MISSING = "gate_missing"
    GATE_BUSY = "gate_busy"
    GATE_SHUT = "gate_shut"
    CLOCK = "clock"
    STORAGE = "storage"
    PACK_UNSOUND = "pack_unsound"
    NOT_CERTIFIED = "not_certified"
    STAYED = "stayed"
    INTEGRITY = "integrity"


class NarrowgateError(Exception):
    """The one base error. Nothing is entered and nothing is lost when one is raised.

    Attributes:
        code: persisted name, for programs.
        message: one line for people, without personal data.
        advice: what to do next; may be empty.
        exit_code: what the command exits with.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, code: ErrorCode, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.advice = advice


_CORRECT_IT = "nothing was entered: correct it, then try again"


class InvalidInput(NarrowgateError):  # noqa: N818 - reads as what happened
    """Input that cannot be taken at all: nothing was entered."""

    exit_code = ExitCode.INVALID_INPUT

    def __init__(self, message: str, advice: str = _CORRECT_IT, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        super().__init__(code, message, advice)


class Waiting(NarrowgateError):  # noqa: N818 - reads as what happened
    """Nothing went wrong: a second signature is missing, or no row awaits."""

    exit_code = ExitCode.WAITING


class IntegrityError(NarrowgateError):
    """Stored bytes do not say what they must; the gate stays shut."""

    exit_code = ExitCode.INTEGRITY

    def __init__(self, message: str, advice: str = "", code: ErrorCode = ErrorCode.INTEGRITY) -> None:
        super().__init__(code, message, advice)
