# Everything a person does with a checkout. `make` alone lists the targets.
# The installing is in tools/setup.sh, so that it can be read as a program.

HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data
# Where `make gallery` puts its pictures
GALLERY ?= gallery
# Further flags of `fieldsvc run`, for instance: make run HOST=0.0.0.0 RUN=--tls
RUN ?=

BIN := .venv/bin
# The locked Node stands in .venv too; npm's programs look for it on the path.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
PRETTY := --no-error-on-unmatched-pattern "static/app/**/*.js" "static/*.{js,css}" "tests/js/**/*.js"

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test test-py test-js check lint format vendor messages screenshots gallery approve lock upgrade past release clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1|/' | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## install what running needs: system libraries, .venv, locked packages
	@bash tools/setup.sh run
	@$(BIN)/python -m tools.bundle

setup-tests:
	@bash tools/setup.sh test
	@$(BIN)/python -m tools.bundle

run: setup ## serve a demonstration, made when it is new (HOST, PORT, DATA, RUN)
	@exec $(BIN)/fieldsvc run --demo --data "$(DATA)" --host "$(HOST)" --port "$(PORT)" $(RUN)

test: setup-tests test-py test-js ## install what tests need, run every test

test-py:
	$(BIN)/pytest

test-js:
	$(WITH_NODE) node --test tests/js/*.test.js

check: setup-tests lint test-js ## every linter, the types, every test with coverage: what CI runs
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

lint: setup-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(WITH_NODE) npx --no-install tsc -p .
	$(WITH_NODE) npx --no-install tsc -p tsconfig.worker.json
	$(WITH_NODE) npx --no-install tsc -p tsconfig.tests.json
	$(WITH_NODE) npx --no-install prettier --check --log-level warn $(PRETTY)
	$(BIN)/python -m tools.vendor check
	$(BIN)/python -m tools.messages check
	$(BIN)/codespell

format: setup-tests ## bring the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(WITH_NODE) npx --no-install prettier --write --log-level warn $(PRETTY)

vendor: setup-tests ## copy the browser libraries from the locked npm packages to static/vendor
	$(BIN)/python -m tools.vendor copy

messages: setup-tests ## collect the words on screen into the .po files
	$(BIN)/python -m tools.messages extract
	$(BIN)/python -m tools.messages update

screenshots: setup-tests ## remake the pictures of the README
	$(BIN)/python -m tools.screenshots

gallery: setup-tests ## picture every screen of the app in three languages, light and dark, and lay them out on sheets
	$(BIN)/python -m tools.gallery "$(GALLERY)"

approve: setup-tests ## keep what the app looks like now as the pictures that tests/browser/test_pictures.py compares with
	$(BIN)/python -m tools.approve

past: setup-tests ## keep what an installation of this version holds, for the upgrades of later ones to be tested with
	$(BIN)/python -m tools.past

release: setup-tests ## make the wheel, its bill of materials (CycloneDX) and the licences in dist
	$(BIN)/python -m tools.release

lock: setup-tests ## lock what pyproject.toml and package.json name; what is locked keeps its version
	bash tools/lock.sh

upgrade: setup-tests ## lock the newest versions of everything
	bash tools/lock.sh --upgrade

clean: ## remove what set-up and tests made; the data stays
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .grimp_cache .hypothesis htmlcov .coverage dist
