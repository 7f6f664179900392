# SPDX-License-Identifier: GPL-3.0-or-later
# Commitments with a rate, of the book and by rule: the type with every payment, and one accelerator.
"$headroom" prices break-even x2iedn.32xlarge
"$headroom" prices break-even g6e.xlarge --region us-east-1
"$headroom" prices break-even c8g.xlarge --region us-east-1 --json
# Model units: of a term against one by the hour, and against tokens on demand where these are sold.
cat > units.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,option,unit,usd,status,source,as_of
token_api,acme.m-v1,us-east-1,on_demand,1M input tokens,10,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,on_demand,1M output tokens,20,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,provisioned,hour,20,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,provisioned_1m,hour,21,published,our contract,2026-11-01
token_api,acme.m-v1,us-east-1,provisioned_6m,hour,10,published,our contract,2026-11-01
token_api,acme.custom,us-east-1,provisioned_1m,hour,15,published,our contract,2026-11-01
END
"$headroom" prices break-even acme.m-v1 --book units.csv --alone
"$headroom" prices break-even acme.custom --book units.csv --alone
"$headroom" prices break-even acme.custom --book units.csv --alone --json
