"""A pack: the elements of one basis, as reviewed text with an edition and a digest, proved at load.

A pack is a folder ``packs/ID`` of ``pack.toml``, ``policy.cedar``, ``schema.cedarschema`` and ``examples.toml``; it may
bring statutes, each a folder ``statutes/ID`` of ``statute.toml`` and ``policy.cedar``. Where a pack's own folder tree
has no such statute, the one of this release is brought. An edition that was adopted is kept whole by the gate.
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
from narrowgate.domain.request import REQUEST_FORMAT
from narrowgate.domain.vocabulary import Attests, Element
from narrowgate.law import prove
from narrowgate.law.cedar import Engine, ask
from narrowgate.law.document import Document
from narrowgate.law.statutes import Designation, Grounds, Offence, designated
from narrowgate.law.toml import ClosedList, Examples, PackText, StatuteText, examples, pack_text, statute_text

ROOT = Path(__file__).parent
FORM = f"form of the request, {REQUEST_FORMAT}"
"""What is cited for a condition that is ours and not the law's."""
_ID = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
IN_EVERY_PACK = (
    Element.ROW_WELL_FORMED,
    Element.SIGNER_IS_AUTHORIZED,
    Element.SIGNATURE_VALID,
    Element.BASIS_ADOPTED,
    Element.NOT_STAYED,
)
"""Without one of these a gate would answer what cannot be read, is nobody's, is not adopted, or a court has stayed."""


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """One edition of one basis.

    Attributes:
        text: what ``pack.toml`` says.
        statutes: what the statutes it can bring say.
        digest: hex SHA-256 over names and bytes of all its files, statutes included.
        rules: one per element, in order: its citation, and the fact under which it applies.
        facts: ids of the facts it needs, elements first.
        examples: a complete request, and requests that differ from it, with what each must be refused under.
        files: name to bytes of all its files: what the digest is over.
        engine: Cedar, with policies and schema parsed.
    """

    text: PackText
    statutes: tuple[StatuteText, ...]
    digest: str
    rules: tuple[prove.Rule, ...]
    facts: tuple[str, ...]
    examples: Examples = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
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
    def designation(self) -> Designation | None:
        """Which citations designate a criminal statute; None where the basis asks for none."""
        return self.text.designation

    def allowed(self, name: ClosedList) -> frozenset[str]:
        """The words of one of the pack's closed lists; none where it has no such list."""
        return self.text.allowed.get(name, frozenset())

    @property
    def designated_by(self) -> Mapping[str, str]:
        """Fact under which a statute's elements apply, to the statute's id."""
        return {statute.designated_by: statute.id for statute in self.statutes}

    def columns(self, criminal_statute: str) -> tuple[str, ...]:
        """The columns of the subjects' file that a request under this basis and statute cannot do without."""
        brought = {name for name, _ in designated(criminal_statute, self.designation, self.offences).prongs}
        return self.text.columns + tuple(c for s in self.statutes if s.id in brought for c in s.columns)

    @property
    def offences(self) -> Mapping[str, Offence]:
        """Statute id to the offence that brings its elements."""
        return {statute.id: statute.offence for statute in self.statutes}

    @property
    def grounds(self) -> Mapping[str, Grounds]:
        """Statute id to the grounds that an order under it may rest on; statutes without any are not in it."""
        return {statute.id: statute.grounds for statute in self.statutes if statute.grounds}

    def attestations(self, criminal_statute: str) -> frozenset[Attests]:
        """What each officer must attest for a request that designates this statute."""
        brought = {name for name, _ in designated(criminal_statute, self.designation, self.offences).prongs}
        of_statutes = (s.requires_attestations for s in self.statutes if s.id in brought)
        return self.text.requires_attestations.union(*of_statutes)


def list_packs(root: Path = ROOT) -> tuple[str, ...]:
    """Ids of the packs that ship with the gate, sorted."""
    return tuple(sorted(path.name for path in (root / "packs").iterdir() if (path / "pack.toml").is_file()))


