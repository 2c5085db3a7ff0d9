#!/usr/bin/env bash
# Microseconds of CPU that one refusal takes of such a server, beside two processes that use up the cores and their caches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
gcc -O2 -o "$work/server" server.c
gcc -O2 -o "$work/load" load.c -lm
echo '#include <string.h>
#include <stdlib.h>
int main() { char *a = malloc(8 << 20), *b = malloc(8 << 20); for (;;) memcpy(a, b, 8 << 20); }' >"$work/spin.c"
gcc -O0 -o "$work/spin" "$work/spin.c"
"$work/spin" &
"$work/spin" &
port=18080
for pause in 0 10 20 0 10 20; do
  port=$((port + 1))
  "$work/server" $port $pause &
  server=$!
  sleep 0.5
  before=$(cut -d' ' -f1 /proc/$server/schedstat)
  read -r sent answered missed < <("$work/load" $port 6000 10 2000)
  after=$(cut -d' ' -f1 /proc/$server/schedstat)
  echo "pause $pause ms: $(((after - before) / 1000 / answered)) microseconds a refusal; sent $sent, answered $answered, not sent $missed"
  kill $server
done
