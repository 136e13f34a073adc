#!/usr/bin/env bash
# `make run`: a demonstration installation in $DATA, made when it is not there, and served.
#
# The demonstration's visits are for today, so it is filled anew on the first start of a day, and after a change of the
# tables; any other start goes straight to serving. A folder that was made by `fieldsvc init` alone is somebody's own
# installation: it is served, and no demonstration is put into it.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=$DATA/demonstration
made_for="$(TZ=Asia/Shanghai date +%F) $(cat fieldsvc/migrations/versions/*.py | cksum)"

if [ ! -e "$DATA/secret.key" ] || { [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$made_for" ]; }; then
  mkdir -p "$DATA"
  echo unfinished > "$stamp"
  .venv/bin/fieldsvc init --data "$DATA"
  .venv/bin/fieldsvc demo --data "$DATA"
  echo "$made_for" > "$stamp"
fi
# shellcheck disable=SC2086  # RUN is a list of flags
exec .venv/bin/fieldsvc run --data "$DATA" --host "$HOST" --port "$PORT" ${RUN:-}
