# SPDX-License-Identifier: GPL-3.0-or-later
# The same change as Markdown, CSV and JSON; then what is no result, a table that is none, and two forms at once.
. "$source/tests/golden/cli/results.inc"
result before 1.00 1000 1000000 0
result after 0.90 750 2000000 750
"$headroom" diff before after --markdown && "$headroom" diff before after --csv steps && "$headroom" diff before after --csv inputs && "$headroom" diff before after --json
echo '{"schema_version": 1}' > old.json
"$headroom" diff before old.json
"$headroom" diff before after --csv stepps
"$headroom" diff before after --csv steps --json
"$headroom" diff before nowhere
