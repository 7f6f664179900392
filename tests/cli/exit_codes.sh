#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One case an exit code: 0 done, 1 the answer is no, 2 usage, 3 input, 4 system.
. "$(dirname "$0")/lib.sh"
small_scenario
expect_code 0 "$headroom" run small.yaml
[ "$(tail -n 1 stdout)" = out/small/report.pdf ] || fail "the last line does not name the PDF"
expect_code 1 "$headroom" run small.yaml --set 'estate.quotas.G=0 vCPU'
grep -q 'G' stdout || fail "an infeasible answer does not name the quota"
expect_code 2 "$headroom" run
expect_code 2 "$headroom" nonsense
expect_code 2 "$headroom" run small.yaml --threads none
expect_code 2 "$headroom" run small.yaml --csv candidate
expect_code 3 "$headroom" run missing.yaml
expect_code 3 "$headroom" run small.yaml --set 'workloads.0.slo.ttft=fast'
expect_code 3 "$headroom" run small.yaml --set 'prices=../book.csv'
expect_code 4 "$headroom" run small.yaml --out /dev/null/nowhere
# A path that cannot be written is found before anything is read or run.
mkdir folder && touch file
for option in "--out file/below" "--out file" "--focus missing/bill.csv" "--focus folder" "--events file/events.jsonl"; do
  expect_code 4 "$headroom" run does-not-exist.yaml $option
  grep -q 'cannot write' stderr || fail "run $option is not refused for its path: $(cat stderr)"
done
expect_code 4 "$headroom" plan does-not-exist.yaml --write-lp missing/plan.lp
expect_code 3 "$headroom" run does-not-exist.yaml --out new/folder/below
[ ! -e new ] || fail "a folder was made for nothing"
# 1 also of a job that cannot be in time, and of an answer without a replay.
small_scenario late.yaml
cat >> late.yaml <<'YAML'
jobs:
  - { name: nightly, kind: batch_inference, every: 1d, deadline: 4h, run_on: [ { instance: g5.xlarge, alone: 5h } ], purchase: [ on_demand ], regions: [us-east-1] }
YAML
expect_code 1 "$headroom" run late.yaml
expect_code 0 "$headroom" run late.yaml --set 'jobs.0.deadline=6h'
expect_code 1 "$headroom" plan small.yaml --set 'estate.quotas.G=0 vCPU'
# A purchase outside a guardrail: told always, an answer of no where it is asked for.
{ sed 's/months: 1/months: 12/' small.yaml; echo 'purchase: [ on_demand, { savings_plan: compute, term: 1y, payment: no_upfront } ]'; } > bought.yaml
expect_code 0 "$headroom" plan bought.yaml
expect_code 1 "$headroom" plan bought.yaml --fail-on guardrails
"$headroom" run bought.yaml --json | grep '"reason"' | grep -q 'outside the guardrails: .*at most' || fail "the action does not say which guardrail fails"
"$headroom" run bought.yaml --json --set 'policy.guardrails.ladder=100%' --set 'policy.guardrails.break_even_months=12' | grep '"reason"' | grep -q 'outside the guardrails' && fail "a guardrail that holds is told as failing"
expect_code 0 "$headroom" plan bought.yaml --fail-on guardrails --set 'policy.guardrails.ladder=100%' --set 'policy.guardrails.break_even_months=12'
expect_code 2 "$headroom" plan bought.yaml --fail-on weather
expect_code 2 "$headroom" plan bought.yaml --lookback 8
expect_code 2 "$headroom" plan bought.yaml --target-coverage 120%
"$headroom" plan bought.yaml --lookback 30 --csv recommendations | grep -q '^look-back,"1-year Compute savings plan, no upfront",30,' || fail "the look-back buys nothing"
# Interrupted and terminated.
for signal in INT:130 TERM:143; do
  (trap - INT; exec "$headroom" run "$source/scenarios/chat-assistant" --out "signal-${signal%:*}" --quiet) >stdout 2>stderr &
  pid=$!
  sleep 0.3
  kill -s "${signal%:*}" $pid
  wait $pid
  code=$?
  [ $code = "${signal#*:}" ] || fail "SIG${signal%:*} ends with $code"
done
[ -z "$(ls -A /dev/null/nowhere 2>/dev/null)" ] || fail "something was written"
"$headroom" prices list | head -n 1 >/dev/null
codes=("${PIPESTATUS[@]}")
[ "${codes[0]}" = 0 ] || [ "${codes[0]}" = 4 ] || fail "a closed pipe ends with ${codes[0]}"
(sleep 0.2; "$headroom" prices list 2>pipe_errors; echo $? > pipe_code) | true
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s pipe_code ] && break; sleep 0.2; done
[ "$(cat pipe_code)" = 4 ] && [ ! -s pipe_errors ] || fail "a closed pipe is not quiet with exit code 4"
"$headroom" prices list > /dev/full 2>stderr
[ $? = 4 ] && grep -q 'No space left' stderr || fail "a full device is not reported"
echo ok
