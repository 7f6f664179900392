# SPDX-License-Identifier: GPL-3.0-or-later
# A book over the shipped one: which row counts on which day, why the others do not, zones and fees.
cat > mine.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,zone,option,term,payment,unit,usd,usd_upfront,effective_from,status,source,as_of
instance,g6e.xlarge,us-east-1,,on_demand,,,hour,1.7,,,published,our contract,2026-10-01
instance,g6e.xlarge,us-east-1,,on_demand,,,hour,1.6,,2027-01-01,published,our contract,2026-10-01
instance,g6e.xlarge,us-east-1,use1-az4,spot,,,hour,0.7,,,published,price history,2026-11-01
instance,g6e.xlarge,us-east-1,,reserved_standard,1y,partial_upfront,hour,1.1,4000,,published,our contract,2026-10-01
instance,g6e.xlarge,us-east-2,,on_demand,,,hour,1.9,,2027-03-01,published,our contract,2026-10-01
END
"$headroom" prices show g6e.xlarge --book mine.csv --as-of 2026-12-01
echo
"$headroom" prices show g6e.xlarge on_demand --book mine.csv --region us-east-1
echo
"$headroom" prices list --book mine.csv --alone --as-of 2027-01-01
"$headroom" prices show g6e.xlarge on_demand --book mine.csv --alone --as-of 2026-12-01 --region us-east-1 --json
