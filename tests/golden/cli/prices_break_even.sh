# SPDX-License-Identifier: GPL-3.0-or-later
# Commitments with a rate, of the book and by rule: the type with every payment, and one accelerator.
"$headroom" prices break-even x2iedn.32xlarge
"$headroom" prices break-even g6e.xlarge --region us-east-1
"$headroom" prices break-even c8g.xlarge --region us-east-1 --json
