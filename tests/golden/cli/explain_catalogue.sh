# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" explain models > models || exit
"$headroom" explain accelerators > accelerators || exit
head -n 1 models
grep -E '^(bert-base|llama-3.1-8b|mixtral-8x7b|resnet-50) ' models
head -n 1 accelerators
grep -E '^(T4|B200|Inferentia2) ' accelerators
tail -n 1 accelerators
