#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same input and seed, same bytes: twice, and on 1, 2 and 5 threads. Another seed gives another result (the check can fail).
. "$(dirname "$0")/lib.sh"
small_scenario
for threads in 1 2 5 2; do
  expect_code 0 "$headroom" run small.yaml --threads $threads --quiet
  rm out/small/manifest.json # it records the command line
  if [ -d first ]; then diff -r first out/small || fail "other bytes on $threads threads"; else cp -r out/small first; fi
done
expect_code 0 "$headroom" run small.yaml --set simulation.seed=99 --quiet
cmp -s first/result.json out/small/result.json && fail "the seed changes nothing"
echo ok
