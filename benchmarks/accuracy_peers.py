"""Splink 5 and exact match in the worlds of ``accuracy.py``, over our standardised cells (``make bench-accuracy``).

    python benchmarks/accuracy_peers.py                 the held-out worlds at default noise

Splink learns each world by itself (random sampling, expectation maximisation), blocks by four rules and compares seven
columns, names, streets and ZIP Codes with term frequencies. Its weights are per line of the records: a person has the
greatest of his lines, of those that may confirm (the latest of the years stated, as the law has it for us). A person
is confirmed at a threshold and a gap to the next person. Both are chosen in hindsight, on the very worlds reported:
the best that the model could do. ``gated`` also demands what our address gate demands.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.accuracy import HEAD, HELD_OUT, ROOT, Tally, spec_of, typed_of
from benchmarks.accuracy_cases import APART
from benchmarks.accuracy_world import Spec, folder_of

from narrowgate.linkage.address import CLOSED, Side, address_levels, gate
from narrowgate.linkage.residence import When, allowed_dates
from narrowgate.linkage.standardise import NO_DATE, Standardised, days, standardise
from narrowgate.linkage.weights import weights

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WORDS = {"given": "given", "middle": "middle", "surname": "surname"}
PLACES = {"house": "number", "street": "street", "unit": "unit", "city": "city", "zip5": "zip5"}
GAPS = (0.0, 2.0, 4.0, 6.0, 8.0)
SHARES = (0.001, 0.003, 0.01)
SEED = 7
AMONG = {"all requests": APART, "without the persons made up here": APART | {"neighbour", "jr_sr"}}
"""Which kinds of requests are left out."""


@dataclass(frozen=True, slots=True)
class World:
    """A world's requests and record lines, standardised, and which pairs of them a date allows to confirm."""

    requests: pa.Table
    records: pa.Table
    asked: Standardised
    held: Standardised
    person: I64
    truth: I64
    as_of: npt.NDArray[np.int32]
    when: When
    among: dict[str, Bools]

    def confirmable(self, row: I64, line: I64) -> Bools:
        """Whether each line is of its person's latest date in the years that the row states."""
        latest: dict[tuple[int, int], int] = {}
        dates = self.as_of[line]
        allowed = allowed_dates(self.when, row, dates)
        order = np.argsort(self.person, kind="stable")
        starts = np.searchsorted(self.person[order], np.arange(int(self.person.max()) + 2))
        periods = self.when.periods
        found = np.zeros(len(row), np.bool_)
        for at in np.flatnonzero(allowed).tolist():
            key = (int(self.person[line[at]]), int(periods[row[at]]))
            if key not in latest:
                lines = order[starts[key[0]] : starts[key[0] + 1]]
                fits = allowed_dates(self.when, np.full(len(lines), row[at]), self.as_of[lines])
                latest[key] = int(self.as_of[lines[fits]].max())
            found[at] = dates[at] == latest[key]
        return found

    def gate(self, row: I64, line: I64) -> Bools:
        """Whether our address gate is open."""
        levels = address_levels(
            Side(self.asked.words, self.asked.addresses),
            self.asked.address[row],
            Side(self.held.words, self.held.addresses),
            self.held.address[line],
        )
        found: Bools = gate(levels, weights()) > CLOSED
        return found


def world(spec: Spec) -> World:
    """Read and standardise a world."""
    folder = folder_of(spec, ROOT)
    records, requests = (pq.read_table(folder / f"{name}.parquet") for name in ("records", "requests"))
    typed = typed_of(requests)
    born = typed["birth_date"].cast(pa.int32()).fill_null(NO_DATE).to_numpy().astype(np.int32)
    held_born = np.array([days(text) for text in records["date_of_birth"].to_pylist()], np.int32)
    ids = records["person_id"].combine_chunks().dictionary_encode()
    number = {text: at for at, text in enumerate(ids.dictionary.to_pylist())}
    truth = np.array([number.get(text, -1) for text in requests["person_id"].to_pylist()], np.int64)
    when = When(typed["periods"].to_numpy().astype(np.uint64), -(1 << 30), np.ones(len(requests), np.bool_))
    as_of = records["as_of"].cast(pa.int32()).to_numpy().astype(np.int32)
    asked, held = standardise(requests, born), standardise(records, held_born)
    kinds = requests["kind"].to_pylist()
    among = {name: ~np.isin(kinds, list(out)) for name, out in AMONG.items()}
    person = ids.indices.to_numpy().astype(np.int64)
    return World(requests, records, asked, held, person, truth, as_of, when, among)


