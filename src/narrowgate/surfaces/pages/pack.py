"""Counsel's page of a pack: statute beside policy beside facts beside examples, for those who adopt it.

Everything on it comes from the pack's own files, the documentation of the facts, and the proofs, which are run when it
is made. It states the digest, and no day: the same edition and release give the same page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from narrowgate.flow.proving import Tried, tried
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import FORM, Pack, list_packs, load_pack
from narrowgate.law.prove import Rule
from narrowgate.law.quote import PolicyText, policy_texts
from narrowgate.law.statutes import Citing, Grounds, Section
from narrowgate.law.toml import Changes, Listed, StatuteText
from narrowgate.surfaces.pages.render import render
from narrowgate.surfaces.pages.words import spaced

_LISTS = {
    "never_titles": ("Titles of the Code that designate nothing", "Whatever section of them is cited."),
    "only_sections": ("Titles of which only these sections designate", "Any other section of them designates nothing."),
    "never_sections": ("Sections that designate nothing", "Any other section of these titles is taken at its word."),
    "civil": ("Subdivisions that designate nothing", "The section has crimes too: cited as a whole it designates."),
    "procedure": ("Procedure, which designates nothing", "From the first section to the last."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An example, as it is shown.

    Attributes:
        changes: (where, key, value) of what differs from the complete request.
        also: other elements that it is refused under.
        against: what was expected and what the law said instead; "" where the example holds.
    """

    name: str
    why: str
    changes: tuple[tuple[str, str, str], ...]
    also: tuple[str, ...]
    against: str


@dataclass(frozen=True, slots=True)
class Part:
    """One element: four things side by side.

    Attributes:
        source: what the element is of, as its citation says: the statute, our form, or both.
        refused: examples that are refused under it.
        passing: examples that pass though they change what those change: where the line runs.
    """

    number: int
    element: str
    source: str
    cite: str
    text: str
    policy: PolicyText
    looked_at: str
    people: str
    refused: tuple[Shown, ...]
    passing: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Offending:
    """A statute of the case, and the elements it brings."""

    text: StatuteText
    rationale: tuple[str, ...]
    cited_as: tuple[str, ...]
    unnamed: str
    days: tuple[tuple[str, int], ...]
    no_offence: tuple[str, ...]
    classes: tuple[tuple[str, str], ...]
    grounds: str
    exceptions: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def pack_page(pack: Pack) -> str:
    """Counsel's page of an edition. Its examples are tried anew.

    Raises:
        NarrowgateError: ``pack_unsound`` where an example is no request, or a policy cannot be shown by itself.
    """
    found = tried(pack)
    parts = _parts(pack, found)
    own = tuple(part for part, rule in zip(parts, pack.rules, strict=True) if not rule.condition)
    statutes = tuple(_offending(pack, statute, parts) for statute in pack.statutes)
    return render(
        "pack.html",
        pack=pack,
        text=pack.text,
        own=own,
        statutes=statutes,
        rationale=_paragraphs(pack.text.rationale),
        named=_named(pack),
        permit=policy_texts(pack)["permit"],
        passing=[_shown(one) for one in found if not one.example.refused_under],
        complete=_flat(pack.examples.complete),
        purposes=[spaced(word) for word in sorted(pack.purposes)],
        attestations=[spaced(word) for word in sorted(pack.requires_attestations)],
        allowed=sorted((spaced(name), sorted(words)) for name, words in pack.text.allowed.items()),
        lists=_lists(pack.text.designation_lists),
        counted=_numbers(pack, found),
        files=sorted(pack.files),
    )


def index_page(packs: Sequence[Pack]) -> str:
    """The list of the pages."""
    return render("index.html", packs=packs)


def pages() -> Mapping[str, str]:
    """File name to page, of every pack of this release, and the list of them."""
    packs = [load_pack(name) for name in list_packs()]
    return {"index.html": index_page(packs)} | {f"{pack.id}.html": pack_page(pack) for pack in packs}


def _parts(pack: Pack, found: Sequence[Tried]) -> tuple[Part, ...]:
    texts = policy_texts(pack)
    return tuple(_part(number, rule, texts[rule.element], found) for number, rule in enumerate(pack.rules, 1))


