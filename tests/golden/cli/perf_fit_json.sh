# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
# Without fractions: some are rounding.
$fit $tables --json | grep -v "[0-9]e-\|[0-9]\.[0-9]"
