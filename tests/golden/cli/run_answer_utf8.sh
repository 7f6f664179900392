# SPDX-License-Identifier: GPL-3.0-or-later
# What run prints, in UTF-8.
. "$source/tests/golden/cli/answers.inc"
LC_ALL=C.UTF-8 "$headroom" run answers.yaml
