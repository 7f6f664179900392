# SPDX-License-Identifier: GPL-3.0-or-later
# What no report can be drawn from: a result without one, one of another schema version, one that another version laid out, and no
# JSON. (report_again.sh draws one.)
. "$source/tests/golden/cli/results.inc"
result plan 1.00 1000 1000000 0
"$headroom" report plan -o plan.pdf
sed 's/"schema_version": 1/"schema_version": 2/' plan/result.json > newer.json
"$headroom" report newer.json -o plan.pdf
sed 's/}$/,\n"report": {"columns":\n{"rect": []}}}/' plan/result.json > other.json
"$headroom" report other.json -o plan.pdf
echo '{"schema_version": 1,' > cut.json
"$headroom" report cut.json -o plan.pdf
code=$?
ls
exit $code
