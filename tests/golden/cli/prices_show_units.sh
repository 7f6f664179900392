# SPDX-License-Identifier: GPL-3.0-or-later
# Every option and unit that is not an instance's hour has its words.
"$headroom" prices show amazon.nova-lite-v1:0 --region us-east-1
"$headroom" prices show lambda-arm64 --region us-east-1
