#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# include_order.sh must refuse each of these trees.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{base,pricing,sim,solver,scenarios,plots,cli}
"$here/include_order.sh" "$tree" || { echo "refused an empty tree"; exit 1; }
refuses() { # file, line
  printf '%s\n' "$2" > "$tree/$1"
  if "$here/include_order.sh" "$tree" >/dev/null; then
    echo "accepted '$2' in $1"
    exit 1
  fi
  rm "$tree/$1"
}
refuses base/a.c '#include "sim/ticks.h"'
refuses sim/a.h '#include "pricing/bill.h"'
refuses solver/a.c '#include "sim/replay.h"'
refuses solver/b.c '#include <glpk.h>'
refuses plots/a.c '    printf("%d", 1);'
refuses sim/b.c 'FILE *f = fopen(path, "r");'
