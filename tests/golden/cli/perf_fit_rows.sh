# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmark rows of a device that reads memory at half the datasheet's rate, as a sweep of one to 64 clients.
awk 'BEGIN { print "input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms"
  for (n = 1; n <= 64; n *= 2) for (i = 256; i <= 4096; i *= 4) {
    k = n * (i + 64)
    printf "%d,128,%d,%.3f,%.4f\n", i, n, 3 + 0.04 * i, 9 + 0.00008 * k + n * i * 0.04 / 128 } }' > rows.csv
"$headroom" perf fit --model llama-3.1-8b --accelerator H100 --engine vllm --engine-version 0.19.0 --date 2026-08-01 rows.csv -o made.csv && "$headroom" perf show made.csv
