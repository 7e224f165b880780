# Every command of the house. `make` alone lists them.
# Nothing but Python 3.11+, git and make is needed: scripts/bootstrap brings the rest into .venv and .tools.

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Twice the cores of a small machine: while a test waits for a broker or a browser, the others go on.
WORKERS ?= 4
# Where the tests' files lie: in memory where there is room, for every commit on SQLite waits for the disk.
SCRATCH = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 8000000 { print "/dev/shm" }')
COVERAGE_FLOOR ?= 90
# What scripts/bootstrap and the console's build fetched for a machine that lacked it: uv, node, npm.
export PATH := $(PATH):$(CURDIR)/.tools/bin
# The tests start hundreds of processes: each would compile all that it imports anew, which takes longer than the rest of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: env
env: ## Build the Python environment in .venv; the other commands do it when it is due
	@scripts/bootstrap

##@ Use

.PHONY: run
run: env console ## Serve with sample data on http://127.0.0.1:8000
	@exec $(BIN)/backstay serve --seed

.PHONY: dev
dev: env console ## Serve, and start again whenever a source file changes
	@exec $(BIN)/backstay dev

.PHONY: prove
prove: env ## Run the guarantees against real processes (ARGS="--all --engine postgres")
	@exec $(BIN)/backstay prove $(ARGS)

.PHONY: prove-all
prove-all: env ## Run every guarantee on both databases, then plant every bug (half an hour)
	@$(BIN)/backstay prove --all --engine all && exec $(BIN)/backstay prove --all --engine all --sabotage

.PHONY: prove-outages
prove-outages: env ## Take PostgreSQL, the disk and Redis away for minutes, and time the return (OUTAGE=600)
	@BACKSTAY_LAB_OUTAGE=$(or $(OUTAGE),600) $(BIN)/backstay prove --engine all --trials 1 \
	  --guarantee workers-come-back --guarantee redis-workers-come-back

.PHONY: bench
bench: env ## Measure against the peers in bench/, interleaved (ARGS=...)
	@exec $(BIN)/python -m bench $(ARGS)

##@ Change

.PHONY: test
test: env console ## Run every test with coverage; T=tests/kernel/test_ids.py runs one file, plainly
	@scripts/services
ifdef T
	@TMPDIR=$(or $(SCRATCH),$(TMPDIR),/tmp) $(PYTEST) $(T)
else
	@TMPDIR=$(or $(SCRATCH),$(TMPDIR),/tmp) $(PYTEST) -n $(WORKERS) --dist loadgroup --durations=20 --cov --cov-report=term:skip-covered --cov-fail-under=$(COVERAGE_FLOOR)
endif

.PHONY: covered
covered: env ## Whether the last `make test` covered enough of src/
	@$(BIN)/coverage report --fail-under=$(COVERAGE_FLOOR) --format=total

.PHONY: check
check: lint types ## Everything that judges the code without running it

.PHONY: lint
lint: env ## Ruff, the house's own rules, and whether the lock file is current
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/python -m tools.lints

.PHONY: types
types: env ## mypy, strict
	@$(BIN)/mypy

.PHONY: format
format: env ## Put every file into the house's format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

.PHONY: new
new: env ## Write a new system in the module shape: make new NAME=invoices
	@test -n "$(NAME)" || { echo 'Say its name: make new NAME=invoices' >&2; exit 2; }
	@$(BIN)/backstay add module $(NAME)

.PHONY: docs
docs: env console ## Run every command and example that the documentation shows
	@scripts/services
	@$(PYTEST) tests/docs tests/architecture

.PHONY: fuzz
fuzz: env ## Throw generated requests at every route, for longer than the tests do (EXAMPLES=500)
	@$(BIN)/python -m tools.fuzz --examples $(or $(EXAMPLES),500)

.PHONY: model
model: env ## Compare sessions with their model on both databases, for longer than the tests do (EXAMPLES=500)
	@scripts/services
	@BACKSTAY_TEST_EXAMPLES=$(or $(EXAMPLES),500) $(PYTEST) --timeout 0 -k no_sequence \
	  tests/systems/identity/test_session_machine.py

##@ Ship

.PHONY: console
console: env ## Build the web console into the package, if its sources changed
	@$(BIN)/python -IS tools/build_console.py

.PHONY: screenshots
screenshots: env console ## Take the documentation's pictures of the console anew
	@exec $(BIN)/python -m tools.screenshots

.PHONY: dist
dist: env console ## Build the source package and the wheel (with the console inside) into dist/
	@rm -rf dist
	@UV_SYSTEM_CERTS=1 uv build --quiet
	@ls -1 dist/*.whl dist/*.tar.gz

.PHONY: clean
clean: ## Remove what was built; var/ (your data) stays
	rm -rf .venv .tools build dist console/node_modules src/backstay/systems/console/dist \
	  .mypy_cache .ruff_cache .pytest_cache .coverage* htmlcov
