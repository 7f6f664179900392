# SPDX-License-Identifier: GPL-3.0-or-later
# What commitments owned already owe after the horizon stands beside what new ones owe, not in it; a result that does not tell it
# has a dash, and where none tells any there is no row (diff.sh).
. "$source/tests/golden/cli/results.inc"
result before 1.00 1000 1000000 0
result after 0.90 750 2000000 750
result untold 1.00 1000 1000000 0
sed -i 's/"liability_usd": null/"liability_usd": 1200, "owned_liability_usd": 340.5/' before/result.json
sed -i 's/"liability_usd": null/"liability_usd": 0, "owned_liability_usd": 340.5/' after/result.json
"$headroom" diff before after untold | sed -n '/^  paid upfront/,/^$/p'
