# SPDX-License-Identifier: GPL-3.0-or-later
printf 'Timestamp,Request tokens,Response tokens\n5,10,2\n6.5,20,0\n' > burst.csv; "$headroom" trace convert burst.csv
printf '0,0.5,1,Gamma,1,2\n600,0,0,,0,0\n' > windows.csv; "$headroom" trace stats windows.csv
