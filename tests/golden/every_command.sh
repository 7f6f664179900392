#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command has a golden case, every golden of text fits 80 columns as a terminal shows it, and those of the C locale are ASCII
# but for what users named; help and lists are as narrow, whatever is in them. What is for programs, or begins with a path, may be wider: those are listed here by name.
headroom=$(realpath "$1")
unset COLUMNS # text is broken to it
cd "$(dirname "$0")/cli" || exit 1
wide="check_fine diff_forms explain_json prices_import run_markdown manual completion"
fail() { echo "FAILED: $*"; exit 1; }
n=0
for command in $("$headroom" help | awk '/^  [a-z]+ +[a-z]/ && $1 != "headroom" {print $1}'); do
  n=$((n + 1))
  grep -qE "headroom\"? $command( |\$|\")" ./*.sh || fail "no golden case runs headroom $command"
  columns=$("$headroom" help "$command" | LC_ALL=C.UTF-8 wc -L)
  [ "$columns" -le 80 ] || fail "help $command is $columns columns wide"
done
for list in "plot --list" "help tables" "help formats" "explain models" "explain accelerators" "prices list"; do
  columns=$(LC_ALL=C.UTF-8 "$headroom" $list | LC_ALL=C.UTF-8 wc -L)
  [ "$columns" -le 80 ] || fail "$list is $columns columns wide"
done
[ $n -ge 15 ] || fail "only $n commands were found"
for file in *.stdout; do
  case " $wide " in *" ${file%%.*} "*) continue ;; esac
  columns=$(LC_ALL=C.UTF-8 wc -L < "$file")
  [ "$columns" -le 80 ] || fail "$file is $columns columns wide"
done
for file in [a-z]*_answer.stdout diff.stdout size_serverless.stdout; do
  ! LC_ALL=C grep -q '[^ -~]' "$file" || fail "$file is not ASCII"
  [ -f "${file%.stdout}.utf8.stdout" ] || fail "${file%.stdout} reads the same in UTF-8"
done
echo "ok: $n commands"
