# SPDX-License-Identifier: GPL-3.0-or-later
# The figures there are, the numbers of one, and what is none.
. "$source/tests/golden/cli/answers.inc"
"$headroom" plot --list | head -n 4
"$headroom" plot unit-cost answers.yaml
"$headroom" plot week answers.yaml -o week.gif
"$headroom" plot weeek answers.yaml
