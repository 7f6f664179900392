# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot be: setups that no engine has are refused, tables that lack a part or beat the device are warned of.
. "$source/tests/golden/kernel_tables.sh"
base="$headroom perf fit --engine vllm --engine-version 0.19.0 --date 2026-08-01"
$base --model llama-3.1-70b --accelerator L40S $tables; echo $?
$base --model llama-3.1-8b --accelerator L4 --precision fp8 --kv-blocks 2000000 $tables; echo $?
$base --model llama-3.1-8b --accelerator T4 --precision fp4 $tables; echo $?
sed '/^act_fn/d' dense.csv > no_act_fn.csv
awk -F, 'NR == 1 { print; next } { printf "%s,%s,%s,%s,%s\n", $1, $2, $3, $4, ($1 > 0 ? 7 + 0.03 * $1 : 12) }' attention.csv > constant.csv
awk -F, 'NR == 1 { print; next } { printf "%s,%s,%.6f\n", $1, $2, $3 / 100 }' per_sequence.csv > fast.csv
$base --model llama-3.1-8b --accelerator L40S --precision fp4 --dense no_act_fn.csv --attention constant.csv --per-sequence fast.csv |
  sed -n '/^Measured/,$p'; echo $?
