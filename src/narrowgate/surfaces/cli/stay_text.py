"""The compliance statement as it is printed: plain text, a line a fact, for readers who know no gate."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from narrowgate.domain.vocabulary import When
from narrowgate.surfaces.cli.common import plain

WIDTH = 100
NOT_STATED = "NOT STATED BY THE CUSTODIAN"
WHEN = {
    When.BEFORE_DATED: "released before the order was dated",
    When.BEFORE_NOTICE: "on or after its date, before notice",
    When.NOTICE_NOT_STATED: "on or after its date; notice not stated",
    When.AFTER_NOTICE: "after notice, before entry in the gate",
    When.NOT_YET_EFFECTIVE: "after entry, before it was effective",
    When.AFTER_ENTRY: "after entry, while in force",
    When.AFTER_LIFT: "after it was lifted",
}
"""When a disclosure was made, as people read it."""
_HEAD, _LABEL, _COUNT = 22, 44, 8
_MIDDLE = {When.BEFORE_NOTICE, When.NOTICE_NOT_STATED, When.AFTER_NOTICE}


def effective_by(order: Mapping[str, Any]) -> str:
    """Where the time comes from at which an order is said to be effective."""
    if order["effective_stated"]:
        return "by the order's own words"
    taken = "notice" if order["served"] else "entry in the gate, for notice is not stated"
    return f"not stated by the order; taken from {taken}"


def text_of(content: Mapping[str, Any]) -> list[str]:
    """The statement as it is printed."""
    lines = [
        "RECORD OF A COURT'S ORDER IN ONE GATE",
        f"{content['custodian']}, as of {content['as_of']}",
        *_wrapped(
            "Made by a machine from its records, and no declaration: see what this says, and what it does not.", ""
        ),
        "",
        *_order(content),
        "",
        *_closed(content),
        "",
        *_disclosures(content),
        *_row_lines(content),
        "",
        "WHAT THIS SAYS, AND WHAT IT DOES NOT",
        *(line for said in content["says"] for line in _wrapped(said, "  - ")),
        "",
        "WORDS",
        *(line for word, means in content["terms"].items() for line in _wrapped(f"{word}: {means}", "  ")),
        "",
        *_verifying(content),
    ]
    return [str(plain(line)) for line in lines]


def _wrapped(text: str, lead: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _order(content: Mapping[str, Any]) -> Iterator[str]:
    order, entered = content["order"], content["entered"]
    late = order["effective"] > order["received"]
    gate = "the gate refuses once it is effective" if late else "the gate refuses from here; the order may bind earlier"
    leaves = [f"leaf {e['leaf']}, {e['time']}" for e in entered]
    facts = [
        ("Court", order["court"]),
        ("Docket", order["docket"]),
        ("Order dated", order["dated"]),
        ("Order's file", f"SHA-256 {order['document']}" if order["document"] else "not given to the gate"),
        ("Stays", f"{order['of']}: {content['scope']}"),
        ("Custodian had notice", order["served"] or NOT_STATED),
        ("Entered in the gate", f"{order['received']}, by {', '.join(content['entered_by'])}  ({gate})"),
        ("Effective", f"{order['effective']}  ({effective_by(order)})"),
        ("In the log", leaves[0] if leaves else "not yet: received by the gate, and not entered in the log"),
    ]
    if order["lifted"]:
        by = ", ".join(entered[-1]["signed_by"]) if entered else ""
        facts.append(("Lifted", f"{order['lifted']}, {leaves[-1]}, by {by}: {order['order']}"))
    facts += [("Standing", content["standing"].replace("_", " ")), ("Name of the stay", content["stay"])]
    for name, said in facts:
        yield from _wrapped(said, f"{name:{_HEAD}}")


def _closed(content: Mapping[str, Any]) -> Iterator[str]:
    yield "CLOSED (rows in its scope that have not left)"
    for one in content["closed"]:
        yield (
            f"  {one['request']}: held {one['held']}, awaiting linkage {one['awaiting_linkage']}, awaiting release "
            f"{one['awaiting_release']}, refused under this or another stay {one['refused_under_not_stayed']}"
        )
    if not content["closed"]:
        yield "  none"


def _disclosures(content: Mapping[str, Any]) -> Iterator[str]:
    found = content["disclosures"]
    yield "DISCLOSURES POSSIBLY AFFECTED (released rows, confirmed or not)"
    yield f"  {'':{_LABEL}}{'rows':>{_COUNT}}  distinct persons"
    for when, count in found["by_time"].items():
        yield f"  {WHEN[when]:{_LABEL}}{count['rows']:>{_COUNT},}  {count['persons']:,}"
    yield f"  {'in all':{_LABEL}}{found['rows']:>{_COUNT},}  {found['persons']:,}"
    yield f"  {'officers to whom they were released':{_LABEL}}{found['officers']:>{_COUNT},}"
    for one in found["releases"]:
        early = one["effective_then"] is False and one["when"] in _MIDDLE
        yield (
            f"  {one['request']}, tranche {one['tranche']}: {one['rows']:,} rows about {one['persons']:,} persons, for"
            f" {one['officers']:,} officers, on {one['released']}, leaf {one['leaf']}"
        )
        yield f"    {WHEN[one['when']]}{', before it was effective by its own words' if early else ''}"
        yield f"    under {one['basis']}, edition {one['edition']}, SHA-256 {one['edition_digest']}"


def _row_lines(content: Mapping[str, Any]) -> Iterator[str]:
    if "rows" not in content:
        return
    yield from ("", "ROWS IN ITS SCOPE")
    for one in content["rows"]:
        left = f" on {one['released']} to {one['officer']} ({WHEN[one['when']]})" if "released" in one else ""
        yield f"  {one['request']}, row {one['row']}: {one['state'].replace('_', ' ')}{left}"


def _verifying(content: Mapping[str, Any]) -> Iterator[str]:
    checkpoint = content["checkpoint"]
    yield "HOW TO VERIFY"
    yield f"  Log         {content['vkey']}"
    yield f"  Checkpoint  {checkpoint['size']} entries, root {checkpoint['root']}"
    yield from _wrapped(
        "The signed file: narrowgate stay verify FILE --vkey VKEY. It is a flattened JWS (RFC 7515, EdDSA) by the log's"
        " Ed25519 key. The log is C2SP tlog-tiles: any copy of it shows the leaf named above, in clear.",
        "  ",
    )
