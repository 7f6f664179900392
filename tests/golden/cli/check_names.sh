# SPDX-License-Identifier: GPL-3.0-or-later
# A fine scenario whose names are not of ASCII, and one whose mistake is in such a line.
. "$source/tests/golden/cli/answers.inc"
cp answers.yaml Größe.yaml
"$headroom" check Größe.yaml
sed -i 's/share: 95%/share: 195%/; s/region/regoin/' Größe.yaml
"$headroom" check Größe.yaml
