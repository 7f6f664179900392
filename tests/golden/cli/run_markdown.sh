# SPDX-License-Identifier: GPL-3.0-or-later
# A summary for a pull request; the last line of --quiet.
. "$source/tests/golden/cli/answers.inc"
"$headroom" run answers.yaml --markdown && "$headroom" size answers.yaml --markdown && "$headroom" run answers.yaml --quiet
