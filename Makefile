# `make help` lists the targets. Variables: HOST, PORT, DATA_DIR and the other settings of docs/settings.md.

PYTHON ?= python3
PY := .venv/bin/python
WORKERS ?= 3
DIST ?= dist
SITE ?= .data/site
SHOTS ?= .data/shots
# Folders with a pyproject.toml, each of which becomes a wheel.
PROJECTS := . chatproject/client
PACKAGES := accounts attachments chatproject conversations messaging
MAKEFLAGS += --no-print-directory
# Each of our programs would otherwise compile all modules again where the machine has this set.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help run serve test test-tools test-prepared lint bench attack audit faults brokers objects citus fuzz contract layout texts shots fmt dist docs clean installed installed-dev

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

run: installed  ## set everything up and serve the chat on http://127.0.0.1:8000
	@$(PY) manage.py up

serve: installed  ## serve only: for production, after `manage.py migrate`
	@$(PY) manage.py serve

test:  ## check style, types and layers, then run all tests
	@$(MAKE) -j 3 lint test-tools test-prepared
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q $(ARGS)

lint: installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint(["--no-logo"])'
	@.ci/lint-scripts

bench: installed-dev  ## measure sends, deliveries and reads; BEFORE=REVISION: by turns with that revision
	@$(PY) -m tests.benchmarks.$(if $(BEFORE),turns $(BEFORE),run) $(ARGS)

attack: installed-dev  ## attack a server of its own on loopback; prints what each attack costs
	@$(PY) tests/abuse/measure.py $(ARGS)

audit: installed-dev  ## run semgrep with our rules, and test each rule against code that it has to find
	@semgrep=$$(.ci/program semgrep semgrep) && export SEMGREP_SEND_METRICS=off && \
	$$semgrep scan --metrics=off --disable-version-check --quiet --error --config tests/static/semgrep $(PACKAGES) && \
	$$semgrep --test --metrics=off --disable-version-check --config tests/static/semgrep tests/static/planted/

fuzz: installed-dev  ## fuzz each parser of untrusted bytes for a minute; ARGS="NAME SECONDS" for one
	@$(PY) -m tests.fuzz.run $(ARGS)

contract: installed-dev  ## 10,000 cases of schemathesis, single calls and chains of them
	@$(PY) -m pytest -m contract_long tests/api_clients $(ARGS)

faults: installed-dev  ## the long campaign of killed processes and cut lines; an hour more: ARGS=--long
	@.ci/deploy-tools > /dev/null
	@$(PY) -m pytest -m "faults or faults_long" $(ARGS) || status=$$?; \
	$(PY) -m tests.faults.figures; exit $${status:-0}

brokers: installed-dev  ## the long campaign of killed message brokers, and of several Redis servers
	@.ci/brokers > /dev/null
	@$(PY) -m pytest -m brokers_long $(ARGS)

objects: installed-dev  ## run the suites that keep files on SeaweedFS, a real object store
	@SEAWEEDFS=$$(.ci/program seaweedfs weed) && export SEAWEEDFS && \
	$(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS) tests/attachments tests/messaging/archive \
		tests/abuse/test_files.py tests/abuse/test_disks.py tests/deploy/test_configuration.py

citus: installed-dev  ## run the suites on the distributed database whose coordinator CITUS_URL names
	@test -n "$$CITUS_URL" || { echo "Set CITUS_URL to the coordinator, as a superuser."; exit 2; }
	@$(PY) -m pytest -m citus $(ARGS)

layout: installed-dev  ## measure every page and dialog in long and right-to-left languages, too
	@.ci/browser > /dev/null
	@$(PY) -m pytest -m layout_long $(ARGS)

texts: installed-dev  ## bring the catalogues of translations up to date
	@$(PY) -m tests.texts

shots: installed-dev  ## take pictures of every page and dialog into SHOTS, with contact sheets
	@.ci/browser > /dev/null
	@$(PY) -m tests.browser.shots $(SHOTS) $(ARGS)

fmt: installed-dev  ## format the code
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

dist: installed-dev  ## build the wheel into dist/
	@rm -f $(DIST)/*.whl
	@for project in $(PROJECTS); do $(PY) -m build --wheel --no-isolation --outdir $(DIST) $$project || exit; done

docs: installed-dev  ## build the documentation as a site into .data/site
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet --site-dir $(abspath $(SITE))
	@echo "Site          $(SITE)/index.html"

test-tools:
	@.ci/browser > /dev/null
	@.ci/deploy-tools > /dev/null
	@.ci/brokers > /dev/null

# The database, the static files and the bytecode of the tests, which each worker of pytest-xdist
# would make for itself.
test-prepared: installed-dev
	@mkdir -p .data
	@$(PY) -m pytest --collect-only -qq > .data/collected.log || { cat .data/collected.log; exit 1; }

clean:  ## remove what was made, but not DATA_DIR's data
	@test ! -x $(PY) || $(PY) -c 'from tests import database; database.stop()'
	@rm -rf .venv .venv.lock node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf .data/test .data/site dist

installed:
	@.ci/venv $(PYTHON) requirements.txt

installed-dev:
	@.ci/venv $(PYTHON) requirements-dev.txt
