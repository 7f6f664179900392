# SPDX-License-Identifier: GPL-3.0-or-later
# A name, or a way to buy it, that the book does not have.
fail() { "$headroom" "$@"; code=$?; [ $code = 3 ] || echo "exit $code"; }
fail prices show g6e.xlarge "on demand"
fail prices show g6e.xlarge spt --region us-east-1
fail prices show g6e.xlarge batch
fail prices show g6e.xlarge on_demand --region mars
"$headroom" prices show g6e.2xlrge
