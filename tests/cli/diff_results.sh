#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diff over results that headroom wrote: the lines of a result add up to its cost, the steps to the difference, to the cent; a
# price that moves is price, a stated input is told with its line, and nothing changed is nothing told.
. "$(dirname "$0")/lib.sh"
small_scenario
sed -i 's/months: 1 /months: 12 /; $ a purchase: [ on_demand, spot, { savings_plan: compute } ]' small.yaml
cat > book.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of
instance,g6e.xlarge,us-east-1,,on_demand,,,hour,2.00,published,,list,2026-11-01
END
expect_code 0 "$headroom" run small.yaml --out one
expect_code 0 "$headroom" run small.yaml --out same
expect_code 0 "$headroom" run small.yaml --out busy --set 'workloads.0.demand.generate.rate=4 req/s'
expect_code 0 "$headroom" run small.yaml --out listed --set 'purchase=[on_demand]'
expect_code 0 "$headroom" run small.yaml --out dearer --set 'purchase=[on_demand]' --set 'prices=book.csv'
cents() { awk '{ s += $1 } END { printf "%d", s * 100 + (s < 0 ? -0.5 : 0.5) }'; }
cost() { sed -n '/^  "cost": {/,/^  }/p' "$1/result.json" | sed -nE 's/^    "usd_per_month": ([0-9.]+),$/\1/p'; }
for name in one busy listed dearer; do
  sed -n '/^  "cost": {/,/^  }/p' $name/result.json | sed -nE 's/^        "usd_per_month": ([0-9.]+),$/\1/p' > lines
  sed -n '/^    "beside": {/,/^    }/p' $name/result.json | sed -nE 's/^ +".*": ([0-9.]+),?$/\1/p' >> lines
  [ "$(cents < lines)" = "$(cost $name | cents)" ] || fail "the cost lines of $name do not add up to its cost"
done
for pair in "one busy" "busy one" "one listed" "listed dearer" "busy dearer"; do
  set -- $pair
  expect_code 0 "$headroom" diff $1 $2 --csv steps
  steps=$(tail -n +2 stdout | sed 's/.*,//' | cents)
  [ "$steps" = $(($(cost $2 | cents) - $(cost $1 | cents))) ] || fail "the steps from $1 to $2 do not add up: $steps cents"
done
expect_code 0 "$headroom" diff listed dearer --csv steps
[ "$(tail -n +2 stdout | cut -d, -f3 | sort -u)" = price ] || fail "a dearer list is not price alone: $(cat stdout)"
expect_code 0 "$headroom" diff listed dearer
grep -q 'g6e.xlarge in us-east-1: on demand hour: $1.861 -> $2 *$' stdout || fail "the rate that moved is not told"
expect_code 0 "$headroom" diff one busy
grep -q 'workloads.chat.demand.generate.rate: 0.05 req/s -> 4 req/s (by --set)' stdout || fail "the input is not told"
expect_code 0 "$headroom" diff one same
grep -q '^- nothing$' stdout && grep -q 'B costs as much as A' stdout || fail "the same run differs"
# A fleet that mostly idles has small steps: twice the requests are more work of the same hours, and less idle capacity.
expect_code 0 "$headroom" run small.yaml --out twice --set 'purchase=[on_demand]' --set 'workloads.0.demand.generate.rate=0.1 req/s'
expect_code 0 "$headroom" diff listed twice --csv steps
for step in volume "idle capacity"; do
  usd=$(grep ",$step,chat," stdout | sed 's/.*,//')
  awk -v usd="${usd:-0}" -v all="$(cost listed)" 'BEGIN { if (usd < 0) usd = -usd; exit !(usd > 0.1 && usd < all / 100) }' ||
    fail "the step '$step' of an idle fleet is $usd of $(cost listed)"
done
[ "$(wc -l < stdout)" = 3 ] || fail "an idle fleet has other steps: $(tail -n +2 stdout)"
"$headroom" diff one busy --quiet > quiet
"$headroom" diff one busy | sed '/^$/q' | diff - <(cat quiet; echo) || fail "--quiet does not say the headline alone"

# All that can be paid: a block, what answers move, stored data, a job; half of it changes. Nothing is left untold.
{ sed 's/^    regions: .*/&\n    answers: { over: internet, per_request: 200 KB }/; /^purchase/d' small.yaml; cat <<'YAML'
purchase:
  - on_demand
  - { capacity: block, instance: g6e.xlarge, starts: 2027-02-01, days: 63, rate: 0.5 USD/h }
storage:
  - { name: logs, region: us-east-1, written: 50 GB/month, object: 4 MiB, kept: 12, read: 50% }
jobs:
  - { name: nightly, kind: batch_inference, every: 7d, deadline: 12h, run_on: [ { instance: g5.xlarge, alone: 5h } ], purchase: [ on_demand ], regions: [us-east-1] }
YAML
} > all.yaml
expect_code 0 "$headroom" run all.yaml --out all
grep -q 'byte moved' all/result.json && grep -q '"paid": "capacity block"' all/result.json || fail "the block or the data moved are not billed"
expect_code 0 "$headroom" run all.yaml --out more --set 'workloads.0.demand.generate.rate=2 req/s' --set 'storage.0.written=80 GB/month' \
  --set 'jobs.0.every=3d' --set 'purchase.1.days=91' --set 'workloads.0.answers.per_request=900 KB'
for pair in "all more" "more all" "one all" "all listed"; do
  set -- $pair
  expect_code 0 "$headroom" diff $1 $2 --csv steps
  steps=$(tail -n +2 stdout | sed 's/.*,//' | cents)
  [ "$steps" = $(($(cost $2 | cents) - $(cost $1 | cents))) ] || fail "the steps from $1 to $2 do not add up: $steps cents"
  ! grep -q 'not told apart' stdout || fail "something from $1 to $2 is not told apart: $(cat stdout)"
done
expect_code 0 "$headroom" diff all more --csv steps
for step in 'beside the plan,jobs,' 'beside the plan,storage,' 'volume,chat,'; do
  grep -q ",$step" stdout || fail "no step '$step': $(cat stdout)"
done

expect_code 0 "$headroom" plan small.yaml --json && mv stdout plan.json
expect_code 3 "$headroom" diff one plan.json
grep -q 'without a bill' stderr || fail "a plan without a bill is compared"
echo ok
