# The verbs of this repository; `make` alone lists them. Each is a thin door to a script or to Cargo.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run serve test bench package fmt lint codegen clean

FILE ?=

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: ## install what building and testing needs (the other verbs do it by themselves)
	@scripts/setup.sh --test

run: ## build and open the window, with FILE=… if given (without a display: serve it to a browser)
	@scripts/run.sh $(if $(FILE),"$(FILE)")

serve: ## build and serve the interface to a browser, with FILE=… if given
	@scripts/run.sh --browser $(if $(FILE),"$(FILE)")

test: ## run every check and test; ONLY="fmt rust" for some steps
	@scripts/test.sh $(ONLY)

bench: ## measure against the budgets
	@scripts/bench.sh

package: ## build the Debian package, install it, and open a file with it
	@scripts/package.sh

fmt: ## format the Rust code
	@cargo fmt --all

lint: ## the checks without the tests
	@scripts/test.sh setup fmt ui-types ui-lint ui-build clippy

codegen: ## write the TypeScript types of the contract
	@cargo run --quiet --package xtask -- codegen

clean: ## remove what was built; .cache (tools, Python) stays
	@cargo clean
	@rm -rf ui/dist src-tauri/gen
