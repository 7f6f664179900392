# SPDX-License-Identifier: GPL-3.0-or-later
# The first requests of a scenario's week.
. "$source/tests/golden/cli/answers.inc"
"$headroom" trace generate answers.yaml | head -n 5
