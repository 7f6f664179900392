#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Escapes and progress are for terminals that can: headings are bold there, but not with NO_COLOR, on a dumb terminal or in a
# pipe; progress is on stderr of a terminal from the second second on, and never with --quiet or --no-progress. Text fits 80
# columns, and the week follows the scenario's clock.
. "$(dirname "$0")/lib.sh"
command -v script >/dev/null || { echo "script(1) is not at hand"; exit 77; }
. "$source/tests/golden/cli/answers.inc"
bold=$'\033[1m'
on_terminal() { TERM=$1 NO_COLOR=$2 script -qefc "$3" /dev/null </dev/null; }
plan="'$headroom' plan answers.yaml"
on_terminal xterm "" "$plan" > seen
grep -qF "$bold" seen || fail "no bold on a terminal"
on_terminal xterm 1 "$plan" > seen
! grep -qF "$bold" seen || fail "NO_COLOR is not kept"
on_terminal dumb "" "$plan" > seen
! grep -qF "$bold" seen || fail "a dumb terminal gets escapes"
TERM=xterm "$headroom" plan answers.yaml > seen
! grep -qF "$bold" seen || fail "a pipe gets escapes"
on_terminal xterm "" "$plan --json" > seen
! grep -qF "$bold" seen || fail "JSON gets escapes"
slow="timeout 60 '$headroom' size '$source/scenarios/chat-assistant' --threads 1"
on_terminal xterm "" "$slow" > seen
grep -qE 'sizing: [0-9]+ of [0-9]+(, about [0-9]+ (s|min) left)?' seen || fail "no progress: $(cat -v seen)"
on_terminal xterm "" "timeout 3 '$headroom' size '$source/scenarios/chat-assistant' --threads 1 --quiet" > seen
! grep -qE 'sizing: [0-9]' seen || fail "--quiet is told progress"
on_terminal xterm "" "timeout 3 '$headroom' size '$source/scenarios/chat-assistant' --threads 1 --no-progress" > seen
! grep -qE 'sizing: [0-9]' seen || fail "--no-progress is told progress"
on_terminal dumb "" "timeout 3 '$headroom' size '$source/scenarios/chat-assistant' --threads 1" > seen
! grep -qE 'sizing: [0-9]' seen || fail "a dumb terminal is told progress"
TERM=xterm timeout 3 "$headroom" size "$source/scenarios/chat-assistant" --threads 1 > stdout 2> stderr
! grep -qE "sizing: [0-9]" stderr || fail "a pipe is told progress"
for locale in C C.UTF-8; do
  LC_ALL=$locale "$headroom" run answers.yaml > text || fail "it does not run under $locale"
  [ "$(columns < text)" -le 80 ] || fail "wider than 80 columns"
  [ $locale = C ] && ! LC_ALL=C grep -q '[^ -~]' text || [ $locale = C.UTF-8 ] || fail "not ASCII under C"
done
# On fewer columns nothing is lost but the right part of charts: the same words, in the same order.
drawn='[▁▂▃▄▅▆▇█●○─│└┊]'
for what in "run answers.yaml" "help" "help run" "help plan" "prices list" "explain models" "explain out/answers" "prices show g6e.xlarge"; do
  LC_ALL=C.UTF-8 "$headroom" $what > wide || fail "$what: exit code $?"
  [ "$(LC_ALL=C.UTF-8 COLUMNS=200 "$headroom" $what | cmp - wide)" = "" ] || fail "$what is another on a wide terminal"
  for columns in 40 57 79; do
    LC_ALL=C.UTF-8 COLUMNS=$columns "$headroom" $what > narrow
    [ "$(columns < narrow)" -le $columns ] || fail "$what has $(columns < narrow) of $columns columns"
    grep -v "$drawn" wide | tr -d ' \n' > wide.words
    grep -v -e "$drawn" -e '…$' narrow | tr -d ' \n' > narrow.words
    cmp wide.words narrow.words || fail "$what has other words on $columns columns: $(diff wide narrow)"
    [ "$(grep -c "$drawn" wide)" = "$(grep -c "$drawn" narrow)" ] || fail "$what has other charts on $columns columns"
  done
done
cmp -s wide narrow && fail "nothing of $what was broken"
[ "$(COLUMNS=7 "$headroom" help | columns)" -le 40 ] || fail "fewer than 40 columns do not count as 40"
[ "$(COLUMNS=x "$headroom" help | columns)" -gt 60 ] || fail "COLUMNS that is no number counts"
on_terminal xterm "" "stty cols 50; '$headroom' help" | tr -d '\r' > seen
sed -i 's/\x1b\[[0-9]*m//g' seen
[ "$(columns < seen)" -le 50 ] && [ "$(columns < seen)" -gt 40 ] || fail "the terminal's own width is not kept: $(columns < seen)"
# The week is that of the scenario's clock: the peak of 08:00 UTC in December, and nights that move with it.
for zone in UTC=08:00 Europe/Berlin=09:00=UTC+01:00 America/New_York=03:00=UTC-05:00 Asia/Kolkata=13:30; do
  IFS='=' read -r zone at east <<< "$zone"
  LC_ALL=C.UTF-8 "$headroom" plan answers.yaml --set time_zone=$zone > text
  tr -s ' \n' ' ' < text | grep -q "three hours a mark, $zone${east:+, $east}: Mon" || fail "the week is not told by the clock of $zone: $(grep -A 1 'hours a mark' text)"
  grep -q "up to 0.119 requests/s, Mon $at" text || fail "the peak is not told in $zone: $(grep 'up to' text)"
  grep 'fung  *[▁▂▃▄▅▆▇█]' text >> rows
done
[ "$(sort -u rows | wc -l)" = 4 ] || fail "the marks do not move with the clock: $(cat rows)"
LC_ALL=C.UTF-8 "$headroom" run answers.yaml > text
grep -q '█' text || fail "no blocks under UTF-8"
# What the scenario lists and cannot be used is told with its reason, three of them in full.
small_scenario
expect_code 0 "$headroom" plan small.yaml
grep -A 1 '^Left out:' stdout | grep -q '^- g4dn.xlarge: does not fit' || fail "a candidate is left out in silence: $(cat stdout)"
expect_code 0 "$headroom" plan small.yaml --set 'workloads.0.run_on=[ { instance: g6e.xlarge } ]'
! grep -q 'Left out' stdout || fail "something is left out: $(cat stdout)"
expect_code 0 "$headroom" plan small.yaml --set 'workloads.0.run_on=[ { instance: g6e.xlarge }, { instance: g4dn.xlarge }, { instance: g4dn.xlarge, tensor_parallel: 2 }, { instance: g4dn.xlarge, tensor_parallel: 4 }, { instance: g4dn.xlarge, tensor_parallel: 8 } ]'
grep -A 9 '^Left out:' stdout | grep -q '^- 1 more candidate: candidates.csv' || fail "the others are not counted: $(cat stdout)"
echo ok
