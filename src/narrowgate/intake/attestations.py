"""Attestations: what an officer signs about exactly the rows that name him."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Agency
from narrowgate.domain.ports import Jose
from narrowgate.domain.request import RequestHead, row_texts
from narrowgate.domain.vocabulary import Attests


def officer_digests(subjects: pa.Table) -> dict[str, str]:
    """Officer id to hex SHA-256 of the JCS array of his rows, in file order."""
    hashes: dict[str, hashlib._Hash] = {}
    for officer, text in zip(subjects["officer"].to_pylist(), row_texts(subjects), strict=True):
        if officer in hashes:
            hashes[officer].update(b",")
        else:
            hashes[officer] = hashlib.sha256(b"[")
        hashes[officer].update(text)
    for found in hashes.values():
        found.update(b"]")
    return {officer: found.hexdigest() for officer, found in hashes.items()}


def attestation_payload(head: RequestHead, officer: str, rows_digest: str, words: Iterable[str]) -> bytes:
    """The JCS bytes an officer signs."""
    return jcs.canonical(
        {
            "attests": sorted(words),
            "custodian": head.custodian,
            "agency": head.agency,
            "request_id": head.request_id,
            "basis": head.basis,
            "officer": officer,
            "rows": rows_digest,
        }
    )


def attested(
    head: RequestHead, subjects: pa.Table, files: Mapping[str, bytes], agency: Agency | None, jose: Jose
) -> dict[str, frozenset[Attests]]:
    """Officer id to the words he attested; an attestation that is not exactly right counts for nothing.

    1. The officer is registered with the agency.
    2. His registered key signed the payload.
    3. The payload is, byte for byte, the one for this request and exactly his rows.
    """
    officers = agency.officers if agency else {}
    found: dict[str, frozenset[Attests]] = {}
    for officer, digest in officer_digests(subjects).items():
        registered = officers.get(officer)  # 1
        payload = (
            jose.verify_attached(files[officer], registered.key.jwk) if registered and officer in files else None
        )  # 2
        words = _words(payload)
        if words and attestation_payload(head, officer, digest, words) == payload:  # 3
            found[officer] = words
    return found


def _words(payload: bytes | None) -> frozenset[Attests]:
    """The words of a signed payload; none where it is malformed or uses another word."""
    try:
        stated = jcs.parse(payload) if payload is not None else None
        words = stated.get("attests") if isinstance(stated, dict) else None
        return frozenset(Attests(str(word)) for word in words) if isinstance(words, list) else frozenset()
    except (InvalidInput, ValueError):
        return frozenset()


def stated_words(jws: bytes, head: RequestHead, officer: str, digest: str) -> frozenset[Attests]:
    """The words an attestation states over these very rows, whoever signed it: for the requester's own use."""
    try:
        parts: Any = jcs.parse(jws)
        payload = base64.urlsafe_b64decode(parts["payload"] + "==")
    except (InvalidInput, ValueError, KeyError, TypeError):
        return frozenset()
    words = _words(payload)
    return words if words and attestation_payload(head, officer, digest, words) == payload else frozenset()
