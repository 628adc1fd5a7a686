# Two commands on a fresh machine: make demo, make test. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup dev demo test test-long check bench docs lock clean

help:
	@echo "make demo        the main job on the embedded tenant"
	@echo "make test        every test, in parallel"
	@echo "make check       ruff, pyright strict, import rules, tests"
	@echo "make test-long   the kill matrix and the fuzzers at full length"
	@echo "make docs        the documentation as a site, in site/"
	@echo "make bench       speed and memory, as ratios against a peer or a limit"

$(VENV)/runtime: requirements/runtime.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/runtime

dev: $(VENV)/dev

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash demo/run.sh

test: dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal

test-long: dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m long

check: dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

bench: dev
	@$(BIN)/python -m tests.bench

docs: dev
	@$(BIN)/python -m zensical build --strict

# Needs uv; the files name no index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/runtime.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/runtime.txt --group build -o requirements/build.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/runtime.txt --group dev -o requirements/dev.txt

clean:
	rm -rf $(VENV) .reconciler .cache site
