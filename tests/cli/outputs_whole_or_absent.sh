#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A broken input writes nothing; a signal leaves nothing half-written; the manifest's hashes are those of the files.
. "$(dirname "$0")/lib.sh"
small_scenario
expect_code 3 "$headroom" run small.yaml --set 'horizon.months=0'
[ ! -e out ] || fail "a broken scenario left outputs"

expect_code 0 "$headroom" run small.yaml
for file in report.pdf result.json manifest.json candidates.csv hours.csv costs.csv commitments.csv charges.csv rejections.csv actions.csv numbers.csv focus.csv carbon.csv storage.csv latency.csv fleet.csv jobs.csv cash.csv amortisation.csv showback.csv chargeback.csv units.csv budgets.csv stations.csv tasks.csv futures.csv regret.csv sensitivities.csv recommendations.csv curve.csv worth.csv levers.csv; do
  [ -s "out/small/$file" ] || fail "$file is missing"
done
[ "$(find out -type f | wc -l)" = 32 ] || fail "there are other files: $(find out -type f)"
while read -r name digest; do
  [ "$(sha256sum < "out/small/$name" | cut -d' ' -f1)" = "$digest" ] || fail "the manifest's hash of $name is wrong"
done < <(tr -d '\n' < out/small/manifest.json | grep -oE '"name": "[a-z]+\.[a-z]+", *"sha256": "[0-9a-f]{64}"' | sed -E 's/"name": "([^"]+)", *"sha256": "([^"]+)"/\1 \2/' | grep -v yaml)

# Interrupted at moments over the whole run: exit 130, and every file there is one that a whole run writes.
for ms in 5 20 50 100 200 400; do
  rm -rf out
  "$headroom" run "$source/scenarios/document-embedding" --quiet >/dev/null 2>&1 &
  pid=$!
  sleep "0.$(printf '%03d' $ms)"
  kill -INT $pid 2>/dev/null
  wait $pid
  code=$?
  [ $code = 130 ] || [ $code = 0 ] || fail "interrupted after $ms ms: exit code $code"
  if [ -d out ] && find out -name '*.??????' | grep -vE '\.(pdf|json|csv)$' | grep -q .; then
    fail "a temporary file was left behind"
  fi
done
echo ok
