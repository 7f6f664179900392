# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" init my.yaml && "$headroom" check my.yaml && "$headroom" init my.yaml
