# Everything lives in .venv/ of this checkout. A fresh machine needs python 3.11 or newer, git and make.
# `make` alone lists the targets.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.installed
# What `make serve` reads; empty is the replay provider on the starter table.
CONFIG ?=
# More arguments for demo, serve, bench and test: make demo ARGS="--prompts 1500"
ARGS ?=
# Anything here counts lines in `make test`, which then takes half as long again.
COVER ?=

.PHONY: help install demo serve test lint format proto bench lock
.DEFAULT_GOAL := help

help: ## This list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | awk -F'|' '{ printf "  make %-9s%s\n", $$1, $$2 }'

install: $(STAMP) ## Make .venv/ with what requirements.lock pins

# The hashes of everything fetched are checked; the checkout itself is built with the pinned hatchling, so nothing
# unpinned comes in. `pip check` proves that the lock still satisfies pyproject.toml.
$(STAMP): requirements.lock pyproject.toml clients/python/pyproject.toml
	@test -n "$(PYTHON)" || { echo "python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e clients/python -e .
	$(BIN)/python -m pip check
	@touch $(STAMP)

demo: $(STAMP) ## See it learn: real recorded outcomes, a live table, demo-report.json (under 3 minutes)
	@$(BIN)/pointsman demo $(ARGS)

serve: $(STAMP) ## Start the service: make serve CONFIG=pointsman.toml
	@$(BIN)/pointsman serve $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

test: $(STAMP) ## All tests and doctests; with COVER=1, fails under 90 % line coverage of learner/ and service/
	$(BIN)/python -m pytest -n 3 --dist loadfile -rs --doctest-modules --ignore=tests/bench \
		$(if $(COVER),--cov --cov-report=term:skip-covered --cov-fail-under=90) \
		learner/pointsman_learner service/pointsman_service clients/python tests $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import rules, buf, and whether the stubs match the protos
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	for image in proto/releases/*.binpb; do $(BIN)/buf breaking proto --against $$image || exit 1; done
	$(BIN)/python proto/generate.py --check

format: $(STAMP) ## Format and sort as lint wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto: $(STAMP) ## Write the Python stubs from proto/ again
	$(BIN)/python proto/generate.py

bench: $(STAMP) ## The speed benchmarks, as ratios within one run
	$(BIN)/python -m pytest tests/bench $(ARGS)

# The lock holds names, versions and hashes, no addresses: pip brings its own index. Extras stay in the names: pip 23
# asks for `coverage[toml]` apart from a pinned `coverage`, and takes the newest, once that is newer than the pin.
lock: $(STAMP) ## Resolve requirements.lock again from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	sed '/"pointsman-client",/d' pyproject.toml > .venv/pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-strip-extras --upgrade --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links .venv/pyproject.toml --output-file requirements.lock
