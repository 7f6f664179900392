# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" help && "$headroom" help run
