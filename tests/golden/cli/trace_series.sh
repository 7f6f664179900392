# SPDX-License-Identifier: GPL-3.0-or-later
printf "3 0 4 5 0 0" > rates.txt; "$headroom" trace stats rates.txt; "$headroom" trace convert rates.txt
