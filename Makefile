SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo dev lint lint-types lint-others test-fast test test-all bench chaos fuzz

# What is started again and again is compiled once.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The virtual environment is made with the first of these that is Python 3.11 or newer.
PYTHONS := python3.11 python3.12 python3.13 python3 python
# A worker takes whole files, as the tests of a file share what takes long to start (tests/conftest.py). Three of them keep
# two cores busy: many tests wait for servers and clocks.
PYTEST := $(BIN)/pytest -n 3 --dist loadfile

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv with the locked dependencies; the other targets do so when needed

demo: setup ## import a sample of every entity, build the marts and print a summary
	@$(BIN)/wiseparts demo

dev: setup ## run the embedded servers and Dagster's UI on port 3000, until Ctrl-C
	@$(BIN)/wiseparts dev

lint: setup ## check style, types, SQL, Dagster's definitions and the direction of imports
	@# Two at a time, as the first takes as long as all others together.
	@$(MAKE) --no-print-directory --jobs 2 lint-types lint-others

lint-types:
	@echo "==> mypy"
	@$(BIN)/mypy

lint-others:
	@echo "==> ruff: lint"
	@$(BIN)/ruff check
	@echo "==> ruff: format"
	@$(BIN)/ruff format --check
	@echo "==> import layers"
	@$(BIN)/lint-imports
	@echo "==> Dagster's definitions"
	@VIRTUAL_ENV="$$PWD/$(VENV)" $(BIN)/dg check defs
	@echo "==> sqlfluff"
	@cd dbt_project && ../$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar .
	@cd wiseparts_pipeline/dashboards/queries && ../../../$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar .

test-fast: setup ## run the tests that take no more than three minutes and need no Debian packages
	@$(PYTEST) -m "not slow and not debian"

test: lint test-all ## run everything: lint, all tests, branch coverage

test-all: setup
	@echo "==> pytest (about half an hour; it also checks that generated files are up to date)"
	@$(PYTEST) --cov --cov-report=term

bench: setup ## run the benchmarks and print their tables
	@$(BIN)/python -m benchmarks.imports
	@$(BIN)/python -m benchmarks.marts
	@$(BIN)/python -m benchmarks.exports
	@$(BIN)/python -m benchmarks.pulls
	@$(BIN)/python -m benchmarks.market
	@$(BIN)/python -m benchmarks.lookups
	@$(BIN)/python -m benchmarks.offers
	@$(BIN)/python -m benchmarks.dashboards

chaos: setup ## disturb 2,000 imports in every way we know of, and compare with undisturbed ones (about an hour)
	@$(BIN)/python -m tests.chaos

fuzz: setup ## look for inputs that break a promise, ten minutes for each part that reads what others wrote (Linux)
	@$(BIN)/python -m tests.fuzzing

$(STAMP): requirements.lock pyproject.toml
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "Python 3.11 or newer is needed and none of these is: $(PYTHONS). Install it, then run make again." >&2; \
		exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2> /dev/null; then \
		echo "$$found has no venv module. On Debian: apt-get install python3-venv; then run make again." >&2; \
		exit 1; \
	fi; \
	echo "==> $(VENV) with $$($$found --version)"; \
	$$found -m venv $(VENV)
	@echo "==> the locked dependencies (about a minute the first time)"
	@# uv takes a sixth of pip's time, and is told where pip looks and whom it trusts. Where it finds no way, pip has one of
	@# its own. Without --no-deps pip 23 takes the extra of a locked package for an unlocked one. Python compiles what is
	@# used when it is; pip would compile everything.
	@configured() { $(PIP) config list | sed -nE "s/^(global|install|:env:)\.$$1='(.*)'$$/\2/p" | head -n 1; }; \
	index=$$(configured index.url); trusted=$$(configured cert); \
	export UV_SYSTEM_CERTS=$${UV_SYSTEM_CERTS:-true} $${index:+UV_DEFAULT_INDEX="$$index"} $${trusted:+SSL_CERT_FILE="$$trusted"}; \
	locked="--quiet --no-deps --require-hashes --requirement"; \
	$(PIP) install --quiet --no-compile $$locked <(sed -n '/^uv==/,/[^\\]$$/p' requirements.lock); \
	$(BIN)/uv pip install --python $(BIN)/python $$locked requirements.lock 2> /dev/null || \
		$(PIP) install --quiet --no-compile $$locked requirements.lock
	@$(PIP) install --quiet --quiet --no-deps --no-build-isolation -e .
	@touch $@
