# SPDX-License-Identifier: GPL-3.0-or-later
# A day before the rates were read: those that do not say since when they hold are told. After it nothing is.
cat > book.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of,effective_from
instance,g6e.xlarge,us-east-1,,on_demand,,,hour,2.00,published,,list,2026-11-01,
instance,g5.xlarge,us-east-1,,on_demand,,,hour,1.00,published,,list,2026-11-01,2019-01-01
END
"$headroom" prices list --alone --book book.csv --as-of 2020-06-01 && "$headroom" prices list --alone --book book.csv --as-of 2026-12-01
