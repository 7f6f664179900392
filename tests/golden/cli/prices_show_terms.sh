# SPDX-License-Identifier: GPL-3.0-or-later
# A model unit tells what its term costs and from which use on it pays, as text and as JSON.
. "$source/tests/golden/cli/units.inc"
"$headroom" prices show acme.m-v1 --book units.csv --alone
"$headroom" prices show acme.custom --book units.csv --alone
"$headroom" prices show acme.m-v1 provisioned_6m --book units.csv --alone --json
