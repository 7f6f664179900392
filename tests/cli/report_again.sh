#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The PDF of a run is drawn again from its result.json alone, byte for byte, on both papers; what is broken, older or without a
# report is told with its place, exit 3, and the file that was there stays. --paper puts it on the other sheet, the same words in the same places.
. "$(dirname "$0")/lib.sh"
small_scenario
for paper in a4 letter; do
  expect_code 0 "$headroom" run small.yaml --quiet --paper $paper
  mkdir alone
  mv out/small/result.json alone/mine.json
  expect_code 0 "$headroom" report alone/mine.json -o again.pdf
  [ "$(cat stdout)" = "Wrote again.pdf" ] || fail "$(cat stdout)"
  cmp again.pdf out/small/report.pdf || fail "$paper: another PDF"
  "$headroom" report alone/mine.json > piped.pdf || fail "stdout: exit code $?"
  cmp piped.pdf again.pdf || fail "$paper: another PDF on stdout"
  mv alone/mine.json alone/result.json
  expect_code 0 "$headroom" report alone -o folder.pdf
  cmp folder.pdf again.pdf || fail "$paper: another PDF of the folder"
  "$headroom" report alone --paper $paper > same.pdf || fail "--paper $paper: exit code $?"
  cmp same.pdf again.pdf || fail "--paper $paper: another PDF on the paper of the run"
  other=letter size="612 x 792" fit=0.940738
  [ $paper = a4 ] || other=a4 size="595.276 x 841.89" fit=0.972673
  expect_code 0 "$headroom" report alone --paper $other -o other.pdf
  pdfinfo other.pdf | grep -q "^Page size: *$size pts" || fail "$paper to $other: $(pdfinfo other.pdf)"
  [ "$(pdfinfo other.pdf | grep ^Pages)" = "$(pdfinfo again.pdf | grep ^Pages)" ] || fail "$paper to $other: other pages"
  qpdf --check other.pdf > /dev/null || fail "$paper to $other: a broken PDF"
  for pdf in again other; do pdftotext -bbox $pdf.pdf - | sed -n 's/.*<word xMin="\([^"]*\)".*yMax="[^"]*">\(.*\)<\/word>/\1 \2/p' | LC_ALL=C sort -k 2,2 -k 1,1n > $pdf.words; done
  [ "$(wc -l < again.words)" -gt 500 ] || fail "$paper: too few words were read"
  # Each word at x * fit + the same margin; the order in which pdftotext reads columns is its own.
  paste -d' ' again.words other.words | awk -v fit=$fit 'NF != 4 || $2 != $4 { exit 1 }
    { d = $3 - $1 * fit; if (NR == 1) first = d; if (d - first > 0.2 || first - d > 0.2) exit 1 }' ||
    fail "$paper to $other: the words are others, or stand elsewhere"
  mv alone/result.json mine.json
  rmdir alone
done
# The rule of schema_version (docs/formats.md): these members of version 1 are there as long as it is 1.
for path in schema_version scenario headline infeasible baseline_name saving_usd_per_month saving_fraction horizon.start horizon.months \
    notices recommendations commitment_curves worth_of_limits actions.0.text actions.0.saving_usd_per_month actions.0.reversible \
    baseline.bill_usd_per_month recommended.bill_usd_per_month recommended.within_target recommended.worst_window_within_target \
    recommended.slo_met recommended.usd_per_thousand_requests three_numbers steps_usd_per_month allocation payments unit_costs \
    plan.feasible plan.usd_per_hour plan.upfront_usd plan.liability_usd plan.commitments plan.rejections futures.plans futures.sensitivities \
    rounds workloads.0.name workloads.0.slo.share candidates.0.sku candidates.0.feasible candidates.0.reason offers inputs.0.path \
    inputs.0.line fleet cost.usd_per_month cost.lines cost.served provenance.tool provenance.seed provenance.inputs.0.sha256 report.pages; do
  "$json" $path < mine.json > /dev/null || fail "schema version 1 has lost '$path'"
done
[ "$("$json" schema_version < mine.json)" = 1 ] || fail "a new schema version: renew the list above"
! "$json" recommended.bill < mine.json > /dev/null || fail "the check cannot fail"
before=$(sha256sum < again.pdf)
refused() { # what, expected on stderr
  expect_code 3 "$headroom" report broken.json -o again.pdf
  grep -qF -- "$2" stderr || fail "$1: $(cat stderr)"
  [ "$(sha256sum < again.pdf)" = "$before" ] || fail "$1: the old file was touched"
  [ "$(find . -name 'again.pdf*' | wc -l)" = 1 ] || fail "$1: something was left behind"
}
head -c 3000 mine.json > broken.json
refused "cut" "broken.json:$(awk 'END { print NR }' broken.json):"
line=$(grep -n '^\["text"' mine.json | sed -n 7p | cut -d: -f1)
sed "${line}s/\"#[0-9A-F]*\"/\"red\"/" mine.json > broken.json
refused "no colour" "broken.json:$line:"
sed 's/"schema_version": 1/"schema_version": 2/' mine.json > broken.json
refused "newer" "schema version 2, of a newer headroom: this one reads 1"
"$headroom" run small.yaml --json --no-progress > broken.json
refused "without a report" "a result without its report"
expect_code 0 "$headroom" diff mine.json broken.json
expect_code 2 "$headroom" report mine.json --paper a5 -o again.pdf
grep -qF "expected a4 or letter, got 'a5'" stderr || fail "a5: $(cat stderr)"
expect_code 3 "$headroom" report absent.json -o again.pdf
expect_code 4 "$headroom" report mine.json -o nowhere/again.pdf
echo ok
