#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names of 200 characters, in scripts from right to left, twice as wide, with markup, emoji and the starts of formulas, in every
# label that a scenario has: every command shows them within 80 columns, ASCII where the locale is, without a control or direction
# character, and no cell of a table is a formula. Direction characters are refused, and the message does not hold them.
. "$(dirname "$0")/lib.sh"
long="a<b>&amp;$(printf 'x%.0s' {1..189})"
wide=$(printf '客服%.0s' {1..30})
hebrew=$'\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d'
emoji=$'\xf0\x9f\x98\x80\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9'
cat > hostile.yaml <<YAML
headroom: 1
name: '=HYPERLINK("http://x";"y") $emoji <span size="9999">'
horizon: { start: 2026-12-01, months: 12 }
simulation: { replications: 1 }
purchase: [ on_demand, { savings_plan: compute, term: 1y, payment: no_upfront } ]
budgets: [ { tag: "team=$hebrew", year: 1 kUSD, basis: amortised } ]
levers: [ { change: answers, by: 20%, workload: '$wide', one_off: 100 USD } ]
workloads:
  - name: '$long'
    demand: { generate: { rate: 0.05 req/s, input: 200 tokens, output: 60 tokens } }
    slo: { ttft: 2s, tpot: 100ms, share: 95% }
    models: [ { use: llama-3.1-8b, quality: '+1 $emoji <i>' } ]
    run_on: [ { instance: g6e.xlarge }, { instance: g4dn.xlarge } ]
    regions: [us-east-1]
    tags: { team: "$hebrew", "$emoji <b>": '@SUM(A1)' }
    value: { unit: '+$emoji', requests_per_unit: 6, worth: 1.80 USD }
  - name: '$wide'
    demand: { generate: { rate: 0.05 req/s, input: 200 tokens, output: 60 tokens } }
    slo: { ttft: 2s, tpot: 100ms, share: 95% }
    models: [ { use: llama-3.1-8b } ]
    run_on: [ { instance: g6e.xlarge } ]
    regions: [us-east-1]
storage:
  - { name: '-$hebrew', region: us-east-1, written: 50 GB/month, object: 4 MiB, kept: 12, read: 50% }
jobs:
  - { name: '@${long:1}', kind: batch_inference, every: 7d, deadline: 12h, run_on: [ { instance: g5.xlarge, alone: 5h } ], purchase: [ on_demand ], regions: [us-east-1] }
YAML
# Control characters but line ends, and what turns the direction of text, as UTF-8: C1, LRM to RLM, line ends and overrides, isolates.
unclean() { LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]' "$1"; }
shows() { # command...
  LC_ALL=C.UTF-8 "$headroom" "$@" > text 2>messages || fail "$*: $(cat messages)"
  [ -s text ] || fail "$* says nothing"
  ! unclean text || fail "$* shows control characters"
  grep -v https:// text > narrow
  [ "$(columns < narrow)" -le 80 ] || fail "$* is $(columns < narrow) columns wide: $(LC_ALL=C.UTF-8 grep -E '.{81}' narrow)"
  LC_ALL=C "$headroom" "$@" > plain 2>messages || fail "$* in ASCII: $(cat messages)"
  ! LC_ALL=C grep -q '[^ -~]' messages || fail "warnings of $* are not ASCII: $(LC_ALL=C grep '[^ -~]' messages | head -n 3)"
  ! LC_ALL=C grep -q '[^ -~]' plain || fail "$* is not ASCII: $(LC_ALL=C grep '[^ -~]' plain | head -n 3)"
  [ "$(grep -v https:// plain | columns)" -le 80 ] || fail "$* in ASCII is $(columns < plain) columns wide"
}
expect_code 0 "$headroom" run hostile.yaml --out other --quiet --set 'workloads.0.demand.generate.rate=0.1 req/s'
shows run hostile.yaml --out r
cp text run_text
for words in "check hostile.yaml" "size hostile.yaml" "plan hostile.yaml --lookback 30" "diff r other" "explain r" "explain r action-1" "explain r lever-1" \
  "explain r saving_usd_per_month"; do
  shows $words
done
grep -q '<b>&amp;' run_text || fail "markup did not stay text"
for file in r/*.csv r/result.json r/manifest.json; do
  ! unclean "$file" || fail "$file holds control characters"
done
# A cell of text begins with none of = + - @, numbers may.
for file in r/*.csv; do
  ! grep -nE '(^|,)"?[=+@]' "$file" || fail "$file holds a formula"
  ! grep -nE '(^|,)"?-[^0-9]' "$file" || fail "$file holds a formula"
done
expect_code 0 "$headroom" run hostile.yaml --out r --markdown
! grep -E '^\|.*<(span|b|i)[ >]' stdout || fail "Markdown holds markup of a name"
"$json" scenario < r/result.json | grep -qF '=HYPERLINK("http://x";"y")' || fail "result.json does not have the name as it is"
expect_code 0 "$headroom" plot all hostile.yaml -o figures
[ -z "$(find figures -name '*[^a-zA-Z0-9._-]*' -type f)" ] || fail "a figure's file is named after what no file should be"

# What turns the direction of text is refused, the line is shown without it, and the caret stands under what is wrong though the
# letters before it are two columns wide.
printf 'headroom: 1\nname: "\xe5\xae\xa2\xe6\x9c\x8d\xe2\x80\xaegnp.exe"\nworkloads: []\n' > turned.yaml
LC_ALL=C.UTF-8 expect_code 3 "$headroom" check turned.yaml
! unclean stderr || fail "a message holds direction characters"
grep -q "holds control or direction characters" stderr || fail "direction characters are not refused: $(cat stderr)"
printf 'headroom: 1\nname: n\nhorizon: { start: 2026-12-01, months: 12 }\nworkloads:\n  - { name: "\xe5\xae\xa2\xe6\x9c\x8d", slow: 1 }\n' > caret.yaml
LC_ALL=C.UTF-8 expect_code 3 "$headroom" check caret.yaml
grep -A 2 "error: .*slow" stderr | tail -n 2 > lines
[ "$(sed -n '1s/slow.*//p' lines | columns)" = "$(sed -n '2s/\^.*//p' lines | columns)" ] || fail "the caret stands elsewhere: $(cat lines)"
echo ok
