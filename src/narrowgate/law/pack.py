"""A pack: the elements of one basis, as reviewed text with an edition and a digest, proved at load.

A pack is a folder ``packs/ID`` of ``pack.toml``, ``policy.cedar``, ``schema.cedarschema`` and ``examples.toml``; it may
bring statutes, each a folder ``statutes/ID`` of ``statute.toml`` and ``policy.cedar``.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cedarpy

from narrowgate.domain.decision import Citation
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import Attests
from narrowgate.law import prove
from narrowgate.law.cedar import Engine, ask
from narrowgate.law.statutes import Citing, Designation, Grounds, Offence, designated
from narrowgate.law.toml import Document, Example, PackText, StatuteText, examples, pack_text, statute_text

ROOT = Path(__file__).parent
_ID = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """One edition of one basis.

    Attributes:
        text: what ``pack.toml`` says.
        statutes: what the statutes it can bring say.
        digest: hex SHA-256 over names and bytes of all its files, statutes included.
        rules: one per element, in order: its citation, and the fact under which it applies.
        facts: ids of the facts it needs, elements first.
        engine: Cedar, with policies and schema parsed.
    """

    text: PackText
    statutes: tuple[StatuteText, ...]
    digest: str
    rules: tuple[prove.Rule, ...]
    facts: tuple[str, ...]
    engine: Engine = field(repr=False)

    @property
    def id(self) -> str:
        """The basis, as requests name it."""
        return self.text.id

    @property
    def edition(self) -> str:
        """Day of the edition, ISO 8601."""
        return self.text.edition

    @property
    def citations(self) -> tuple[Citation, ...]:
        """One per element, in the pack's order."""
        return tuple(rule.citation for rule in self.rules)

    @property
    def penalties(self) -> str:
        """Shown to everyone who is about to act: one law a line."""
        return "\n".join(self.text.penalties)

    @property
    def requires_attestations(self) -> frozenset[Attests]:
        """What each officer must attest under this basis, whatever the statute of the case."""
        return self.text.requires_attestations

    @property
    def uses_periods(self) -> bool:
        """Whether requests state taxable periods, and answers come from records of those."""
        return self.text.uses_periods

    @property
    def purposes(self) -> frozenset[str]:
        """The purposes that this basis allows."""
        return self.text.purposes

    @property
    def designation(self) -> Designation:
        """Which citations designate a criminal statute."""
        return self.text.designation

    @property
    def offences(self) -> Mapping[str, Offence]:
        """Statute id to the offence that brings its elements."""
        return {statute.id: statute.offence for statute in self.statutes}

    @property
    def grounds(self) -> Mapping[str, Grounds]:
        """Statute id to the grounds that an order under it may rest on."""
        return {statute.id: statute.grounds for statute in self.statutes}

    def attestations(self, criminal_statute: str) -> frozenset[Attests]:
        """What each officer must attest for a request that designates this statute."""
        brought = {name for name, _ in designated(criminal_statute, self.designation, self.offences).prongs}
        of_statutes = (s.requires_attestations for s in self.statutes if s.id in brought)
        return self.text.requires_attestations.union(*of_statutes)

    def in_full(self, citing: Citing) -> Citing:
        """A citation by its number in the Code and with its prong, where it reaches one of the offences."""
        for offence in self.offences.values():
            if offence.section.reached_by(citing):
                prong = offence.prong(citing)
                below = (*offence.paragraph, prong) if prong else citing.below
                return Citing(offence.section.title, "", offence.section.section, below)
        return citing


def list_packs(root: Path = ROOT) -> tuple[str, ...]:
    """Ids of the packs that ship with the gate, sorted."""
    return tuple(sorted(path.name for path in (root / "packs").iterdir() if (path / "pack.toml").is_file()))


def load_pack(pack_id: str, root: Path = ROOT) -> Pack:
    """Read a pack and prove it.

    1. Read every file; the digest is over what was read.
    2. Prove that every forbid has the one shape, and that the permit is their conjunction.
    3. Prove that the schema declares exactly the facts used, and that Cedar finds the policies valid.
    4. Ask Cedar: all met is allowed, each element alone refuses, the examples hold.

    Raises:
        InvalidInput: when there is no such pack.
        NarrowgateError: ``pack_unsound`` when a proof fails; the message names the file.
    """
    if not _ID.fullmatch(pack_id) or pack_id not in list_packs(root):
        raise InvalidInput("there is no such pack", "`narrowgate pack list` shows them")
    return _load(pack_id, root)


