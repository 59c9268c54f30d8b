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
# Modules are compiled once, whatever the shell says: many a container has every process compile them all again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo serve dist test clients lint format proto bench lock fuzz chaos soak audit
.DEFAULT_GOAL := help

help: ## This list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | awk -F'|' '{ printf "  make %-9s%s\n", $$1, $$2 }'

install: $(STAMP) ## Make .venv/ with everything, the developers' tools too

# A stamp per target, so that each installs what it runs on and no more; see .ci/install.py and .ci/lock.py.
PROJECTS := pyproject.toml clients/python/pyproject.toml .ci/install.py
.venv/.installed-serve: requirements.lock $(PROJECTS) | $(BIN)/python
	@$(BIN)/python .ci/install.py serve
	@touch $@

.venv/.installed-demo: requirements-demo.lock requirements.lock $(PROJECTS) | $(BIN)/python
	@$(BIN)/python .ci/install.py demo
	@touch .venv/.installed-serve $@

$(STAMP): requirements-dev.lock requirements-demo.lock requirements.lock $(PROJECTS) | $(BIN)/python
	@$(BIN)/python .ci/install.py dev
	@touch .venv/.installed-serve .venv/.installed-demo $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -m venv .venv

demo: .venv/.installed-demo ## See it learn: real recorded outcomes, a live table, demo-report.png (under 3 minutes)
	@$(BIN)/pointsman demo $(ARGS)

serve: .venv/.installed-serve ## Start the service: make serve CONFIG=pointsman.toml
	@$(BIN)/pointsman serve $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

dist: .venv/.installed-serve ## Wheels and sources of service and client, and the other clients' packages, into dist/
	@$(BIN)/python .ci/dist.py dist

# As niced as learners are: else they stand back for the tests that wait for them.
test: $(STAMP) ## All tests and doctests; with COVER=1, fails under 90 % line coverage of learner/ and service/
	nice -n 10 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -rs --doctest-modules --ignore=tests/bench \
		$(if $(COVER),--cov --cov-report=term:skip-covered --cov-fail-under=90) \
		learner/pointsman_learner service/pointsman_service service/pointsman_bench clients/python tests $(ARGS)

clients: $(STAMP) ## Build, lint and test the clients for Go, Node, Java and Python, and play every vector with each; a table
	@$(BIN)/python -m tests.contracts.clients --checks $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import rules, dead code, buf, and whether the stubs match the protos
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/buf lint proto
	for image in proto/releases/*.binpb; do $(BIN)/buf breaking proto --against $$image || exit 1; done
	$(BIN)/python proto/generate.py --check

format: $(STAMP) ## Format and sort as lint wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proto: $(STAMP) ## Write the Python stubs from proto/ again
	$(BIN)/python proto/generate.py

bench: $(STAMP) ## How fast it is, as ratios within one run: a table, then the log's own; ARGS="--door" beside LiteLLM's proxy
	@$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m pytest tests/bench

fuzz: $(STAMP) ## 200,000 random, mutated and damaged inputs at every method and path and at the reader of answers: ARGS="--inputs 5000"
	@$(BIN)/python -m tests.proof.fuzz $(ARGS)

chaos: $(STAMP) ## 76 rounds of kills, stops, full disks, damaged files, stepped clocks, failing providers: ARGS="--rounds 18"
	@$(BIN)/python -m tests.proof.chaos $(ARGS)

soak: $(STAMP) ## Half an hour of mixed traffic: memory, times and learning, with their plot: ARGS="--minutes 5"
	@$(BIN)/python -m tests.proof.soak $(ARGS)

audit: $(STAMP) ## Known vulnerabilities of the lock, licences of what is installed, bill of materials: ARGS=--offline
	@$(BIN)/python -m tests.proof.audit $(ARGS)

lock: $(STAMP) ## Resolve the lock files again from pyproject.toml, to the newest versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python .ci/lock.py $(BIN)/uv --upgrade
