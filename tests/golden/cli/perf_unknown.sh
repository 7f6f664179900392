# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
$fit $tables --accelerator H1000; echo $?
"$headroom" perf show h100; echo $?
"$headroom" perf melt; echo $?
$fit $tables --date yesterday; echo $?
$fit $tables --dense missing.csv; echo $?
