# SPDX-License-Identifier: GPL-3.0-or-later
# A number as JSON; of a field there is none.
. "$source/tests/golden/cli/results.inc"
result after 0.90 750 2000000 750
"$headroom" explain after recommended.usd_per_thousand_requests --json
"$headroom" explain after --json | head -n 12
"$headroom" explain workloads.slo.ttft --json
