# Two commands do all set-up by themselves: `make run` and `make test`.  They need git, make and python3-venv.
VENV    := .venv
PYTHON  ?= python3
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
CONFIG  ?= config.example.toml
TESTS   ?=
WORKERS ?= 4

# The tests start the program many hundreds of times: each would compile it again where this is set
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint types walls schema clean help

help:            ## What can be made
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 14

run: $(STAMP)    ## Run the daemon on the example configuration (CONFIG=FILE for another)
	@$(BIN)/deskgate run --config $(CONFIG)

test: $(STAMP)   ## Run all tests, 4 files at a time (TESTS="tests/unit -k hours" for some, WORKERS=0 one by one)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

check: lint types walls ## Everything that reads the code without running it

lint: $(STAMP)   ## Style
	@$(BIN)/ruff check .

types: $(STAMP)  ## Types
	@$(BIN)/mypy

walls: $(STAMP)  ## Which room may import which
	@$(BIN)/lint-imports

schema: $(STAMP) ## Write deskgate.schema.json anew, after a change of the settings
	@$(BIN)/deskgate schema > deskgate.schema.json

# uv where it is installed (it is faster), else plain pip; made again when the dependencies change
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Deskgate needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute)…"
	@if command -v uv >/dev/null 2>&1; then \
	    uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && uv pip install --quiet --python $(BIN)/python -e '.[dev,auth,oauth,postgres]'; \
	else \
	    { $(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment: apt-get install python3-venv"; exit 1; }; } && \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,auth,oauth,postgres]'; \
	fi
	@touch $(STAMP)

clean:           ## Remove the virtual environment and caches (not var/, where mail lies)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
