# Needs Python 3.11 and make; everything else is brought into .venv, in the versions of uv.lock.
PYTHON ?= python3.11
STACK ?= prod
UV_VERSION := 0.13.9
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export UV_PROJECT_ENVIRONMENT := $(VENV)
# Compiling the AWS SDK's modules anew takes each process two seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup simulate test lint workflows format bench

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## the environment, if it is not there yet

simulate: $(READY)  ## deploy a stack into a simulated AWS: STACK=prod, dev or a path
	@$(BIN)/breakwater up $(STACK)

# mypy takes one core while pytest uses both; its output waits until pytest is done, and the verdicts come last.
test: $(READY)  ## all checks: ruff, format, imports, workflows, types, tests
	@failed=""; \
	$(BIN)/mypy >$(VENV)/mypy.log 2>&1 & mypy=$$!; \
	$(BIN)/ruff check . || failed="$$failed ruff"; \
	$(BIN)/ruff format --check . || failed="$$failed format"; \
	$(BIN)/lint-imports || failed="$$failed imports"; \
	$(MAKE) --no-print-directory workflows || failed="$$failed workflows"; \
	{ $(BIN)/pytest -n 2 --dist worksteal 2>&1; echo $$? >$(VENV)/pytest.exit; } | tee $(VENV)/pytest.log; \
	wait $$mypy || failed="$$failed mypy"; \
	test "$$(cat $(VENV)/pytest.exit)" = 0 || failed="$$failed pytest"; \
	echo; cat $(VENV)/mypy.log; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed"; else echo "All checks passed."; fi; \
	tail -n 1 $(VENV)/pytest.log; \
	test -z "$$failed"

lint: $(READY)  ## the checks without the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory workflows
	@$(BIN)/mypy

# actionlint is a Go program of which the package index has no build of its authors'; zizmor is in uv.lock.
workflows: $(READY)  ## GitHub's workflows: zizmor, and actionlint where Go is installed
	@$(BIN)/zizmor --offline --quiet .github
	@if [ -x $(BIN)/actionlint ] || { command -v go >/dev/null && GOBIN=$(abspath $(BIN)) go install $(ACTIONLINT); }; \
	then $(BIN)/actionlint && echo "Workflows are sound: zizmor, actionlint."; \
	else echo "Workflows are sound for zizmor. actionlint was not run: Go, which it is built with, is not at hand."; fi

format: $(READY)  ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY)  ## measure against the floor, several minutes
	@$(BIN)/python bench/run.py

# --inexact keeps uv itself, which the lock file does not list.
$(READY): pyproject.toml uv.lock Makefile
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on PATH; install Python 3.11 or name it: make PYTHON=…" >&2; exit 1; }
	@echo "Setting up $(VENV): a minute the first time."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --frozen --inexact --quiet
	@touch $@
