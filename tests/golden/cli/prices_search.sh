# SPDX-License-Identifier: GPL-3.0-or-later
# Words are found in names, options, units and regions, in any case; all of them must be.
"$headroom" prices search P5EN spot
"$headroom" prices search lambda held --region us-east-1
"$headroom" prices search nova-lite cached us-east --json
