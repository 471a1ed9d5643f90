"""``narrowgate stay``: a court's order closes the gate, at once."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from narrowgate import wiring
from narrowgate.domain.books import utc_text
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import StayOf
from narrowgate.flow import rulings, staying
from narrowgate.flow.deciding import decide
from narrowgate.flow.protected import read_person, read_persons
from narrowgate.flow.stay_statement import releases, signed, statement, verify_statement
from narrowgate.flow.staying import When
from narrowgate.governance.stays import StayRecord
from narrowgate.intake.typed import parse_date
from narrowgate.notary.files import replace_file
from narrowgate.surfaces.cli.common import (
    console,
    gate_argument,
    json_option,
    opened,
    plain,
    show,
    show_decision,
    sign_option,
    signers,
    table,
)
from narrowgate.surfaces.cli.verify import read_file, verifier_key, vkey_option

POLL = 0.2
"""Seconds between two tries for the lock."""
stay_argument = click.argument("stay", metavar="STAY")


def moment(text: str) -> datetime:
    """A time with its offset from UTC, in whole seconds of UTC: a court's noon is not the custodian's.

    Raises:
        InvalidInput: for any other text.
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("not a time", "write it as 2026-02-05T12:00:00-05:00, with its offset") from error
    raise InvalidInput("a time has an offset from UTC", "write it as 2026-02-05T12:00:00-05:00")


def day(text: str) -> date:
    """A day, ``YYYY-MM-DD``.

    Raises:
        InvalidInput: for any other text.
    """
    try:
        return parse_date(text)
    except ValueError as error:
        raise InvalidInput("not a day", "write it as YYYY-MM-DD") from error


@click.group(name="stay")
def command() -> None:
    """A court's order closes the gate to what it reaches, at once.

    One counsel enters it, two lift it. What a stay is named by (court, docket, order) is public: name no person there.
    """


@command.command()
@gate_argument
@click.option("--court", required=True, metavar="TEXT", help="The court; it is public.")
@click.option("--docket", required=True, metavar="TEXT", help="The docket number; it is public.")
@click.option("--dated", required=True, type=day, metavar="DAY", help="The day the court gave the order.")
@click.option("--effective", type=moment, metavar="TIME", help="From when, by its own words. Unless stated: now.")
@click.option("--served", type=moment, metavar="TIME", help="When the custodian was served with it.")
@click.option("--basis", default="", metavar="ID", help="Requests under this basis.")
@click.option("--requester", default="", metavar="AGENCY", help="Requests of this agency.")
@click.option("--statute", default="", metavar="CITE", help="Requests that designate this statute, or part of it.")
@click.option("--persons", type=click.Path(path_type=Path), metavar="FILE", help="Requests about these persons: CSV.")
@click.option("--person", "named", multiple=True, metavar='"SURNAME, GIVEN[, BORN[, TIN]]"', help="About this person.")
@click.option("--all", "everything", is_flag=True, help="Every request.")
@click.option("--of", "of", type=click.Choice([s.value for s in StayOf]), default=StayOf.DISCLOSURE.value,
              help="What is stayed; of use, too, closes the gate.")  # fmt: skip
@click.option("--wait", type=click.IntRange(0, 86_400), default=600, metavar="SECONDS", show_default=True,
              help="How long to wait for another command to let the ledger go.")  # fmt: skip
