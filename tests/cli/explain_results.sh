#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# explain over a result that headroom wrote: every number with a formula is in some result, leads to lines of the scenario and to
# a section of docs/model.md that is there; where the formula is arithmetic its parts give the number; actions, warnings and
# candidates are explained; what is not there is told with its neighbour.
. "$(dirname "$0")/lib.sh"
small_scenario
sed -i 's/months: 1 /months: 12 /' small.yaml
cat >> small.yaml <<'YAML'
purchase: [ on_demand, spot, { savings_plan: compute } ]
budgets: [ { scope: all, year: 20 kUSD, basis: amortised } ]
storage:
  - { name: logs, region: us-east-1, written: 50 GB/month, object: 4 MiB, kept: 12, read: 50% }
jobs:
  - { name: nightly, kind: batch_inference, every: 7d, deadline: 12h, run_on: [ { instance: g5.xlarge, alone: 5h } ], purchase: [ on_demand ], regions: [us-east-1] }
levers:
  - { change: slo, longer: 1s, workload: chat, one_off: 300 USD }
  - { change: precision, precision: int8, one_off: 2 kUSD }
estate:
  discounts: [ { applies_to: [ec2], rate: 9%, commitment: 100 kUSD/year } ]
YAML
expect_code 0 "$headroom" run small.yaml --out r
tr -s ' \n' ' ' < stdout | grep -qE 'commitments as they are sold, instances in fractions: \$[0-9.,KM]+ a month, (the least|at most)' ||
  fail "the answer does not say what commitments cost as they are sold"
expect_code 0 "$headroom" explain r
sed -nE 's/^  ([a-z_0-9.]+\.[a-z_0-9.]+|[a-z]+_[a-z_]+) +[^ ]+$/\1/p' stdout > listed
sed -nE 's/^    \{"([a-zA-Z_.0-9]+)",$/\1/p' "$source/scenarios/result_terms.c" | sed 's/\.N\./.0./g' | sort > terms
[ "$(wc -l < terms)" -ge 35 ] || fail "only $(wc -l < terms) terms were found"
grep -q '^futures.plans.1.' listed || fail "only the first of the plans over the futures is listed"
for path in bill_usd_per_month within_target usd_per_month_by_charge.spot; do
  grep -q "^baseline.$path$" listed || fail "baseline.$path can be explained and is not listed"
done
sed -E 's/^futures\.plans\.[0-9]+\./futures.plans.0./; s/^baseline\./recommended./' listed | sort -u | diff terms - || fail "some numbers with a formula are in no result, or are not listed"
while read -r path; do
  expect_code 0 "$headroom" explain r "$path"
  head -n 1 stdout | grep -qF "$path = " || fail "$path has no value"
  grep -q '^  = ' stdout || fail "$path has no formula"
  grep -qE '^  small.yaml:[0-9]+: ' stdout || fail "$path leads to no line"
  section=$(sed -nE 's/^  \(docs\/model.md, section ([0-9.]+)\)$/\1/p' stdout)
  grep -qE "^##+ ${section//./\\.}[. ]" "$source/docs/model.md" || fail "docs/model.md has no section '$section' of $path"
