# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" run --treads 2 x.yaml