def load_pack(pack_id: str, root: Path = ROOT) -> Pack:
    """Read a pack and prove it.

    1. Read every file; the digest is over what was read.
    2. Prove that every forbid has the one shape, that the permit is their conjunction, and that what every gate
       relies on is among them.
    3. Prove that the schema declares exactly the facts used, and that Cedar finds the policies valid.
    4. Ask Cedar: all met is allowed, each element alone refuses, nothing met refuses under all.
    5. Each element has an example that is refused under it alone; one at least passes.

    Whether the examples hold takes more than the law: ``flow/proving.py`` proves it, before an edition is adopted.

    Raises:
        InvalidInput: when there is no such pack.
        NarrowgateError: ``pack_unsound`` when a proof fails; the message names the file and the line.
    """
    if not _ID.fullmatch(pack_id) or not (root / "packs" / pack_id / "pack.toml").is_file():
        raise InvalidInput("there is no such pack", "`narrowgate pack list` shows them; or name a pack's folder")
    return _load(pack_id, root / "packs" / pack_id, root / "statutes")


def pack_in(folder: Path) -> Pack:
    """The pack in a folder ``…/packs/ID``, wherever it lies: a draft, or another's; always read anew.

    Raises:
        InvalidInput: when the folder is none of a pack.
        NarrowgateError: ``pack_unsound``, as ``load_pack``.
    """
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}", "check the path and the folder you are in")
    folder = folder.resolve()
    if not _ID.fullmatch(folder.name) or not (folder / "pack.toml").is_file():
        raise InvalidInput("this folder is no pack", "a pack is a folder named by its id, with pack.toml in it")
    return _read(folder.name, folder, folder.parent.parent / "statutes")


def find_pack(pack_id: str, root: Path = ROOT) -> Pack | None:
    """The pack of a basis that a request names; None where there is none.

    Raises:
        NarrowgateError: ``pack_unsound``.
    """
    return load_pack(pack_id, root) if pack_id in list_packs(root) else None


@lru_cache(maxsize=64)
def _load(pack_id: str, folder: Path, statutes: Path) -> Pack:
    return _read(pack_id, folder, statutes)


def _read(pack_id: str, folder: Path, statutes: Path) -> Pack:
    files = _files(f"packs/{pack_id}", folder)
    file = f"packs/{pack_id}/pack.toml"
    document = Document.parse(file, _text(files, file))
    for name in pack_text(document, pack_id).brings:
        if not _ID.fullmatch(name):
            raise document.unsound(f"brings names {name!r}, which is no id of a statute", "brings")
        places = (statutes / name, ROOT / "statutes" / name)
        known = next((place for place in places if place.is_dir()), None)
        if known is None:
            looked_in = f"../../statutes/{name} beside the pack, statutes/{name} of this release"
            raise document.unsound(f"brings names {name}, and there is no folder of it: {looked_in}", "brings")
        files |= _files(f"statutes/{name}", known)
    return pack_from(pack_id, files)


