# SPDX-License-Identifier: GPL-3.0-or-later
. "$source/tests/golden/kernel_tables.sh"
sed '5s/,[^,]*$/,-3/' dense.csv > negative.csv
sed '5s/^0,0,1,[0-9]*/0,0,1,131073/' attention.csv > long.csv
sed '1s/sequences/seqs/' per_sequence.csv > renamed.csv
$fit --dense negative.csv --attention long.csv --per-sequence renamed.csv; echo $?
sed '/^qkv_proj,5,/d' dense.csv > uneven.csv
$fit $tables --dense uneven.csv; echo $?
sed 3,400d attention.csv > short.csv
$fit $tables --attention short.csv; echo $?
$fit $tables --tensor-parallel 8 --all-reduce all_reduce.csv; echo $?
