# SPDX-License-Identifier: GPL-3.0-or-later
# How the JSON Schema begins.
"$headroom" schema | head -n 12
