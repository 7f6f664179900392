#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the report says is what result.json and numbers.csv say: each headline number, rounded here by another hand (three digits
# of money, shares of requests cut to two decimals), stands in the text of the PDF; on both papers.
. "$(dirname "$0")/lib.sh"
small_scenario
for paper in a4 letter; do
  expect_code 0 "$headroom" run small.yaml --quiet --paper $paper
  pdftotext out/small/report.pdf text.$paper
  tr -s '[:space:]' ' ' < text.$paper > words
  grep -oE '[0-9]+\.?[0-9]*(e[-+]?[0-9]+)?' out/small/result.json > numbers
  n=0
  while IFS=, read -r name baseline plan; do
    for value in $baseline $plan; do
      case $name in
        requests_within_target|worst_window_within_target)
          printed=$(awk -v x="$value" 'BEGIN { if (x >= 1) print "100%"; else printf "%.2f%%", int(x * 10000 + 1e-7) / 100 }') ;;
        usd_per_thousand_requests|effective_*|same_usage_*) continue ;;
        *) printed=$(awk -v x="$value" 'BEGIN {
             sign = x < 0 ? "\342\210\222" : ""; if (x < 0) x = -x; unit = ""
             if (x >= 999.5) { x /= 1000; unit = "K" } if (x >= 999.5) { x /= 1000; unit = "M" }
             if (x < 0.005) print "$0"; else printf "%s$%.3g%s", sign, x, unit }') ;;
      esac
      grep -qF -- "$printed" words || fail "$paper: $name = $value: no '$printed' in the report"
      case $value in
        0 | 1 | -*) ;;
        *) awk -v x="$value" '{ d = $1 - x; if (d < 0) d = -d; if (d <= 1e-9 * x) found = 1 } END { exit !found }' \
             numbers || fail "$name = $value is not in result.json" ;;
      esac
      n=$((n + 1))
    done
  done < <(tail -n +2 out/small/numbers.csv)
  [ $n -ge 12 ] || fail "only $n numbers were compared"
  ! grep -qF '$987654' words || fail "the check cannot fail"
done
cmp -s text.a4 text.letter && fail "both papers have the same lines"
expect_code 2 "$headroom" run small.yaml --paper foolscap
echo ok
