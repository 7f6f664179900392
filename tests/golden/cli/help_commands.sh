# SPDX-License-Identifier: GPL-3.0-or-later
# The help of some commands, and the version.
for command in diff export init completion; do "$headroom" help $command; done
"$headroom" --version
