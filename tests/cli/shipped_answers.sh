#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each shipped scenario gives the answer that its README states, meets its target, and agrees with figures worked by hand.
. "$(dirname "$0")/lib.sh"
flat() { tr -s ' \n>' ' ' ; }
field() { sed -nE "s/^ *\"$2\": \"?([^\",]*)\"?,?\$/\1/p" "$1" | head -n 1; }
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a - b <= t && b - a <= t) }' || fail "$4: $1, by hand $2"; }

for name in chat-assistant code-completion document-embedding weekly-retraining morning-rush zone-goes-dark knowledge-base; do
  expect_code 0 "$headroom" run "$source/scenarios/$name"
  headline=$(sed -n 's/^  "headline": "\(.*\)",$/\1/p' "out/$name/result.json")
  [ -n "$headline" ] || fail "$name has no headline"
  flat < "$source/scenarios/$name/README.md" | grep -qF "$(printf '%s' "$headline" | flat)" ||
    fail "scenarios/$name/README.md does not state the answer: $headline"
done

# Page 1 of each report, as text, says what result.json says: the headline word by word, and the tiles.
short() { # three significant digits, as people read money
  awk -v v="$1" 'BEGIN {
    unit = ""
    if (v >= 1e6) { v /= 1e6; unit = "M" } else if (v >= 1e3) { v /= 1e3; unit = "K" }
    digits = v >= 100 ? 0 : v >= 10 ? 1 : v >= 1 ? 2 : v >= 0.1 ? 3 : v >= 0.01 ? 4 : 5
    print v == 0 ? "$0" : sprintf("$%.*f%s", digits, v, unit)
  }'
}
number() { awk -F, -v n="$2" -v k="$3" '$1 == n { print $k }' "out/$1/numbers.csv"; }
for name in chat-assistant code-completion document-embedding weekly-retraining morning-rush zone-goes-dark knowledge-base; do
  pdftotext -l 1 "out/$name/report.pdf" - | flat > page1
  pdftotext "out/$name/report.pdf" pages
  awk -v RS='\f' 'NR == 2 { two = /Capacity and commitments/ } NR == 3 { three = /Money and risk/ } NR == 4 { four = /Money and risk/ } /(Decision|Capacity and commitments|Money and risk)[^\n]*[(]continued/ { on = 1 } END { exit !(two && three && !four && !on) }' pages ||
    fail "the committee pages of $name are not one each"
  headline=$(sed -n 's/^  "headline": "\(.*\)",$/\1/p' "out/$name/result.json" | flat)
  grep -qF "$headline" page1 || fail "page 1 of $name does not carry the headline of result.json"
  for id in bill_usd_per_month:2 bill_usd_per_month:3 saving_usd_per_month:3 theoretical_minimum_usd_per_month:3; do
    value=$(number "$name" "${id%:*}" "${id#*:}")
    printed=$(short "$value")
    grep -qF -- "$printed" page1 || fail "page 1 of $name does not show ${id%:*} = $value as $printed"
    json=$(printf '%.6g' "$value" | cut -c1-6)
    grep -qF -- "$json" "out/$name/result.json" || fail "result.json of $name has no ${id%:*} = $value"
  done
done

# chat: seven instances at list price; the reserved rate by its rule.
today=$(awk -F, '$1 == "bill_usd_per_month" { print $2 }' out/chat-assistant/numbers.csv)
near "$today" "$(awk 'BEGIN { printf "%.9f", 7 * 1.861 * 730 }')" 0.01 "today's bill"
each=$(sed -nE 's/^"?[^"]*reserved[^"]*"?,no,reserved instance,1,all upfront,([0-9.]+),0,([0-9.]+),.*/\1 \2/p' out/chat-assistant/commitments.csv)
near "${each#* }" "$(awk -v n="${each% *}" 'BEGIN { printf "%.9f", n * 1.861 * 0.588 }')" 0.000001 "reserved rate"

