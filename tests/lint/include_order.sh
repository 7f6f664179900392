#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Includes point one way: base <- pricing <- sim <- solver <- scenarios <- plots <- cli (docs/architecture.md). From
# pricing, sim sees only offer.h and usage.h (and the rates behind them); from sim, solver sees only plain tables.
# One file includes glpk.h. A mutant tree given as argument lets a test prove that this can fail.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
status=0
complain() { printf 'include order: %s\n' "$1"; status=1; }
rooms=(base pricing sim solver scenarios plots cli)
for i in "${!rooms[@]}"; do
  for j in "${!rooms[@]}"; do
    [ "$j" -gt "$i" ] || continue
    while IFS= read -r line; do complain "$line (${rooms[i]} may not see ${rooms[j]})"; done < <(
      grep -rnE "^#include \"${rooms[j]}/" --include='*.[ch]' "${rooms[i]}" 2>/dev/null || true)
  done
done
while IFS= read -r line; do complain "$line (sim sees only pricing/offer.h and pricing/usage.h)"; done < <(
  grep -rnE '^#include "pricing/' --include='*.[ch]' sim 2>/dev/null | grep -vE '"pricing/(offer|usage)\.h"' || true)
while IFS= read -r line; do complain "$line (solver sees only sim/demand.h and sim/capacity.h)"; done < <(
  grep -nE '^#include "sim/' solver/*.c solver/*.h 2>/dev/null | grep -vE '"sim/(demand|capacity)\.h"' || true)
while IFS= read -r line; do complain "$line (only solver/lp_glpk.c includes glpk.h)"; done < <(
  grep -rnE '^#include [<"]glpk\.h' --include='*.[ch]' base pricing sim solver scenarios plots cli 2>/dev/null | grep -v '^solver/lp_glpk.c:' || true)
while IFS= read -r line; do complain "$line (only cli/ prints, exits, opens paths or reads the clock and environment)"; done < <(
  grep -nE '(^|[^a-z_>.])(printf|puts|fopen|open|exit|getenv|time|clock_gettime|gettimeofday)\(' base/*.c pricing/*.c sim/*.c sim/*/*.c solver/*.c scenarios/*.c plots/*.c 2>/dev/null |
    grep -vE '^base/(err|arena)\.c:' || true)
exit $status
