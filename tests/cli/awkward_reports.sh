#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Reports of awkward scenarios are sound, short and small: five years, one hour of traffic, no cost, and names in other scripts, with markup
# and control characters, which are told on the terminal when the typeface lacks their letters.
. "$(dirname "$0")/lib.sh"
sound() { # what, most pages
  qpdf --check "out/$1/report.pdf" > check 2>&1 || fail "$1: $(cat check)"
  pages=$(pdfinfo "out/$1/report.pdf" | awk '/^Pages/ { print $2 }')
  [ "$pages" -le "$2" ] || fail "$1: $pages pages"
  [ "$(wc -c < "out/$1/report.pdf")" -lt 500000 ] || fail "$1: too large"
  [ "$(pdffonts "out/$1/report.pdf" | tail -n +3 | grep -vc ' yes yes ')" = 0 ] || fail "$1: a font is not embedded"
}
small_scenario years.yaml
expect_code 0 "$headroom" run years.yaml --quiet --set horizon.months=60
[ ! -s stderr ] || fail "years: $(cat stderr)"
sound years 14
# Two terms of three years leave a day between them: it is no "0 to 1".
expect_code 0 "$headroom" run years.yaml --quiet --out out/terms --set horizon.months=60 \
  --set 'purchase=[ on_demand, { reserved: standard, term: 3y, payment: no_upfront } ]'
pdftotext -f 2 -l 2 out/terms/report.pdf - | tr '\n' ' ' > words
grep -q 'Commit to 1, not 2: no hour needs more' words || fail "terms: $(cat words)"
! grep -q '0 to 1' words || fail "terms: $(cat words)"

small_scenario hour.yaml
awk 'BEGIN { print "seconds,input,output"; for (i = 0; i < 180; i++) printf "%d,%d,%d\n", 20 * i, 150 + i % 90, 40 + i % 25 }' > hour.csv
sed -i 's|demand: .*|demand: { trace: hour.csv }|' hour.yaml
expect_code 0 "$headroom" run hour.yaml --quiet --paper letter
sound hour 12

small_scenario names.yaml
sed -i 's|^name: .*|name: "<b>\xe5\xae\xa2\xe6\x9c\x8d</b> \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xf0\x9f\x98\x80 =SUM(A1)"|; s|name: chat|name: "\xe5\xae\xa2\xe6\x9c\x8d"|' names.yaml
expect_code 0 "$headroom" run names.yaml --quiet
grep -q "U+5BA2" stderr && grep -q "U+1F600" stderr || fail "the missing characters are not named: $(cat stderr)"
grep -qF "$(printf '\327\251\327\234')" stderr || fail "the texts are not named: $(cat stderr)"
sound names 12
pdftotext out/names/report.pdf words
grep -qF '<b>??</b>' words || fail "markup did not stay text"
grep -qF 'U+5BA2' words || fail "the report does not name what it lacks"

# What costs nothing to the cent: no share of nothing, no number that is none.
cat > zero.csv <<'CSV'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of
token_api,acme.writer-v1,us-east-1,acme/writer,on_demand,,,1M input tokens,0.000000001,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,on_demand,,,1M output tokens,0.000000001,published,,list,2026-11-01
CSV
cat > zero.yaml <<'YAML'
headroom: 1
name: zero
horizon: { start: 2026-12-01, months: 12 }
prices: zero.csv
workloads:
  - name: quiet
    demand: { generate: { rate: 1 req/h, input: 1 tokens, output: 1 tokens } }
    slo: { latency: 30s, share: 95% }
    models: [ { use: acme/writer, ttft: 300ms, tpot: 20ms } ]
    regions: [us-east-1]
YAML
expect_code 0 "$headroom" run zero.yaml
! grep -iwE 'nan|inf|n/a|e-[0-9]+' stdout || fail "zero: numbers that are none: $(cat stdout)"
grep -q '^  cost a month of 730 hours  *\$0  *\$0$' stdout || fail "zero: it costs something: $(cat stdout)"
! grep -q 'would be better' stdout || fail "zero: other commitments save nothing: $(cat stdout)"
sound zero 12
pdftotext out/zero/report.pdf - | tr '\n' ' ' > words
for finding in 'costs nothing in any month' 'No input alone moves the cost of \$0' 'the plan and the bill of the replay are \$0' 'every plan costs the same, \$0' 'Nobody pays anything'; do
  grep -q "$finding" words || fail "zero: the report does not say: $finding"
done
! grep -oE '.{30}(moves the cost most|100% below|\$0 to \$0).{20}' words || fail "zero: figures of nothing"
expect_code 0 "$headroom" diff out/zero out/zero
grep -q '^B costs as much as A: \$0.00 a month$' stdout || fail "zero: it differs from itself: $(cat stdout)"
! grep -n ' $' stdout || fail "zero: lines end in blanks"
echo ok
