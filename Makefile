# The only door: every task of the project is a target here.
.PHONY: setup demo test lint bench scale fuzz docs site soak conformance certify diagnose-table wheelhouse clean

PYTHON ?= python3
FAULT  ?= uneven-weights
RESULTS ?= .
RUNS   ?= 500000
LANES  ?= 4
RUN     = .venv/bin

setup: .venv/.ready            ## virtual environment, locked dependencies, real servers

# Asked for Debian's packages, the set-up runs even where it ran before.
ifeq ($(APT),1)
.PHONY: .venv/.ready
endif

.venv/.ready: uv.lock pyproject.toml scripts/setup
	@APT=$(APT) PYTHON=$(PYTHON) scripts/setup

demo: setup                    ## the 10 November story on a real stack, start to postmortem
	@$(RUN)/poise demo --fault $(FAULT)

lint: setup
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports --no-cache

# Live tests measure stacks that run in real time: they have the machine to themselves. Those marked `binary` ask a real program what
# it decides, and wait for that however long it takes: they run beside the others. docs/testing.md tells what runs where.
test: lint                     ## everything CI runs
	@$(RUN)/pytest -n 2 -m "(binary or not live) and not long"
	@$(RUN)/pytest -m "live and not binary and not long"

bench: setup                   ## speed and memory, side by side
	@$(RUN)/python -m benchmarks
	@$(RUN)/python -m benchmarks.logs
	@$(RUN)/python -m benchmarks.history
	@$(RUN)/python -m benchmarks.incidents size

scale: setup                   ## what watching costs: 100 load balancers of 1,000 servers, 10,000 servers behind one, all detectors, the dashboard
	@$(RUN)/python -m benchmarks.scale
	@$(RUN)/python -m benchmarks.dashboard
	@$(RUN)/python -m benchmarks.dashboard_browser

fuzz: setup                    ## coverage-guided fuzzing of the readers, rules and reports: hours; RUNS=20000 for a taste
	@$(RUN)/uv sync --quiet --frozen --all-extras --inexact --group fuzz --python $(RUN)/python
	@for product in haproxy nginx envoy; do \
	    $(RUN)/python -m tests.fuzz $$product --runs $(RUNS) && \
	    $(RUN)/python -m tests.fuzz $$product --runs $$(($(RUNS) / 20)) --judged 1 && $(RUN)/python -m tests.fuzz.hostile $$product || exit 1; done
	@$(RUN)/python -m tests.fuzz.roundtrip --files 100000 --edits 10000

soak: setup                    ## every story in every mode, kills at random moments: about an hour and a half on 2 cores
	@$(RUN)/python -m benchmarks.stories --fault uneven-weights --runs 20 --results $(RESULTS)/stories.jsonl
	@$(RUN)/python -m benchmarks.stories --runs 4 --results $(RESULTS)/stories.jsonl
	@$(RUN)/python -m benchmarks.kills --runs 20

conformance: setup             ## forecasts and placement of keys against the real programs, and the long tests: half an hour
	@failed=0; for part in "" .haproxy_keys .nginx_keys .envoy_keys; do $(RUN)/python -m tests.conformance$$part || failed=1; done; \
	$(RUN)/pytest -m long || failed=1; exit $$failed

certify: setup                 ## every drill with five seeds, detection times of every fault on every product, an hour of health each: hours
	@$(RUN)/poise drill certify --seeds 1-2 --brief 3-5 --lanes 2 --results $(RESULTS)/drills.jsonl
	@$(RUN)/python -m benchmarks.detection --runs 20 --lanes $(LANES) --results $(RESULTS)/detection.jsonl
	@$(RUN)/python -m benchmarks.soak --minutes 60 --results $(RESULTS)/soak.jsonl

diagnose-table: setup          ## every fault on every product in drawn stacks, diagnosed: hours; SEEDS=1-5, AGAIN=1 diagnoses kept runs only
	@$(RUN)/python -m benchmarks.diagnose_table --seeds $(or $(SEEDS),1-5) $(if $(filter-out .,$(RESULTS)),--results $(RESULTS)) \
	    --by-product --misses $(if $(AGAIN),--again)

docs: setup                    ## regenerate the pages that come from the code
	@$(RUN)/poise docs --generate docs
	@for file in haproxy/haproxy.cfg nginx/nginx.conf envoy/envoy.yaml; do \
	    $(RUN)/poise docs --target haproxy=2.8 --target nginx=1.30 --target envoy=1.40 \
	        --out docs/examples/described/$$(dirname $$file)/described.md docs/examples/described/$$file || exit 1; done
	@for name in november demo database-locked; do \
	    $(RUN)/poise incident postmortem --log docs/examples/postmortems/$$name.jsonl --output docs/examples/postmortems/$$name.md || exit 1; done

site: setup                    ## the documentation as a site with a search, in SITE=site
	@$(RUN)/poise docs --site $(or $(SITE),site) --pages docs

wheelhouse: setup              ## a folder of wheels to install from without a network: WHEELS=dist/wheelhouse
	@scripts/wheelhouse $(or $(WHEELS),dist/wheelhouse)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
