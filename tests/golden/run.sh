#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One golden case of the command line: run.sh HEADROOM CASE.sh
# The case runs in an empty folder with $headroom and $source set, once in ASCII and once in UTF-8. Beside it lie CASE.stdout and
# CASE.stderr (exact; absent = must be silent), CASE.utf8.stdout and CASE.utf8.stderr where UTF-8 reads otherwise, and CASE.exit
# (absent = 0). UPDATE=1 rewrites them: read the diff before you commit it.
# A golden shows sameness, not truth: each number in one is held by an oracle elsewhere.
set -uo pipefail
headroom=$(realpath "$1")
unset COLUMNS # text is broken to it
case=$(realpath "$2")
source=$(realpath "$(dirname "$0")/../..")
export headroom source TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
base=${case%.sh}
status=0
expected=0
[ ! -f "$base.exit" ] || expected=$(cat "$base.exit")

run_in() { # locale
  mkdir "$work/$1"
  (cd "$work/$1" && LC_ALL=$1 bash "$case" > "$work/$1.stdout" 2> "$work/$1.stderr" < /dev/null)
  code=$?
  sed -i "s|$source/||g" "$work/$1.stdout" "$work/$1.stderr"
}
keep() { # file or nothing, where
  if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi
}
compare() { # locale, stream, expected file
  [ -f "$3" ] || set -- "$1" "$2" /dev/null
  diff -u "$3" "$work/$1.$2" || { echo "$2 differs under $1"; status=1; }
}

run_in C
if [ "${UPDATE:-0}" = 1 ]; then
  if [ $code -ne 0 ]; then echo $code > "$base.exit"; else rm -f "$base.exit"; fi
else
  [ "$code" = "$expected" ] || { echo "exit code $code, expected $expected"; status=1; }
fi
run_in C.UTF-8
for stream in stdout stderr; do
  if [ "${UPDATE:-0}" = 1 ]; then
    keep "$work/C.$stream" "$base.$stream"
    rm -f "$base.utf8.$stream"
    cmp -s "$work/C.$stream" "$work/C.UTF-8.$stream" || keep "$work/C.UTF-8.$stream" "$base.utf8.$stream"
  else
    compare C $stream "$base.$stream"
    utf8=$base.utf8.$stream
    [ -f "$utf8" ] || utf8=$base.$stream
    compare C.UTF-8 $stream "$utf8"
  fi
done
exit $status
