# The one entrance for people and for CI. `make help` lists what there is.

# Every crate is built with this profile (see Cargo.toml); packages for users are built with `release`.
PROFILE ?= quick
export DRUVA_CARGO_PROFILE := $(PROFILE)
export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
BIN := $(CARGO_TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
CARGO_FLAGS := --profile $(PROFILE) --locked

PYTHON ?= python3
VENV := bindings-python/.venv
PREFIX ?= /usr/local

.PHONY: help demo test check build import generate seeds conformance sweep canaries faults writes stores languages soak soak-writes soak-canaries soak-stores soak-languages valgrind fuzz deny budgets bench bench-guard install-c clean \
	rust python node c go test-rust test-python test-node test-c test-go test-model

help:
	@echo "make demo        the same job in five languages against the embedded emulator"
	@echo "make test        every test in every language"
	@echo "make soak        the long forms of what make test looks at quickly"
	@echo "make fuzz SECONDS=n   the fuzzer at each door for so long; make deny: licences and sources of what is built from"
	@echo "make check       linters, types, and that generated files are what the model says"
	@echo "make budgets     what building takes, and how large the packages are, in release"
	@echo "make bench       every client and its peers against one server: docs/performance.md (half an hour)"
	@echo "make generate    emit every typed surface from the model"
	@echo "make import SPECS=folder   read Druva's documents into api/openapi"
	@echo "make install-c PREFIX=...  libdruva, druva.h and druva.pc"

# --- building ---------------------------------------------------------------------------------------------------------

build: rust python node c go

rust:
	cargo build $(CARGO_FLAGS) -p druva-cli -p druva-conformance -p backup-report

$(VENV)/ready: bindings-python/requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r bindings-python/requirements-dev.txt
	touch $@

python: $(VENV)/ready
	PATH="$(abspath $(VENV)/bin):$$PATH" MATURIN_PEP517_ARGS="--profile $(PROFILE)" \
		pip install --quiet --no-build-isolation --force-reinstall --no-deps ./bindings-python

node:
	cd bindings-node && npm install --silent

c:
	$(MAKE) -C bindings-c build

go: c
	$(MAKE) -C bindings-c/go build

# --- the main job -----------------------------------------------------------------------------------------------------

demo: build
	$(BIN)/demo

# --- tests ------------------------------------------------------------------------------------------------------------

test: test-rust test-python test-node test-c test-go test-model conformance sweep canaries faults writes stores languages

test-rust:
	cargo test $(CARGO_FLAGS) --workspace --exclude druva-python --exclude druva-node --exclude druva-c

test-python: python
	cd bindings-python && .venv/bin/pytest -q

test-node: node
	cd bindings-node && npm test --silent

test-c: c
	$(MAKE) -C bindings-c test

test-go: go
	$(MAKE) -C bindings-c/go test

# The model against Druva's documents, where they are, and the emulator under made-up requests.
test-model: python
	$(VENV)/bin/pytest -q tests/model

conformance: build
	$(BIN)/druva-conformance

# Every operation and every model, through the typed surface of every language.
sweep: build
	$(BIN)/druva-sweep $(if $(RECORD),--record)

# Secrets, planted and searched for in everything that can be read: with one operation of each shape, or with every one.
canaries: build
	$(BIN)/druva-canaries

# Each fault at each place; what comes of it must be what docs/faults.md says. RECORD=1 writes that.
faults: build
	$(BIN)/druva-faults $(if $(RECORD),--record)

# Writes while everything goes wrong: none done twice, none done that its caller was told was not.
writes: build
	$(BIN)/druva-writes

# One token for many processes of every language.
stores: build
	$(BIN)/druva-stores

# Every language at once at calls, lists, errors, cancelled calls and new clients: here a few seconds of it.
languages: build
	$(BIN)/druva-soak --minutes 0.15

# What `make test` does quickly, done long.
soak: soak-tokens soak-canaries soak-stores soak-writes soak-languages

soak-canaries: build
	$(BIN)/druva-canaries --all

# Every crowd of ten thousand, or of two thousand customers with five callers each.
soak-tokens: build
	$(BIN)/druva-conformance --scenario crowds --crowd 10000

soak-stores: build
	$(BIN)/druva-stores --processes 200

soak-writes: build
	$(BIN)/druva-writes --writes 100000

MINUTES ?= 30
soak-languages: build
	cd bindings-python && FORKS=1000 EXITS=20 .venv/bin/pytest -q tests/test_fork.py tests/test_exits.py
	ROUNDS=1000000 bindings-c/build/tests
	$(MAKE) -C bindings-c sanitize-rust
	$(BIN)/druva-soak --minutes $(MINUTES)

# The core over a simulated network and clock: a seed is a life of callers, servers and faults.
SIMULATION := cargo run --quiet $(CARGO_FLAGS) -p druva-simulation --features run --
.PHONY: simulation soak-simulation
test: simulation
soak: soak-simulation

simulation:
	cargo test --quiet $(CARGO_FLAGS) -p druva-simulation --features run
	$(SIMULATION) --seeds 200

soak-simulation:
	$(SIMULATION) --seeds 10000

# The C tests and the C example, under valgrind where that is installed.
valgrind: rust c
	$(MAKE) -C bindings-c valgrind
	$(BIN)/demo --devices 300 valgrind --quiet --leak-check=full --error-exitcode=1 \
		--suppressions=bindings-c/valgrind.supp bindings-c/build/backup_report

# The fuzzer at each door for so many seconds, from its seeds; nightly and cargo-fuzz have to be there. What it finds lies in
# fuzz/artifacts/doors.
SECONDS ?= 60
FUZZED := $(CARGO_TARGET_DIR)/fuzz
FUZZ := CARGO_TARGET_DIR=$(FUZZED) cargo +nightly fuzz
FUZZ_FLAGS := --fuzz-dir fuzz doors
fuzz:
	$(FUZZ) build $(FUZZ_FLAGS)
	for door in $$(ls fuzz/seeds); do \
	  echo "door $$door" && mkdir -p $(FUZZED)/corpus/$$door && \
	  DRUVA_DOOR=$$door $(FUZZ) run $(FUZZ_FLAGS) $(FUZZED)/corpus/$$door fuzz/seeds/$$door -- \
	    -max_total_time=$(SECONDS) -timeout=10 -verbosity=0 -print_final_stats=1 || exit 1; \
	done

# Licences and sources of everything that is built from.
deny:
	cargo deny check licenses sources bans

# What the SDK may cost to build and to install.
budgets: python node
	$(VENV)/bin/python tests/budgets.py

# What a call costs, beside what people use today. ROUNDS=n and ROWS=1,4 make it shorter.
bench:
	$(MAKE) -C bench bench

# Fails when the instructions of a hot path have grown; RECORD=1 writes them down anew.
bench-guard:
	$(MAKE) -C bench guard

# --- linters and generated files --------------------------------------------------------------------------------------

# The bench runs with Python 3.11, and its peers are not installed here.
BENCH := --config pyproject.toml --target-version py311 ../bench/run.py ../bench/report.py ../bench/clients
check: python node go
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	cargo clippy $(CARGO_FLAGS) -p druva-simulation --all-targets --features run -- -D warnings
	cargo run $(CARGO_FLAGS) -p druva-codegen -- generate --check
	cd bindings-python && .venv/bin/ruff check --config pyproject.toml . ../tests && .venv/bin/ruff format --config pyproject.toml --check . ../tests && .venv/bin/mypy && .venv/bin/pyright
	cd bindings-python && .venv/bin/ruff check $(BENCH) && .venv/bin/ruff format --check $(BENCH)
	cd bindings-python && .venv/bin/mypy --disable-error-code import-not-found --disable-error-code import-untyped \
		../bench/run.py ../bench/clients/client.py
	cd bindings-node && npm run --silent check
	$(MAKE) -C bindings-c check
	$(MAKE) -C bindings-c/go check

import:
	cargo run -p druva-codegen -- import $(SPECS)

# Writes the seeds of the fuzzers anew, but for those that were found by fuzzing.
seeds:
	cargo run $(CARGO_FLAGS) -p druva-conformance --bin druva-seeds

generate:
	cargo run -p druva-codegen -- generate

install-c:
	$(MAKE) -C bindings-c install PREFIX=$(abspath $(PREFIX))

clean:
	cargo clean
	rm -rf $(VENV) bindings-node/node_modules bindings-node/druva.node bindings-c/build bindings-c/go/build
