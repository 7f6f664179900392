#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same input and seed, same bytes, on 1, 2 and 8 threads. Another seed gives another result (the check can fail).
# First a small fleet that stands still, then one in which everything moves: autoscaling, a spot market by a model, failing
# launches with substitutes, a lost zone, front door, function, token API, flow, mix, job, storage, several replays.
. "$(dirname "$0")/lib.sh"
same_bytes() { # scenario, options...
  local name=$1 threads
  shift
  for threads in 1 2 8; do
    expect_code 0 "$headroom" run "$name.yaml" --threads $threads --quiet "$@"
    rm "out/$name/manifest.json" # it records the command line
    [ ! -f events.jsonl ] || mv events.jsonl "out/$name/"
    if [ -d "first/$name" ]; then
      diff -r "first/$name" "out/$name" >stdout || fail "other bytes of $name on $threads threads: $(head -c 400 stdout)"
    else
      mkdir -p first && cp -r "out/$name" first/
    fi
  done
  expect_code 0 "$headroom" run "$name.yaml" --set simulation.seed=99 --quiet
  cmp -s "first/$name/result.json" "out/$name/result.json" && fail "the seed changes nothing in $name"
}
small_scenario
same_bytes small
moving_scenario
same_bytes moving --events events.jsonl

# It did move.
moved() { grep -qE "$1" first/moving/result.json || fail "nothing moved: no $1"; }
for count in interruptions restarted migrated refused lent refused_attempts attempts_taken_back attempts_to_fallback \
  cached launches adapter_loads cut; do
  moved "\"$count\": [1-9]"
done
for part in zone_loss confidence tasks stations streams storage jobs; do
  moved "\"$part\": [[{]"
done
grep -q '"event":"interrupted"' first/moving/events.jsonl || fail "no instance was taken back"
# Each pool of the log is one that the result knows.
sed -nE 's/.*"pool":"([^"]*)".*/\1/p' first/moving/events.jsonl | sort -u | while read -r pool; do
  grep -qF "\"name\": \"$pool\"" first/moving/result.json || fail "the log names an unknown pool: $pool"
done || exit 1
echo ok
