# SPDX-License-Identifier: GPL-3.0-or-later
printf "seconds,duration,nodes\n0,100,4\n10,50,4\n60,200,2\n5,5,1\n" > log.csv; "$headroom" trace stats log.csv
