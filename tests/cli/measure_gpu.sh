#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# sim/profiles/measure_gpu.py writes tables that `perf fit` takes. On small shapes and a CPU: that its times are a GPU's is
# for people with one to see. Skipped where no Python has PyTorch.
. "$(dirname "$0")/lib.sh"
for python in python3 /usr/bin/python3 none; do
  [ "$python" != none ] || { echo "no Python with PyTorch"; exit 77; }
  ! "$python" -c 'import torch' 2>/dev/null || break
done
script=$source/sim/profiles/measure_gpu.py
measure() { "$python" "$script" --tiny --repeats 3 --device cpu --dtype float32 "$@"; }
fit() { "$headroom" perf fit --engine torch --engine-version 1 --date 2026-01-01 "$@"; }

measure --model llama-3.1-8b --out dense || fail "a dense model is measured"
grep -q "only to see that the script runs" dense/measured.txt || fail "a CPU is not called a GPU"
expect_code 0 fit --model llama-3.1-8b --accelerator H100 --dense dense/dense.csv --attention dense/attention.csv \
  --per-sequence dense/per_sequence.csv -o dense.csv
expect_code 0 "$headroom" perf show dense.csv

measure --model mixtral-8x7b --out experts || fail "a model with experts is measured"
expect_code 0 fit --model mixtral-8x7b --accelerator H200 --dense experts/dense.csv --attention experts/attention.csv \
  --per-sequence experts/per_sequence.csv --moe experts/moe.csv -o experts.csv
# The mutant: half a table is refused.
head -n 5 experts/moe.csv > half.csv
expect_code 3 fit --model mixtral-8x7b --accelerator H200 --dense experts/dense.csv --attention experts/attention.csv \
  --per-sequence experts/per_sequence.csv --moe half.csv -o half-profile.csv
[ ! -e half-profile.csv ] || fail "nothing is written after a refusal"

# Two workers share a layer and time the all-reduce.
port=$((20000 + $$ % 20000))
for rank in 0 1; do
  MASTER_ADDR=127.0.0.1 MASTER_PORT=$port WORLD_SIZE=2 RANK=$rank LOCAL_RANK=$rank \
    measure --model llama-3.1-8b --tensor-parallel 2 --out two &
done
wait
expect_code 0 fit --model llama-3.1-8b --accelerator H100 --tensor-parallel 2 --dense two/dense.csv \
  --attention two/attention.csv --per-sequence two/per_sequence.csv --all-reduce two/all_reduce.csv -o two.csv

expect_code 1 measure --model nothing --out none
expect_code 1 measure --model deepseek-r1 --out none
expect_code 1 measure --model llama-3.1-8b --tensor-parallel 3 --out none
[ ! -e none ] || fail "a refused measurement writes nothing"
