cat > list.csv <<'EOF'
"FormatVersion","v1.0"
"Publication Date","2026-07-20T17:00:00Z"
"OfferCode","AmazonEC2"
"SKU","OfferTermCode","TermType","StartingRange","Unit","PricePerUnit","Currency","LeaseContractLength","PurchaseOption","OfferingClass","Product Family","serviceCode","Instance Type","Operating System","Tenancy","Region Code"
"A","J","OnDemand","0","Hrs","1.2600000000","USD","","","","Compute Instance","AmazonEC2","g6e.xlarge","Linux","Shared","us-east-1"
"A","K","Reserved","","Quantity","8760","USD","1yr","Partial Upfront","standard","Compute Instance","AmazonEC2","g6e.xlarge","Linux","Shared","us-east-1"
"A","K","Reserved","","Hrs","0.1","USD","1yr","Partial Upfront","standard","Compute Instance","AmazonEC2","g6e.xlarge","Linux","Shared","us-east-1"
"B","J","OnDemand","0","Hrs","2","USD","","","","Compute Instance","AmazonEC2","g6e.xlarge","Windows","Shared","us-east-1"
EOF
$headroom prices import list.csv --out book.csv
cat book.csv
$headroom prices show g6e.xlarge --book book.csv
$headroom prices import list.csv --out book.csv --json
sed 's/1.2600000000/0.0/' list.csv > zero.csv
$headroom prices import zero.csv --out zero-book.csv
echo "exit $?"
$headroom prices import list.csv --format csv --out zero-book.csv
echo "exit $?"
$headroom prices import list.csv --json
echo "exit $?"
$headroom prices import - --json --out piped.csv < list.csv | grep -e file -e rates
gzip -c list.csv | $headroom prices import - 2>&1 | head -n 3
$headroom prices import - < /dev/null
echo "exit $?"
rm piped.csv
cp list.csv '=cmd|x.csv'
$headroom prices import '=cmd|x.csv' 2> /dev/null | head -n 1
ls
