# Everything is done through these targets. Paths are relative: the checkout may lie in a folder with spaces.
SHELL := /bin/sh
.DEFAULT_GOAL := help
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE # the last: else each process compiles everything

PYTHON ?= python3
PY := .venv/bin/python
DJADE := .venv/bin/djade --target-version 5.2 # a program of its own: it has no `python -m`
COMPILE := $(PY) -m uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

PO := $(wildcard locale/*/LC_MESSAGES/django.po)
MO := $(PO:.po=.mo)

.PHONY: help env installed demo test fuzz roundtrip bench check types schema style words deployment audit sbom pack fmt lock stop clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 10

env: $(MO) ## build or update the environment in .venv

installed:
	@$(PYTHON) .ci/environment.py

$(MO) &: $(PO) | installed
	@$(PY) manage.py translations

demo: env ## a district at full scale, decided, partly paid, and served (PORT=8000 BIKES=20000 SERVE=1)
	@$(PY) manage.py demo $(if $(PORT),--port $(PORT)) $(if $(BIKES),--bikes $(BIKES)) $(if $(filter 0,$(SERVE)),--no-serve)

test: env ## the tests (ARGS='-k ledger')
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

fuzz: env ## read damaged files: no crash, no row lost, no value made up (FILES=10000)
	@FUZZ=$(or $(FILES),10000) $(PY) -m pytest -n 2 --dist worksteal tests/ebikes/importing/test_fuzz.py

roundtrip: env ## template and refused rows through LibreOffice and back
	@ROUNDTRIP=1 $(PY) -m pytest tests/ebikes/importing/test_roundtrip.py

pack: env ## run a district pack (DIR=... OUT=... FAULTS=0.3 PAY=1)
	@test -n "$(DIR)" -a -n "$(OUT)" || { echo '用法:make pack DIR=<数据包> OUT=<结果文件夹>'; exit 2; }
	@$(PY) manage.py pack "$(DIR)" "$(OUT)" $(if $(FAULTS),--faults $(FAULTS)) $(if $(filter 1,$(PAY)),--pay)

bench: env ## how fast, against what: an hour on a quiet machine (ONLY=allocation,queue RUNS=5)
	@$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS))

check: env ## style, types, direction of imports, translations, migrations, deployment settings, known faults
	@$(MAKE) --no-print-directory -j 2 --output-sync=target types schema style words deployment audit sbom

types: env
	@$(PY) -m mypy .

schema: env
	@$(PY) manage.py makemigrations --check
	@$(PY) manage.py makeguards --check
	@$(PY) -m tests.lint_migrations

style: env
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	@$(DJADE) --check $$(git ls-files "templates/*.html")
	@sh .ci/tidy

words: env
	@$(PY) manage.py translations --check

deployment: env
	@env $$($(PY) -m core.signing) $$(sh .ci/safe-settings) $(PY) manage.py check --deploy --fail-level WARNING

audit: env ## known faults of what is deployed; says NOT SCANNED without a network (AUDIT=required fails then)
	@$(PY) .ci/audit.py

sbom: env ## what is in the image, as CycloneDX: var/sbom.json
	@mkdir -p var
	@$(PY) -W ignore -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml --short-PURLs --output-reproducible \
	  --spec-version 1.6 -o var/sbom.json 2>var/sbom.log || { cat var/sbom.log; exit 1; }
	@echo "var/sbom.json"

fmt: env ## put style right
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(DJADE) $$(git ls-files "templates/*.html")

lock: env ## write the locks anew from pyproject.toml
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements-dev.txt

stop: env ## stop servers that a killed run left behind
	@$(PY) -m config.servers stop

clean: stop ## remove the environment and all local data
	rm -rf .venv var
