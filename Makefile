# Two commands matter: `make demo` and `make test`. A fresh machine needs Python 3.11 or later, make
# and, for the servers of `make test`, apt as root or the URLs of running servers.

SHELL := /bin/sh
PYTHON := .venv/bin/python
LOCK := requirements/dev.txt
# Two workers; a class or a module stays on one of them, so that what it sets up is set up once. A third
# one on two cores gains nothing, and nor do the longest first: they keep both cores busy at once.
PYTEST := -m pytest -n 2 --dist loadscope
# Other versions run the same code: what random sequences find, they find on the newest.
STORES := -m "not server" --chatkit-examples 5 tests/contract/test_backends.py
PIP_COMPILE := $(PYTHON) -m piptools compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

# The generated code runs with its own environment; ours must not leak into it. And where nobody keeps
# bytecode, each of the many processes would compile what it imports.
unexport PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

# What the stores run on beside the Python of .venv, where this machine has it.
PYTHONS := python-3.12 python-3.13

.PHONY: help demo test quick matrix servers lint examples docs pythons $(PYTHONS) oldest lock clean

help:
	@echo 'make demo      write an application in a scratch folder, run its tests, and serve it'
	@echo 'make test      everything: lint, types, all tests on real servers, other Pythons'
	@echo 'make quick     memory and SQLite only; needs no root, no server and no browser'
	@echo 'make matrix    every combination of options: types, and the tests it comes with'
	@echo 'make servers   install the servers and the browser that make test starts'
	@echo 'make lint      ruff and pyright'
	@echo 'make pythons   memory and SQLite on Python 3.12 and 3.13, where this machine has them'
	@echo 'make oldest    memory and SQLite with the oldest ChatKit SDK that is allowed'
	@echo 'make examples  write examples/ anew'
	@echo 'make docs      write docs/rules.md anew from the rules'
	@echo 'make lock      choose the versions in $(LOCK) anew'
	@echo 'make clean     remove the virtual environments'

# One environment a Python version: .venv is the one everything runs in, .venv-3.12 and so on are
# for `make pythons`. The stamp is last, so that an interrupted install is taken up again.
.venv/ready: $(LOCK) pyproject.toml requirements/venv
	@requirements/venv .venv 3.11 3.12 3.13 3.14

.venv-%/ready: $(LOCK) pyproject.toml requirements/venv
	@requirements/venv .venv-$* $*

# What a user does on the first day, up to an assistant in the browser.
demo: .venv/ready
	@$(PYTHON) -m tests.demo

# At once, since installing keeps one core busy and servers come over the network; each one's output
# in one piece where make can.
test:
	@$(MAKE) --no-print-directory -j 5 $(if $(filter output-sync,$(.FEATURES)),-O) \
	  servers lint pythons oldest
	$(PYTHON) -m tests.servers -- $(PYTHON) $(PYTEST)

quick: .venv/ready
	$(PYTHON) $(PYTEST) -m "not server and not needs and not slow"
	@echo 'Left out: PostgreSQL, MySQL, MariaDB, MongoDB, Redis, the page in a browser, combinations of'
	@echo 'options, a project that installs itself, lint and the other Pythons: make test.'

matrix: .venv/ready
	CHATKIT_FORGE_MATRIX=all $(PYTHON) -m tests.servers --only postgres,mysql,mariadb,mongodb -- \
	  $(PYTHON) -m pytest -n 2 tests/test_matrix.py

# What the tests start themselves, installed.
servers: .venv/ready
	@$(PYTHON) -m tests.servers --install

lint: .venv/ready
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(PYTHON) -m pyright --pythonpath $(PYTHON)

pythons: $(PYTHONS)

# `make`, not its variable: a recipe with that runs even where make is only asked what it would do.
$(PYTHONS): python-%:
	@if requirements/find-python $* >/dev/null 2>&1; then \
	  MAKEFLAGS= make --no-print-directory .venv-$*/ready && \
	  requirements/summary "memory and SQLite on Python $*" \
	    .venv-$*/bin/python -m pytest -q $(STORES); \
	else echo "Python $* is not on this machine: memory and SQLite were not run on it"; \
	fi

# Laid over the newest one: nothing else may change with it.
oldest: .venv/ready
	@sdk=$$($(PYTHON) requirements/oldest.py) && \
	$(PYTHON) -m pip install --quiet --upgrade --no-deps --target .oldest "$$sdk" && \
	env PYTHONPATH=.oldest $(PYTHON) -c 'import chatkit; assert ".oldest" in chatkit.__file__' && \
	env PYTHONPATH=.oldest requirements/summary "memory and SQLite with $$sdk" \
	  $(PYTHON) -m pytest -q $(STORES)

examples: .venv/ready
	$(PYTHON) -m tests.examples

docs: .venv/ready
	$(PYTHON) -m tests.rule_docs

lock: .venv/ready
	$(PYTHON) requirements/inputs.py | $(PIP_COMPILE) --upgrade --output-file $(LOCK) -

clean:
	rm -rf .venv .venv-3.1? .oldest
