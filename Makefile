# make run | test | check | bundle | bench | clean. Each does all its own set-up; CONTRIBUTING.md tells the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPYCACHEPREFIX :=
export PYTHONDONTWRITEBYTECODE :=

PORT ?= 8000
GCRM_SHARED ?= ../shared
export PORT GCRM_SHARED
DEPTH ?= 1

RUN := .venv/.run
DEV := .venv/.dev
NODE := node_modules/.ready
ASSETS := platform/gcrm/web/static/dist/manifest.json
SOURCES := $(shell find designer_ui platform/gcrm/web/static -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.py' 2>/dev/null)
PYTEST := .venv/bin/python -m pytest -q -n 3

.PHONY: run test check lint types layers parts services bundle bench clean

run: $(RUN) $(ASSETS)
	@exec .venv/bin/gcrm serve --demo

# Everything: what is installed is checked, what is missing is installed where root allows it.
# What waits for the network is fetched while something else is at work.
test:
	@$(MAKE) -j3 services $(ASSETS) parts lint types layers
	@$(PYTEST) tests

check: $(DEV)
	@$(MAKE) -j2 lint types layers
	@GCRM_QUICK=1 $(PYTEST) tests $(addprefix --ignore=tests/,e2e bundle gcrm/kill gcrm/web rule_engine/browser)

lint: $(DEV)
	@ruff check . && ruff format --check .

types: $(DEV)
	@mypy

layers: $(DEV)
	@lint-imports

# What the bundle is made of, fetched and made once.
parts: $(DEV)
	@.venv/bin/python tools/bundle.py --prepare

services:
	@bash tools/services.sh

# One archive in dist/ that installs on a machine without network.
bundle: $(DEV) $(ASSETS)
	@.venv/bin/python tools/bundle.py

bench: $(DEV) $(ASSETS)
	@.venv/bin/gcrm bench web

clean:
	rm -rf .venv build dist node_modules designer_ui/node_modules designer_ui/dist platform/gcrm/web/static/dist var *.egg-info bench/results.json

# ── set-up, each step once ──
.venv/bin/python:
	@bash tools/python.sh .venv

$(RUN): requirements/run.txt setup.cfg pyproject.toml | .venv/bin/python
	@echo "Installing packages (once) …"
	@.venv/bin/python -m pip install -qq --require-hashes -r requirements/run.txt
	@.venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo "Installing development packages (once) …"
	@.venv/bin/python -m pip install -qq --require-hashes -r requirements/dev.txt
	@touch $@

$(ASSETS): $(SOURCES) | $(RUN)
	@bash tools/assets.sh
