# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
$fit $tables -o made.csv > /dev/null
sed -e '/^m[0-9],/d' -e 's/^d2,[^,]*/d2,-1/' -e 's/^model,[^,]*/model,llama-3.1-9b/' made.csv > broken.csv
"$headroom" perf show broken.csv
