#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Reports of awkward scenarios are sound, short and small: five years, one hour of traffic, and names in other scripts, with markup
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
echo ok
