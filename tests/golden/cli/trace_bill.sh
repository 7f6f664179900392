cat > bill.csv <<'EOF'
ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,PricingCategory,RegionId,ConsumedQuantity,ConsumedUnit,SkuPriceDetails
2026-07-01T00:00:00Z,2026-07-01T01:00:00Z,2.012,2.012,USD,Usage,Standard,us-east-1,2,Hours,"{""InstanceType"": ""g5.xlarge""}"
2026-07-01T01:00:00Z,2026-07-01T02:00:00Z,0,0.6,USD,Usage,Committed,us-east-1,1,Hours,"{""InstanceType"": ""g5.xlarge""}"
2026-07-01T00:00:00Z,2026-08-01T00:00:00Z,12,0,USD,Purchase,,,,,
EOF
"$headroom" trace stats bill.csv
"$headroom" trace stats bill.csv --json
"$headroom" trace convert bill.csv
"$headroom" prices import bill.csv
echo "exit $?"
printf 'PAR1\025\004' > costs-2026-07.parquet
"$headroom" trace stats costs-2026-07.parquet
echo "exit $?"
sed 's/T01:00:00Z,2.012/T02:00:00Z,2.012/' bill.csv > days.csv
"$headroom" trace convert days.csv
echo "exit $?"
"$headroom" trace convert bill.csv > week.csv
cat > others.yaml <<'YAML'
headroom: 1
name: others
horizon: { start: 2026-12-01, months: 1 }
estate: { other_usage: week.csv }
workloads:
  - name: embed
    demand: { generate: { rate: 3 req/s, input: 200 tokens, output: 0 tokens } }
    slo: { latency: 500ms, share: 99% }
    models: [ { use: bge-base-en-v1.5 } ]
    run_on: [ { instance: g5.xlarge } ]
    regions: [us-east-1]
YAML
"$headroom" size others.yaml > size.txt
echo "exit $?"
sed 's/g5.xlarge/nothing.xlarge/' week.csv > lost.csv; sed 's/week.csv/lost.csv/' others.yaml > lost.yaml
"$headroom" size lost.yaml
echo "exit $?"
sed '2s/,Usage,Standard/,Usage,Dynamic/;3s/,Usage,Committed/,Usage,Dynamic/' bill.csv > spot.csv
"$headroom" trace convert spot.csv
echo "exit $?"
