# SPDX-License-Identifier: GPL-3.0-or-later
# A manual page, and how the completion scripts begin.
"$headroom" man export
for shell in bash zsh fish; do "$headroom" completion $shell | head -n 3; done
"$headroom" completion tcsh
