# SPDX-License-Identifier: GPL-3.0-or-later
# A manual page, its day aside (help_generated.sh), and how the completion scripts begin.
"$headroom" man export | sed '1s/ "[0-9-]\{10\}" / "DAY" /'
for shell in bash zsh fish; do "$headroom" completion $shell | head -n 3; done
"$headroom" completion tcsh
