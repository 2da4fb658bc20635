# Everyday targets for developers; ./runtests is what counts, and needs no make.
BIN := .venv/bin
KERNELS ?= $(or $(LOCKMAP_KERNELS),kernel_src)

.PHONY: help venv test lint format types imports docs bench accuracy rules dist clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

venv: ## make .venv with the development tools
	./runtests --no-gates --version

test: ## every gate and every test
	./runtests

lint: ## ruff and codespell
	$(BIN)/ruff check lockmap tests docs
	$(BIN)/codespell --skip docs/_build -I .ci/words-that-are-no-typos lockmap queries tests docs stress *.md

format: ## rewrite in the house format
	$(BIN)/ruff format lockmap tests docs

types: ## mypy --strict
	$(BIN)/mypy

imports: ## packages import only from those before them
	$(BIN)/lint-imports

docs: ## the manual, to build/docs/index.html
	$(BIN)/sphinx-build -E -W --keep-going -b html docs build/docs

bench: ## lockmap, ctags and cscope in turn; writes docs/performance.md (half an hour)
	PYTHONPATH=tests $(BIN)/python -m bench.bench --kernels $(KERNELS) --write docs/performance.md

accuracy: ## lockmap against clang on Linux 6.12; writes docs/accuracy.md (a quarter of an hour; needs the extra accuracy, flex, bison, bc)
	PYTHONPATH=. $(BIN)/python -m tests.accuracy.bench $(KERNELS)/linux-6.12 --truth ../shared/truth --write docs/accuracy.md

rules: ## inferred rules beside documented ones, of a map: make rules MAP=... RST=... OF="Linux 6.13"; writes docs/write-rules.md
	PYTHONPATH=. $(BIN)/python -m tests.accuracy.documented $(MAP) --rst $(RST) --of "$(OF)" --write docs/write-rules.md

dist: ## wheel and source archive, to dist/
	$(BIN)/python -m build

clean: ## what is made here, except .venv and the kernels
	rm -rf build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
