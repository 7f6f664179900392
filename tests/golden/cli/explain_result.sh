# SPDX-License-Identifier: GPL-3.0-or-later
# What a result by hand can be asked, one of its numbers, and what is not in it.
. "$source/tests/golden/cli/results.inc"
result after 0.90 750 2000000 750
"$headroom" explain after && "$headroom" explain after recommended.usd_per_thousand_requests
"$headroom" explain after cost.usd_per_mnth
