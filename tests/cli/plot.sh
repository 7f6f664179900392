#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# headroom plot: every figure that it lists can be asked for, the same bytes twice, numbers on stdout without -o, and slips are told.
. "$(dirname "$0")/lib.sh"
small_scenario
expect_code 0 "$headroom" plot --list
cp stdout list
[ "$(wc -l < list)" -ge 6 ] || fail "too few figures are listed"
kind_of() { head -c 5 "$1" | tr -d '\211\r\n'; }
for format in svg png pdf csv; do
  expect_code 0 "$headroom" plot week small.yaml -o "a.$format"
  expect_code 0 "$headroom" plot week small.yaml -o "b.$format"
  cmp -s "a.$format" "b.$format" || fail "other bytes of a.$format"
  [ ! -s stdout ] || fail "stdout is not empty: $(cat stdout)"
done
[ "$(kind_of a.svg)" = '<?xml' ] && [ "$(kind_of a.png)" = 'PNG' ] && [ "$(kind_of a.pdf)" = '%PDF-' ] || fail "not what the names say"
qpdf --check a.pdf >/dev/null || fail "qpdf finds a fault"
expect_code 0 "$headroom" plot week small.yaml
cmp -s stdout a.csv || fail "the numbers on stdout are others"
expect_code 2 "$headroom" plot weak small.yaml
grep -q "did you mean 'week'" stderr || fail "no neighbour is told"
expect_code 2 "$headroom" plot week small.yaml -o a.gif
expect_code 2 "$headroom" plot week
expect_code 2 "$headroom" plot week small.yaml --workload nobody
expect_code 3 "$headroom" plot growth small.yaml # one month: nothing grows
grep -q "growth" stderr || fail "it is not said what is missing"
expect_code 3 "$headroom" plot week small.yaml --set horizon.months=0 -o c.svg
expect_code 4 "$headroom" plot week small.yaml -o /proc/c.svg
[ ! -e c.svg ] || fail "a broken scenario left a figure"

# The gallery has every figure of the catalogue, and no other.
sed -E ':a; N; $!ba; s/\n {3,}/ /g' list | awk '{ print $1 }' | sort > ids
(cd "$source/docs/gallery" && find . -name '*.png' | sed 's|^\./||; s|\.png$||' | sort) | diff ids - || fail "docs/gallery lacks figures or has others: ./dev gallery makes it"
sed -n 's/^## //p' "$source/docs/gallery/README.md" | sort | diff ids - || fail "docs/gallery/README.md tells other figures"
while read -r id; do
  grep -qF "]($id.png)" "$source/docs/gallery/README.md" || fail "docs/gallery/README.md does not show $id"
done < ids

# Figures that ask for more: what the provider's method would buy, what engineering could change.
{ sed 's/months: 1 /months: 12 /' small.yaml; echo 'purchase: [ on_demand, { savings_plan: compute, term: 1y, payment: no_upfront } ]'; } > bought.yaml
expect_code 3 "$headroom" plot look-back bought.yaml
grep -q -- '--lookback' stderr || fail "it is not said what look-back needs: $(cat stderr)"
expect_code 2 "$headroom" plot look-back bought.yaml --lookback 8
expect_code 0 "$headroom" plot look-back bought.yaml --lookback 30
[ "$(wc -l < stdout)" -ge 3 ] || fail "the look-back is empty: $(cat stdout)"
expect_code 3 "$headroom" plot levers bought.yaml
grep -q 'levers' stderr || fail "it is not said what levers needs: $(cat stderr)"
expect_code 0 "$headroom" plot levers bought.yaml --set 'levers=[ { change: prompts, by: 30% } ]'
grep -q 'prompts 30% shorter' stdout || fail "the lever is not among the numbers: $(cat stdout)"

# All of them in one run: each listed figure that the study has, in three formats, as when asked for alone.
expect_code 2 "$headroom" plot all small.yaml
expect_code 0 "$headroom" plot all small.yaml -o all
[ "$(find all -name '*.svg' | wc -l)" -ge 5 ] || fail "too few figures: $(ls all)"
for format in svg png csv; do
  cmp -s "all/week.$format" "a.$format" || fail "week.$format is another one among all"
done
find all -type f | sed 's|all/||; s|\.[a-z]*$||' | sort | uniq -c | while read -r n name; do
  [ "$n" = 3 ] && grep -q "^  $name " list || fail "$name: $n files, or not listed"
done || exit 1
echo ok
