# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" perf show | grep -A 1 rtx4090 && "$headroom" perf show llama-3.1-8b-bf16-rtx4090-tp1