def _files(name: str, folder: Path) -> dict[str, bytes]:
    """Name to bytes of every file in a folder; names do not say where it lies."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        return {f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
    except OSError as error:
        raise prove.unsound(name, "a file cannot be read") from error


def _text(files: Mapping[str, bytes], name: str) -> str:
    if name not in files:
        raise prove.unsound(name, "the file is missing")
    try:
        return files[name].decode()
    except UnicodeDecodeError as error:
        raise prove.unsound(name, "expected UTF-8", files[name][: error.start].count(b"\n") + 1) from error


def pack_from(pack_id: str, files: Mapping[str, bytes]) -> Pack:
    """The pack that these files are, proved as ``load_pack`` says.

    Args:
        pack_id: its id.
        files: name (``packs/ID/pack.toml``, ``statutes/ID/statute.toml``, …) to bytes; every one counts in the digest.

    Raises:
        NarrowgateError: ``pack_unsound``.
    """
    own = f"packs/{pack_id}"
    text = pack_text(Document.parse(f"{own}/pack.toml", _text(files, f"{own}/pack.toml")), pack_id)
    brought = tuple(_statute(files, name) for name in text.brings)
    found, policies = _proved_policies(files, text, brought)
    _prove_relied_on(own, text, found)
    facts = prove.facts_of(found)
    schema = prove.prove_schema(f"{own}/schema.cedarschema", _text(files, f"{own}/schema.cedarschema"), facts)
    prove.prove_valid(f"{own}/policy.cedar", policies, schema)
    engine = Engine(cedarpy.PolicySet.from_str(policies), schema)
    _prove_verdicts(f"{own}/policy.cedar", engine, found, facts)
    given = examples(Document.parse(f"{own}/examples.toml", _text(files, f"{own}/examples.toml")))
    _prove_enough(f"{own}/examples.toml", given, found)
    for name in files:
        _text(files, name)
    return Pack(text, brought, digest_of(files), found, facts, given, dict(files), engine)


def _statute(files: Mapping[str, bytes], name: str) -> StatuteText:
    file = f"statutes/{name}/statute.toml"
    return statute_text(Document.parse(file, _text(files, file)), name)


def _proved_policies(
    files: Mapping[str, bytes], text: PackText, statutes: tuple[StatuteText, ...]
) -> tuple[tuple[prove.Rule, ...], str]:
    """The rules of pack and statutes, and the text of all their policies."""
    own = f"packs/{text.id}/policy.cedar"
    policies = prove.parse(own, _text(files, own))
    found = prove.rules(policies, text.edition)
    texts = [_text(files, own)]
    for statute in statutes:
        file = f"statutes/{statute.id}/policy.cedar"
        conditional = prove.parse(file, _text(files, file))
        brought = prove.rules(conditional, statute.edition, statute.designated_by)
        again = [place for place, r in enumerate(brought) if r.element in {other.element for other in found}]
        if again:
            what = f"{brought[again[0]].element} is stated again: the pack has it, or another statute that it brings"
            raise conditional.unsound(what, again[0])
        found, texts = found + brought, [*texts, _text(files, file)]
    prove.prove_permit(policies, found)
    return found, "\n".join(texts)


def _prove_relied_on(own: str, text: PackText, found: tuple[prove.Rule, ...]) -> None:
    """What the gate relies on, whatever the basis: its own elements, and settings that go with elements."""
    stated = {rule.citation.element for rule in found if not rule.condition}
    without = [element.value for element in IN_EVERY_PACK if element not in stated]
    if without:
        raise prove.unsound(f"{own}/policy.cedar", f"no policy states {without[0]}, which every pack has")
    if text.uses_periods != (Element.TAXABLE_PERIOD_STATED in stated):
        what = "uses_periods is true exactly where taxable_period_stated is an element"
        raise prove.unsound(f"{own}/pack.toml", what)
    if Element.OFFICER_ENGAGED in stated and Attests.PERSONALLY_ENGAGED not in text.requires_attestations:
        what = "officer_engaged is an element, and requires_attestations has no personally_engaged"
        raise prove.unsound(f"{own}/pack.toml", what)


def _prove_verdicts(file: str, engine: Engine, found: tuple[prove.Rule, ...], facts: tuple[str, ...]) -> None:
    """Cedar allows where all is met, and refuses under exactly what is not: each element alone, and all together."""
    missing = [frozenset[str](), *(frozenset({r.element}) for r in found), frozenset(r.element for r in found)]
    contexts = [{fact: fact not in gone for fact in facts} for gone in missing]
    for gone, said in zip(missing, ask(engine, "example", "example", contexts), strict=True):
        if said.failed or said.allowed != (not gone) or (gone and said.reasons != tuple(sorted(gone))):
            raise prove.unsound(file, f"Cedar does not refuse under exactly {', '.join(sorted(gone)) or 'nothing'}")


def _prove_enough(file: str, given: Examples, found: tuple[prove.Rule, ...]) -> None:
    """One example passes at least, and each element has one that is refused under it alone."""
    refused = {example.refused_under for example in given.examples}
    without = [r.element for r in found if (r.element,) not in refused]
    if without:
        raise prove.unsound(file, f"no example is refused under {without[0]} alone")
    if () not in refused:
        raise prove.unsound(file, "no example passes")


def digest_of(files: Mapping[str, bytes]) -> str:
    """The digest of an edition: hex SHA-256 over names and bytes, each behind its length, in the order of names."""
    sha = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            sha.update(len(part).to_bytes(8, "big") + part)
    return sha.hexdigest()
