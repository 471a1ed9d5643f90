"""The benchmark of building a snapshot measures what it says, on a small file."""

import json
import sys
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from benchmarks.snapshot import STAGES, in_a_process, shown  # noqa: E402 - found by ROOT
from benchmarks.world import make_world  # noqa: E402 - likewise


@pytest.mark.long
def test_every_stage_is_told_and_all_stages_are_the_whole(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", records=3000, requests=20, cases=20, seed=1, at=date(2026, 11, 20))
    found = in_a_process(world.records, tmp_path / "snapshots", 1000)
    assert list(found["stages"]) == list(STAGES)
    assert found["rows"] == 3000
    for clock in ("seconds", "processor_seconds"):
        staged = sum(said[clock] for said in found["stages"].values())
        assert staged == pytest.approx(found[clock], rel=0.05, abs=0.2)
    assert found["snapshot_mib"] > 1
    assert json.loads(json.dumps(found)) == found
    console = Console(record=True, width=120, file=StringIO())
    console.print(shown(found))
    said = console.export_text()
    assert all(stage in said for stage in STAGES.values())
    assert f"{found['rows']:,} rows" in said
