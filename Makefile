# make run      the whole of Analisa with demonstration data, on this machine; Ctrl-C stops it
# make test     the whole suite (chaos, fuzz and load tests in a short, seeded form)
# make check    format, lint, types, import contracts, packaging
# make bench    ratios against raw baselines, measured in the same run
# make prove    chaos, fuzz and load suites at full size; figures go to report/

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check bench prove clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(VENV)/ready: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Analisa needs Python 3.11 or newer; name one with make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@mkdir -p .types && ln -sfn ../src .types/analisa
	@touch $@

run: $(VENV)/ready
	@$(BIN)/analisa up --demo

test: $(VENV)/ready-dev
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope -m "not prove" --cov --cov-report=
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage report --include='src/domain/*,src/application/*' --fail-under=95 --format=total

check: $(VENV)/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_wheel.py

bench: $(VENV)/ready-dev
	$(BIN)/python benchmarks/run.py

prove: $(VENV)/ready-dev
	$(BIN)/python -m pytest -m "prove or promise" --promises report/promises.json

clean:
	rm -rf $(VENV) .types build dist report *.egg-info
