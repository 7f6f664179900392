#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Run the tests of a sanitized build so that every report fails the run, then prove it on planted faults.
set -euo pipefail
build=$(realpath "$1")
shift
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:exitcode=99:log_path=$reports/report"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:log_path=$reports/report"
export LSAN_OPTIONS="suppressions=$(realpath "$(dirname "$0")")/lsan.supp:print_suppressions=0"

any_report() { compgen -G "$reports/report*" >/dev/null; }

ctest --test-dir "$build" --output-on-failure -j "$(nproc)" -LE 'slow|demos' "$@"
if any_report; then
  cat "$reports"/report*
  echo "sanitizers reported the above although the tests passed"
  exit 1
fi
for fault in leak overflow undefined; do
  rm -f "$reports"/report*
  if "$build/tests/lint/planted_$fault" >/dev/null 2>&1 && ! any_report; then
    echo "the planted fault '$fault' was not caught: this gate cannot fail"
    exit 1
  fi
done
echo "sanitizers: clean, and the three planted faults were caught"
