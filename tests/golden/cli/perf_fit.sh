# SPDX-License-Identifier: GPL-3.0-or-later
# The coefficients of ../kernel_tables.sh come back, and the profile that is written says the same.
. "$source/tests/golden/kernel_tables.sh"
$fit $tables --tensor-parallel 2 --all-reduce all_reduce.csv --kv-blocks 5000 --step-overhead 0.5ms -o made.csv && "$headroom" perf show made.csv
