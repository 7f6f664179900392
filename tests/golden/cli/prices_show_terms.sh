# SPDX-License-Identifier: GPL-3.0-or-later
# A model unit tells what its term costs and from which use on it pays, as text and as JSON.
cat > units.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,option,unit,usd,status,source,as_of
token_api,acme.m-v1,us-east-1,on_demand,1M input tokens,10,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,on_demand,1M output tokens,20,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,provisioned,hour,20,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,provisioned_6m,hour,10,published,our contract,2026-11-01
token_api,acme.custom,us-east-1,provisioned_1m,hour,15,published,our contract,2026-11-01
END
"$headroom" prices show acme.m-v1 --book units.csv --alone
"$headroom" prices show acme.custom --book units.csv --alone
"$headroom" prices show acme.m-v1 provisioned_6m --book units.csv --alone --json
