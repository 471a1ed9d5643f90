"""The figures of ``linkage.py`` as tables for people."""

from collections.abc import Iterator
from typing import Any

from benchmarks.linkage_curve import WRONG_SHARES
from rich.console import Console
from rich.table import Table

BLANK = "–"
MEMORY = ("peak MiB", "of it own")


def print_report(figures: dict[str, Any]) -> None:
    """Prints speed, ratios, recall, single look-ups and the certificate."""
    console = Console(width=150)
    console.print(_speed(figures))
    console.print(_recall(figures))
    console.print(_single(figures))
    if "ours" in figures:
        _print_certificate(console, figures)


def _print_certificate(console: Console, figures: dict[str, Any]) -> None:
    console.print(_strata(figures))
    certificate = {name: value for name, value in figures["certificate"].items() if name != "strata"}
    console.print("certificate:", ", ".join(f"{name} {value}" for name, value in certificate.items()))
    seen, trues = figures["ours"]["certified"], figures["ours"]["trues"]
    recall = (seen["confirmed"] - seen["wrong"]) / trues
    console.print(
        f"under it: {seen['wrong']} wrong of {seen['confirmed']:,} confirmed, recall {recall:.2%} of {trues:,}"
    )


def best(runs: list[dict[str, dict[str, float]]], clock: str, *, without: str = "") -> float:
    """Seconds of the fastest run, a part of it left out if wished."""
    return min(run[clock]["whole"] - run[clock].get(without, 0.0) for run in runs)


def _speed(figures: dict[str, Any]) -> Table:
    table = Table(title=f"{figures['requests']:,} requests against {figures['records']:,} records")
    table.add_column("contender")
    peers = [name for name in ("splink, two", "splink, four") if name in figures]
    heads = ["wall s", "processor s", *(f"of {peer}: wall, processor" for peer in peers), *MEMORY]
    for head in heads:
        table.add_column(head, justify="right")
    for name, part, without in _contenders(figures):
        seconds = [best(figures[part]["runs"], clock, without=without) for clock in ("wall", "processor")]
        ratios = []
        for peer in peers:
            theirs = [best(figures[peer]["runs"], clock) for clock in ("wall", "processor")]
            ratios.append(", ".join(f"{mine / other:.2f}" for mine, other in zip(seconds, theirs, strict=True)))
        table.add_row(name, *(f"{s:.2f}" for s in seconds), *ratios, *_memory(figures[part]))
    return table


def _memory(seen: dict[str, Any]) -> tuple[str, str]:
    """Peak memory with mapped files and without."""
    return f"{seen['peak_mib']:,}", f"{seen['own_mib']:,}" if "own_mib" in seen else BLANK


def _contenders(figures: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if "ours" in figures:
        yield "ours, standardising left out", "ours", "standardise"
        yield "ours, with standardising", "ours", ""
    for name in ("splink, two", "splink, four"):
        if name in figures:
            yield f"{name} (predict alone)", name, ""


def _recall(figures: dict[str, Any]) -> Table:
    table = Table(title="recall of true requests, where at most so many confirmed are wrong (best in hindsight)")
    table.add_column("contender")
    for share in WRONG_SHARES:
        table.add_column(f"≤ {share:.2%}", justify="right")
    for name in ("ours", "splink, two", "splink, four"):
        if name in figures:
            cells = [figures[name]["recall_at"][str(share)] for share in WRONG_SHARES]
            table.add_row(name, *(_cell(cell) for cell in cells))
    return table


def _cell(cell: dict[str, Any]) -> str:
    if "confirmed" not in cell:
        return BLANK
    return f"{cell['recall']:.2%} ({cell['wrong']} of {cell['confirmed']:,})"


def _strata(figures: dict[str, Any]) -> Table:
    strata = figures["certificate"].get("strata", [])
    table = Table(title="strata of the certificate; of a closed one, what it would have been if open")
    for head in strata[0] if strata else ():
        table.add_column(head.replace("_", " "))
    for found in strata:
        table.add_row(*(f"{value:.3%}" if isinstance(value, float) else f"{value}" for value in found.values()))
    return table


def _single(figures: dict[str, Any]) -> Table:
    table = Table(title="one request at a time, milliseconds")
    for head in ("contender", "p50", "p99", "p50, processor", "p99, processor", "calls", "the first", *MEMORY):
        table.add_column(head, justify="left" if head == "contender" else "right")
    for name in ("ours, single", "splink, single"):
        if name in figures:
            seen = figures[name]
            cells = [f"{seen[clock][key]:,.1f}" for clock in ("wall", "processor") for key in ("p50", "p99")]
            table.add_row(name, *cells, f"{seen['calls']:.0f}", f"{seen['first']:,.1f}", *_memory(seen))
    return table
