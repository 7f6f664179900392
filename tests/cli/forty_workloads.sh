#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Of forty workloads the first page and the terminal tell sums by machine and one warning of a kind; the names are further back, all of them.
. "$(dirname "$0")/lib.sh"
name() { # the seventh is long
  [ "$1" = 7 ] && echo "workload number 7 of the department for escalations and correspondence" || echo "workload-$1"
}
{
  printf 'headroom: 1\nname: Forty\nhorizon: { start: 2026-12-01, months: 1 }\nworkloads:\n'
  for i in $(seq 1 40); do
    instance=g6e.xlarge
    [ $((i % 4)) = 0 ] && instance=g6.2xlarge
    cat <<YAML
  - name: "$(name "$i")"
    demand: { generate: { rate: 0.01 req/s, input: 200 tokens, output: 60 tokens, seed: $i } }
    slo: { ttft: 2s, tpot: 100ms, share: 90% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: $instance } ]
    regions: [us-east-1]
YAML
  done
  printf 'purchase: [ on_demand, { reserved: standard, term: 1y, payment: no_upfront } ]\nsimulation: { replications: 1 }\n'
} > forty.yaml
expect_code 0 "$headroom" run forty.yaml --set policy.upfront_max='1 MUSD'
cp stdout answer
[ ! -s stderr ] || fail "$(cat stderr)"
sed -n '1,/^$/p' answer | tr '\n' ' ' > headline
grep -q 'run up to 40 instances of 2 kinds for 40 workloads' headline || fail "headline: $(cat headline)"
tr '\n' ' ' < answer | tr -s ' ' > words
grep -q 'baseline: no current fleet given: 30 x g6e.xlarge, 10 x g6.2xlarge, on demand' words || fail "baseline: $(grep -A9 baseline: answer)"
grep -q 'Run 30 x g6e.xlarge for 30 workloads, 10 x g6.2xlarge for 10 workloads' words || fail "actions: $(grep -A9 ^Do answer)"
grep -q 'the traffic of workload-1, workload-2, workload-3 and 37 others is made up' words || fail "notices: $(sed -n '/Be careful/,$p' answer)"
grep -q '30 others: showback.csv' answer && grep -q '30 more workloads: units.csv' answer || fail "tables: $(sed -n '/Who pays/,$p' answer)"
[ "$(columns < answer)" -le 80 ] || fail "too wide"
[ "$(wc -l < answer)" -le 200 ] || fail "$(wc -l < answer) lines"

expect_code 0 "$headroom" run forty.yaml --markdown --no-progress
grep -q 'workload-3 and 37 others' stdout || fail "markdown: $(cat stdout)"
[ "$(wc -l < stdout)" -le 60 ] || fail "markdown: $(wc -l < stdout) lines"

# Page 1 ends with what it leaves out; what it leaves out follows, each workload by its name.
pdftotext -f 1 -l 1 out/forty/report.pdf - | tr '\n' ' ' | tr -s ' ' > first
grep -q 'workload-3 and 37 others is made up' first || fail "page 1: $(cat first)"
grep -q 'What runs for each workload: "Every workload"' first || fail "page 1: $(cat first)"
grep -q 'further warnings under "Further actions and warnings"' first || fail "page 1: $(cat first)"
! grep -q 'workload-9' first || fail "page 1 names the ninth"
pdftotext out/forty/report.pdf - | tr '\n' ' ' | tr -s ' ' > all
sed 's/.*What runs for each workload The largest/The largest/; s/Capacity and commitments: .*//' all > table
for i in $(seq 1 40); do
  grep -qF "$(name "$i")" table || { [ "$i" = 7 ] && grep -qF "$(name 7)" all; } || fail "no row of $(name "$i"): $(cat table)"
  grep -qF "\"the traffic of $(name "$i") is made up" out/forty/result.json || fail "result.json: $i"
done
# Pages of their own for the largest, and a report that can be mailed.
grep -oE 'Candidates: workload[- ][a-z0-9]+' all | sort -u > own
[ "$(wc -l < own)" = 8 ] || fail "not eight workloads have candidates: $(cat own)"
grep -q 'The first eight have figures of their own' all || fail "nobody says where the others are"
[ "$(stat -c %s out/forty/report.pdf)" -lt 500000 ] || fail "the report has $(stat -c %s out/forty/report.pdf) bytes"
"$headroom" plot week forty.yaml --workload workload-40 -o w40.csv --quiet || fail "no figure of one that is in the table alone"
[ "$(grep -o '1 x g6.2xlarge' table | wc -l)" = 20 ] || fail "plan and baseline: $(cat table)"
echo ok
