# `make` alone lists the targets. Python 3.11 or newer, pip and make are all that is assumed.

PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes \
	--no-emit-options --strip-extras --allow-unsafe --build-deps-for wheel

.DEFAULT_GOAL := help
.PHONY: help run test browser check rules bench lock clean package validate audit sbom soak fatigue

help:
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: $(VENV)/run.stamp ## set up .venv and serve on 127.0.0.1:8000 (another port: make run PORT=8080)
	@CDS_PUBLIC_URL="$${CDS_PUBLIC_URL:-http://127.0.0.1:$(PORT)}" \
	$(BIN)/cds-service serve --host 127.0.0.1 --port $(PORT)

test: $(VENV)/dev.stamp browser ## run all tests, with the coverage of branches
	@$(BIN)/pytest --cov

# The tests of pages drive a real browser. No target of the list, for a machine has it once.
browser:
	@test -n "$$CDS_NO_BROWSER" || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	command -v google-chrome >/dev/null || ! command -v apt-get >/dev/null || test "$$(id -u)" != 0 || \
	{ echo "Installing Chromium, for the tests of pages (once)"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, knowledge, style budget
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/cds-service check
	@$(BIN)/pytest --quiet tests/test_architecture.py
	@$(BIN)/python deploy/audit.py

# After a change of a rule, a card or a vignette; what is made of them is written again.
rules: $(VENV)/dev.stamp ## check rules and cards, judge all vignettes, write the documents made from them
	@$(BIN)/python -m cds_service check
	@$(BIN)/python -m pytest --quiet tests/test_vignettes.py
	@$(BIN)/python -m cds_service profiles
	@$(BIN)/python -m docs.render

bench: $(VENV)/run.stamp ## measure the service beside a bare Flask app, under a minute
	@$(BIN)/python -m bench.run

fatigue: $(VENV)/run.stamp ## how often compliant French orders are interrupted, and which planted faults are missed
	@$(BIN)/python -m bench.fatigue

# With Python 3.11, the oldest that we support: a newer one leaves out what only 3.11 needs.
lock: $(VENV)/dev.stamp ## renew requirements.txt and requirements-dev.txt to the newest releases
	@$(LOCK) --extra dev --output-file requirements-dev.txt pyproject.toml
	@$(LOCK) --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml
	@$(LOCK) --extra postgresql --extra opentelemetry --constraint requirements.txt \
	--constraint requirements-dev.txt --output-file deploy/requirements.txt pyproject.toml

audit: $(VENV)/dev.stamp ## ask whether what we depend on has a known hole; a part of make check
	@$(BIN)/python deploy/audit.py

# In an environment of its own: with what it brings along, jsonschema takes two seconds more at each start.
sbom: ## write what we depend on as CycloneDX: dist/sbom.cdx.json
	@mkdir -p dist
	@$(PYTHON) -m venv $(VENV)/sbom
	@$(VENV)/sbom/bin/python -m pip --disable-pip-version-check install --quiet cyclonedx-bom==7.5.0
	@$(VENV)/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	--output-file dist/sbom.cdx.json deploy/requirements.txt

soak: $(VENV)/run.stamp ## five minutes at 50 requests a second, with a worker killed on the way; watches memory
	@$(BIN)/python -m bench.soak

package: $(VENV)/run.stamp ## build the FHIR package of all profiles: dist/package.tgz
	@$(BIN)/cds-service profiles --package dist/package.tgz

# Not of `make test`: it needs Node, and fetches 300 MB of validators once.
validate: ## hold the profiles against three validators of others (needs Node; a minute or two)
	@mkdir -p $(VENV)/validators && cp tests/validators/* $(VENV)/validators
	@npm install --prefix $(VENV)/validators --silent --no-audit --no-fund --ignore-scripts
	@node $(VENV)/validators/validate.mjs fhir_profiles
	@$(PYTHON) -m venv $(VENV)/validators/python
	@$(VENV)/validators/python/bin/pip --disable-pip-version-check install --quiet \
	--requirement $(VENV)/validators/requirements.txt
	@$(VENV)/validators/python/bin/python $(VENV)/validators/validate.py fhir_profiles

clean: ## remove .venv and everything that tools leave behind
	@rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what .venv holds; a change of a list of dependencies installs again.

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it: make PYTHON=python3.11" \
	if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once; a minute at most)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-deps --requirement requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	@echo "Installing the tools for tests and checks"
	@$(PIP) --no-deps --requirement requirements-dev.txt
	@touch $@
