#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One golden case of the command line: run.sh HEADROOM CASE.sh
# The case runs in an empty folder with $headroom and $source set. Beside it lie CASE.stdout and CASE.stderr (exact; absent =
# must be silent) and CASE.exit (absent = 0). UPDATE=1 rewrites them: read the diff before you commit it.
# A golden shows sameness, not truth: each number in one is held by an oracle elsewhere.
set -uo pipefail
headroom=$(realpath "$1")
case=$(realpath "$2")
source=$(realpath "$(dirname "$0")/../..")
export headroom source LC_ALL=C TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run"
cd "$work/run" || exit 1
bash "$case" > "$work/stdout" 2> "$work/stderr" < /dev/null
code=$?
sed -i "s|$source/||g" "$work/stdout" "$work/stderr"
base=${case%.sh}
if [ "${UPDATE:-0}" = 1 ]; then
  for stream in stdout stderr; do
    if [ -s "$work/$stream" ]; then cp "$work/$stream" "$base.$stream"; else rm -f "$base.$stream"; fi
  done
  if [ $code -ne 0 ]; then echo $code > "$base.exit"; else rm -f "$base.exit"; fi
  exit 0
fi
status=0
expected=0
[ ! -f "$base.exit" ] || expected=$(cat "$base.exit")
[ "$code" = "$expected" ] || { echo "exit code $code, expected $expected"; status=1; }
for stream in stdout stderr; do
  want=$base.$stream
  [ -f "$want" ] || want=/dev/null
  diff -u "$want" "$work/$stream" || { echo "$stream differs"; status=1; }
done
exit $status
