# SPDX-License-Identifier: GPL-3.0-or-later
# Twice the requests in 1.5 times the hours, half of them on spot, at a price that fell from $1.00 to $0.90: from 1,000 h and
# $1,000, volume +1000, efficiency -500, ways to pay 750 h x (1.00 - 0.40) and, as spot has no old price, at its new one -450,
# price 750 h x -0.10 = -75; and a third result that is the first.
. "$source/tests/golden/cli/results.inc"
result before 1.00 1000 1000000 0
result after 0.90 750 2000000 750
LC_ALL=C.UTF-8 "$headroom" diff before after && LC_ALL=C.UTF-8 "$headroom" diff before after/result.json before
