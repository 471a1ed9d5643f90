"""Who may ask: agencies, their offices and officers, as the custodian registered them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from narrowgate.domain.vocabulary import Safeguards

Jwk = Mapping[str, str]
"""A public JSON Web Key (RFC 7517): Ed25519 (OKP) or P-256 (EC)."""


_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
ID_RULE = "an id is 1 to 100 ASCII letters and digits, with dots, hyphens and underscores between them"


def is_id(text: str) -> bool:
    """Whether a text can be the id of an agency, an office or a person: it names files, is signed, and is shown."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A public key and the time in which it counts."""

    jwk: Jwk
    thumbprint: str
    valid_from: datetime | None = None
    revoked_at: datetime | None = None

    def counts_at(self, when: datetime) -> bool:
        """Whether the key counts at ``when``: from ``valid_from`` on, and before ``revoked_at``."""
        started = self.valid_from is None or self.valid_from <= when
        return started and (self.revoked_at is None or when < self.revoked_at)


@dataclass(frozen=True, slots=True)
class Office:
    """A place that may sign requests; ``may_sign`` is the custodian's legal determination."""

    id: str
    may_sign: frozenset[str]
    key: RegisteredKey


@dataclass(frozen=True, slots=True)
class Officer:
    """A person engaged in cases: signs attestations, and alone can open the answers."""

    id: str
    key: RegisteredKey
    encryption_key: RegisteredKey


@dataclass(frozen=True, slots=True)
class Agency:
    """A requester."""

    id: str
    name: str
    safeguards: Safeguards
    safeguards_document: str
    offices: Mapping[str, Office]
    officers: Mapping[str, Officer]
