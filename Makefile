# One word each: run stop break upgrade test test-long test-clients test-export
# test-cluster lint bench bench-quick bench-long bench-serving install-export
# install-cluster docs clean
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
CLIENTS := tests/serving/clients
EXPORT := tests/warehouse/export

.PHONY: run stop break upgrade test test-long test-clients test-export test-cluster lint
.PHONY: bench bench-quick bench-long bench-serving install-export install-cluster docs
.PHONY: clean
.DEFAULT_GOAL := run

# a Python is taken by running it: a shim of that name may exist and fail
$(INSTALLED): requirements.lock pyproject.toml
	@python=; for candidate in python3.13 python3.12 python3.11 python3; do \
	    if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	        >/dev/null 2>&1; then \
	        python=$$candidate; \
	        $$python -c 'import venv, ensurepip' >/dev/null 2>&1 && break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "No Python 3.11, 3.12 or 3.13 runs here (3.14 does not do yet)." \
	        "Install one, such as with: apt-get install python3 python3-venv" >&2; exit 1; \
	fi; \
	if ! $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then \
	    echo "$$python lacks venv. Install it, such as with:" \
	        "apt-get install python3-venv" >&2; exit 1; \
	fi; \
	set -e; \
	if [ ! -x $(BIN)/python ]; then echo "Making $(VENV) with $$($$python -V)"; \
	    rm -rf $(VENV); $$python -m venv $(VENV); fi; \
	$(BIN)/python -m pip install --quiet --no-deps --no-compile --require-hashes \
	    -r requirements.lock; \
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .; \
	$(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
	@touch $@

run: $(INSTALLED)
	@$(BIN)/python -m orchestration run

stop:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m orchestration stop; fi

break: $(INSTALLED)
	@$(BIN)/python -m orchestration break

upgrade: $(INSTALLED)
	@$(BIN)/python -m orchestration upgrade

test: $(INSTALLED)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile \
	    --no-loadscope-reorder --durations 15

test-long: $(INSTALLED)
	@$(BIN)/python -m pytest -m long --numprocesses auto --maxprocesses 4 --dist load -rA

# programs with requirements of their own, and Superset with others
$(VENV)/clients/installed: $(INSTALLED) $(CLIENTS)/requirements.lock
$(VENV)/bi/installed: $(INSTALLED) $(CLIENTS)/bi.lock
$(VENV)/clients/installed $(VENV)/bi/installed:
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --no-compile --require-hashes \
	    -r $(filter %.lock,$^)
	@touch $@

test-clients: $(VENV)/clients/installed $(VENV)/bi/installed
	@$(BIN)/python -m pytest -m clients -rA

# what exports need, beside the rest, and who reads what they wrote
$(VENV)/installed-export: $(INSTALLED) requirements-export.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-compile --require-hashes \
	    -r requirements-export.lock
	@touch $@

$(VENV)/export/installed: $(INSTALLED) $(EXPORT)/requirements.lock
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --no-compile --require-hashes \
	    -r $(EXPORT)/requirements.lock
	@touch $@

install-export: $(VENV)/installed-export

test-export: $(VENV)/installed-export $(VENV)/export/installed
	@$(BIN)/python -m pytest -m export -rA

# Spark, its jar of Iceberg and dbt's way to it
$(VENV)/installed-cluster: $(INSTALLED) requirements-cluster.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-compile --require-hashes \
	    -r requirements-cluster.lock
	@touch $@

install-cluster: $(VENV)/installed-cluster

test-cluster: $(VENV)/installed-cluster
	@$(BIN)/python -m pytest -m cluster -rA

lint: $(INSTALLED)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONWARNINGS=ignore:resource_tracker $(BIN)/sqlfluff lint --processes 0 \
	    dbt_project/models dbt_project/tests dbt_project/macros \
	    dbt_project/functions cluster

bench: $(INSTALLED)
	@$(BIN)/python -m benchmarks

bench-quick: $(INSTALLED)
	@$(BIN)/python -m benchmarks.quick

bench-long: $(INSTALLED)
	@$(BIN)/python -m benchmarks --long

bench-serving: $(INSTALLED)
	@$(BIN)/python -m benchmarks.serving

docs: $(INSTALLED)
	@$(BIN)/python -m warehouse start
	@set -a; . ./.env; set +a; $(BIN)/dbt --quiet docs generate --static
	@echo "Read it in a browser: dbt_project/target/static_index.html"

clean: stop
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m warehouse reset --yes; fi
	@rm -rf $(VENV) .warehouse .hypothesis .pytest_cache .ruff_cache *.egg-info \
	    dbt_project/target dbt_project/logs logs
	@find . -name __pycache__ -prune -exec rm -rf {} +
