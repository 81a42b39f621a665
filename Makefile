SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo dev test bench

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Which Python makes the environment: the first of these that is 3.11 or newer.
PYTHONS := python3.11 python3.12 python3.13 python3 python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with the locked dependencies; the other targets call it

demo: setup ## a sample of every entity, imported and built into marts; prints a summary
	@$(BIN)/wiseparts demo

dev: setup ## the embedded servers and Dagster's UI on port 3000, until Ctrl-C
	@$(BIN)/wiseparts dev

test: setup ## everything that is checked
	@echo "==> ruff: lint"
	@$(BIN)/ruff check
	@echo "==> ruff: format"
	@$(BIN)/ruff format --check
	@echo "==> sqlfluff"
	@cd dbt_project && ../$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar .
	@echo "==> mypy"
	@$(BIN)/mypy
	@echo "==> Dagster's definitions"
	@VIRTUAL_ENV="$$PWD/$(VENV)" $(BIN)/dg check defs
	@echo "==> pytest (several minutes; the drift of what is generated is among the tests)"
	@# By file, because the tests of a file share what takes long to start.
	@$(BIN)/pytest -n 2 --dist loadfile

bench: setup ## the benchmarks; prints tables
	@$(BIN)/python -m benchmarks.imports
	@$(BIN)/python -m benchmarks.marts

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
	@echo "==> the locked dependencies (some minutes the first time)"
	@# Without --no-deps pip 23 takes the extra of a locked package for an unlocked one.
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
