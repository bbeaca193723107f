# `make help` lists every target. Each target sets itself up; nothing has to be installed first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
MEMBERS := $(wildcard libs/* services/*) simulators backing
PACKAGES := $(foreach member,$(MEMBERS),$(member)/slipway)
NOT_LOCKED := $(foreach member,$(MEMBERS),--no-emit-package slipway-$(notdir $(member))) --no-emit-package slipway
UV := $(shell grep -o '^uv==[^ ]*' requirements.lock)
CODE := $(PACKAGES) $(wildcard demo chaos benchmarks) tests
COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --group dev $(NOT_LOCKED)

# Demo and tests start many processes. With compiled code each start takes half the time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-once picture test test-fast check lint types fmt lock lock-check asyncapi asyncapi-check chaos bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: .venv/ready ## install everything into .venv (every other target does this on its own)

.venv/ready: requirements.lock $(foreach member,$(MEMBERS),$(member)/pyproject.toml)
	@echo "installing Slipway and what it needs into .venv ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python has no venv here: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$(UV)"
	@$(BIN)/uv pip sync --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(foreach member,$(MEMBERS),-e $(member))
	@touch $@

demo: .venv/ready ## the whole product with a simulated environment; prints links, Ctrl-C stops it
	@$(BIN)/python -m demo

demo-once: .venv/ready ## a fixed scenario of 40 customers, then checks; last line is JSON
	@$(BIN)/python -m demo --once

picture: .venv/ready ## the README's screenshot of the portal, taken from the running demo
	@$(BIN)/python -m demo --picture docs/images/portal.png

test: .venv/ready ## all tests, on real Kafka and MongoDB
	@$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder

test-fast: .venv/ready ## domain tests only: no Kafka, no MongoDB, under five seconds
	@HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q tests/unit -m domain --capture=sys

check: .venv/ready lint types lock-check asyncapi-check ## what CI checks in addition to the tests

lint: .venv/ready
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

types: .venv/ready
	@$(BIN)/mypy $(CODE)

fmt: .venv/ready ## format the code
	@$(BIN)/ruff check --fix-only -q
	@$(BIN)/ruff format

lock: .venv/ready ## renew requirements.lock after a change of dependencies
	@$(COMPILE) -o requirements.lock

lock-check: .venv/ready
	@cp requirements.lock .venv/lock && $(COMPILE) -o .venv/lock && diff -q .venv/lock requirements.lock >/dev/null || { echo "requirements.lock is stale: run make lock"; exit 1; }

asyncapi: .venv/ready ## write docs/asyncapi.json: every topic with its messages
	@$(BIN)/python -m slipway.messaging.asyncapi docs/asyncapi.json

asyncapi-check: .venv/ready
	@$(BIN)/python -m slipway.messaging.asyncapi .venv/asyncapi.json && diff -q .venv/asyncapi.json docs/asyncapi.json >/dev/null || { echo "docs/asyncapi.json is stale: run make asyncapi"; exit 1; }

chaos: .venv/ready ## kill every process in turn under load (seed=7), then check the result; last line is JSON
	@$(BIN)/python -m chaos --seed $(or $(seed),7)

bench: .venv/ready ## measure against baselines in the same run; last line is JSON
	@$(BIN)/python -m benchmarks

clean: ## remove everything that was installed or created here
	@rm -rf .venv .demo var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
