#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Hunt in every reader for SECONDS each: tests/fuzz/run.sh SECONDS [TARGET...]
# Builds the libraries it needs with clang, libFuzzer, ASan and UBSan in build/fuzz (HEADROOM_FUZZ_BUILD names another
# folder), starts from tests/fuzz/seeds (and their gzip and zstd forms) and from what earlier hunts found, and fails with
# the path of the input when a reader crashes, hangs, leaks or breaks a promise.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(scenario result report price_book price_import cloud_bill trace spot_trace spot_prices job_trace profile
    kernel_tables yaml csv)
build=${HEADROOM_FUZZ_BUILD:-build/fuzz}

generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
cmake -S . -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER="${CC:-clang}" \
  -DHEADROOM_FUZZ=ON -DCMAKE_C_FLAGS="-O1 -fno-omit-frame-pointer -UNDEBUG \
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
  -DCMAKE_EXE_LINKER_FLAGS="-fsanitize=address,undefined" >/dev/null
for target in "${targets[@]}"; do
  cmake --build "$build" --target "libfuzzer_$target" "replay_$target" -j 2 >/dev/null
done

status=0
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target
  found=$build/found/$target
  mkdir -p "$corpus" "$found"
  "$build/tests/fuzz/replay_$target" --spread "tests/fuzz/seeds/$target" "$corpus"
  if [ "$target" = scenario ]; then
    for folder in scenarios/*/; do
      cp "${folder}scenario.yaml" "$corpus/shipped_$(basename "$folder").yaml"
    done
  fi
  log=$build/$target.log
  echo "$target: $seconds s"
  if ! "$build/tests/fuzz/libfuzzer_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=16384 \
    -artifact_prefix="$found/" -print_final_stats=1 -verbosity=1 "$corpus" >"$log" 2>&1; then
    status=1
    tail -n 40 "$log"
  fi
  grep -E 'stat::(number_of_executed_units|average_exec|peak_rss)' "$log" || true
done
for input in "$build"/found/*/*; do
  [ -f "$input" ] || continue
  status=1
  echo "found: $input   (again: $build/tests/fuzz/libfuzzer_$(basename "$(dirname "$input")") $input)"
done
exit $status
