#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT and SIGTERM at 100 moments drawn over a whole run, half of them in its last tenth, where it writes: exit 130 or 143 (or 0
# when the run was faster), all outputs are those of one run, the old or the new, and nothing lies beside them. Of `plan`, which has
# an answer as soon as one is proven: it prints the whole answer, one that says INCOMPLETE, or nothing but at which stage it ended.
. "$(dirname "$0")/lib.sh"
small_scenario
sum() { (cd out/small && sha256sum -- * | grep -v manifest.json | sha256sum); }
expect_code 0 "$headroom" run small.yaml --quiet --set simulation.seed=2 --threads 1
new=$(sum)
start=$(date +%s%N)
expect_code 0 "$headroom" run small.yaml --quiet --threads 1
span=$((($(date +%s%N) - start) / 1000)) # of a run, in microseconds
old=$(sum)
[ "$old" != "$new" ] || fail "the seed changes nothing: the check could not fail"
cp -r out before

# Waits until a child is the program: a shell that a signal finds before that runs the shell's own EXIT trap.
# pid
await_exec() {
  while [ "$(readlink /proc/"$1"/exe)" = "$(readlink /proc/$$/exe)" ]; do :; done
}

# Tracks how long a run takes on this machine now: shorter when one was over before its moment, longer when one was not.
# code share -> span
follow_span() {
  if [ "$1" = 0 ] && [ "$2" -lt 1000 ]; then
    span=$((span * 97 / 100))
  elif [ "$1" != 0 ] && [ "$2" -ge 960 ]; then
    span=$((span * 103 / 100))
  fi
}

RANDOM=20261201
stopped=0
for i in $(seq 100); do
  signal=INT expected=130
  [ $((i % 4)) != 0 ] || signal=TERM expected=143
  share=$((RANDOM % 1000)) # of the span, in thousandths
  [ $((i % 2)) = 0 ] || share=$((880 + RANDOM % 170))
  us=$((span * share / 1000))
  "$headroom" run small.yaml --quiet --threads 1 --set simulation.seed=2 >/dev/null 2>&1 &
  pid=$!
  await_exec $pid
  sleep "$((us / 1000000)).$(printf '%06d' $((us % 1000000)))"
  kill -$signal $pid 2>/dev/null
  wait $pid
  code=$?
  [ $code = $expected ] || [ $code = 0 ] || fail "$signal after $us us: exit code $code"
  [ $code = 0 ] || stopped=$((stopped + 1))
  follow_span $code $share
  now=$(sum)
  [ "$now" = "$old" ] || [ "$now" = "$new" ] || fail "$signal after $us us: outputs of two runs, or torn"
  [ "$(find out | sort)" = "$(cd before && find . | sed 's|^\.|out|' | sort)" ] || fail "$signal after $us us: left $(find out)"
  rm -rf out && cp -r before out
done
[ $stopped -ge 30 ] || fail "only $stopped of 100 runs were stopped: the moments are too late"

cat > choice.yaml <<'YAML'
headroom: 1
name: Choice
horizon: { start: 2026-12-01, months: 12 }
simulation: { replications: 1 }
purchase: [ on_demand, { reserved: standard, term: 1y }, { savings_plan: compute, term: 1y, payment: no_upfront } ]
workloads:
  - name: embed
    demand:
      generate: { rate: 3 req/s, input: 512 tokens, output: 0 tokens }
      events: [ { from: 2027-01-03, to: 2027-01-05, factor: 1.1 }, { from: 2027-02-03, to: 2027-02-05, factor: 1.2 } ]
    slo: { latency: 60s, share: 90% }
    models: [ { use: bert-large } ]
    run_on: [ { instance: c7g.xlarge } ]
    regions: [us-east-1]
YAML
start=$(date +%s%N)
expect_code 0 "$headroom" plan choice.yaml --threads 1
span=$((($(date +%s%N) - start) / 1000))
cp stdout whole
cut=0 told=0
for i in $(seq 40); do
  share=$((RANDOM % 1000))
  us=$((span * share / 1000))
  "$headroom" plan choice.yaml --threads 1 >stdout 2>stderr &
  pid=$!
  await_exec $pid
  sleep "$((us / 1000000)).$(printf '%06d' $((us % 1000000)))"
  kill -INT $pid 2>/dev/null
  wait $pid
  code=$?
  [ $code = 130 ] || [ $code = 0 ] || fail "plan, INT after $us us: exit code $code"
  [ $code = 0 ] || cut=$((cut + 1))
  follow_span $code $share
  [ $code = 130 ] || cmp -s stdout whole || fail "plan, INT after $us us: another answer without exit code 130"
  [ -s stdout ] || ! grep -q 'while sizing: no plan is proven yet$' stderr || told=$((told + 1))
  [ ! -s stdout ] || cmp -s stdout whole || grep -q INCOMPLETE stdout || fail "plan, INT after $us us: a part of an answer: $(cat stdout)"
done
[ $cut -ge 10 ] || fail "only $cut of 40 plans were stopped: the moments are too late"
[ $told -ge 3 ] || fail "only $told of $cut plans tell that they were stopped while sizing"
echo "ok: $stopped of 100 runs and $cut of 40 plans were stopped"
