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
from narrowgate.flow.determining import file_digest
from narrowgate.flow.protected import read_person, read_persons
from narrowgate.flow.stay_reach import affected, closes
from narrowgate.flow.stay_statement import closed_json, counts_json, releases, signed, statement, verify_statement
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
from narrowgate.surfaces.cli.stay_text import NOT_STATED, WHEN, effective_by, text_of
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
@click.option("--effective", type=moment, metavar="TIME",
              help="From when, by its own words. Unless they say: from --served, or now.")  # fmt: skip
@click.option("--served", type=moment, metavar="TIME", help="When the custodian had notice: was served, or otherwise.")
@click.option("--not-served", is_flag=True, help="It was not served, and the time of notice is not stated.")
@click.option("--document", type=click.Path(path_type=Path), metavar="FILE",
              help="The order's file: its SHA-256 is public, and the file is not kept.")  # fmt: skip
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
    not_served: bool, document: Path | None, basis: str, requester: str, statute: str, persons: Path | None,
    named: tuple[str, ...], everything: bool, of: str, wait: int, signs: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Enter a court's order. It is in force once counsel's signature is taken, also for requests in flight.

    The court will ask when the custodian had notice: --served says it, or --not-served that no time is stated.

    Scopes narrow one another: --requester and --basis reach that agency's requests under that basis. At least one is
    given, or --all. Times have their offset from UTC.

    Persons are kept as keyed pseudonyms of their names, birth dates and TINs. Whatever linkage would take for them is
    reached; whom it finds in spite of a misspelt name is not confirmed. `shield add` on the person's record does the
    rest.

    Your shell may keep what is typed after --person: a CSV file (surname, given_name, date_of_birth, tin) is safer.
    """
    if (served is not None) == not_served:
        raise InvalidInput(
            "say when the custodian had notice of the order: expected one of --served and --not-served",
            "--served TIME: it was served, or knew otherwise; --not-served: the court is told that no time is stated",
        )
    protected = (*(read_persons(persons) if persons else ()), *(read_person(text) for text in named))
    digest = file_digest(document) if document else ""
    with opened(gate) as open_gate:
        scope = basis, requester, statute, protected, everything
        order = staying.Order(court, docket, dated, served, *scope, StayOf(of), effective, digest)
        by = signers(signs)  # before the time of entry is taken: a passphrase may have to be typed
        known = staying.receive(open_gate, staying.record(open_gate, order), by)
        at = rulings.present(open_gate)
        _say_received(known, at)
        entered = staying.settle(open_gate, known.stay.id, _patience(wait))
        shown = _document(open_gate, known, at) | {"in_ledger": entered} | _reach(open_gate, known)
    _show_entered(as_json, gate, known, shown)


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
        "entered_by": staying.entered_by(gate, stay.id),
        "effective": utc_text(stay.effective),
        "effective_stated": known.effective_stated,
        "document": known.document,
        "lifted": utc_text(stay.lifted) if stay.lifted else "",
        "order": known.order,
        "standing": staying.standing(stay, at),
        "leaves": leaves,
    }


def _reach(gate: Gate, known: StayRecord) -> dict[str, Any]:
    """What it closes and what had left, by request: counts alone."""
    left = affected(gate, known)
    return {
        "closed": [closed_json(one) for one in closes(gate, known.stay)],
        "possibly_affected": counts_json(known, left),
        "disclosures": releases(gate, known, left),
    }


def _show_entered(as_json: bool, gate: Path, known: StayRecord, document: Mapping[str, Any]) -> None:
    members = ("request", "held", "awaiting_linkage", "awaiting_release", "refused_under_not_stayed")
    closed = [tuple(one[name] for name in members) for one in document["closed"]]
    left = [(d["request"], d["tranche"], d["released"], WHEN[d["when"]], d["rows"]) for d in document["disclosures"]]
    counts = document["possibly_affected"]["by_time"]
    times = [(WHEN[when], count["rows"], count["persons"]) for when, count in counts.items()]
    columns = ("request", "held", "awaiting linkage", "awaiting release", "refused as stayed")
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
        *(
            [
                table("released", "rows", "distinct persons", rows=times, title="possibly affected"),
                table("request", "tranche", "released", "when", "rows", rows=left),
            ]
            if left
            else ["nothing that left is in its scope"]
        ),
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
        ("custodian had notice", document["served"] or NOT_STATED),
        ("entered in the gate", f"{document['received']}, by {', '.join(document['entered_by'])}"),
        ("effective", f"{document['effective']} ({effective_by(document)})"),
        *([("order's file", f"SHA-256 {document['document']}")] if document["document"] else []),
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
    """The statement for the court: the order, notice, entry, what it closed, and what had left, when.

    It shows this gate's records, and is no declaration: it says so, and what it does not show.

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