done < listed
# a line that a number rests on is the line of the file
sed -n "$(sed -nE 's/^  small.yaml:([0-9]+): workloads.chat.slo.ttft: 2s$/\1/p' stdout | head -n 1)p" small.yaml > line
expect_code 0 "$headroom" explain r recommended.within_target
number=$(sed -nE 's/^  small.yaml:([0-9]+): workloads.chat.slo.ttft: 2s$/\1/p' stdout)
sed -n "${number}p" small.yaml | grep -q 'ttft: 2s' || fail "line $number does not say the limit"
holds() { # number, awk expression of its parts a b c d e
  "$headroom" explain ${result:-r} "$1" > text
  awk -v want="$(sed -nE '1s/.* = //p' text)" "
    / \(docs\/model.md/ { parts = 1; next } parts && NF == 2 && /^  [a-z]/ { v[++n] = \$2 } /^\$/ && n { parts = 0 }
    END { a = v[1]; b = v[2]; c = v[3]; d = v[4]; e = v[5]; got = $2; exit !(got - want < 1e-6 * (1 + want * want) && want - got < 1e-6 * (1 + want * want)) }" text ||
    fail "the parts of $1 do not give it: $2: $(cat text)"
}
holds recommended.bill_usd_per_month 'a * 730 / b'
holds baseline.bill_usd_per_month 'a * 730 / b'
holds saving_usd_per_month 'a + b - c - d - e'
holds saving_fraction 'a / (b + c)'
grep -q 'these rates of what the plan and the baseline pay for' text || fail "a saving rests on no rates of both: $(cat text)"
# The baseline here is a single choice on demand: no rate of spot or of a commitment is in its bill, nor what its machine is not.
expect_code 0 "$headroom" explain r baseline.bill_usd_per_month
sed -n '/^on these rates/,/^$/p' stdout > rates
grep -q '^on these rates of what the baseline pays for:$' rates || fail "the baseline's rates are not told: $(cat stdout)"
[ "$(grep -c 'on demand hour' rates)" = 1 ] && ! grep -qE 'spot|-year' rates || fail "the baseline rests on what it does not pay: $(cat rates)"
# The ends of growth's interval are for futures alone.
expect_code 0 "$headroom" run small.yaml --out grows --set 'workloads.0.demand.growth={ low: 0%/month, mid: 1%/month, high: 2%/month, confidence: 80% }'
expect_code 0 "$headroom" explain grows recommended.bill_usd_per_month
grep -q 'growth.mid' stdout && ! grep -qE 'growth.(low|high)' stdout || fail "a planned bill rests on the ends of growth: $(cat stdout)"
expect_code 0 "$headroom" explain grows futures.plans.0.p10_usd_per_month
grep -q 'growth.low' stdout && grep -q 'growth.high' stdout || fail "the futures do not rest on the ends of growth: $(cat stdout)"
# What an action saves: what is paid before it less what is paid after it.
told=0
for n in 1 2 3 4 5 6; do
  "$headroom" explain r action-$n > text 2>/dev/null || break
  grep -q 'before_usd_per_month' text || continue
  awk -v want="$("$json" actions.$((n - 1)).saving_usd_per_month < r/result.json)" '
    /^  .*before_usd_per_month / { a = $2 } /^  .*after_usd_per_month / { b = $2 }
    END { exit !(a - b - want < 1e-6 * (1 + a) && want - a + b < 1e-6 * (1 + a)) }' text || fail "before and after of action $n do not give what it saves: $(cat text)"
  told=$((told + 1))
done
[ $told -ge 1 ] || fail "no action has a level before and after it"
expect_code 3 "$headroom" explain r action-99
grep -qE 'there (is|are) [0-9]+: action-1' stderr || fail "no hint of how many actions there are: $(cat stderr)"
holds steps_usd_per_month.promised_spend 'a - b'
holds total_usd_per_month 'a + b + c + d + e'
holds recommended.usd_per_thousand_requests 'a / b * 1000'
holds recommended.usd_per_million_output_tokens 'a / b * 1000000'
holds three_numbers.whole_instance_plan_usd_per_month 'a + b + c'
holds plan.as_sold.gap '(b ? (a - b) / a : 1)'
holds three_numbers.bill_usd_per_month 'a + b + c'
holds unit_costs.0.utilisation_tax 'a / b - 1'
holds budgets.0.headroom_usd 'a - b'
# Below the promise a lever saves nothing; without one what it costs once comes back.
expect_code 0 "$headroom" explain r levers.steps.0.usd_per_month
head -n 1 stdout | grep -q ' = 0$' || fail "a lever saves what the promise takes: $(cat stdout)"
expect_code 0 "$headroom" run small.yaml --out free --set 'estate.discounts=[ { applies_to: [ec2], rate: 9% } ]'
result=free
holds levers.steps.0.payback_months 'a / b'
result=r
# The charges of the bar chart, each by its name, add up to the bill; so do the baseline's.
for fleet in recommended baseline; do
  for kind in "on demand" spot "commitment used" "commitment unused" function tokens "reserved capacity unused" transfer volume weights; do
    expect_code 0 "$headroom" explain r "$fleet.usd_per_month_by_charge.$kind"
    sed -nE "1s/^$fleet\.usd_per_month_by_charge\.$kind = //p" stdout
    grep -q '^  = ' stdout && grep -qE '^  small.yaml:[0-9]+: ' stdout || fail "$kind has no formula, or leads to no line"
  done > charges
  [ "$(wc -l < charges)" = 10 ] || fail "$fleet: not every charge has a value: $(cat charges)"
  awk -v want="$("$json" $fleet.bill_usd_per_month < r/result.json)" '{ s += $1 } END { exit !(want > 0 && s - want < 1e-6 * want && want - s < 1e-6 * want) }' charges ||
    fail "the charges of $fleet do not add up to its bill: $(cat charges)"
done
# With 20 days of lead time it is decided 20 days before the horizon starts, with none when it starts.
expect_code 0 "$headroom" explain r 'Decide by'
head -n 1 stdout | grep -qF 'decide_by.date = 2026-12-01' || fail "decide by: $(head -n 1 stdout)"
expect_code 0 "$headroom" run small.yaml --out ordered --set 'estate.supply=[ { instance: g6e.xlarge, lead_time: 20d } ]'
expect_code 0 "$headroom" explain ordered 'Decide by'
head -n 1 stdout | grep -qF 'decide_by.date = 2026-11-11' || fail "decide by: $(head -n 1 stdout)"
pdftotext -l 1 ordered/report.pdf - | tr '\n' ' ' | grep -qF '2026-11-11' || fail "page 1 has another day"
! (holds saving_usd_per_month 'a + b') > /dev/null || fail "the check of arithmetic takes anything"
for what in action-1 estimated-capacity g6e.xlarge g4dn.xlarge bill_usd_horizon; do
  expect_code 0 "$headroom" explain r $what
done
# What people call numbers: plain words, the tiles of page 1, and the first words of each line of the table.
means() { # word, path
  expect_code 0 "$headroom" explain r "$1"
  head -n 1 stdout | grep -qF "$2" || fail "'$1' is not $2: $(head -n 1 stdout)"
}
means saving saving_usd_per_month
means Cost recommended.bill_usd_per_month
means 'cost per month' recommended.bill_usd_per_month
means baseline baseline.bill_usd_per_month
means today baseline.bill_usd_per_month
means total total_usd_per_month
means carbon recommended.carbon.0.operation_kg_co2e_per_month.1
means 1 action-1
means action_1 action-1
for tile in $(sed -nE 's/.*\.label = "([A-Z][a-z ]+)",.*/\1/p' "$source/plots/report_decision.c" | tr ' ' '_') 'Cost_per_1M_output_tokens*' 'Cost_per_1K_requests*'; do
  expect_code 0 "$headroom" explain r "${tile//_/ }"
done
[ "$(grep -cE '\.label = "[A-Z]' "$source/plots/report_decision.c")" = 3 ] || fail "page 1 has other tiles than those that were asked for"
"$headroom" run small.yaml --out again --no-progress | sed -nE '/^ +(today|baseline) +plan$/,/^$/s/^ +([^ ].*[^ ])  +[^ ].*$/\1/p' | sed -E 's/  .*//' | grep -vE '^(today|baseline)$' > lines
[ "$(wc -l < lines)" -ge 9 ] || fail "the table has only $(wc -l < lines) lines: $(cat lines)"
while read -r line; do
  expect_code 0 "$headroom" explain r "$line"
done < lines
expect_code 3 "$headroom" explain r savign
grep -q "did you mean 'saving" stderr || fail "no suggestion for a word: $(cat stderr)"
# the same as JSON, whole: kind, lines and files
for what in action-1 purchase-1 rejection-1 estimated-capacity g6e.xlarge bill_usd_horizon; do
  expect_code 0 "$headroom" explain r $what --json
  [ "$("$json" schema_version < stdout)" = 1 ] || fail "the JSON of $what has no version"
  case $what in *-[0-9]) [ "$("$json" kind < stdout)" = "${what%-*}" ] || fail "$what is of another kind" ;; esac
  [ "$("$json" files.0.role < stdout)" = scenario ] || fail "the JSON of $what names no file"
done
[ "$("$json" inputs.0.file < stdout)" = small.yaml ] || fail "the JSON leads to no line"
expect_code 0 "$headroom" explain r recommended.bill_usd_per_month --json
[ "$("$json" value < stdout)" = "$("$json" recommended.bill_usd_per_month < r/result.json)" ] || fail "the JSON has another value"
for what in purchase-1 rejection-1; do
  expect_code 0 "$headroom" explain r $what
  grep -qE '^  small.yaml:[0-9]+: purchase' stdout || fail "$what leads to no line of purchase: $(cat stdout)"
  grep -q '^  = ' stdout || fail "$what has no formula"
done
# A lever: what it saves is the plan without it less the plan with it, step by step, and only its own line of the list is told.
for lever in 0 1; do
  name=$("$json" levers.steps.$lever.name < r/result.json)
  expect_code 0 "$headroom" explain r "$name"
  cp stdout by_name
  expect_code 0 "$headroom" explain r lever-$((lever + 1))
  tail -n +2 by_name | diff - <(tail -n +2 stdout) || fail "the lever '$name' is told otherwise by its number"
  [ "$(grep -c '^  levers.before_usd_per_month \|^  levers.steps.[0-9].usd_per_month ' stdout)" = $((lever + 2)) ] || fail "not all steps up to it: $(cat stdout)"
  line=$(sed -nE 's/^  small.yaml:([0-9]+): levers.*one_off: .*/\1/p' stdout)
  sed -n "${line:-1}p" small.yaml > own
  case $name in *latency*) grep -q 'change: slo' own ;; *) grep -q 'change: precision' own ;; esac || fail "'$name' leads to another line: $(cat stdout)"
  [ "$(grep -cE '^  small.yaml:[0-9]+: levers.*change: ' stdout)" = 1 ] || fail "'$name' rests on other levers: $(cat stdout)"
