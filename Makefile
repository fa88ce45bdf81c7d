# Galley's two commands are `make run` and `make test`; the rest are their parts.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
PAPERS ?= ../shared/data/papers/2025-03_2026-08.jsonl.gz
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Whole suites run on several cores, each file of tests on one of them.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile

.PHONY: run test test-quick test-services check format weigh-pages clean

# Set up what is missing, draft the first week, serve the site with a worker and beat.
run: .venv/run.stamp .env
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) collectstatic --no-input --verbosity 0
	@$(MANAGE) prepare --port $(PORT)
	@$(MANAGE) prepare_search
	@echo "Galley is at http://localhost:$(PORT)/ and its desk at http://localhost:$(PORT)/desk/ (Ctrl-C stops it)"
	@PORT=$(PORT) $(BIN)/honcho start

# Every check and every test, on SQLite and then on PostgreSQL and Redis.
test: .venv/test.stamp .env components check
	$(BIN)/pytest $(PARALLEL)
	@$(MAKE) --no-print-directory test-services

# The suite on SQLite without browser and servers, for while one works.
test-quick: .venv/test.stamp .env
	$(BIN)/pytest $(PARALLEL) -m "not browser"

# The suite on PostgreSQL and Redis, both started on free ports and stopped again.
test-services: .venv/test.stamp .env components
	$(BIN)/python -m tests.services $(BIN)/pytest $(PARALLEL)

# How long pages take on 93,462 papers and 75 digests, on SQLite and then on PostgreSQL. Takes a quarter of an hour.
.PHONY: bench-pages
bench-pages: .venv/test.stamp .env
	$(BIN)/python -m tests.bench_pages $(PAPERS)
	$(BIN)/python -m tests.services $(BIN)/python -m tests.bench_pages $(PAPERS)

check: .venv/test.stamp .env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run

format: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What each kind of page of a running site costs a phone on a slow line.
weigh-pages: .venv/test.stamp components
	$(BIN)/python -m tests.page_weight $(or $(URL),http://localhost:$(PORT))

# Debian's packages that some tests need. Where they can't be installed, those tests skip and say so.
.PHONY: components
components:
	@sh tests/components.sh

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing what Galley needs (some minutes, once)"
	@$(PIP_INSTALL) --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp
	@$(PIP_INSTALL) --editable ".[dev]"
	@touch $@

# A new installation's own secret. Delete the file to begin anew; README lists what else may stand in it.
.env:
	@umask 077 && $(PYTHON) -c "import secrets; print('SECRET_KEY=' + secrets.token_urlsafe(50))" > $@
	@echo "SITE_URL=http://localhost:$(PORT)" >> $@
