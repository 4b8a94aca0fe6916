# Everything is one target away; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DOCS_VENV := .venv-docs
SOURCES := operator testbed tests bench
# Only a whole run may be put on record.
RECORDED := $(if $(RECORD),$(if $(ARGS),,COMPATIBILITY_FILE=docs/compatibility.json))
WRITE_PAGE = $(if $(RECORDED),$(BIN)/python -m testbed.compatibility)

.DEFAULT_GOAL := help
.PHONY: help setup demo test explore check audit fmt crds chart manifests plugin-test chart-test clients-test alerts-test image-test gitops gitops-test gitops-objects krew krew-test docs-test report-test report-picture browser metrics dashboard dashboard-picture demo-picture reference docs lock bench e2e compat kind frozen shards kill soak mutate image clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/installed ## Make the virtual environment from the locked packages

demo: setup ## See the whole way once, on an embedded cluster and Harbor (ONCE=1 ends by itself)
	$(BIN)/python -m testbed.demo

test: setup ## Run all tests but those of other targets on all processors; builds a control plane first (KUBERNETES_VERSION=1.35)
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --ignore=tests/chart --ignore=tests/monitoring --ignore=tests/image --ignore=tests/compat --ignore=tests/clients --ignore=tests/krew --ignore=tests/browser --ignore-glob='tests/system/test_plugin_*' --ignore=tests/gitops/test_gitops_judges.py $(ARGS)

plugin-test: setup ## Run kubectl harbor beside a real operator: what pulls fail of, plans, reports, promotions (3 minutes)
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile tests/system/test_plugin_*.py $(ARGS)

chart-test: setup ## Test the chart with a real Helm, which is built on first use
	$(BIN)/python -m pytest tests/chart $(ARGS)

clients-test: setup ## Sign, push and pull with cosign, crane and Helm, which are built on first use (5 minutes)
	$(BIN)/python -m pytest tests/clients $(ARGS)

alerts-test: setup ## Test alerts and dashboard with a real Prometheus, which is built on first use (15 minutes)
	$(BIN)/python -m pytest tests/monitoring $(ARGS)

gitops-test: setup ## Ask kstatus, Flux and Argo CD about each kind in each state; builds a program on first use
	$(BIN)/python -m pytest tests/gitops/test_gitops_judges.py $(ARGS)

gitops-objects: setup ## Record each kind in each state anew, from a real operator
	$(BIN)/python -m tests.gitops.record

image-test: setup ## Carry out the Dockerfile and run its operator by bubblewrap (IMAGE_PYTHON=... for another Python)
	IMAGE_PYTHON=$(IMAGE_PYTHON) $(BIN)/python -m pytest tests/image $(ARGS)

krew: setup ## Pack the kubectl plugin for krew into dist/krew (PLATFORMS=all, or "linux-arm64 darwin-arm64")
	$(BIN)/python -m testbed.krew dist/krew $(if $(PLATFORMS),--platforms $(PLATFORMS)) $(if $(REPOSITORY),--repository $(REPOSITORY))

krew-test: setup ## Pack the plugin for this machine, and run it with nothing but python3
	$(BIN)/python -m pytest tests/krew $(ARGS)

report-test: browser ## Test the HTML page of kubectl harbor report in Debian's Chromium (CHROMIUM=... for another browser)
	CHROMIUM=$(CHROMIUM) $(BIN)/python -m pytest tests/browser $(ARGS)

report-picture: browser ## Draw docs/pictures/report.png in that browser
	CHROMIUM=$(CHROMIUM) $(BIN)/python -m tests.browser.picture

browser: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock

explore: setup ## Explore the rotation far beyond the tests (EXPLORE_SECONDS=1200 at most)
	$(BIN)/python -m tests.core.exploration

$(DOCS_VENV)/installed: requirements-docs.lock
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

docs: setup $(DOCS_VENV)/installed ## Build the site of docs/ into dist/site and check its links (ADDRESS=URL of the sources)
	rm -rf dist/site
	$(BIN)/python -m testbed.docs.site dist/docs --address "$(ADDRESS)"
	$(DOCS_VENV)/bin/sphinx-build --quiet --fresh-env --doctree-dir dist/doctrees --fail-on-warning --keep-going --conf-dir testbed/docs dist/docs dist/site
	$(BIN)/python -m testbed.docs.inspection dist/site --external dist/external-links.txt

check: setup ## Lint, import contracts, types, licences, and generated files unchanged
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m harbor_operator.api.crds crds --check
	$(BIN)/python -m testbed.chart --check
	$(BIN)/python -m testbed.metrics_page --check
	$(BIN)/python -m testbed.docs.reference --check
	$(BIN)/python -m testbed.gitops --check
	$(BIN)/python -m testbed.manifests --check
	$(BIN)/python -m testbed.dashboard --check
	$(BIN)/python -m testbed.licences

