# SPDX-License-Identifier: GPL-3.0-or-later
printf "seconds,input,output\n0,100,10\n2,200,20\n1,300,30\n4,400,40\n3,500,50\n" > t.csv; "$headroom" trace stats t.csv
"$headroom" trace stats t.csv --json | grep -E 'peak_|dispersion|gap_cv'
