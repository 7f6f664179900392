# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" prices show g6e.xlarge --region us-east-1