def _part(number: int, rule: Rule, policy: PolicyText, found: Sequence[Tried]) -> Part:
    refused = [one for one in found if rule.element in one.example.refused_under]
    alone = [one for one in refused if one.example.refused_under == (rule.element,)]
    touched = {place for one in alone for place in _places(one.example.changes)}
    passing = [one for one in found if not one.example.refused_under and touched & _places(one.example.changes)]
    return Part(
        number,
        rule.element,
        _source(rule.citation.cite),
        rule.citation.cite,
        rule.citation.text,
        policy,
        REGISTER.looked_at(rule.element),
        REGISTER.people(rule.element),
        tuple(_shown(one, rule.element) for one in refused),
        tuple(_shown(one) for one in passing),
    )


def _source(cite: str) -> str:
    if cite.strip() == FORM:
        return "Form"
    return "Statute and form" if FORM in cite else "Statute"


def _paragraphs(text: str) -> list[str]:
    """A text cut where a line is left blank."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _named(pack: Pack) -> str:
    """How commands name a pack: by its id where it is that of the release, else by the folder that its files are of."""
    of_release = pack.id in list_packs() and load_pack(pack.id).digest == pack.digest
    return pack.id if of_release else f"packs/{pack.id}"


def _places(changes: Changes) -> set[tuple[str, str]]:
    return {(section, key) for section, values in changes.items() for key in values}


def _shown(one: Tried, element: str = "") -> Shown:
    example = one.example
    also = tuple(other for other in example.refused_under if other != element)
    against = "" if one.holds else one.against
    return Shown(example.name, example.why, _flat(example.changes), also, against)


def _flat(changes: Changes) -> tuple[tuple[str, str, str], ...]:
    return tuple((section, key, _value(value)) for section, values in changes.items() for key, value in values.items())


def _value(value: object) -> str:
    """A value as it is read: a text in quotation marks, so that a blank one shows."""
    if isinstance(value, str):
        return f"“{value}”" if value else "blank"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_value(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(item)}" for key, item in value.items())
    return str(value)


def _lists(listed: Sequence[Listed]) -> list[tuple[str, str, list[Listed]]]:
    grouped = groupby(listed, key=lambda entry: entry.kind)
    return [(*_LISTS[kind], list(entries)) for kind, entries in grouped]


def _exceptions(grounds: Grounds) -> tuple[tuple[str, str], ...]:
    return tuple((_cited_as(grounds.section, below)[0], why) for below, why in grounds.exceptions.items())


def _offending(pack: Pack, statute: StatuteText, parts: Sequence[Part]) -> Offending:
    brought = {rule.element for rule in pack.rules if rule.condition == statute.designated_by}
    offence, grounds = statute.offence, statute.grounds
    return Offending(
        statute,
        tuple(_paragraphs(statute.rationale)),
        _cited_as(offence.section, offence.paragraph),
        offence.unnamed,
        tuple(offence.elapsed_days.items()),
        tuple(_cited_as(offence.section, path)[0] for path in offence.no_offence),
        tuple((paragraph, ", ".join(below)) for paragraph, below in grounds.classes.items()) if grounds else (),
        " or ".join(_cited_as(grounds.section, ("a",))) if grounds else "",
        _exceptions(grounds) if grounds else (),
        tuple(part for part in parts if part.element in brought),
    )


def _cited_as(section: Section, below: tuple[str, ...]) -> tuple[str, ...]:
    """A paragraph of a section by its number in the Code, and by that in an act."""
    code = str(Citing(section.title, "", section.section, below))
    return (code, str(Citing(0, section.act, section.act_section, below))) if section.act else (code,)


def _numbers(pack: Pack, found: Sequence[Tried]) -> Mapping[str, int]:
    """What was counted when the proofs were run."""
    return {
        "rules": len(pack.rules),
        "facts": len(pack.facts),
        "examples": len(found),
        "passing": sum(not one.example.refused_under for one in found),
        "holding": sum(one.holds for one in found),
    }
