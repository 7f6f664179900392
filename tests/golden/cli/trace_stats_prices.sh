# SPDX-License-Identifier: GPL-3.0-or-later
record() { printf '{"AvailabilityZone": "%s", "InstanceType": "p3", "ProductDescription": "Linux", "SpotPrice": "%s", "Timestamp": "%s"}' "$1" "$2" "$3"; }
{ printf '{"NextToken": "", "SpotPriceHistory": ['; record z-1a 1.20 2020-01-01T03:00:00.000Z; printf ','
  record z-1b 0.80 2020-01-01T01:00:00.000Z; printf ','; record z-1a 1.00 2020-01-01T00:00:00.000Z; printf ']}'; } > prices.json
"$headroom" trace stats prices.json; "$headroom" trace stats --json prices.json
sed 's/"NextToken": ""/"NextToken": "AAHR"/' prices.json > page.json
"$headroom" trace stats page.json; "$headroom" trace stats --json page.json | grep more_pages
