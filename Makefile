# For GNU make 3.81 and later. Every path is relative, so the folder's own path may hold blanks.

PORT ?= 8501
HOME_DIR ?= data/demo
WORKERS ?= 2
PYTHON ?=
ARGS ?=

SHELL = /bin/sh
PY = .venv/bin/python
LOCKED = --require-hashes --only-binary :all:
COMPILE = pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-header --annotation-style line

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.NOTPARALLEL:
.PHONY: help demo test test-spark lint soak bench bench-peers lock clean run-env dev-env spark-env server-env peers-env

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

demo: run-env ## install once, then show an invented group (PORT=8501, HOME_DIR=data/demo)
	.venv/bin/rounds demo --home "$(HOME_DIR)" --port "$(PORT)"

test: dev-env ## all checks and tests, in Chromium too (ARGS= goes to pytest; ROUNDS_NO_BROWSER=1)
	@status=0; \
	$(PY) -m ruff check . || status=1; \
	$(PY) -m ruff format --check . || status=1; \
	$(PY) -m mypy || status=1; \
	test "$$ROUNDS_NO_BROWSER" = 1 || $(PY) -m tests.browser.chromium || status=1; \
	test $$status = 0 || echo "A check failed (see above): make test will fail whatever pytest says."; \
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup -m "not soak and not bench and not spark" $(ARGS) || status=$$?; \
	exit $$status

test-spark: spark-env ## the tests with Apache Spark and an S3 server, which it installs
	$(PY) -m pytest -m spark $(ARGS)

lint: dev-env ## ruff and mypy only
	@status=0; \
	$(PY) -m ruff check . || status=1; \
	$(PY) -m ruff format --check . || status=1; \
	$(PY) -m mypy || status=1; \
	exit $$status

soak: dev-env ## the long suites
	$(PY) -m pytest -m soak $(ARGS)

bench: dev-env ## the measurements
	$(PY) -m pytest -m bench -s $(ARGS)

bench-peers: dev-env peers-env ## the same tasks by what people would use instead, which it installs
	$(PY) -m tests.peers

lock: run-env ## write the lock files anew from pyproject.toml (UPGRADE=1 takes newer releases)
	@uv=$$(command -v uv || echo .venv/bin/uv); \
	test -x "$$uv" || $(PY) -m pip install --quiet uv || exit 1; \
	upgrade=$${UPGRADE:+--upgrade}; \
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep=chr(10))' \
	| "$$uv" $(COMPILE) $$upgrade pyproject.toml - -o requirements.lock >/dev/null && \
	"$$uv" $(COMPILE) $$upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock >/dev/null && \
	"$$uv" $(COMPILE) $$upgrade --extra dev --extra s3 --extra spark -c requirements-dev.lock \
	pyproject.toml -o requirements-spark.lock >/dev/null && \
	for name in lake/server peers/layers peers/superset; do \
	  "$$uv" $(COMPILE) $$upgrade tests/$$name.in -o tests/$$name.lock >/dev/null || exit 1; \
	done; \
	echo "The six lock files are written."

clean: ## remove what was installed and cached; data/ stays
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find pipelines dashboard tests -name __pycache__ -type d -prune -exec rm -rf {} +

run-env: LOCK = requirements.lock
dev-env: LOCK = requirements-dev.lock
spark-env: LOCK = requirements-spark.lock
# Apache Spark comes as a source archive alone: it is unpacked by the setuptools of its build.
spark-env: LOCKED = --require-hashes --only-binary :all: --no-binary pyspark
spark-env: dev-env server-env

# The S3 server of the tests can't share an environment with the project: it has older dates.
server-env: dev-env
	@if test "$$(cat .venv/server/lock 2>/dev/null)" = "$$(cksum tests/lake/server.lock)"; then exit 0; fi; \
	base="$$($(PY) -c 'import sys; print(sys._base_executable)')"; \
	"$$base" -m venv --clear --without-pip .venv/server && \
	if $(PY) -c 'import pip' 2>/dev/null; then base=$(PY); fi; \
	"$$base" -m pip --python .venv/server/bin/python install --quiet --require-hashes --only-binary :all: \
	-r tests/lake/server.lock && cksum tests/lake/server.lock > .venv/server/lock

