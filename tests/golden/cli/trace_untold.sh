# SPDX-License-Identifier: GPL-3.0-or-later
printf '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1767574800,"36"],[1767578400,"108"]]}]}}' > m.json
"$headroom" trace stats --values counter m.json && "$headroom" trace stats m.json
