# SPDX-License-Identifier: GPL-3.0-or-later
# What plan prints.
. "$source/tests/golden/cli/answers.inc"
"$headroom" plan answers.yaml