def cells(rows: Standardised) -> pa.Table:
    """The columns that peers compare; blank is null."""
    columns: dict[str, Any] = {"unique_id": np.arange(len(rows.address), dtype=np.int64)}
    for name, column in WORDS.items():
        columns[name] = rows.words.text.take(pa.array(getattr(rows.names, column)))
    for name, column in PLACES.items():
        columns[name] = rows.words.text.take(pa.array(getattr(rows.addresses, column)[rows.address]))
    blank = {n: pc.if_else(pc.equal(c, ""), None, c) for n, c in columns.items() if n != "unique_id"}
    born, tin = rows.names.born, rows.names.tin
    blank["born"] = pc.cast(pa.array(born, pa.int32(), mask=born == NO_DATE).cast(pa.date32()), pa.string())
    blank["tin"] = pc.cast(pa.array(tin, pa.int32(), mask=tin < 0), pa.string())
    blank["initial"] = pc.utf8_slice_codeunits(blank["middle"], 0, 1)
    return pa.table({"unique_id": columns["unique_id"], **blank})


def exact(of: World) -> "Scores":
    """Whoever has the same names and address, letter by letter after standardising; one alone can be confirmed."""
    con = duckdb.connect()
    con.register("asked", cells(of.asked))
    con.register("held", cells(of.held))
    keys = " AND ".join(f"a.{k} = h.{k}" for k in ("given", "surname", "house", "street"))
    keys += " AND a.unit IS NOT DISTINCT FROM h.unit AND (a.zip5 = h.zip5 OR a.city = h.city)"
    pairs = con.sql(f"SELECT a.unique_id, h.unique_id FROM asked a JOIN held h ON {keys}").to_arrow_table()
    row, line = (pairs[n].to_numpy().astype(np.int64) for n in range(2))
    kept = of.confirmable(row, line)
    return _by_person(of, row[kept], line[kept], np.zeros(int(kept.sum())))


@dataclass(frozen=True, slots=True)
class Scores:
    """Per row of a request the best person, his weight, and the best weight of another."""

    person: I64
    weight: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]


def splink(of: World, folder: Path) -> tuple[Scores, Scores]:
    """Splink's scores: as it is, and with the address gate."""
    row, line, weight = _predicted(of, folder)
    kept = of.confirmable(row, line)
    row, line, weight = row[kept], line[kept], weight[kept]
    opened = of.gate(row, line)
    return _by_person(of, row, line, weight), _by_person(of, row[opened], line[opened], weight[opened])


