# SPDX-License-Identifier: GPL-3.0-or-later
# The scripts for bash, zsh and fish, and a shell that there is none for. (help_generated.sh runs them.)
for shell in bash zsh fish; do
  echo "# ---- $shell"
  "$headroom" completion $shell
done
"$headroom" completion tcsh
