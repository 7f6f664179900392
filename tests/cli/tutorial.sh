#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command of docs/tutorial.md works as printed, in order, in an empty folder; `init` then `run` needs no edit and ends within
# a minute of work; what the text says of the outputs is there.
. "$(dirname "$0")/lib.sh"
n=0
while IFS= read -r line; do
  n=$((n + 1))
  eval "${line/#headroom/\"\$headroom\"}" > stdout 2> stderr || { cat stdout stderr; fail "$line"; }
  case $line in # what is for programs or by the page of a web site may be wider
    *--csv*|*--markdown*|*prices*|*export*|*trace*) ;;
    *) [ "$(grep -v 'https://' stdout | columns)" -le 80 ] || fail "$line prints more than 80 columns" ;;
  esac
  cp stdout "stdout.$n"
done < <(awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on && /^headroom /' "$source/docs/tutorial.md")
[ $n -ge 20 ] || fail "only $n commands were found in the tutorial"
[ "$(tail -n 1 stdout.2)" = out/scenario/report.pdf ] || fail "run does not name the PDF in its last line"
[ -s out/scenario/report.pdf ] && [ -s fleet.tf ] && [ -s bill.csv ] || fail "an output is missing"
grep -q 'review before apply' fleet.tf || fail "the draft is not marked"
grep -q 'volume' stdout.9 || fail "the waterfall has no volume: $(cat stdout.9)"
grep -qE '^  = ' stdout.4 || fail "no formula"
echo "ok: $n commands"
