# `make help` shows the targets. `make check` installs nothing; the other targets install what they need.
CARGO  ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
export CARGO

ARCH   := $(shell uname -m)
ARCHES := x86_64 aarch64
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
LINKER := cc=gcc,libc6-dev
NAMES  := docker-entrypoint docker-deploy

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

# ---- the binary ------------------------------------------------------------

.PHONY: build dist install
build: ## the static binary for this machine, to dist/ARCH/docker-runner
	@scripts/binary.sh

dist: share ## the files of a release, to dist/release: static binaries, man pages, completions, SHA256SUMS
	@for arch in $(ARCHES); do scripts/binary.sh $$arch || exit 1; done
	@rm -rf dist/release && mkdir -p dist/release
	@for arch in $(ARCHES); do cp dist/$$arch/docker-runner dist/release/docker-runner-$(VERSION)-$$arch-linux; done
	@tar -C target/share --owner=0 --group=0 --sort=name --mtime=@0 -czf dist/release/docker-runner-$(VERSION)-share.tar.gz .
	@cd dist/release && sha256sum docker-runner-* | tee SHA256SUMS

# Man pages and completions, from the command lines' own declarations.
.PHONY: share
share: ## man pages and the shells' completions, to target/share
	@$(CARGO) run -q --example generate -- target/share

install: build share ## the binary, its names, man pages and completions below $(DESTDIR)$(PREFIX)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 dist/$(ARCH)/docker-runner "$(DESTDIR)$(PREFIX)/bin/docker-runner"
	for name in $(NAMES); do ln -sf docker-runner "$(DESTDIR)$(PREFIX)/bin/$$name"; done
	cd target/share && find . -type f -exec install -D -m 644 {} "$(abspath $(DESTDIR)$(PREFIX))/share/{}" \;

# ---- checks ----------------------------------------------------------------

.PHONY: setup test test-bullseye test-hosts check
setup: ## install what make check and make build need: a linker and the Rust targets
	@scripts/packages.sh $(LINKER)
	@for arch in $(ARCHES); do rustup target add $$arch-unknown-linux-musl; done

test: ## everything, with a real Docker engine, images really built and real servers
	@scripts/test.sh

test-bullseye: ## the images, and the example's processes on them, on Debian bullseye
	@scripts/images.sh && scripts/example-image.sh bullseye
	$(CARGO) test --features engine --test engine -- processes stop::each
test-bullseye: export DEBIAN = bullseye

test-hosts: engine ## the part of it with whole hosts in containers
	$(CARGO) test --features hosts --test hosts -- --test-threads=4

check: ## the fast part, without Docker: format, clippy, unit and command-line tests; installs nothing
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --all-features -- -D warnings
	$(CARGO) test

# Where the language is compared: how many files, and the number of the first.
LANGUAGE_CASES ?= 1000000
LANGUAGE_SEED ?= 1
# How long each fuzz target runs, in seconds.
FUZZ_TIME ?= 300

.PHONY: prove-language fuzz mutants bench bench-language bench-deploy
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

mutants: ## mutation tests of the pure rooms with cargo-mutants; MUTANTS='--shard 1/20' runs a part
	@scripts/mutants.sh $(MUTANTS)

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
