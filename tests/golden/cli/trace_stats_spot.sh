# SPDX-License-Identifier: GPL-3.0-or-later
printf '{"metadata": {"gap_seconds": 600}, "data": [4, 4, 0, 0, 0, 2, 1, 0, 4, 4]}' > steps.json
printf '0,add,a\n0,add,b\n3600000,remove,a\n1800000,add,c\n7200000,remove,b\n' > events.csv
"$headroom" trace stats steps.json; "$headroom" trace stats events.csv; "$headroom" trace stats --json steps.json
