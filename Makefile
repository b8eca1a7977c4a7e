# `make help` shows the targets. Everything a target needs, it sets up itself.
CARGO  ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
export CARGO

ARCH   := $(shell uname -m)
ARCHES := x86_64 aarch64
LINKER := cc=gcc,libc6-dev
NAMES  := docker-entrypoint docker-deploy

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

# ---- the binary ------------------------------------------------------------

.PHONY: build dist install
build: ## the static binary for this machine, to dist/ARCH/docker-runner
	@scripts/binary.sh

dist: ## the static binaries for x86-64 and aarch64, with their SHA-256 sums
	@for arch in $(ARCHES); do scripts/binary.sh $$arch || exit 1; done
	@cd dist && sha256sum $(ARCHES:%=%/docker-runner) | tee SHA256SUMS

# Man pages and completions, from the command lines' own declarations.
.PHONY: share
share: ## man pages and the shells' completions, to target/share
	@scripts/packages.sh $(LINKER)
	@$(CARGO) run -q --example generate -- target/share

install: build share ## the binary, its names, man pages and completions below $(DESTDIR)$(PREFIX)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 dist/$(ARCH)/docker-runner "$(DESTDIR)$(PREFIX)/bin/docker-runner"
	for name in $(NAMES); do ln -sf docker-runner "$(DESTDIR)$(PREFIX)/bin/$$name"; done
	cd target/share && find . -type f -exec install -D -m 644 {} "$(abspath $(DESTDIR)$(PREFIX))/share/{}" \;

# ---- checks ----------------------------------------------------------------

.PHONY: test test-bullseye test-hosts check
test: ## everything, with a real Docker engine, images really built and real servers
	@scripts/test.sh

test-bullseye: ## the images, and the example's processes on them, on Debian bullseye
	@scripts/images.sh && scripts/example-image.sh bullseye
	$(CARGO) test --features engine --test engine -- processes stop::each
test-bullseye: export DEBIAN = bullseye

test-hosts: engine ## the part of it with whole hosts in containers
	$(CARGO) test --features hosts --test hosts -- --test-threads=4

check: ## the fast part, without Docker: format, clippy, unit and command-line tests
	@scripts/packages.sh $(LINKER)
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --all-features -- -D warnings
	$(CARGO) test

# Where the language is compared: how many files, and the number of the first.
LANGUAGE_CASES ?= 1000000
LANGUAGE_SEED ?= 1
# How long each fuzz target runs, in seconds.
FUZZ_TIME ?= 300

.PHONY: prove-language fuzz bench bench-language bench-deploy
bench: ## what is faster than what, side by side; installs what it compares with
	@scripts/packages.sh python3=python3
	bench/runner/run
	bench/init/run
	@scripts/servers.sh
	bench/wait/run
	@scripts/images.sh && scripts/example-image.sh $(DEBIAN) >/dev/null
	bench/health/run
	bench/image/run
	$(CARGO) bench --bench language
	$(MAKE) -s bench-deploy

prove-language: ## a million generated files, read by us as by dash and bash
	LANGUAGE_CASES=$(LANGUAGE_CASES) LANGUAGE_SEED=$(LANGUAGE_SEED) \
	  $(CARGO) test --profile prove --test language -- --nocapture generated_files

fuzz: ## the shell language's parser, splitter and quoter under cargo-fuzz
	@scripts/fuzz.sh $(FUZZ_TIME)

bench-deploy: engine ## a push to three hosts beside the job it replaces, ssh handshakes, whose time it is
	@$(CARGO) bench -q --profile dev --features hosts --bench deploy

bench-language: ## the time to read a file of /etc/default, 1 kB to 1 MB, beside dash
	$(CARGO) bench --bench language

# ---- the images ------------------------------------------------------------

# Their Debian release: trixie, bookworm or bullseye.
DEBIAN ?= trixie
export DEBIAN

.PHONY: engine images
engine: ## a Docker engine that answers, installed and started where needed
	@scripts/engine.sh
	@scripts/base-image.sh

images: ## django.base and django.builder, with all that they need
	@scripts/images.sh

# ---- the demo --------------------------------------------------------------

.PHONY: demo demo-down
demo: ## the example app running on this machine, from nothing
	@scripts/demo.sh up

demo-down: ## everything of the demo away again
	@scripts/demo.sh down
