"""Splink's side of the race: Splink 5 on DuckDB, two threads, over the standardised tables of ``linkage_inputs``.

Eight comparisons, names and streets with term frequencies; two blocking keys, or four rules. Training is a process of
its own and its model a file, so that predicting is timed alone. Tables and term frequencies are ready before that.
"""

import json
import logging
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_library as cl
from benchmarks.linkage_inputs import MODEL
from benchmarks.linkage_process import Stopwatch, one_by_one
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

FREQUENCIES = ("surname", "given", "street", "zip5")
SEED = 7
KEYS = (("house", "zip5", "surname"), ("surname", "given", "born"))
MORE_KEYS = (("house", "street", "city", "substr(given, 1, 1)"), ("given", "born", "zip5"))
TABLES = ("records", "requests")


def rules(variant: str) -> list[Any]:
    """Blocking: ``two`` keys, or ``four`` rules."""
    return [block_on(*key) for key in (KEYS if variant == "two" else (*KEYS, *MORE_KEYS))]


def settings(variant: str) -> SettingsCreator:
    """The model before training."""
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=rules(variant),
        comparisons=[
            cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("given", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("initial"),
            cl.DamerauLevenshteinAtThresholds("born", [1, 2]),
            cl.ExactMatch("tin"),
            cl.ExactMatch("house"),
            cl.JaroWinklerAtThresholds("street", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("zip5", [1]).configure(term_frequency_adjustments=True),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


class Side:
    """A DuckDB with both tables loaded, on two threads."""

    def __init__(self, folder: Path) -> None:
        logging.getLogger("splink").setLevel(logging.ERROR)
        self.folder, self.con = folder, duckdb.connect()
        self.con.execute(
            f"SET enable_progress_bar = false; SET threads = 2; SET memory_limit = '16GB'; "
            f"SET temp_directory = '{folder}/spill'"
        )
        for name in TABLES:
            self.con.execute(
                f"CREATE TABLE {name} AS SELECT unique_id, given, substr(middle, 1, 1) AS initial, surname, born, tin,"
                f" house, street, unit, city, zip5 FROM '{folder / name}.parquet' ORDER BY unique_id"
            )

    def linker(self, model: Any) -> tuple[Linker, list[SplinkDataFrame]]:  # noqa: ANN401 - what Linker takes
        """A linker that knows nothing of an earlier one's work; and its two tables."""
        api = DuckDBAPI(connection=self.con)
        tables = [api.register(name, dataset_display_name=name) for name in TABLES]
        return Linker(tables, model, log_level=None), tables

    def ready(self, variant: str) -> tuple[Linker, list[SplinkDataFrame]]:
        """The trained linker with its term frequencies, about to predict."""
        model = json.loads((self.folder / MODEL).read_text(encoding="utf-8"))
        blocking = [rule.create_blocking_rule_dict("duckdb") for rule in rules(variant)]
        linker, tables = self.linker({**model, "blocking_rules_to_generate_predictions": blocking})
        for column in FREQUENCIES:
            linker.table_management.compute_tf_table(column)
        return linker, tables


def train(folder: Path) -> dict[str, dict[str, float]]:
    """Trains by random sampling and expectation maximisation, as Splink's guide does; writes the model."""
    watch = Stopwatch()
    with watch.of("load"):
        side = Side(folder)
    with watch.of("train"):
        linker, _ = side.linker(settings("two"))
        certain: list[Any] = [block_on("surname", "given", "born", "house", "zip5"), block_on("tin")]
        linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
        linker.training.estimate_u_using_random_sampling(max_pairs=2e7, seed=SEED)
        for rule in (block_on("surname", "given", "born"), block_on("house", "street", "zip5")):
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True, max_pairs=2e6
            )
    linker.misc.save_model_to_json(str(folder / MODEL), overwrite=True)
    return watch.all()


def predict(folder: Path, variant: str, repeats: int) -> dict[str, Any]:
    """Predicts all pairs, ``repeats`` times; keeps the last as ``pairs-VARIANT.parquet``."""
    watch, runs = Stopwatch(), []
    with watch.of("load"):
        side = Side(folder)
    for _ in range(repeats):
        timed = Stopwatch()
        with timed.of("term frequencies"):
            linker, _tables = side.ready(variant)
        with timed.of("whole"):
            pairs = linker.inference.predict(threshold_match_weight=0, warning_mode="never")
        runs.append(timed.all())
        kept = folder / f"pairs-{variant}.parquet"
        found = f"FROM {pairs.physical_name}"
        side.con.execute(f"COPY (SELECT unique_id_l, unique_id_r, match_weight {found}) TO '{kept}'")
        ((count,),) = side.con.execute(f"SELECT count(*) {found}").fetchall()
        linker.table_management.delete_tables_created_by_splink_from_db()
    return {"load": watch.seconds["load"], "runs": runs, "pairs": count}


def single(folder: Path, variant: str, calls: int, most_seconds: float) -> dict[str, Any]:
    """Matches single rows against all records (``predict_between``), one after another, for so long at most."""
    side = Side(folder)
    linker, tables = side.ready(variant)
    api = linker._db_api  # noqa: SLF001 - a linker does not show the connection it was given

    def one(n: int) -> None:
        side.con.execute(f"CREATE OR REPLACE TABLE asked AS SELECT * FROM requests WHERE unique_id = {n}")
        asked = api.register("asked", dataset_display_name=f"asked_{n}")
        found = linker.inference.predict_between(tables[0], asked, threshold_match_weight=0, warning_mode="never")
        side.con.execute(f"FROM {found.physical_name}").fetchall()
        found.drop_table_from_database_and_remove_from_cache()

    return one_by_one(one, calls, before=1, most_seconds=most_seconds)
