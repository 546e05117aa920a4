# `make` alone lists the targets. Python 3.11 or newer, pip and make are required.

PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes \
	--no-emit-options --strip-extras --allow-unsafe --build-deps-for wheel
# What replay adds to requirements.txt; neither needs anything of it.
ALONE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-options

# Lock files are complete and installed with --no-deps, so pip check at the end finds what this machine still lacks.
COMPLETE := $(BIN)/python -m pip --disable-pip-version-check check
REMEDY := { echo "The set-up failed, for the reason above: often no network, or no venv (on Debian: apt install python3-venv)." >&2; \
	echo "When that is mended, the same command begins anew. With another Python: make run PYTHON=python3.11" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run quick test thorough properties coverage browser check rules same bench lock clean package validate \
	audit sbom licences container unit soak mutation fatigue choke first-card replay export bench-replay spark-test

help:
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile

run: $(VENV)/run.stamp ## set up .venv and serve on 127.0.0.1:8000 (another port: make run PORT=8080)
	@CDS_PUBLIC_URL="$${CDS_PUBLIC_URL:-http://127.0.0.1:$(PORT)}" \
	$(BIN)/cds-service serve --host 127.0.0.1 --port $(PORT)

# The three loops. A test that takes long, or many examples, goes into `thorough`, with a small twin in `test`.

# On all cores: who has done his share takes tests of another. One process more was no faster.
PYTEST := $(BIN)/pytest --numprocesses logical --dist worksteal
# Without the comparison with the reference model and the harness of suggestions: they take a fifth of the minute.
QUICK := tests/core tests/test_vignettes.py --ignore tests/core/course/test_against_the_reference.py \
	--ignore tests/core/plans/signable

quick: $(VENV)/dev.stamp ## in a minute: format, lint, types, imports, the core and all vignettes at few examples
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/ruff check --quiet
	@$(BIN)/lint-imports --no-logo >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@$(BIN)/mypy & HYPOTHESIS_PROFILE=quick $(PYTEST) --quiet $(QUICK); \
	tests=$$?; wait $$! && exit $$tests

test: $(VENV)/dev.stamp browser ## run all tests
	@$(PYTEST)
	@$(BIN)/python -m bench.evidence

thorough: properties coverage mutation ## before a release, some hours: 10,000 examples of each property, branch coverage, mutants

properties: $(VENV)/dev.stamp
	@HYPOTHESIS_PROFILE=thorough $(PYTEST) -m "hypothesis or sampled"

coverage: $(VENV)/dev.stamp browser
	@$(PYTEST) --cov

# The tests of pages drive a real browser: Chromium, without its own windows where Debian has it so, which takes half the
# time. Not listed by `make`: it is installed once per machine.
INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq
browser:
	@test -n "$$CDS_NO_BROWSER" || command -v chromium-headless-shell >/dev/null || \
	! command -v apt-get >/dev/null || test "$$(id -u)" != 0 || \
	{ echo "Installing Chromium, for the tests of pages (once)"; apt-get update -qq; \
	$(INSTALL) chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null || $(INSTALL) chromium >/dev/null; }

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, knowledge, style budget
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/cds-service check
	@$(BIN)/pytest --quiet tests/test_architecture.py
	@$(BIN)/python deploy/audit.py || echo "That fails make audit, not make check: it was published, not written here"

# Run it after a change of a rule, a card or a vignette: it regenerates what is made from them.
rules: $(VENV)/dev.stamp ## check rules and cards, judge all vignettes, write the documents made from them
	@$(BIN)/python -m cds_service check
	@$(BIN)/python -m pytest --quiet tests/test_vignettes.py
	@$(BIN)/python -m cds_service profiles
	@$(BIN)/python -m docs.render

same: $(VENV)/run.stamp ## compare all answers with those of another commit: make same BASE=main (WITH=folder adds requests)
	@$(BIN)/python -m tests.same "$(BASE)" "$(WITH)"

bench: $(VENV)/run.stamp ## compare the speed with that of a bare Flask app; some minutes, on a quiet machine
	@$(BIN)/python -m bench.run

first-card: ## how long it takes from a clone to a first card with a generated client; the aim is five minutes
	@$(PYTHON) -m bench.first_card

choke: $(VENV)/run.stamp ## what requests cost that are meant to choke the service (KEEP=yes saves the figures)
	@$(BIN)/python -m bench.choke $(if $(KEEP),--keep)

fatigue: $(VENV)/run.stamp ## how often compliant French orders are interrupted, and which planted faults are missed
	@$(BIN)/python -m bench.fatigue

export: $(VENV)/run.stamp ## write a small made-up export, to try the next one: make export EXPORT=folder
	@test -n "$(EXPORT)" || { echo "Name a new folder: make export EXPORT=folder" >&2; exit 2; }
	@$(BIN)/python -m bench.exports "$(EXPORT)" --patients $(or $(PATIENTS),100) --others 2000 --dirt

replay: $(VENV)/replay.stamp ## judge all signings of an export by the rules of their day: make replay EXPORT=folder OUT=folder (OPEN=yes)
	@test -n "$(EXPORT)" -a -n "$(OUT)" || { echo "Name two folders: make replay EXPORT=folder OUT=folder" >&2; exit 2; }
	@$(BIN)/cds-service replay "$(EXPORT)" "$(OUT)" $(OPTIONS)
	@$(if $(OPEN),$(BIN)/python -m webbrowser "file://$(abspath $(OUT))/summary.html")

bench-replay: $(VENV)/replay.stamp ## how fast an export is replayed, and what of it is reading and judging; some minutes
	@$(BIN)/python -m bench.replay $(if $(KEEP),--keep)

# In a separate environment: pyspark is a source package of 456 MB. Java is installed once per machine, as Chromium is.
spark-test: $(VENV)/run.stamp ## the rows of Spark are those of one machine (downloads 456 MB once; needs Java)
	@command -v java >/dev/null || ! command -v apt-get >/dev/null || test "$$(id -u)" != 0 || \
	{ echo "Installing Java, for Spark (once)"; \
	apt-get update -qq && $(INSTALL) default-jre-headless >/dev/null; }
	@test -d $(VENV)/spark || $(PYTHON) -m venv $(VENV)/spark
	@$(VENV)/spark/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --requirement requirements.txt \
	--requirement deploy/requirements-replay.txt --requirement deploy/requirements-spark.txt
	@$(VENV)/spark/bin/python -m tests.replay.spark

# Use Python 3.11, the oldest supported version: a newer one leaves out the packages that only 3.11 needs.
lock: $(VENV)/dev.stamp ## update all lock files to the newest releases
	@$(LOCK) --extra dev --output-file requirements-dev.txt pyproject.toml
	@$(LOCK) --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml
	@$(LOCK) --extra postgresql --extra opentelemetry --constraint requirements.txt \
	--constraint requirements-dev.txt --output-file deploy/requirements.txt pyproject.toml
	@printf 'duckdb\npyarrow\n' | $(ALONE) --constraint requirements-dev.txt --output-file deploy/requirements-replay.txt -
	@printf 'pandas\npyspark\n' | $(ALONE) --constraint requirements.txt --output-file deploy/requirements-spark.txt -
	@printf 'openapi-generator-cli\nopenapi-python-client\npython-dateutil\nurllib3\n' | $(ALONE) \
	--output-file tests/clients/requirements.txt -

audit: $(VENV)/dev.stamp ## fail if a dependency has a known vulnerability; make check only prints it
	@$(BIN)/python deploy/audit.py

licences: $(VENV)/dev.stamp ## write the licence of each package that the image ships: deploy/licences.md
	@$(BIN)/python deploy/licences.py

container: $(VENV)/run.stamp ## build the image without a daemon, start it, let it answer, stop it (needs buildah and root)
	@$(BIN)/python -m deploy.container

unit: $(VENV)/run.stamp ## install the service under a systemd of its own, let the unit answer, kill it, stop it (needs root)
	@$(BIN)/python -m deploy.unit

# In a separate environment: some of its dependencies make jsonschema take two seconds more at each start.
sbom: ## write the list of dependencies as CycloneDX: dist/sbom.cdx.json
	@mkdir -p dist
	@$(PYTHON) -m venv $(VENV)/sbom
	@$(VENV)/sbom/bin/python -m pip --disable-pip-version-check install --quiet cyclonedx-bom==7.5.0
	@$(VENV)/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	--output-file dist/sbom.cdx.json deploy/requirements.txt


mutation: $(VENV)/dev.stamp ## which small defects of the core, of tokens and of the spool no test notices; a part of thorough
	@$(BIN)/python -m tests.mutation

soak: $(VENV)/run.stamp ## five minutes at 50 requests a second, with a worker killed on the way; watches memory
	@$(BIN)/python -m bench.soak

package: $(VENV)/run.stamp ## build the FHIR package of all profiles: dist/package.tgz
	@$(BIN)/cds-service profiles --package dist/package.tgz

# Not part of `make test`: it needs Node and Java, and downloads 500 MB of validators, generators and clients once.
validate: $(VENV)/dev.stamp ## hold profiles and contract against validators, generators and clients of others (needs Node and Java)
	@mkdir -p $(VENV)/validators && cp tests/validators/* $(VENV)/validators
	@npm install --prefix $(VENV)/validators --silent --no-audit --no-fund --ignore-scripts
	@node $(VENV)/validators/validate.mjs fhir_profiles >$(VENV)/validators/said || { cat $(VENV)/validators/said; exit 1; }
	@$(PYTHON) -m venv $(VENV)/validators/python
	@$(VENV)/validators/python/bin/pip --disable-pip-version-check install --quiet \
	--requirement $(VENV)/validators/requirements.txt
	@$(VENV)/validators/python/bin/python $(VENV)/validators/validate.py fhir_profiles >>$(VENV)/validators/said || \
	{ cat $(VENV)/validators/said; exit 1; }
	@mkdir -p $(VENV)/clients && cp tests/clients/*.* tests/clients/.spectral.yaml $(VENV)/clients
	@npm ci --prefix $(VENV)/clients --silent --no-audit --no-fund --ignore-scripts
	@$(PYTHON) -m venv $(VENV)/clients/python
	@$(VENV)/clients/python/bin/pip --disable-pip-version-check install --quiet --no-deps --require-hashes \
	--requirement tests/clients/requirements.txt
	@$(BIN)/python -m tests.clients $(VENV)/clients >>$(VENV)/validators/said || { cat $(VENV)/validators/said; exit 1; }
	@cat $(VENV)/validators/said
	@$(PYTHON) -m bench.evidence validate <$(VENV)/validators/said

clean: ## remove .venv and everything that tools leave behind
	@rm -rf $(VENV) build dist mutants .schemathesis *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps record what .venv contains; a changed list of dependencies is installed again. A set-up first removes run.stamp
# and at the end writes its folder and Python version into it. If it is missing or names others, .venv is created again.
STAMP = echo "$(CURDIR) $$($(if $(filter file,$(origin PYTHON)),$(BIN)/python,$(PYTHON)) --version 2>/dev/null)"
ifneq ($(shell cat $(VENV)/run.stamp 2>/dev/null),$(shell $(STAMP)))
.PHONY: $(VENV)/run.stamp
ANEW := yes
endif

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@test -z "$(ANEW)" || $(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it: make PYTHON=python3.11" \
	if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once; a minute at most)"
	@rm -f $@
	@test -z "$(ANEW)" || $(PYTHON) -m venv --clear $(VENV) || $(REMEDY)
	@$(PIP) --no-deps --requirement requirements.txt || $(REMEDY)
	@$(PIP) --no-deps --no-build-isolation --editable . || $(REMEDY)
	@$(COMPLETE) || $(REMEDY)
	@$(STAMP) > $@

$(VENV)/replay.stamp: $(VENV)/run.stamp deploy/requirements-replay.txt
	@echo "Installing DuckDB and pyarrow, for replay"
	@$(PIP) --no-deps --requirement deploy/requirements-replay.txt || $(REMEDY)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt tests/pip-22.3.txt
	@echo "Installing the tools for tests and checks"
	@rm -f $(VENV)/run.stamp
	@$(PIP) --no-deps --requirement requirements-dev.txt || $(REMEDY)
	@$(PIP) --no-deps --requirement tests/pip-22.3.txt --upgrade --target $(VENV)/pip-22.3 || $(REMEDY)
	@$(COMPLETE) || $(REMEDY)
	@$(STAMP) > $(VENV)/run.stamp
	@touch $@
