# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
$fit --dense dense.csv; echo $?
$fit $tables --tensor-parallel 2; echo $?
$fit $tables --all-reduce all_reduce.csv; echo $?
$fit $tables --moe dense.csv; echo $?
