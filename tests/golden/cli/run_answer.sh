# SPDX-License-Identifier: GPL-3.0-or-later
# What run prints.
. "$source/tests/golden/cli/answers.inc"
"$headroom" run answers.yaml
