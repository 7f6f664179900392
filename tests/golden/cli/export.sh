# SPDX-License-Identifier: GPL-3.0-or-later
# Drafts of one group that has two instances by day and one by night, in every format; then a format that is none, a
# workload that is none, and a plan without instances.
. "$source/tests/golden/cli/results.inc"
result plan 1.00 1000 1000000 0
awk 'BEGIN {
  printf "{\"schema_version\": 1, \"scenario\": \"Größe\", \"headline\": null, \"inputs\": [], \"provenance\": {\"inputs\": []}, \"offers\": [], \"plan\": {\"commitments\": [{\"name\": \"1-year Compute savings plan, no upfront\"}]}, \"fleet\": [{\"workload\": \"chat\", \"sku\": \"g6e.xlarge\", \"region\": \"us-east-1\", \"vcpu\": 4, \"regular_max\": 1, \"spot_max\": 2, \"regular_first_week\": ["
  for (h = 0; h < 168; h++) printf "%s1", h ? ", " : ""
  printf "], \"spot_first_week\": ["
  for (h = 0; h < 168; h++) printf "%s%d", h ? ", " : "", (h % 24 >= 7 && h % 24 < 21)
  print "]}]}"
}' > fleet.json
for format in karpenter terraform asg ec2-fleet; do "$headroom" export $format fleet.json || exit; done
"$headroom" export terrafrom fleet.json
"$headroom" export asg fleet.json --workload search
"$headroom" export asg plan