def _predicted(of: World, folder: Path) -> tuple[I64, I64, npt.NDArray[np.float64]]:
    import splink.comparison_library as cl  # noqa: PLC0415 - a peer, which need not be set up
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415 - likewise

    logging.getLogger("splink").setLevel(logging.ERROR)
    con = duckdb.connect()
    con.execute(f"SET enable_progress_bar = false; SET threads = 2; SET temp_directory = '{folder}'")
    for name, rows in (("records", of.held), ("requests", of.asked)):
        con.register(f"{name}_cells", cells(rows))
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_cells")
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=[
            block_on("house", "zip5", "surname"),
            block_on("surname", "given"),
            block_on("house", "street", "substr(given, 1, 1)"),
            block_on("given", "born"),
        ],
        comparisons=[
            cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("given", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("initial"),
            cl.DamerauLevenshteinAtThresholds("born", [1, 2]),
            cl.ExactMatch("house"),
            cl.JaroWinklerAtThresholds("street", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("zip5", [1]).configure(term_frequency_adjustments=True),
        ],
    )
    api = DuckDBAPI(connection=con)
    tables = [api.register(name, dataset_display_name=name) for name in ("records", "requests")]
    linker = Linker(tables, settings, log_level=None)
    certain = [block_on("surname", "given", "house", "street")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in (block_on("surname", "given"), block_on("house", "street", "zip5")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_weight=-10)
    query = f"SELECT unique_id_r, unique_id_l, match_weight FROM {found.physical_name}"
    table = con.sql(query).to_arrow_table()
    left = con.execute(f"SELECT DISTINCT source_dataset_l FROM {found.physical_name}").fetchall()
    if left != [("records",)]:
        raise RuntimeError(f"expected records on the left, got {left}")
    return (
        table["unique_id_r"].to_numpy().astype(np.int64),
        table["unique_id_l"].to_numpy().astype(np.int64),
        table["match_weight"].to_numpy().astype(np.float64),
    )


def _by_person(of: World, row: I64, line: I64, weight: npt.NDArray[np.float64]) -> Scores:
    """The two best persons of each row."""
    count = len(of.requests)
    person = of.person[line]
    order = np.lexsort((-weight, person, row))
    row, person, weight = row[order], person[order], weight[order]
    first = np.ones(len(row), np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (person[1:] != person[:-1])
    row, person, weight = row[first], person[first], weight[first]
    order = np.lexsort((-weight, row))
    row, person, weight = row[order], person[order], weight[order]
    best, top, second = np.full(count, -1), np.full(count, -np.inf), np.full(count, -np.inf)
    starts = np.flatnonzero(np.concatenate(([True], row[1:] != row[:-1]))) if len(row) else np.zeros(0, np.int64)
    best[row[starts]], top[row[starts]] = person[starts], weight[starts]
    after = starts + 1
    rivalled = after[(after < len(row))]
    rivalled = rivalled[row[rivalled] == row[rivalled - 1]]
    second[row[rivalled]] = weight[rivalled]
    return Scores(best, top, second)


def _tally(of: World, scores: Scores, rule: tuple[float, float], some: Bools) -> Tally:
    threshold, gap = rule
    confirmed = (scores.person >= 0) & (scores.weight >= threshold) & (scores.second <= scores.weight - gap) & some
    true = (of.truth >= 0) & some
    right = confirmed & (scores.person == of.truth)
    wrong = confirmed & ~right
    false = ~true & some
    return Tally(int(true.sum()), int(right.sum()), int(wrong.sum()), int(false.sum()), int((wrong & false).sum()))


def _total(worlds: Sequence[World], scores: Sequence[Scores], rule: tuple[float, float], among: str) -> Tally:
    tallies = [_tally(of, s, rule, of.among[among]) for of, s in zip(worlds, scores, strict=True)]
    return sum(tallies[1:], tallies[0])


def best(worlds: Sequence[World], scores: Sequence[Scores], among: str) -> Iterator[tuple[str, Tally]]:
    """The greatest recall at a wrong share of at most each of ``SHARES``; and the greatest of all."""
    rules = [(threshold, gap) for gap in GAPS for threshold in np.arange(-5.0, 45.0, 0.5).tolist()]
    tried = [(rule, _total(worlds, scores, rule, among)) for rule in rules]
    for share in (*SHARES, 1.0):
        within = [t for t in tried if t[1].right and t[1].wrong_share <= share]
        if within:
            (threshold, gap), tally = max(within, key=lambda t: t[1].right)
            yield f"≤ {100 * share:g} %: {threshold:g}, gap {gap:g}", tally


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=spec_of, nargs="+", help="CENSUS,SEED,NOISE")
    specs = parser.parse_args(words).worlds or [spec for spec in HELD_OUT if spec.noise == 1]
    worlds = [world(spec) for spec in specs]
    print(", ".join(map(str, specs)))
    scores = {"exact match": [exact(of) for of in worlds]}
    with TemporaryDirectory() as folder:
        both = [splink(of, Path(folder)) for of in worlds]
    scores |= {"Splink 5": [one for one, _ in both], "Splink 5, gated": [other for _, other in both]}
    for among in AMONG:
        print(f"\n{among:>28} {HEAD}\n{'exact match':>28} {_total(worlds, scores['exact match'], (0.0, 0.5), among)}")
        for name in ("Splink 5", "Splink 5, gated"):
            print(name)
            for said, tally in best(worlds, scores[name], among):
                print(f"{said:>28} {tally}")


if __name__ == "__main__":
    main()
