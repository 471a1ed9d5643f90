"""Reading a request package: every file once, into our own copy, so that nothing can be swapped after the check.

What is wrong with the package as a whole is an error and nothing is entered; what is wrong with a person is data.
"""

import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.errors import ErrorCode, InvalidInput
from narrowgate.domain.request import PERIOD_EPOCH, REQUEST_FORMAT, RequestHead
from narrowgate.intake.subjects import Subjects, read_subjects

_SMALL = 2**20
_LARGEST_ORDER = 2**25
_ORDER_FILE = re.compile(r"order\.[a-z0-9]{1,8}", re.ASCII)
_SPOOL = 2**26
_REQUIRED = ("request_id", "custodian", "agency", "basis")
_OPTIONAL = ("made_at", "purpose", "criminal_statute", "statutory_authority", "supersedes")
_LONGEST = 1000
_REQUEST_ID = re.compile(r"[^/\s]([^/]{0,198}[^/\s])?")
_LEDGER_ID = re.compile(r"[0-9a-f]{32}")  # names a commit of the ledger, and nothing that a requester chooses
_MISLEADS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was read.

    Attributes:
        request_bytes: ``request.json`` to the byte: what is signed, and whose digest identifies the request.
        signature: ``request.jws``, or b"" where there is none.
        attestations: officer id to the bytes of his attestation.
        subjects: the persons, and which of their cells are unusable.
        order: the file of the court order that ``order`` names, of the digest stated there; b"" where there is none.
    """

    head: RequestHead
    request_bytes: bytes
    signature: bytes
    attestations: Mapping[str, bytes]
    subjects: Subjects
    order: bytes = b""

    @property
    def table(self) -> pa.Table:
        """N rows of the subjects' strings."""
        return self.subjects.table


Wanted = Callable[[RequestHead], Sequence[str]]
"""The columns that a request's basis cannot do without."""


def read_package(folder: Path, wanted: Wanted) -> Package:
    """Reads a package folder.

    1. ``request.json``: strict JSON, the format named, the fields text.
    2. The subjects' file: copied while hashed; the digest must be the stated one.
    3. Our copy parsed; the number of rows must be the stated one.
    4. The court order's file, where the request names one; its digest must be the stated one.
    5. Signature and attestations as they are; they are judged later, against registered keys.

    Raises:
        InvalidInput: with the file (and row or column) and what to do; the package's content is never repeated.
    """
    request_bytes = _small(folder / "request.json")  # 1
    fields = _fields(request_bytes)
    head = _head(fields, request_bytes)
    stated = fields["subjects"]
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as copy:
        digest = _copy(folder / stated["file"], copy)  # 2
        if digest != stated["sha256"].lower():
            raise InvalidInput(
                f"{stated['file']}: digest differs from the one in request.json",
                "the file was changed after the request was written: make the package again",
                ErrorCode.DIGEST_MISMATCH,
            )
        copy.seek(0)
        subjects = read_subjects(copy, stated["file"], wanted(head), stated["rows"])  # 3
    if subjects.table.num_rows != stated["rows"]:
        raise InvalidInput(
            f"{stated['file']}: expected {stated['rows']} rows, got {subjects.table.num_rows}",
            "correct subjects.rows in request.json, or the file",
        )
    order = _order(folder, head.order)  # 4
    signature = folder / "request.jws"  # 5
    officers = set(subjects.table["officer"].unique().to_pylist())
    attestations = _attestations(folder, officers)
    return Package(head, request_bytes, _small(signature) if signature.exists() else b"", attestations, subjects, order)


def _order(folder: Path, stated: Mapping[str, object] | None) -> bytes:
    """The court order's file; b"" where the request names none, or it is not there (the law then finds no order).

    Raises:
        InvalidInput: for a name that is none, or another digest than the stated one.
    """
    if not stated or "file" not in stated:
        return b""
    name = stated["file"]
    if not isinstance(name, str) or not _ORDER_FILE.fullmatch(name):
        raise InvalidInput("request.json: order.file must be named order. and its kind", "for instance order.pdf")
    if not (folder / name).exists():
        return b""
    data = _small(folder / name, _LARGEST_ORDER)
    if hashlib.sha256(data).hexdigest() != stated.get("sha256"):
        raise InvalidInput(
            f"{name}: digest differs from order.sha256 in request.json",
            "attach the order that the request is about, and state its digest",
            ErrorCode.DIGEST_MISMATCH,
        )
    return data