done
paid=$(awk '/^  levers.before/ { v = $2 } /^  levers.steps/ { v -= $2 } END { printf "%.6f", v }' stdout)
awk -v a="$paid" -v b="$("$json" levers.after_usd_per_month < r/result.json)" 'BEGIN { exit !(a - b < 1e-4 && b - a < 1e-4) }' ||
  fail "the steps of the last lever do not lead to the plan with all of them: $paid"
expect_code 0 "$headroom" explain r --json
[ "$("$json" what.0.kind < stdout)" = number ] || fail "the list as JSON has no kinds"
expect_code 0 "$headroom" explain r
# (a name may have a blank in it; two end it)
[ -z "$(sed -nE 's/^  ([^ ]+( [^ ]+)*)  .*/\1/p; t; s/^  ([^ ]+).*/\1/p' stdout | sort | uniq -d)" ] || fail "something is listed twice"
expect_code 0 "$headroom" explain r action-1
grep -A 1 -E '^  relates to [A-Z]+[0-9]+-BP[0-9]+:$' stdout | grep -q '^    https://' || fail "an action relates to no practice: $(cat stdout)"
expect_code 0 "$headroom" explain r g4dn.xlarge
grep -q 'not chosen because: does not fit' stdout || fail "why a candidate is not chosen is not told"
expect_code 3 "$headroom" explain r actoin-1
grep -q "did you mean 'action-1'" stderr || fail "no suggestion for an id"
expect_code 3 "$headroom" explain r recommended.nothing
expect_code 3 "$headroom" explain small.yaml
expect_code 3 "$headroom" plot week r
grep -q 'this folder is a result' stderr || fail "a result in place of a scenario: $(cat stderr)"
expect_code 3 "$headroom" plot week nowhere.yaml
grep -q 'headroom init nowhere.yaml' stderr || fail "no scenario: $(cat stderr)"
expect_code 3 "$headroom" explain nowhere action-1
expect_code 0 "$headroom" explain workloads.slo.ttft
# Every warning has the lines that it is about: each id that the sources give has an entry, and no entry is of another id.
cat "$source"/scenarios/*.c | tr -s ' \n' ' ' | grep -oE 'study_add_notice(_about)?\( ?arena, study, ?[^,]*' |
  grep -oE '"[a-z-]+"' | cat - <(sed -nE '/study_add_notice.*ids\[/,$d; /ids\[SURVIVE_KINDS\]/,/;/p' "$source/scenarios/study_notices.c" | grep -oE '"[a-z-]+"') |
  tr -d '"' | sort -u > given
sed -nE '/^} warning_inputs\[\]/,/^};/s/^    \{"([a-z-]+)",.*/\1/p' "$source/scenarios/result_terms.c" | sort > known
[ "$(wc -l < given)" -ge 50 ] || fail "only $(wc -l < given) warnings were found"
diff given known || fail "some warnings lead to no lines"
for id in $(tr ',' '\n' < r/result.json | sed -nE 's/^ *"id": "([a-z]+-[a-z-]+)"$/\1/p' | sort -u); do
  expect_code 0 "$headroom" explain r "$id"
  grep -qE '^  small.yaml:[0-9]+: ' stdout || fail "the warning $id leads to no line: $(cat stdout)"
