# Amate. `make run` shows it, `make test` proves it; both install what is missing and are quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PWA_SOURCES := $(shell find pwa -path pwa/node_modules -prune -o -path pwa/dist -prune -o -type f \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.svg' -o -name '*.webmanifest' -o -name '*.mjs' -o -name '*.js' \) -print 2>/dev/null)
# What is compiled is kept: every test that starts a command of ours would compile it all again.
unexport PYTHONDONTWRITEBYTECODE
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Errors only: what this machine's pip finds odd about its own settings buries what we say.
QUIET_PIP := --quiet --quiet --disable-pip-version-check --root-user-action=ignore
# Each file of tests is one worker's, since its tests share servers. Two more than there are processors, since a worker
# often waits for a browser or a clock; more than four only wait for each other's browsers.
WORKERS := $(shell n=$$(nproc); echo $$((n < 2 ? n + 2 : 4)))
# They begin in the order of tests/conftest.py, the longest first, and not by how many tests a file has.
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
say = printf '\033[1m▸ %s\033[0m\n'

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: setup pwa/dist/index.html ## set everything up, seed a demo, serve http://localhost:8000 (PORT=…)
	@AMATE_PORT=$${PORT:-8000} exec $(BIN)/amate demo

.PHONY: setup
setup: .venv/.installed pwa/node_modules/.installed

.venv/.installed: requirements-dev.txt pyproject.toml
	@$(say) "Python packages, into .venv"
	$(PYTHON) -m venv .venv || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q python3-venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install $(QUIET_PIP) --no-deps --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install $(QUIET_PIP) --no-deps --no-build-isolation -e .
	checked=$$($(BIN)/python -m pip check --disable-pip-version-check) || { echo "$$checked" >&2; exit 1; }
	touch $@

pwa/node_modules/.installed: pwa/package-lock.json
	@$(say) "JavaScript packages, into pwa/node_modules"
	cd pwa && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	touch node_modules/.installed

pwa/dist/index.html: pwa/node_modules/.installed $(PWA_SOURCES)
	@$(say) "building the faces"
	cd pwa && npm run --silent build
	touch dist/index.html

.PHONY: system
system: ## install the programs that the tests need (browser, PostgreSQL, Redis, SoftHSM2, faketime, strace)
	@missing=()
	command -v chromium >/dev/null || missing+=(chromium)
	command -v redis-server >/dev/null || missing+=(redis-server)
	command -v softhsm2-util >/dev/null || missing+=(softhsm2)
	command -v faketime >/dev/null || missing+=(faketime)
	command -v strace >/dev/null || missing+=(strace)
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
	if [ $${#missing[@]} -gt 0 ]; then
		$(say) "system packages: $${missing[*]}"
		$(SUDO) apt-get update -q
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$${missing[@]}"
	fi

.PHONY: check
check: setup ## format, lint, strict types, import contracts, vectors, OpenAPI document, bill of materials
	@$(say) "Python: format, lint, types, import contracts, vectors, bill of materials"
	$(BIN)/ruff format --check backend tests
	$(BIN)/ruff check backend tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/vectors/generate.py --check
	$(BIN)/python -m amate.openapi --check openapi.json
	$(BIN)/python -m tests.house.sbom --check sbom.json
	@$(say) "TypeScript: types of each room, lint"
	cd pwa && npm run --silent check

.PHONY: test
test: system check pwa/dist/index.html ## everything: gates, both cores, API on SQLite and PostgreSQL + Redis, browser journeys, budgets
	@$(say) "TypeScript core and devices"
	(cd pwa && npm test --silent && npm run --silent size)
	@$(say) "Python: core, features, house, API on SQLite, browser journeys"
	$(PYTEST) tests --ignore tests/bench
	@$(say) "the API again, on PostgreSQL and Redis"
	$(BIN)/python -m tests.cluster $(PYTEST) tests/api -m "not embedded"

.PHONY: vectors
vectors: setup ## regenerate the shared test vectors
	$(BIN)/python tests/vectors/generate.py

.PHONY: api
api: setup ## regenerate openapi.json
	$(BIN)/python -m amate.openapi openapi.json

.PHONY: sbom
sbom: setup ## write sbom.json anew: every package that ships, with its hashes
	$(BIN)/python -m tests.house.sbom sbom.json

.PHONY: bench
bench: system setup pwa/dist/index.html ## measure; prints a table and writes tests/bench/results.json
	@command -v wrk >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q wrk; }
	$(BIN)/python -m tests.bench

.PHONY: screenshots
screenshots: system setup pwa/dist/index.html ## make the README's pictures anew
	$(BIN)/python -m tests.journeys.screenshots

.PHONY: lock
lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	echo hatchling | uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 - -o docker/requirements-build.txt

.PHONY: clean
clean: ## remove what was built and the demo's data
	rm -rf .venv .amate pwa/node_modules pwa/dist
