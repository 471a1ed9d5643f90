# Narrowgate: `make help` lists the targets. Python 3.11 or later and make are all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CI_OPTIONS :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check-long lint types imports long bench bench-law bench-replay bench-linkage bench-accuracy pages lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.demo ## set up in .venv, and no more

demo: $(VENV)/.demo ## the whole story on made-up people, on a gate in ./demo-gate
	@$(BIN)/narrowgate demo demo-gate

test: $(VENV)/.dev ## the quick tests, in under 5 minutes
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not long" $(CI_OPTIONS)

check-long: lint types imports long ## lint, types, import rules, and the slow suites

lint: $(VENV)/.dev ## ruff: style and errors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	@$(BIN)/mypy

imports: $(VENV)/.dev ## who may import whom
	@$(BIN)/lint-imports

long: $(VENV)/.dev ## kills at each write, another implementation's verifier, state machines
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m long -rs $(CI_OPTIONS)

bench: $(VENV)/.dev ## 100,000 persons against 1 million records, each stage's share
	@$(BIN)/python benchmarks/gate.py benchmarks/out/gate

bench-law: $(VENV)/.dev ## 1.28 million rows shaped like 2025's through facts and law, against the truth
	@$(BIN)/python benchmarks/law.py

bench-replay: $(VENV)/.dev ## a million past decisions, run again
	@$(BIN)/python benchmarks/replay.py benchmarks/out/replay

bench-linkage: $(VENV)/.peer ## our linkage beside Splink on DuckDB: time, memory, recall at one wrong rate
	@$(BIN)/python benchmarks/linkage.py benchmarks/out/linkage

bench-accuracy: $(VENV)/.peer ## right, wrong and silent in worlds whose truth is known, beside Splink and exact match
	@$(BIN)/python benchmarks/accuracy.py
	@$(BIN)/python benchmarks/accuracy_peers.py

pages: $(VENV)/.dev ## make docs/packs anew: counsel's page of every pack
	@$(BIN)/python -m narrowgate.surfaces.pages docs/packs

lock: $(VENV)/.dev ## compile requirements/*.txt anew, hashes and no addresses
	@$(BIN)/python requirements/lock.py

clean: ## remove what was set up and made
	@rm -rf $(VENV) demo-gate benchmarks/out .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Narrowgate needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python requirements/demo.txt
	@echo "setting up in $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements/dev.txt
	@echo "setting up in $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(VENV)/.demo $@

$(VENV)/.peer: $(VENV)/.dev requirements/peer.txt requirements/febrl.txt
	@echo "setting up the peers in $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peer.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/febrl.txt
	@touch $@
