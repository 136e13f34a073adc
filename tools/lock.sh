#!/usr/bin/env bash
# Resolves pyproject.toml into requirements.txt (running) and requirements-dev.txt (running and testing),
# and package.json into package-lock.json. With hashes and for every platform; no index address is written.
# What is locked stays at its version, unless --upgrade is given.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=(.venv/bin/uv pip compile --quiet "$@" pyproject.toml --universal --python-version 3.11
    --generate-hashes --no-emit-index-url --no-header)
"${uv[@]}" --group build -o requirements.txt
"${uv[@]}" --group build --group dev -c requirements.txt -o requirements-dev.txt
PATH="$PWD/.venv/bin:$PATH" npm install --package-lock-only --no-fund --no-audit
