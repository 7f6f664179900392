# SPDX-License-Identifier: GPL-3.0-or-later
# What changed from one book to another, in the order of the books.
cat > new.csv <<'END'
headroom_price_book,1,new,USD
kind,sku,region,option,unit,usd,status,source,as_of
instance,g5.xlarge,us-east-1,on_demand,hour,1.006,published,list,2026-11-01
instance,g6e.xlarge,us-east-1,on_demand,hour,1.75,published,list,2026-11-01
instance,g9.xlarge,us-east-1,on_demand,hour,2.5,published,list,2026-11-01
END
cat > old.csv <<'END'
headroom_price_book,1,old,USD
kind,sku,region,option,unit,usd,status,rule,source,as_of
instance,g5.xlarge,us-east-1,on_demand,hour,1.006,estimated,guess,list,2026-07-20
instance,g6e.xlarge,us-east-1,on_demand,hour,1.861,published,,list,2026-07-20
instance,g4dn.xlarge,us-east-1,on_demand,hour,0.526,published,,list,2026-07-20
instance,g4dn.xlarge,us-east-1,spot,hour,0.2,published,,list,2026-07-20
END
cat > volumes.csv <<'END'
headroom_price_book,1,volumes,USD
kind,sku,region,option,term,payment,unit,usd,usd_upfront,status,source,as_of,access,zones_kept,days_min,free,included
storage,ebs-gp3,us-east-1,on_demand,,,IOPS-month,0.005,,published,list,2026-07-20,,,,,3000
storage,s3-ia,us-east-1,on_demand,,,GB-month,0.0125,,published,list,2026-07-20,instant,3,30,,
instance,g5.xlarge,us-east-1,reserved_standard,1y,partial_upfront,hour,0.6,2000,published,list,2026-07-20,,,,,
END
sed 's/,3000$/,4000/; s/3,30,/3,60,/; s/,2000,/,1500,/' volumes.csv > terms.csv
"$headroom" prices diff volumes.csv terms.csv
"$headroom" prices diff old.csv new.csv
"$headroom" prices diff aws-2026-07 new.csv --region us-east-1 | tail -1
"$headroom" prices diff new.csv new.csv
"$headroom" prices diff old.csv new.csv --region us-east-2 --json