# The peers of `make bench-peers`, each in an environment of its own. Of Superset's packages two come
# as sources alone, and it needs Python 3.11 or 3.12.
peers-env: dev-env
	@for name in layers superset; do \
	  place=".venv-peers/$$name"; lock="tests/peers/$$name.lock"; \
	  if test "$$(cat "$$place/lock" 2>/dev/null)" = "$$(cksum "$$lock")"; then continue; fi; \
	  echo "Installing what $$lock names into $$place (once) ..."; \
	  base="$$($(PY) -c 'import sys; print(sys._base_executable)')"; \
	  "$$base" -m venv --clear --without-pip "$$place" || exit 1; \
	  if $(PY) -c 'import pip' 2>/dev/null; then base=$(PY); fi; \
	  "$$base" -m pip --python "$$place/bin/python" install --quiet --require-hashes \
	  --only-binary :all: --no-binary odfpy,wtforms-json -r "$$lock" || exit 1; \
	  cksum "$$lock" > "$$place/lock"; \
	done

# Installs LOCK and the project into .venv, unless the stamp says that just these stand there.
# A .venv that came along when this folder was copied or moved is made anew.
run-env dev-env spark-env:
	@stamp=".venv/$(LOCK).installed"; \
	want="$$(pwd; cksum $(LOCK) pyproject.toml)"; \
	if test -x $(PY) && test "$$(cat "$$stamp" 2>/dev/null)" = "$$want"; then exit 0; fi; \
	if test -x $(PY) && test "$$(cat .venv/folder 2>/dev/null || pwd)" = "$$(pwd)"; then :; else \
	  set -- python3 python3.14 python3.13 python3.12 python3.11 python; \
	  if test -n "$(PYTHON)"; then set -- "$(PYTHON)"; fi; \
	  python= bare= seen=; \
	  for p do \
	    if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then :; else continue; fi; \
	    seen="$$p"; \
	    if "$$p" -c 'import venv, ensurepip' 2>/dev/null; then python="$$p"; break; fi; \
	    if test -z "$$bare" && "$$p" -c 'import venv, pip' 2>/dev/null; then bare="$$p"; fi; \
	  done; \
	  if test -n "$$python"; then "$$python" -m venv --clear .venv || exit 1; \
	  elif test -n "$$bare"; then "$$bare" -m venv --clear --without-pip .venv || exit 1; \
	  elif test -n "$$seen"; then \
	    echo "$$seen has neither venv nor pip: apt-get install python3-venv (Debian, Ubuntu), or the same for your system." >&2; exit 1; \
	  else \
	    echo "Rounds needs Python 3.11 or later: apt-get install python3 python3-venv (Debian, Ubuntu), dnf install python3.12 (Fedora, RHEL), brew install python (macOS)." >&2; exit 1; \
	  fi; \
	  pwd > .venv/folder; \
	fi; \
	if $(PY) -c 'import pip' 2>/dev/null; then pip() { $(PY) -m pip "$$@"; }; \
	else base="$$($(PY) -c 'import sys; print(sys._base_executable)')"; \
	  if "$$base" -c 'import pip' 2>/dev/null; then :; else echo "No pip for .venv: run make clean, then make again." >&2; exit 1; fi; \
	  pip() { "$$base" -m pip --python $(PY) "$$@"; }; fi; \
	echo "Installing what $(LOCK) names into .venv (once) ..."; \
	if pip install $(LOCKED) -r $(LOCK) && pip install --quiet --no-deps --no-build-isolation -e .; then \
	  for lock in requirements.lock $(LOCK); do \
	    { pwd; cksum "$$lock" pyproject.toml; } > ".venv/$$lock.installed"; \
	  done; \
	else \
	  echo "The installation stopped (see above). It needs PyPI; run make again to go on." >&2; exit 1; \
	fi
