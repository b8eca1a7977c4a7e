# `make help` lists the targets. `make check` installs nothing. Every other target installs what it needs.
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
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

# ---- the binary ------------------------------------------------------------

.PHONY: build dist install
build: ## build the static binary for this machine in dist/ARCH/docker-runner
	@scripts/binary.sh

dist: share ## build the files of a release in dist/release: static binaries, man pages, completions, SHA256SUMS
	@for arch in $(ARCHES); do scripts/binary.sh $$arch || exit 1; done
	@rm -rf dist/release && mkdir -p dist/release
	@for arch in $(ARCHES); do cp dist/$$arch/docker-runner dist/release/docker-runner-$(VERSION)-$$arch-linux; done
	@tar -C target/share --owner=0 --group=0 --sort=name --mtime=@0 -czf dist/release/docker-runner-$(VERSION)-share.tar.gz .
	@cd dist/release && sha256sum docker-runner-* | tee SHA256SUMS

# Man pages and completions are generated from the declarations of the command lines.
.PHONY: share
share: ## generate man pages and shell completions in target/share
	@$(CARGO) run -q --example generate -- target/share

install: build share ## install the binary, its names, man pages and completions below $(DESTDIR)$(PREFIX)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 dist/$(ARCH)/docker-runner "$(DESTDIR)$(PREFIX)/bin/docker-runner"
	for name in $(NAMES); do ln -sf docker-runner "$(DESTDIR)$(PREFIX)/bin/$$name"; done
	cd target/share && find . -type f -exec install -D -m 644 {} "$(abspath $(DESTDIR)$(PREFIX))/share/{}" \;

# ---- checks ----------------------------------------------------------------

.PHONY: setup test test-bullseye test-hosts check
setup: ## install what make check and make build need: a linker and the Rust targets
	@scripts/packages.sh $(LINKER)
	@for arch in $(ARCHES); do rustup target add $$arch-unknown-linux-musl; done

test: ## run all tests, with a Docker engine, freshly built images and real servers
	@scripts/test.sh

test-bullseye: ## test the images and the example app on Debian bullseye
	@scripts/images.sh && scripts/example-image.sh bullseye
	$(CARGO) test --features engine --test engine -- processes stop::each
test-bullseye: export DEBIAN = bullseye

test-hosts: engine ## run the tests that deploy to whole hosts in containers
	$(CARGO) test --features hosts --test hosts -- --test-threads=4

check: ## run the fast checks, without Docker: format, clippy, unit and command-line tests; installs nothing
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --all-features -- -D warnings
	$(CARGO) test

# prove-language: how many files it generates, and the number of the first one.
LANGUAGE_CASES ?= 1000000
LANGUAGE_SEED ?= 1
# fuzz: how long each target runs, in seconds.
FUZZ_TIME ?= 300

.PHONY: prove-language fuzz mutants bench bench-language bench-deploy
bench: ## compare the speed with other programs, which it installs
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

prove-language: ## compare a million generated files with dash and bash
	LANGUAGE_CASES=$(LANGUAGE_CASES) LANGUAGE_SEED=$(LANGUAGE_SEED) \
	  $(CARGO) test --profile prove --test language -- --nocapture generated_files

fuzz: ## run cargo-fuzz on the parser, splitter and quoter of the shell language
	@scripts/fuzz.sh $(FUZZ_TIME)

mutants: ## run cargo-mutants on the pure rooms; MUTANTS='--shard 1/20' runs a part
	@scripts/mutants.sh $(MUTANTS)

bench-deploy: engine ## compare a push to three hosts with the build job that it replaces
	@$(CARGO) bench -q --profile dev --features hosts --bench deploy

bench-language: ## compare the time to read a file of 1 kB to 1 MB with dash
	$(CARGO) bench --bench language

# ---- the images ------------------------------------------------------------

# The Debian release of the images: trixie, bookworm or bullseye.
DEBIAN ?= trixie
export DEBIAN

.PHONY: engine images
engine: ## install and start a Docker engine if none responds
	@scripts/engine.sh
	@scripts/base-image.sh

images: ## build the images django.base and django.builder, and what they need
	@scripts/images.sh

# ---- the demo --------------------------------------------------------------

.PHONY: demo demo-down
demo: ## build and run the example app on this machine
	@scripts/demo.sh up

demo-down: ## remove the demo
	@scripts/demo.sh down
