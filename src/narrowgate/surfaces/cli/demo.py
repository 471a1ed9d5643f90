"""``narrowgate demo``: the whole story on made-up people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from narrowgate.domain.errors import ExitCode
from narrowgate.surfaces import cli
from narrowgate.surfaces.cli.common import console, json_option, run, show, table
from narrowgate.surfaces.demo.story import BOUND, Story, Told


@click.command(name="demo")
@click.argument("folder", type=click.Path(path_type=Path), default="demo-gate", metavar="[DIR]")
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Tell the whole story on a gate in DIR (./demo-gate): found, certify, submit, release, open, verify, tamper.

    Every person is made up. A demo gate that stands in DIR is made anew; no other folder is touched.
    """
    told = Story(folder.absolute(), lambda arguments: run(cli.group, arguments), console).tell()
    total = _total(told)
    document = {"gate": str(folder), "bound": BOUND, "packages": [asdict(t) for t in told], "total": asdict(total)}
    share = total.wrong / total.confirmed if total.confirmed else 1.0
    within = share <= float(BOUND)
    verdict = (
        f"wrong ÷ confirmed = {total.wrong} ÷ {total.confirmed} = {share:.2%}; certified: at most {float(BOUND):.1%}"
        + ("" if within else " — NOT within the certificate's bound")
    )
    show(
        as_json,
        document,
        "",
        _table([*told, total]),
        verdict,
        next_steps=[
            f"narrowgate answers {folder} {told[0].request_id} --out view.csv   (the custodian's view)",
            f"narrowgate ledger fsck {folder}   (recompute everything from bytes)",
            f"look at {folder}/ledger: what the public sees; {folder}/made-up/left: what left",
            "README.md, then docs/",
        ],
    )
    if not within:
        raise SystemExit(ExitCode.FAILED)


def _table(told: Sequence[Told]) -> object:
    """One column a package, and the total."""
    rows: list[list[object]] = [["asked", *(t.asked for t in told)], ["refused", *(t.refused for t in told)]]
    rows += _by("  under ", [t.refused_under for t in told])
    rows += [["held", *(t.held_rows for t in told)], *_by("  for ", [t.held for t in told])]
    rows += [["not confirmed", *(t.not_confirmed for t in told)], ["confirmed", *(t.confirmed for t in told)]]
    rows += [["wrong confirmations, against the truth", *(t.wrong for t in told)]]
    names = [t.request_id for t in told]
    return table(
        "persons", *names, rows=rows, title="What became of whom (a row can be refused under several elements)"
    )


def _by(prefix: str, counts: Sequence[Mapping[str, int]]) -> list[list[object]]:
    keys = sorted({key for count in counts for key in count})
    return [[prefix + key, *(count.get(key, 0) for count in counts)] for key in keys]


def _total(told: Sequence[Told]) -> Told:
    def summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
        return {key: sum(c.get(key, 0) for c in counts) for key in sorted({k for c in counts for k in c})}

    return Told(
        "total",
        sum(t.asked for t in told),
        summed([t.refused_under for t in told]),
        sum(t.refused for t in told),
        summed([t.held for t in told]),
        sum(t.held_rows for t in told),
        sum(t.not_confirmed for t in told),
        sum(t.confirmed for t in told),
        sum(t.wrong for t in told),
    )
