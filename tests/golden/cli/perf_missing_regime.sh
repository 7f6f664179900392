# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
awk -F, 'NR == 1 || $1 == 0 || $3 == 0' attention.csv > two_regimes.csv
$fit $tables --attention two_regimes.csv -o made.csv; code=$?; ls made.csv 2>/dev/null; exit $code