done
# Today's fleet that misses the target: its counts, the target and the demand.
expect_code 0 "$headroom" run small.yaml --out misses --set 'today={ fleet: [ { instance: g6e.xlarge, count: 1 } ] }' \
  --set 'workloads.0.demand.generate={ rate: 1 req/s, input: 200 tokens, output: 1500 tokens }' --set 'workloads.0.slo.tpot=30ms'
if grep -q baseline-misses misses/result.json; then
  expect_code 0 "$headroom" explain misses baseline-misses
  for line in today.fleet.0 workloads.chat.slo workloads.chat.demand; do
    grep -q "$line" stdout || fail "baseline-misses does not lead to $line: $(cat stdout)"
  done
else fail "today's fleet does not miss"; fi
# Of many warnings of one kind the gravest is told, and how many more there are; explain has all of them.
expect_code 0 "$headroom" run small.yaml --out tight --set 'budgets=[{ scope: all, month: 5 USD }]'
tr '\n' ' ' < stdout | tr -s ' ' > told
[ "$(grep -o 'amortised cost of' told | wc -l)" = 1 ] || fail "not one warning of a kind is told: $(cat stdout)"
grep -qF '11 more such warnings (each by itself: result.json)' told || fail "the others are not counted: $(cat stdout)"
worst=$(grep -o '"text": "amortised cost of [^"]*too much' tight/result.json | sed 's/.*: \$\([0-9.]*K\) too much/\1/' | sort -g | tail -1)
grep -qF "\$$worst too much; 11 more" told || fail "not the gravest, $worst: $(cat stdout)"
expect_code 0 "$headroom" explain tight budget-exceeded
[ "$(grep -c '^budget-exceeded: ' stdout)" = 12 ] || fail "explain does not have all warnings of a kind"
echo ok
