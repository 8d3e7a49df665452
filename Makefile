# Two commands do everything on a fresh machine: `make report` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A folder of structure files to look in first; without one, entries come from the archive.
MIRROR ?= $(wildcard ../shared/structures)
OUT ?= out
# Without the compiled modules that Python keeps, each command would compile its imports anew.
unexport PYTHONDONTWRITEBYTECODE
export IL2STRUCT_MIRROR := $(abspath $(MIRROR))

.PHONY: install dev report test test-slow lint types check bench docs docs-tables clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

install: $(VENV)/.installed  ## .venv with the command il2struct in it

ENVIRONMENT := PYTHON=$(PYTHON) VENV=$(VENV) scripts/environment.sh

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(ENVIRONMENT)
	@$(BIN)/python -m il2struct.kernels.warmup report
	@$(BIN)/python -m il2struct.report.page.viewer --npm
	@touch $@

dev: $(VENV)/.dev  ## the same with what the tests need

$(VENV)/.dev: $(VENV)/.installed
	@$(ENVIRONMENT) test
	@$(BIN)/python -m il2struct.kernels.warmup
	@$(BIN)/python scripts/axe_core.py
	@touch $@

$(VENV)/.check: $(VENV)/.dev
	@$(ENVIRONMENT) test,check
	@touch $@

report: install  ## the main job on 2ERJ and 2B5I, into out/
	$(BIN)/il2struct report 2ERJ 2B5I -o $(OUT)

PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
QUICK := not network and not slow

test: dev  ## all tests that take less than two seconds or so
	$(PYTEST) -m "$(QUICK)" --cov --cov-report=term:skip-covered --cov-fail-under=90

test-slow: $(VENV)/.check  ## the others: fuzz, killed batches, all entries, every block of the pages
	IL2STRUCT_EXAMPLES=300 $(PYTEST) -m "(slow or hypothesis) and not network"

lint: $(VENV)/.check  ## style, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.check  ## mypy --strict
	$(BIN)/mypy

check: lint types test test-slow  ## everything CI checks

bench: dev  ## times and values beside those of other programs, into benchmarks/*.md
	@$(ENVIRONMENT) test,bench
	$(BIN)/python benchmarks/results.py -o benchmarks/RESULTS.md
	$(BIN)/python benchmarks/agreement.py -o benchmarks/AGREEMENT.md

docs: $(VENV)/.check  ## the documentation as a site, in site/
	$(BIN)/mkdocs build --strict --quiet --site-dir site

docs-tables: install  ## write the pages of docs/ that are made from the code
	$(BIN)/python -m il2struct.tables > docs/tables.md
	$(BIN)/python -m il2struct.json_schema > docs/schema/il2struct.schema.json
	$(BIN)/python -m il2struct.public_api > docs/api.md

clean:  ## remove what the other targets made
	rm -rf $(VENV) .uv $(OUT) site .mypy_cache .ruff_cache .pytest_cache .coverage