def _regular(path: Path) -> IO[bytes]:
    """Opens a file; a pipe or a device is no file, and is never waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file")
    return os.fdopen(handle, "rb")


def _small(path: Path, most: int = _SMALL) -> bytes:
    try:
        with _regular(path) as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path.name}: {error.strerror}", "a package is a folder with request.json"
        ) from error
    if len(data) > most:
        raise InvalidInput(f"{path.name} is larger than {most} bytes")
    return data


def _copy(path: Path, copy: IO[bytes]) -> str:
    digest = hashlib.sha256()
    try:
        with _regular(path) as stream:
            while chunk := stream.read(2**20):
                digest.update(chunk)
                copy.write(chunk)
    except OSError as error:
        raise InvalidInput(f"cannot read {path.name}: {error.strerror}", "see subjects.file in request.json") from error
    return digest.hexdigest()


def _fields(data: bytes) -> dict[str, Any]:
    """The members of ``request.json`` with their types checked."""
    try:
        found: Any = jcs.parse(data)
    except InvalidInput as error:
        raise InvalidInput(f"request.json: {error.message}", "write it as strict UTF-8 JSON") from error
    if not isinstance(found, dict) or found.get("format") != REQUEST_FORMAT:
        raise InvalidInput(f'request.json: expected an object with format "{REQUEST_FORMAT}"')
    for name in (*_REQUIRED, *_OPTIONAL):
        value = found.get(name)
        missing = name in _REQUIRED and not (isinstance(value, str) and value.strip())
        if missing or not (value is None or isinstance(value, str)) or len(value or "") > _LONGEST:
            raise InvalidInput(f"request.json: {name} must be a text of at most {_LONGEST} characters")
        _require_plain(value, name)
    if not _REQUEST_ID.fullmatch(found["request_id"]) or _LEDGER_ID.fullmatch(found["request_id"]):
        raise InvalidInput("request.json: request_id must be 1 to 200 characters, no slash, no ledger id")
    _require_subjects(found.get("subjects"))
    signer = found.get("signed_by", {})
    if not isinstance(signer, dict) or not all(isinstance(signer.get(n, ""), str) for n in ("office", "name")):
        raise InvalidInput("request.json: signed_by must be an object with the texts office and name")
    for name in ("office", "name"):
        _require_plain(signer.get(name), f"signed_by.{name}")
    _require_objects(found)
    return found


def _require_objects(found: Mapping[str, Any]) -> None:
    """``order`` and ``details``: objects, and what people read of them is plain."""
    for name in ("order", "details"):
        if not isinstance(found.get(name) or {}, dict):
            raise InvalidInput(f"request.json: {name} must be an object")
        for text in _texts(found.get(name)):
            _require_plain(text, name)


def _texts(value: object) -> Iterator[str]:
    """Every text within a JSON value, keys included, however deep it lies."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            waiting += [*inner, *inner.values()]
        elif isinstance(inner, list):
            waiting += inner


def _require_plain(value: str | None, name: str) -> None:
    """No text of ``request.json`` can rewrite the page that two officers sign."""
    if value and _MISLEADS.search(value):
        raise InvalidInput(
            f"request.json: {name} holds a control character or a mark of writing direction", "write it as plain text"
        )


def _require_subjects(stated: object) -> None:
    right = (
        isinstance(stated, dict)
        and isinstance(stated.get("file"), str)
        and isinstance(stated.get("sha256"), str)
        and type(stated.get("rows")) is int
    )
    if not right or not isinstance(stated, dict):
        raise InvalidInput("request.json: subjects must have file (text), sha256 (hex text) and rows (a whole number)")
    if stated["file"] not in ("subjects.csv", "subjects.parquet"):
        raise InvalidInput("request.json: subjects.file must be subjects.csv or subjects.parquet")


def parse_head(data: bytes) -> RequestHead:
    """The statements of a ``request.json``.

    Raises:
        InvalidInput: naming the field that is not as the format says.
    """
    return _head(_fields(data), data)


def _head(fields: dict[str, Any], data: bytes) -> RequestHead:
    signer = fields.get("signed_by") or {}
    return RequestHead(
        request_id=fields["request_id"],
        custodian=fields["custodian"],
        agency=fields["agency"],
        basis=fields["basis"],
        office=signer.get("office", ""),
        signer_name=signer.get("name", ""),
        made_at=_time(fields.get("made_at") or ""),
        purpose=fields.get("purpose") or "",
        criminal_statute=fields.get("criminal_statute") or "",
        statutory_authority=fields.get("statutory_authority") or "",
        order=fields.get("order"),
        supersedes=fields.get("supersedes") or "",
        details=fields.get("details") or {},
        digest=hashlib.sha256(data).hexdigest(),
    )


def _time(text: str) -> datetime | None:
    """The aware time an ISO 8601 text names, with its offset; None where it names none (the request is then untimely).

    Nor does a time that no calculation with dates can bear, before 1990 or in the last year that Python knows.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and PERIOD_EPOCH < found.year < MAXYEAR else None


def _attestations(folder: Path, officers: AbstractSet[str]) -> dict[str, bytes]:
    """The attestations of those whom the rows name; other files are not read."""
    paths = sorted((folder / "attestations").glob("*.jws"))
    return {path.stem: _small(path) for path in paths if path.stem in officers}
