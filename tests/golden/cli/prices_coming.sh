# SPDX-License-Identifier: GPL-3.0-or-later
# Rates that begin later than the day asked: what is in force counts, the change stands beside it. Without --as-of the day is that
# of the newest price. One year all upfront: 1 / 1.7 = 58.8 % of the hours until 2027, 1 / 1.6 = 62.5 % then.
header=kind,sku,region,option,term,payment,unit,usd,effective_from,status,source,as_of
cat > mine.csv <<END
headroom_price_book,1,mine,USD
$header
instance,g6e.xlarge,us-east-1,on_demand,,,hour,1.7,,published,our contract,2026-10-01
instance,g6e.xlarge,us-east-1,on_demand,,,hour,1.6,2027-01-01,published,our contract,2026-10-01
instance,g6e.xlarge,us-east-1,reserved_convertible,1y,all_upfront,hour,1.0,,published,our contract,2026-10-01
END
cat > old.csv <<END
headroom_price_book,1,old,USD
$header
instance,g6e.xlarge,us-east-1,on_demand,,,hour,1.8,,published,our contract,2026-09-01
instance,g6e.xlarge,us-east-1,on_demand,,,hour,1.5,2027-05-01,published,our contract,2026-09-01
END
"$headroom" prices diff old.csv mine.csv
"$headroom" prices diff old.csv mine.csv --as-of 2027-01-01
"$headroom" prices diff mine.csv mine.csv --region us-east-2
"$headroom" prices diff mine.csv mine.csv --json
for day in 2026-12-31 2027-01-01; do
  "$headroom" prices break-even g6e.xlarge --book mine.csv --alone --as-of $day | grep -v estimated
done
"$headroom" prices break-even g6e.xlarge --book mine.csv --alone --json | grep -A4 -e '"day"' -e '"coming"' -e reserved.instance
"$headroom" prices list --book mine.csv --alone
"$headroom" prices search demand --book mine.csv --alone --region us-east-1 --as-of 2026-12-31
