#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cited_paths.sh must accept a tree whose citations are right, and refuse it with any one of them wrong.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{docs,sim/catalog,tests/sim}
touch "$tree"/sim/catalog/{a,b}.csv
printf 'Test(clock, ticks) {\n}\nTest(clock, fails, .exit_code = 70) {\n}\n' > "$tree/tests/sim/test_clock.c"
printf '%s\n' '# Model' '## 1. Time' '### 1.2 Ticks, see section 1 and law 3' '| 3 | a law |' \
  'held by `tests/sim/test_clock.c:ticks` and `tests/sim/test_clock.c:fails`' > "$tree/docs/model.md"
printf '%s\n' 'See docs/model.md, [it](docs/model.md#time), [elsewhere](https://example.org/docs/none.md) and sim/.' > "$tree/README.md"
printf '%s\n' '/* docs/model.md section 1.2; sim/catalog/{a,b}.csv, sim/*.c, ../shared/tests/none.csv. */' \
  'const char *text = "docs/none.md";' > "$tree/sim/clock.c"
"$here/cited_paths.sh" "$tree" || { echo "refused a tree without a mistake"; exit 1; }
refuses() { # file, line
  local before
  before=$(cat "$tree/$1")
  printf '%s\n' "$2" >> "$tree/$1"
  if "$here/cited_paths.sh" "$tree" >/dev/null; then
    echo "accepted '$2' in $1"
    exit 1
  fi
  printf '%s\n' "$before" > "$tree/$1"
}
refuses README.md 'as docs/none.md says'
refuses README.md 'and `tests/sim/none.c`'
refuses README.md '[a link](none.md)'
refuses docs/model.md '[a link](../none.md)'
refuses docs/model.md 'in sim/none.h'
refuses docs/model.md 'by section 1.3'
refuses docs/model.md 'by laws 3 and 4'
refuses docs/model.md '`tests/sim/test_clock.c:stops`'
refuses sim/clock.c '/* docs/model.md section 2 */'
refuses sim/clock.c '/* first line'$'\n'' * sim/catalog/{a,c}.csv */'
refuses sim/clock.c 'int x; /* scenarios/none */'
refuses sim/clock.c '/* tests/none*.c */'
"$here/cited_paths.sh" "$tree" || { echo "a mutant was left behind"; exit 1; }