@sign_option
@json_option
def enter(
    gate: Path, court: str, docket: str, dated: date, effective: datetime | None, served: datetime | None,
    basis: str, requester: str, statute: str, persons: Path | None, named: tuple[str, ...], everything: bool, of: str,
    wait: int, signs: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Enter a court's order. It is in force once counsel's signature is taken, also for requests in flight.

    Scopes narrow one another: --requester and --basis reach that agency's requests under that basis. At least one is
    given, or --all. Times have their offset from UTC.

    Persons are kept as keyed pseudonyms of their names, birth dates and TINs. A row without a birth date, a nickname,
    half of a double name are reached too; a misspelt name can escape. `shield add` on the person's record closes that.
    Your shell may keep what is typed after --person: a CSV file (surname, given_name, date_of_birth, tin) is safer.
    """
    protected = (*(read_persons(persons) if persons else ()), *(read_person(text) for text in named))
    with opened(gate) as open_gate:
        order = staying.Order(
            court, docket, dated, basis, requester, statute, protected, everything, StayOf(of), effective, served
        )
        known = staying.receive(open_gate, staying.record(open_gate, order), signers(signs))
        at = rulings.present(open_gate)
        _say_received(known, at)
        entered = staying.settle(open_gate, known.stay.id, _patience(wait))
        document = _document(open_gate, known, at) | {"in_ledger": entered} | _reach(open_gate, known)
    _show_entered(as_json, gate, known, document)


def _say_received(known: StayRecord, at: datetime) -> None:
    """Said before anything can be waited for: counsel may go, the gate is closed."""
    state = staying.standing(known.stay, at).replace("_", " ")
    console.print(plain(f"received {utc_text(known.received)}: {known.stay.id} is {state}"), style="green")


def _patience(seconds: int) -> Callable[[], bool]:
    """Lets a moment pass; says so once, and is out of patience after so many seconds."""
    start, said = time.monotonic(), False

    def wait() -> bool:
        nonlocal said
        if not said:
            console.print("another command is writing; it enters the stay in the ledger, or this one does after it")
            said = True
        if time.monotonic() - start >= seconds:
            return False
        time.sleep(POLL)
        return True

    return wait


def _document(gate: Gate, known: StayRecord, at: datetime) -> dict[str, Any]:
    stay = known.stay
    leaves = staying.leaves(gate, stay.id)
    return {
        "stay": stay.id,
        "court": stay.court,
        "docket": stay.docket,
        "dated": stay.dated.isoformat(),
        "of": stay.of.value,
        "basis": stay.basis,
        "requester": stay.requester,
        "statute": stay.statute,
        "persons": known.named,
        "scope": staying.scope_words(known),
        "served": utc_text(stay.served) if stay.served else "",
        "received": utc_text(known.received),
        "effective": utc_text(stay.effective),
        "lifted": utc_text(stay.lifted) if stay.lifted else "",
        "order": known.order,
        "standing": staying.standing(stay, at),
        "leaves": leaves,
    }


def _reach(gate: Gate, known: StayRecord) -> dict[str, Any]:
    """What it closes and what had left, by request: counts alone."""
    closed, left = staying.closes(gate, known.stay), staying.affected(gate, known.stay)
    return {
        "closed": [
            {
                "request": f"{one.request.agency}/{one.request.request_id}",
                "ledger_id": one.request.ledger_id,
                "held": one.held,
                "not_yet_linked": one.entered,
                "awaiting_release": one.awaiting_release,
                "refused_under_not_stayed": one.refused,
            }
            for one in closed
        ],
        "possibly_affected": {"total": staying.total(left), **{w.value: staying.total(left, w) for w in When}},
        "disclosures": releases(left),
    }


def _show_entered(as_json: bool, gate: Path, known: StayRecord, document: Mapping[str, Any]) -> None:
    closed = [
        (one["request"], one["held"], one["not_yet_linked"], one["awaiting_release"], one["refused_under_not_stayed"])
        for one in document["closed"]
    ]
    left = [(d["request"], d["tranche"], d["released"], d["when"].replace("_", " "), d["rows"])
            for d in document["disclosures"]]  # fmt: skip
    columns = ("request", "held", "not yet linked", "awaiting release", "refused as stayed")
    in_ledger = document["in_ledger"]
    steps = [
        f"narrowgate stay statement {gate} {known.stay.id} --out FILE   (for the court)",
        f"narrowgate replay {gate} --stay {known.stay.id}   (past decisions, run again under it)",
    ]
    steps += [] if in_ledger else [f"narrowgate stay list {gate}   (whether the ledger has it)"]
    if known.named:
        steps.append(f"narrowgate shield add {gate} …   (on the persons' records: spelling does not matter there)")
    show(
        as_json,
        document,
        table("stay", known.stay.id, rows=_about(document, _where(document))),
        table(*columns, rows=closed, title="closed") if closed else "no open request is in its scope",
        table("request", "tranche", "released", "when", "rows", rows=left, title="left before: possibly affected")
        if left
        else "nothing that left is in its scope",
        next_steps=steps,
    )


def _where(document: Mapping[str, Any]) -> str:
    """Where the ledger has it; its second leaf lifts it."""
    return ", ".join(f"leaf {leaf}" for leaf in document["leaves"]) or "not yet: the next command that writes enters it"


def _about(document: Mapping[str, Any], where: str) -> list[tuple[str, str]]:
    return [
        ("court", document["court"]),
        ("docket", document["docket"]),
        ("dated", document["dated"]),
        ("stays", f"{document['of']}: {document['scope']}"),
        ("served", document["served"] or "not stated"),
        ("received", document["received"]),
        ("effective", document["effective"]),
        *([("lifted", f"{document['lifted']}: {document['order']}")] if document["lifted"] else []),
        ("standing", document["standing"].replace("_", " ")),
        ("in the ledger", where),
    ]


@command.command(name="list")
@gate_argument
@json_option
def list_(gate: Path, as_json: bool) -> None:
    """List every stay, and where it stands. Stays are public; the persons they name are not."""
    with opened(gate) as open_gate:
        at = rulings.present(open_gate)
        found = [_document(open_gate, known, at) for known in rulings.stay_records(open_gate)]
    tables: list[object] = [table("stay", d["stay"], rows=_about(d, _where(d))) for d in found]
    show(as_json, {"stays": found}, *(tables or ["no stay was ever entered"]))


@command.command()
@gate_argument
@stay_argument
@click.option("--order", "--why", "order", required=True, metavar="TEXT", help="The order that lifts it; it is public.")
@sign_option
@json_option
def lift(gate: Path, stay: str, order: str, signs: tuple[str, ...], as_json: bool) -> None:
    """Lift a stay, from now on. Two counsel sign.

    What was refused under it stays refused: a corrected request that supersedes it is judged anew.
    """
    with opened(gate) as open_gate:
        decision = decide(open_gate, staying.stay_lift(open_gate, stay, order), signers(signs))
        show_decision(as_json, gate, decision, f"{stay} is lifted", f"narrowgate stay statement {gate} {stay}")


@command.command(name="statement")
@gate_argument
@stay_argument
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it signed, and FILE.txt to print.")
@click.option("--rows", is_flag=True, help="List the rows too; a look, by counsel, an officer or an auditor.")
@sign_option
@json_option
def statement_(gate: Path, stay: str, out: Path | None, rows: bool, signs: tuple[str, ...], as_json: bool) -> None:
    """The compliance statement for the court: the order, when it was taken, what it closed, what had left.

    FILE is signed by the log's key; `narrowgate stay verify FILE --vkey VKEY` checks it offline.
    """
    if out is not None and out.is_dir():
        raise InvalidInput(f"--out {out} is a folder", "name a file")
    with opened(gate) as open_gate:
        content = statement(open_gate, stay, signers(signs), rows=rows)
        data = signed(open_gate, content)
    lines = text_of(content)
    steps = []
    if out is not None:
        replace_file(out, [data])
        replace_file(out.with_name(out.name + ".txt"), ["\n".join([*lines, ""]).encode()])
        steps = [f"narrowgate stay verify {out} --vkey VKEY   (what the court does)"]
    show(as_json, {**content, "jws": json.loads(data)}, *lines, next_steps=steps)


def text_of(content: Mapping[str, Any]) -> list[str]:
    """The statement as it is printed: plain text, a line a fact."""
    order, checkpoint, found = content["order"], content["checkpoint"], content["disclosures"]
    leaves = [f"leaf {e['leaf']}, {e['time']}" for e in content["entered"]]
    lines = [
        "STATEMENT OF COMPLIANCE",
        f"{content['custodian']}, as of {content['as_of']}",
        "",
        f"Court            {order['court']}",
        f"Docket           {order['docket']}",
        f"Order dated      {order['dated']}",
        f"Stays            {order['of']}: {content['scope']}",
        f"Served           {order['served'] or 'not stated'}",
        f"Received         {order['received']}  (in force from here, once effective)",
        f"Effective        {order['effective']}",
        f"Entered          {leaves[0] if leaves else 'received, and not yet entered in the ledger'}",
        *([f"Lifted           {order['lifted']}, {leaves[-1]}: {order['order']}"] if order["lifted"] else []),
        f"Standing         {content['standing'].replace('_', ' ')}",
        f"Name of the stay {content['stay']}",
        "",
        "CLOSED (rows of requests in its scope that have not left)",
        *[
            f"  {c['request']}: held {c['held']}, not yet linked {c['not_yet_linked']}, awaiting release "
            f"{c['awaiting_release']}, refused as stayed {c['refused_under_not_stayed']}"
            for c in content["closed"]
        ],
        *([] if content["closed"] else ["  none"]),
        "",
        "DISCLOSURES POSSIBLY AFFECTED (rows, confirmed or not)",
        f"  before it took effect                      {found['before']}",
        f"  after it took effect, before receipt       {found['after_effect']}",
        f"  after receipt, while it was in force       {found['after_receipt']}",
        *[
            f"  {r['request']}, tranche {r['tranche']}: {r['rows']} rows on {r['released']}, leaf {r['leaf']} "
            f"({r['when'].replace('_', ' ')})"
            for r in found["releases"]
        ],
        *_row_lines(content),
        "",
        "WHAT THIS SAYS, AND WHAT IT DOES NOT",
        *[f"  {said}" for said in content["says"]],
        "",
        "HOW TO VERIFY",
        f"  Log         {content['vkey']}",
        f"  Checkpoint  {checkpoint['size']} entries, root {checkpoint['root']}",
        "  The signed file: narrowgate stay verify FILE --vkey VKEY. It is a flattened JWS (RFC 7515, EdDSA) by the",
        "  log's Ed25519 key. The log is C2SP tlog-tiles: any copy of it shows the leaf named above, in clear.",
    ]
    return [str(plain(line)) for line in lines]


def _row_lines(content: Mapping[str, Any]) -> list[str]:
    if "rows" not in content:
        return []
    return ["", "ROWS IN ITS SCOPE"] + [
        f"  {r['request']}, row {r['row']}: {r['state'].replace('_', ' ')}"
        + (f" on {r['released']} to {r['officer']} ({r['when'].replace('_', ' ')})" if "released" in r else "")
        for r in content["rows"]
    ]


@command.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@vkey_option
@json_option
def verify(file: Path, vkey: str, as_json: bool) -> None:
    """Verify a compliance statement, with nothing but the log's verifier key; print it."""
    found = verify_statement(read_file(file), verifier_key(vkey), wiring.jose)
    document = {"holds": True, "entered": found.entered, "statement": dict(found.content)}
    proved = "its leaves are in the log" if found.entered else "received, and not yet entered in the ledger"
    show(as_json, document, f"the statement holds: signed by the log's key; {proved}", "", *text_of(found.content))
