# SPDX-License-Identifier: GPL-3.0-or-later
# A mixture of experts: its own table, and the error when that is not given.
. "$source/tests/golden/kernel_tables.sh"
fit="$headroom perf fit --model mixtral-8x7b --accelerator H200 --engine vllm --engine-version 0.19.0 --date 2026-08-01"
$fit $tables; echo $?
$fit $tables --moe moe.csv --kv-blocks 20000
sed '3s/,2,/,9,/' moe.csv > too_many.csv
$fit $tables --moe too_many.csv
