# make help shows the targets.
CARGO ?= cargo

.PHONY: help check
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

check: ## the fast part, without Docker: format, clippy, unit and command-line tests
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) test
