"""Cost against size, as a drawing: figures of several races (``linkage.json``) on two logarithmic panels.

python benchmarks/linkage_plot.py OUT.svg FOLDER FOLDER …
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.linkage_report import best

WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 260, 60, 40, 90
SERIES = {
    "ours, with standardising": ("ours", "#1b5e9e", ""),
    "ours, standardising left out": ("ours", "#1b5e9e", "5 3"),
    "Splink, two keys": ("splink, two", "#b3541e", ""),
    "Splink, four rules": ("splink, four", "#b3541e", "5 3"),
}
LOOKUPS = {"ours": ("ours, single", "#1b5e9e"), "Splink": ("splink, single", "#b3541e")}
Points = list[tuple[float, float]]


class Panel:
    """Two logarithmic axes and the lines between them."""

    def __init__(self, at: int, title: str, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.at, self.title, self.across, self.up = at, title, across, up
        self.named = 0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a value lies on the page."""
        (left, right), (low, high) = self.across, self.up
        part = math.log10(x / left) / math.log10(right / left), math.log10(y / low) / math.log10(high / low)
        return self.at + LEFT + part[0] * WIDTH, TOP + HEIGHT * (1 - part[1])

    def frame(self, ticks: dict[float, str]) -> Iterator[str]:
        """Title, box, decades up the side, the sizes below."""
        x = self.at + LEFT
        yield f'<text x="{x}" y="{TOP - 14}" class="title">{self.title}</text>'
        yield f'<rect x="{x}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" class="box"/>'
        for power in range(round(math.log10(self.up[0])), round(math.log10(self.up[1])) + 1):
            _, y = self.place(self.across[0], 10.0**power)
            yield f'<path d="M{x} {y:.1f}h{WIDTH}" class="grid"/>'
            yield f'<text x="{x - 8}" y="{y + 4:.1f}" class="side">{10.0**power:g}</text>'
        for value, name in ticks.items():
            across, _ = self.place(value, self.up[0])
            yield f'<text x="{across:.1f}" y="{TOP + HEIGHT + 18}" class="below">{name}</text>'

    def line(self, points: Points, colour: str, dashes: str, name: str) -> Iterator[str]:
        """A line through points, and its name among the others in the corner."""
        places = [self.place(*point) for point in sorted(points)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        self.named += 1
        x, y = self.at + LEFT + 14, TOP + 18 * self.named
        yield f'<path d="M{x} {y}h28" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
        yield f'<text x="{x + 36}" y="{y + 4}" fill="{colour}">{name}</text>'


def points(races: list[dict[str, Any]], name: str, value: Callable[[dict[str, Any]], float]) -> Points:
    """Records and a value, of the races that have the contender."""
    return [(float(race["records"]), value(race[name])) for race in races if name in race]


def processor(without: str) -> Callable[[dict[str, Any]], float]:
    """Processor seconds of the best run, a part left out."""
    return lambda seen: best(seen["runs"], "processor", without=without)


def drawing(races: list[dict[str, Any]]) -> str:
    """The page, as SVG."""
    sizes = sorted(float(race["records"]) for race in races)
    across, ticks = (sizes[0] * 0.7, sizes[-1] * 1.6), {size: f"{size / 1e6:g} M records" for size in sizes}
    batch = Panel(0, "a batch: processor seconds", across, (0.1, 1000.0))
    single = Panel(LEFT + WIDTH + GAP, "one request: processor milliseconds, median", across, (1.0, 10_000.0))
    parts = [*batch.frame(ticks), *single.frame(ticks)]
    for name, (part, colour, dashes) in SERIES.items():
        found = points(races, part, processor("standardise" if "left out" in name else ""))
        parts += batch.line(found, colour, dashes, name) if found else []
    for name, (part, colour) in LOOKUPS.items():
        found = points(races, part, lambda seen: float(seen["processor"]["p50"]))
        parts += single.line(found, colour, "", name) if found else []
    wide, tall = 2 * (LEFT + WIDTH) + GAP + 40, TOP + HEIGHT + 40
    style = (
        "text{font:12px sans-serif}.title{font-weight:bold}.side{text-anchor:end;fill:#555}"
        ".below{text-anchor:middle;fill:#555}.box{fill:none;stroke:#999}.grid{stroke:#e4e4e4}"
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'\n<style>{style}</style>\n<rect width="{wide}" height="{tall}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    out, *folders = map(Path, sys.argv[1:])
    races = [json.loads((folder / "linkage.json").read_text(encoding="utf-8")) for folder in folders]
    out.write_text(drawing(races), encoding="utf-8")


if __name__ == "__main__":
    main()