docs-test: setup ## Do what the pages tell their readers to do, and compare (PAGES="docs/robots.md README.md" for some)
	$(BIN)/python -m testbed.docs $(PAGES)

audit: setup ## Ask a vulnerability service about the locked packages; needs the network, so it is not in check
	$(BIN)/uv tool run --from 'pip-audit>=2.9,<3' pip-audit --disable-pip --require-hashes -r requirements.lock
	$(BIN)/uv tool run --from 'pip-audit>=2.9,<3' pip-audit --disable-pip --require-hashes -r requirements-dev.lock
	$(BIN)/uv tool run --from 'pip-audit>=2.9,<3' pip-audit --disable-pip --require-hashes -r requirements-docs.lock
	$(BIN)/uv tool run --from 'pip-audit>=2.9,<3' pip-audit --disable-pip --require-hashes -r requirements-browser.lock

fmt: setup ## Format and mend what can be mended
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

crds: setup ## Write crds/ from the models, and what carries copies of it
	$(BIN)/python -m harbor_operator.api.crds crds
	$(BIN)/python -m testbed.chart
	$(BIN)/python -m testbed.manifests
	$(BIN)/python -m testbed.docs.reference

chart: setup ## Write the chart's copies of other files, and the table of its values
	$(BIN)/python -m testbed.chart

metrics: setup ## Write the table of docs/metrics.md
	$(BIN)/python -m testbed.metrics_page

demo-picture: setup ## Draw docs/pictures/demo.svg from a run of the demo
	ONCE=1 $(BIN)/python -m testbed.demo | $(BIN)/python -m testbed.docs.recording docs/pictures/demo.svg

reference: setup ## Write docs/reference from the models and enumerations
	$(BIN)/python -m testbed.docs.reference

gitops: setup ## Write Argo CD's ConfigMap from the scripts beside it
	$(BIN)/python -m testbed.gitops

manifests: setup ## Write deploy/install.yaml and deploy/crds.yaml from the base for kustomize
	$(BIN)/python -m testbed.manifests

dashboard: setup ## Write deploy/monitoring/dashboard.json, and the chart's copy
	$(BIN)/python -m testbed.dashboard
	$(BIN)/python -m testbed.chart

dashboard-picture: setup ## Draw docs/dashboard.svg from a run of the operator of some minutes
	$(BIN)/python -m tests.monitoring.picture

lock: setup ## Resolve the dependencies anew into the lock files
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra otel pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group docs -o requirements-docs.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements-dev.lock --extra browser pyproject.toml -o requirements-browser.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock deploy/krew/requirements.in -o deploy/krew/requirements.lock

bench: setup ## Measure against bare floors (CASE=converge for one case)
	$(BIN)/python -m bench $(CASE)

e2e: setup ## Black-box tests on KUBECONFIG and HARBOR_URL, or on the testbed if unset (HARBOR_VERSION=2.12)
	$(RECORDED) $(BIN)/python -m pytest tests/e2e $(ARGS)
	$(WRITE_PAGE)

compat: setup ## Try the main ways on each minor of Harbor (KUBERNETES_VERSION=1.35; RECORD=1 writes it down)
	$(RECORDED) $(BIN)/python -m pytest tests/compat $(ARGS)
	$(WRITE_PAGE)

kind: setup ## Run make e2e on a kind cluster with a real Harbor (KUBERNETES_VERSION=1.36 HARBOR_VERSION=2.14)
	$(BIN)/python -m testbed.kind make e2e

frozen: setup ## Freeze the leader of two replicas fifty times and look for stale writes (ROUNDS=3 for fewer)
	ROUNDS=$(or $(ROUNDS),50) $(BIN)/python -m pytest tests/system/test_system_leadership.py $(ARGS)

shards: setup ## Let three replicas share the namespaces out, lose one, add one, end one (SHARD_TEAMS=12 for fewer)
	SHARD_TEAMS=$(or $(SHARD_TEAMS),48) SHARD_ROBOTS=3 SHARD_LEASE=15 $(BIN)/python -m pytest tests/system/test_system_shards.py $(ARGS)

kill: setup ## Kill the operator at every await point of the robots' protocols (KILL_POINTS=5 of each step)
	KILL_POINTS=$(or $(KILL_POINTS),all) $(BIN)/python -m pytest tests/killing $(ARGS)

soak: setup ## Random life and trouble for five minutes, and the world as documented after it (SOAK_SECONDS=600, SOAK_SEED=2)
	SOAK_SECONDS=$(or $(SOAK_SECONDS),300) SOAK_SEED=$(or $(SOAK_SEED),1) $(BIN)/python -m pytest tests/soak $(ARGS)

mutate: setup ## Ask of each small change to the core whether a test notices (PARTS="core/project core/specs.py")
	$(BIN)/python -m tests.mutation $(PARTS)

image: ## Build the container image
	docker build -t harbor-operator .

clean: ## Remove what the targets have made in this folder
	rm -rf $(VENV) $(DOCS_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .mutants dist
