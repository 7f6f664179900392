#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every `headroom ...` line of a ```sh block in README.md works as printed, from the source folder (outputs go elsewhere).
# `./dev` lines are run by the gates themselves.
. "$(dirname "$0")/lib.sh"
cp -r "$source/scenarios" .
n=0
while IFS= read -r line; do
  n=$((n + 1))
  eval "${line/#headroom/\"\$headroom\"}" > stdout 2> stderr || { cat stdout stderr; fail "$line"; }
done < <(awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on && /^headroom /' "$source/README.md")
[ $n -ge 8 ] || fail "only $n commands were found in README.md"
echo "ok: $n commands"