def find_pack(pack_id: str, root: Path = ROOT) -> Pack | None:
    """The pack of a basis that a request names; None where there is none.

    Raises:
        NarrowgateError: ``pack_unsound``.
    """
    return load_pack(pack_id, root) if pack_id in list_packs(root) else None


@lru_cache(maxsize=16)
def _load(pack_id: str, root: Path) -> Pack:
    files = _Files(root)
    folder = f"packs/{pack_id}"
    text = pack_text(files.document(f"{folder}/pack.toml"), pack_id)
    folders = [f"statutes/{name}" for name in text.brings]
    statutes = tuple(
        statute_text(files.document(f"{folder}/statute.toml"), name)
        for name, folder in zip(text.brings, folders, strict=True)
    )
    found, policies = _proved_policies(files, folder, text, tuple(zip(folders, statutes, strict=True)))
    facts = prove.facts_of(found)
    schema_file = f"{folder}/schema.cedarschema"
    schema = prove.prove_schema(schema_file, files.text(schema_file), facts)
    prove.prove_valid(f"{folder}/policy.cedar", policies, schema)
    engine = Engine(cedarpy.PolicySet.from_str(policies), schema)
    given = examples(files.document(f"{folder}/examples.toml"))
    _prove_examples(f"{folder}/examples.toml", engine, found, facts, given)
    return Pack(text, statutes, files.digest([folder, *folders]), found, facts, engine)


def _proved_policies(
    files: "_Files", folder: str, text: PackText, statutes: tuple[tuple[str, StatuteText], ...]
) -> tuple[tuple[prove.Rule, ...], str]:
    """The rules of pack and statutes, and the text of all their policies."""
    own = f"{folder}/policy.cedar"
    policies = prove.parse(own, files.text(own))
    permits = [p for p in policies if p.effect == "permit"]
    found = prove.rules(own, [p for p in policies if p.effect != "permit"], text.edition)
    texts = [files.text(own)]
    for statute_folder, statute in statutes:
        file = f"{statute_folder}/policy.cedar"
        brought = prove.rules(file, prove.parse(file, files.text(file)), statute.edition, statute.designated_by)
        if {r.element for r in brought} & {r.element for r in found}:
            raise prove.unsound(file, "an element of the pack is stated again")
        found, texts = found + brought, [*texts, files.text(file)]
    prove.prove_permit(own, permits, found)
    return found, "\n".join(texts)


def _prove_examples(
    file: str, engine: Engine, found: tuple[prove.Rule, ...], facts: tuple[str, ...], given: tuple[Example, ...]
) -> None:
    """Cedar refuses each example under exactly what it says, and each element alone."""
    alone = tuple(Example(f"{r.element} alone", frozenset({r.element}), (r.element,)) for r in found)
    every = (Example("everything met", frozenset(), ()), *alone, *given)
    if not given or any(example.false - set(facts) for example in every):
        raise prove.unsound(file, "expected examples over the facts of the pack")
    contexts = [{fact: fact not in example.false for fact in facts} for example in every]
    for example, said in zip(every, ask(engine, "example", "example", contexts), strict=True):
        refused = () if said.allowed else said.reasons
        if said.failed or refused != example.refused_under:
            raise prove.unsound(file, f"the example {example.name!r} does not hold")


class _Files:
    """Files beneath a root, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bytes: dict[str, bytes] = {}

    def text(self, name: str) -> str:
        if name not in self._bytes:
            try:
                self._bytes[name] = (self._root / name).read_bytes()
            except OSError as error:
                raise prove.unsound(name, "the file cannot be read") from error
        try:
            return self._bytes[name].decode()
        except UnicodeDecodeError as error:
            raise prove.unsound(name, "expected UTF-8") from error

    def document(self, name: str) -> Document:
        return Document.parse(name, self.text(name))

    def digest(self, folders: list[str]) -> str:
        """Hex SHA-256 over names and bytes, each behind its length, in the order of names."""
        names = [
            p.relative_to(self._root).as_posix() for f in folders for p in (self._root / f).rglob("*") if p.is_file()
        ]
        sha = hashlib.sha256()
        for name in sorted(names):
            self.text(name)
            for part in (name.encode(), self._bytes[name]):
                sha.update(len(part).to_bytes(8, "big") + part)
        return sha.hexdigest()
