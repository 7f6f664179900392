# SPDX-License-Identifier: GPL-3.0-or-later
# What size prints.
. "$source/tests/golden/cli/answers.inc"
"$headroom" size answers.yaml