# jobs: where nothing fails the cost is arithmetic; a block is paid whole; the report and result.json carry the sum.
job() { awk -F, -v j="$1" -v i="$2" -v o="$3" -v n="$4" '$1 == j && $3 == i && $5 == o && $6 == n' out/weekly-retraining/jobs.csv | sed 's/"[^"]*"//g' | cut -d, -f9; }
near "$(job prepare-documents c7g.4xlarge 'on demand' 4)" 8.236 0.000001 "preparing documents on demand"
near "$(job train-successor p5.48xlarge 'capacity block' 4)" 6036.48 0.000001 "the capacity block"
total=$(number weekly-retraining total_usd_per_month 3)
near "$total" "$(awk -v a="$(number weekly-retraining bill_usd_per_month 3)" -v b="$(number weekly-retraining jobs_usd_per_month 3)" 'BEGIN { printf "%.9f", a + b }')" 0.000001 "the plan with its jobs"
pdftotext out/weekly-retraining/report.pdf - | flat > pages
grep -qF "Jobs cost $(short "$(number weekly-retraining jobs_usd_per_month 3)") a month; the plan and all beside it $(short "$total")" pages || fail "the report does not say what jobs cost"

# morning rush: a launch is boot, image, weights over an instance's bandwidth, warm-up; shared when many start together.
delay=$(sed -n '/^  "recommended"/,$p' out/morning-rush/result.json | sed -nE 's/^    "ready_delay_mean_s": ([0-9.]+),$/\1/p' | head -n 1)
near "$delay" "$(awk 'BEGIN { print 40 * exp(0.045) + 20 + 16.06 / 1.2 + 45 }')" 2 "ready delay"

# zone goes dark: a tenth is answered by the cache, what is not is attempted at least once, and the lost zone is survived.
count() { sed -n '/^  "recommended"/,$p' out/zone-goes-dark/result.json | sed -nE "s/^ +\"$1\": ([0-9]+),?\$/\1/p" | head -n 1; }
near "$(awk -v a="$(count cached)" -v b="$(count arrived)" 'BEGIN { print a / b }')" 0.1 0.001 "share that the cache answers"
near "$(number zone-goes-dark attempts_per_request 3)" "$(awk -v a="$(count attempts)" -v b="$(count arrived)" -v c="$(count cached)" 'BEGIN { print a / (b - c) }')" 0.00001 "attempts a request"
[ "$(count attempts_to_fallback)" -gt 0 ] || fail "nothing overflows"
grep -q '"holds": true' out/zone-goes-dark/result.json || fail "the lost zone is not survived"

# knowledge base: stations are instances by the hour; every question is embedded once and looked up three times.
rate() { awk -F, -v s="$1" '$1 == "plan" && $3 == s { print $10 / $9 / 730 }' out/knowledge-base/stations.csv; }
calls() { awk -F, -v s="$1" '$1 == "plan" && $3 == s { print $11 }' out/knowledge-base/stations.csv; }
sed -i 's/"[^"]*"/stated/' out/knowledge-base/stations.csv
near "$(rate embedder)" 0.8048 0.0000001 "the embedder's hour"
near "$(rate vectors)" 0.4284 0.0000001 "the vector store's hour"
tasks=$(awk -F, '$1 == "plan" { print $4 }' out/knowledge-base/tasks.csv)
near "$(calls embedder)" "$tasks" 1 "one embedding a question"
near "$(awk -v a="$(calls vectors)" -v b="$tasks" 'BEGIN { print a / b }')" 3 0.0001 "three shards a question"
near "$(awk -v a="$(calls guardrail)" -v b="$tasks" 'BEGIN { print a / b }')" "$(awk 'BEGIN { print 1 / 0.96 }')" 0.001 "checks a question"

# The real trace of code completion against the same machines.
data=${HEADROOM_DATA:-$source/../shared}/traces/azure-llm-2023-code/AzureLLMInferenceTrace_code.csv
if [ -f "$data" ]; then
  mkdir real && cp "$data" real/code.csv
  awk '/^      generate:/ { print "      trace: code.csv"; skip = 1; next } skip && /^    slo:/ { skip = 0 } !skip' \
    "$source/scenarios/code-completion/scenario.yaml" > real/scenario.yaml
  expect_code 0 "$headroom" run real
  grep -q 'covers 57 minutes' stdout || fail "the report does not say that the trace is short"
elif [ "${HEADROOM_DATA_REQUIRED:-0}" = 1 ]; then
  fail "$data is missing"
else
  echo "the real trace was not replayed: $data is not at hand"
fi
echo ok
