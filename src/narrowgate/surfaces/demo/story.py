"""The demo: a gate's whole story on made-up people, told with the very commands that a user would type."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from narrowgate import wiring
from narrowgate.domain.errors import ErrorCode, ExitCode, InvalidInput, NarrowgateError
from narrowgate.domain.vocabulary import Outcome
from narrowgate.flow import rulings
from narrowgate.flow.casefile import find_request
from narrowgate.flow.viewing import RowView, view
from narrowgate.surfaces.demo.package import AGENCY, BASIS, CUSTODIAN, OFFICE, DemoPackage
from narrowgate.surfaces.demo.world import Town, build_town

SEED = 2025
BOUND = "0.005"
STRATUM_BOUND = "0.1"
FOUNDERS, OFFICERS = ("ada", "ben"), ("dora", "emil")

Run = Callable[[Sequence[str]], int]
"""Runs a command line of ``narrowgate`` and returns its exit code."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one package, against the truth."""

    request_id: str
    asked: int
    refused_under: Mapping[str, int]
    refused: int
    held: Mapping[str, int]
    held_rows: int
    not_confirmed: int
    confirmed: int
    wrong: int


@dataclass(slots=True)
class Story:
    """One telling.

    Attributes:
        gate: the gate's folder; keys, files and packages lie in ``made-up`` inside it.
        run: how commands are run.
    """

    gate: Path
    run: Run
    console: Console
    keys: Path = field(init=False)

    def __post_init__(self) -> None:
        self.keys = self.gate / "made-up" / "keys"

    def tell(self) -> list[Told]:
        """The whole story.

        Raises:
            NarrowgateError: when a step ends otherwise than the story has it.
        """
        self._fresh_folder()
        self._scene("A custodian founds a gate. Two people, two keys; it answers nothing yet.")
        self._make_gate()
        self._scene("A town is made up: tax records with moves and errors, and two requests.")
        at = wiring.clock.now().date()
        town = build_town(self.gate / "made-up", seed=SEED, at=at, progress=lambda what: self._say(f"  {what}"))
        self._say(f"  {town.persons:,} persons, {town.record_lines:,} records")
        self._tell_the_gate(town)
        self._requester(town)
        self._scene("The packages are handed in. Each person is judged by the law, element by element.")
        for package in (town.careful, town.bulk):
            self._do("submit", self.gate, package.folder)
        self._say("  The second has the shape of 2025's: one officer for all, ZIP codes and fillers for addresses.")
        self._do("hold", "list", self.gate)
        self._scene("Why one of its rows was refused: each element, what was looked at, the law's words.")
        self._do("explain", self.gate, town.bulk.request_id, self._refused_row(town.bulk), *self._signs(FOUNDERS[:1]))
        self._scene("Two officers read what they sign for, and release it. No page tells how many are confirmed.")
        self._do("approve", self.gate, town.careful.request_id, *self._signs(OFFICERS))
        self._officer(town)
        self._court()
        self._outsiders(town)
        return [self._told(package, self._truth(town)) for package in (town.careful, town.bulk)]

    def _fresh_folder(self) -> None:
        if self.gate.exists():
            if not wiring.config_of(self.gate).demo:
                raise InvalidInput(f"{self.gate.name} is a gate of real people", "name another folder")
            shutil.rmtree(self.gate)
        shutil.rmtree(self._aside(), ignore_errors=True)

    def _aside(self) -> Path:
        return self.gate.with_name(f".{self.gate.name}-founders")

    def _make_gate(self) -> None:
        aside = self._aside()
        for person in FOUNDERS:
            self._do("key", "new", aside / person, quiet=True)
        founders = [word for p in FOUNDERS for word in ("--founder", f"{p}={aside / p}.pub.jwk")]
        self._do("init", self.gate, "--custodian", CUSTODIAN, *founders, "--demo")
        self.keys.parent.mkdir()
        aside.rename(self.keys)

    def _tell_the_gate(self, town: Town) -> None:
        self._scene("The gate is told who may ask, what is lawful, from what records, and how well it links.")
        parties = self._write_parties(town)
        self._do("party", "add", self.gate, parties, *self._signs(FOUNDERS))
        why = "reviewed against 26 USC 6103(i)(2) by two counsel"
        self._do("pack", "adopt", self.gate, BASIS, "--why", why, *self._signs(FOUNDERS))
        self._do("records", "load", self.gate, town.records, *self._signs(FOUNDERS))
        self._say(
            f"  --bound {BOUND}: at most {float(BOUND):.1%} of confirmations wrong, with 95% confidence. The usual"
        )
        self._say("  bound of 0.1% takes 2,995 confirmed cases without an error; this town has too few households.")
        self._say(
            f"  --stratum-bound {STRATUM_BOUND}: the kinds of cases that are bounded apart are few here as well; one of"
        )
        self._say("  which too little is seen is closed, and nobody is confirmed in it.")
        frame = "households of the made-up town that are in neither request, one case each, somewhat over half true"
        said = ("--provenance", "synthetic", "--frame", frame, "--page", town.labelled.parent / "certificate.html")
        labels = ("--bound", BOUND, "--stratum-bound", STRATUM_BOUND, *said)
        self._do("certify", self.gate, town.labelled, *labels, *self._signs(FOUNDERS))
        for person in OFFICERS:
            self._do("key", "new", self.keys / person, quiet=True)
            role = ("--role", "disclosure_officer", "--key", f"{self.keys / person}.pub.jwk")
            self._do("staff", "add", self.gate, person, *role, *self._signs(FOUNDERS), quiet=True)
        until = f"{wiring.clock.now().year + 1}-12-31"
        shield = ("--person", town.shielded_person, "--until", until, "--why", "informant, 6103(i)(6)")
        self._do("shield", "add", self.gate, *shield, *self._signs(FOUNDERS))

    def _write_parties(self, town: Town) -> Path:
        """The agency's file, with a key pair for its office and for every officer."""
        lines = [
            "[agency]",
            f'id = "{AGENCY}"',
            'name = "An agency, made up"',
            'safeguards = "clear"',
            "",
            "[[office]]",
        ]
        lines += [f'id = "{OFFICE}"', f'may_sign = ["{BASIS}"]', 'key = "office.pub.jwk"']
        self._do("key", "new", self.keys / "office", quiet=True)
        officers = sorted({duty.officer for package in (town.careful, town.bulk) for duty in package.duties})
        for officer in officers:
            self._do("key", "new", self.keys / officer, quiet=True)
            lines += ["", "[[officer]]", f'id = "{officer}"', f'key = "{officer}.pub.jwk"']
            lines += [f'encryption_key = "{officer}.enc.pub.jwk"']
        path = self.keys / "agency.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def _requester(self, town: Town) -> None:
        self._scene("The requester: each officer attests exactly his rows, then the head of the agency signs.")
        for package in (town.careful, town.bulk):
            duties = [duty for duty in package.duties if duty.attests]
            for shown, duty in enumerate(duties):
                words = ",".join(sorted(duty.attests))
                who = ("--officer", duty.officer, "--key", f"{self.keys / duty.officer}.jwk", "--attests", words)
                self._do("attest", package.folder, *who, quiet=shown > 0)
            if len(duties) > 1:
                self._say(f"  … and {len(duties) - 1} more officers")
            self._do("sign", package.folder, "--key", f"{self.keys / 'office'}.jwk")

    def _officer(self, town: Town) -> None:
        self._scene("What leaves: sealed answers, each for one engaged officer, and the signed refusals.")
        out = self.gate / "made-up" / "left"
        self._do("answers", self.gate, town.careful.request_id, "--sealed", "--out", out)
        vkey = self.gate / "made-up" / "vkey"
        with wiring.opened(self.gate) as gate:
            vkey.write_text(gate.keys.vkey + "\n", encoding="utf-8")
        officer = town.careful.duties[0].officer
        self._do("open", out / f"{officer}.0001.jwe", "--key", f"{self.keys / officer}.enc.jwk", "--vkey", vkey)

    def _refused_row(self, package: DemoPackage) -> str:
        """The label of the first row that was refused under its address."""
        with wiring.opened(self.gate) as gate:
            rows = view(gate, find_request(gate, package.request_id))
        return next(row.row for row in rows if row.refused_under == "address_stated")

    def _court(self) -> None:
        self._scene("A court stays the paragraph. One of counsel hands its order in; nothing leaves from then on.")
        served, text = wiring.clock.now(), self.gate / "made-up" / "order.txt"
        text.write_text("The policy is stayed. So ordered.\n", encoding="utf-8")
        order = ("--court", "D. Made Up", "--docket", "1:26-cv-00001", "--dated", served.date())
        notice = ("--served", served.isoformat(), "--document", text)
        self._do("stay", "enter", self.gate, *order, *notice, "--basis", BASIS, *self._signs(FOUNDERS[:1]))
        with wiring.opened(self.gate) as gate:
            (stay,) = rulings.stays(gate)
        self._scene("What the court is told, signed by the log; and which disclosures it may concern.")
        self._do("stay", "statement", self.gate, stay.id, "--out", self.gate / "made-up" / "statement.json")
        self._do("replay", self.gate, "--stay", stay.id, *self._signs(FOUNDERS[:1]))

    def _outsiders(self, town: Town) -> None:
        self._scene("Outsiders check. One row's receipt, offline; then the whole ledger.")
        vkey, receipt = self.gate / "made-up" / "vkey", self.gate / "made-up" / "receipt.json"
        self._do("ledger", "prove", self.gate, town.careful.request_id, "1", "--out", receipt)
        self._do("verify", receipt, "--vkey", vkey)
        self._do("ledger", "verify", self.gate)
        self._scene("Somebody alters one bit of the past, in a copy of the public ledger.")
        copy = self.gate / "made-up" / "tampered-ledger"
        shutil.copytree(self.gate / "ledger", copy)
        bundle = max(path for path in (copy / "tile" / "entries").rglob("*") if path.is_file())
        data = bytearray(bundle.read_bytes())
        data[len(data) // 2] ^= 1
        bundle.write_bytes(data)
        self._do("ledger", "verify", copy, "--vkey", vkey, expected=ExitCode.INTEGRITY)
        self._say("  It is seen.")

    def _truth(self, town: Town) -> dict[tuple[str, str], str]:
        with town.truth.open(encoding="utf-8", newline="") as stream:
            return {(line["request_id"], line["row"]): line["person_id"] for line in csv.DictReader(stream)}

    def _told(self, package: DemoPackage, truth: Mapping[tuple[str, str], str]) -> Told:
        with wiring.opened(self.gate) as gate:
            request = find_request(gate, package.request_id)
            rows = view(gate, request)
            held = [r.causes.split(";") for r in gate.store.rows(request.ledger_id) if r.state == "held"]
        outcomes = Counter(row.outcome for row in rows)
        return Told(
            package.request_id,
            len(rows),
            dict(sorted(Counter(e for row in rows if row.refused_under for e in row.refused_under.split(";")).items())),
            outcomes[Outcome.REFUSED],
            dict(sorted(Counter(cause for causes in held for cause in causes).items())),
            outcomes[Outcome.HELD],
            outcomes[Outcome.NOT_CONFIRMED],
            outcomes[Outcome.CONFIRMED],
            sum(_is_wrong(row, package.request_id, truth) for row in rows),
        )

    def _signs(self, people: Sequence[str]) -> list[str]:
        return [word for person in people for word in ("--sign", f"{person}={self.keys / person}.jwk")]

    def _do(self, *words: object, quiet: bool = False, expected: ExitCode = ExitCode.DONE) -> None:
        """Runs a command as typed; what it prints is shown unless ``quiet``."""
        arguments = [str(word) for word in words]
        if quiet:
            with self.console.capture():
                code = self.run(arguments)
        else:
            self._say("")
            self.console.print(f"$ narrowgate {self._shown(arguments)}", style="bold cyan")
            code = self.run(arguments)
        if code != expected:
            raise NarrowgateError(
                ErrorCode.INTEGRITY, f"`narrowgate {arguments[0]}` ended with {code}, expected {int(expected)}"
            )

    def _shown(self, arguments: Sequence[str]) -> str:
        """A command line with short paths, quoted where a shell needs it."""
        short = [word.replace(f"{self._aside()}/", "").replace(f"{self.keys}/", "keys/") for word in arguments]
        short = [word.replace(f"{self.gate / 'made-up'}/", "made-up/") for word in short]
        return " ".join(json.dumps(word) if " " in word else word for word in short)

    def _scene(self, text: str) -> None:
        self._say("")
        self.console.print(text, style="bold")

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.console.print(line)


def _is_wrong(row: RowView, request_id: str, truth: Mapping[tuple[str, str], str]) -> bool:
    """Confirmed, though what was asked is not truly so."""
    return row.outcome is Outcome.CONFIRMED and not truth[request_id, row.row]
