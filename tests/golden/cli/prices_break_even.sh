# SPDX-License-Identifier: GPL-3.0-or-later
# Commitments with a rate, of the book and by rule: the type with every payment, and one accelerator.
"$headroom" prices break-even x2iedn.32xlarge
"$headroom" prices break-even g6e.xlarge --region us-east-1
"$headroom" prices break-even c8g.xlarge --region us-east-1 --json
# Model units: of a term against one by the hour, and against tokens on demand where these are sold.
. "$source/tests/golden/cli/units.inc"
"$headroom" prices break-even acme.m-v1 --book units.csv --alone
"$headroom" prices break-even acme.custom --book units.csv --alone
"$headroom" prices break-even acme.custom --book units.csv --alone --json
# Plans of SageMaker and of functions: 1.1 / 1.4 = 78.6 % of a year's hours, 12 x that = 9.4 months;
# 15 / 20 = 75 % and 9.0 months of what calls cost, 8 / 10 = 80 %, 9.6 of calls on provisioned copies.
cat > plans.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,option,term,payment,unit,usd,status,source,as_of
instance,ml.g5.xlarge,us-east-1,on_demand,,,hour,1.4,published,list,2026-11-20
instance,ml.g5.xlarge,us-east-1,plan_sagemaker,1y,no_upfront,hour,1.1,published,list,2026-11-20
function,lambda-x86,us-east-1,on_demand,,,GB-second,0.00002,published,list,2026-11-20
function,lambda-x86,us-east-1,provisioned,,,GB-second,0.00001,published,list,2026-11-20
function,lambda-x86,us-east-1,plan_compute,1y,no_upfront,GB-second,0.000015,published,list,2026-11-20
function,lambda-x86,us-east-1,plan_compute,1y,all_upfront,provisioned GB-second,0.000008,published,list,2026-11-20
END
"$headroom" prices break-even ml.g5.xlarge --book plans.csv --alone
"$headroom" prices break-even lambda-x86 --book plans.csv --alone
"$headroom" prices break-even lambda-x86 --book plans.csv --alone --json
