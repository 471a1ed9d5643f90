"""What Splink's pairs would confirm behind an address gate.

A score alone confirms a person at any address, so a user of Splink who wants this gate's answer adds what follows it:
the person's confirmable row, an address that agrees, and no second person. Threshold and gap are then the best ones in
hindsight, by the truth: more than anybody could choose beforehand.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from benchmarks.linkage_curve import GAPS, WRONG_SHARES, best_of, curve

FIRST_YEAR = 1990  # of the mask of taxable years
_CHOSEN = """
WITH scored AS (  -- 1
    SELECT p.unique_id_r AS asked, r.person, max(p.match_weight) AS weight
    FROM '{folder}/pairs-{variant}.parquet' p JOIN '{folder}/records.parquet' r ON r.unique_id = p.unique_id_l
    GROUP BY ALL),
homes AS (  -- 2
    SELECT s.asked, s.person, any_value(s.weight) AS weight, max_by(r, r.as_of) AS home, any_value(q) AS wanted
    FROM scored s
    JOIN '{folder}/requests.parquet' q ON q.unique_id = s.asked
    JOIN '{folder}/records.parquet' r ON r.person = s.person
    WHERE (q.periods >> CAST(year(r.as_of) - {first} AS UBIGINT)) & 1 = 1
    GROUP BY s.asked, s.person),
here AS (  -- 3
    SELECT asked, person, weight, wanted.truth = person AS correct FROM homes
    WHERE home.house = wanted.house AND coalesce(home.unit = wanted.unit, true)
      AND (coalesce(home.zip5 = wanted.zip5, false) OR coalesce(home.city = wanted.city, false))
      AND coalesce(jaro_winkler_similarity(home.street, wanted.street) >= 0.9, true))
SELECT max(weight) AS best, coalesce(max(weight, 2)[2], -1000) AS second, arg_max(correct, weight) AS correct  -- 4
FROM here GROUP BY asked
"""


def splink_outcomes(folder: Path, variant: str) -> dict[str, Any]:
    """Recall at each of ``WRONG_SHARES``, with the best threshold and gap.

    1. A person's score is that of the best of the rows.
    2. The confirmable row is the latest inside the stated years.
    3. Its address must agree: number or box equal, no other unit, ZIP Code or town equal, street nearly so.
    4. The person of the best score, if the lead over the second is wide enough.
    """
    con = duckdb.connect()
    con.execute(f"SET enable_progress_bar = false; SET threads = 2; SET temp_directory = '{folder}/spill'")
    chosen = con.execute(_CHOSEN.format(folder=folder, variant=variant, first=FIRST_YEAR)).fetchnumpy()
    trues = f"SELECT count(*) FROM '{folder}/requests.parquet' WHERE truth <> ''"
    ((count,),) = con.execute(trues).fetchall()
    best, second, correct = (np.ma.getdata(chosen[name]) for name in ("best", "second", "correct"))
    curves = {gap: curve(best, best - second >= gap, correct.astype(np.bool_)) for gap in GAPS}
    return {str(share): best_of(curves, share, int(count)) for share in WRONG_SHARES}
