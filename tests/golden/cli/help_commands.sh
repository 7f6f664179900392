# SPDX-License-Identifier: GPL-3.0-or-later
# The help of every command, the topics, and the version.
for command in $("$headroom" help | awk '/^  [a-z]+ +[a-z]/ && $1 != "headroom" {print $1}') tables formats; do
  echo "---- $command"
  "$headroom" help "$command"
done
"$headroom" --version
