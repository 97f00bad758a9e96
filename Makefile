# The two commands a newcomer needs: `make handout` and `make test`. Both set up what they need.
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: handout desk test lint bench docs schemas clean

handout: $(VENV)/.ready  ## the first PDF
	@$(PYTHON) generate.py make microneedling-aftercare -o out

desk: $(VENV)/.ready-desk  ## the page for staff, in a browser
	@$(PYTHON) generate.py desk

test: $(VENV)/.ready-dev $(VENV)/.ready-editors  ## lint, types, every test, veraPDF
	@sh tools/setup.sh tests
	$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.ready-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/.ready-dev  ## ratios against plain WeasyPrint, from one run
	$(PYTHON) -m tests.bench

docs: $(VENV)/.ready  ## the library in figures, and the pages of reference
	$(PYTHON) generate.py check --table > docs/library.md.new
	mv docs/library.md.new docs/library.md
	$(PYTHON) -m tools.reference

schemas: $(VENV)/.ready
	$(PYTHON) generate.py schema -o schemas

$(VENV)/.ready: pyproject.toml tools/setup.sh
	@sh tools/setup.sh libraries
	@test -x $(PYTHON) || python3 -m venv $(VENV)
	@echo "Installing the packages (once) ..." >&2
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -e . >&2
	@touch $@

$(VENV)/.ready-desk: $(VENV)/.ready
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -e '.[desk]' >&2
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -e '.[dev]' >&2
	@touch $@

# The language server that editors run, for the tests of the schemas; Node.js comes with the packages.
$(VENV)/.ready-editors: $(VENV)/.ready-dev tools/languageserver/package-lock.json tools/languageserver/install.sh
	@sh tools/languageserver/install.sh $(PYTHON) $(VENV)/languageserver
	@touch $@

clean:
	rm -rf $(VENV) out build dist
