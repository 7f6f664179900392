# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot be asked or read; nothing on stdout, every mistake at its place.
fail() { "$headroom" "$@"; echo "exit $?" >&2; }
cat > bad.csv <<'END'
headroom_price_book,1,bad,USD
kind,sku,region,option,unit,currency,usd,effective_from,status,source,as_of
instance,a,us-east-1,on_demand,GB,,1,,published,list,2026-07-20
instance,b,us-east-1,on_demand,hour,EUR,1,,published,list,2026-07-20
instance,c,us-east-1,on_demand,hour,,0,,published,list,2026-07-20
instance,d,us-east-1,on_demand,hour,,NaN,,published,list,2026-07-20
instance,e,us-east-1,on_demand,hour,,-1,,published,list,2026-07-20
instance,f,us-east-1,on_demand,hour,,0.0000000000001,,published,list,2026-07-20
instance,g,us-east-1,on_demand,hour,,1,2026-01-01,published,list,2026-07-20
instance,g,us-east-1,on_demand,hour,,2,2026-01-01,published,list,2026-07-20
instance,h,us-east-1,on_demand,hour,,1,2026-13-01,published,list,2026-07-20
END
fail prices list --book bad.csv
fail prices list --alone
fail prices list --as-of July
fail prices show
fail prices diff aws-2026-07 gone.csv
fail prices break-even lambda-arm64
fail prices search g6e nothing-of-that-name
fail prices show g6e.xlarge batch
