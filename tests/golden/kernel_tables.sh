# SPDX-License-Identifier: GPL-3.0-or-later
# Kernel tables of a device that takes exactly what its coefficients say, for the perf cases.
awk 'BEGIN { print "layer,tokens,time_us"
  for (i = 0; i < 32; i++) { t = int(1.3 ^ i) + i
    linear = 400 + 0.5 * t; if (linear < 100 + 2 * t) linear = 100 + 2 * t
    printf "qkv_proj,%d,%.6f\nlayernorm,%d,%.6f\nembedding,%d,%.6f\n", t, linear - 320, t, 10, t, 1e-4
    printf "rotary_emb,%d,5\no_proj,%d,45\ngate_up_proj,%d,160\nact_fn,%d,10\ndown_proj,%d,80\n", t, t, t, t, t } }' > dense.csv
awk 'BEGIN { print "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us"
  for (n = 1; n <= 64; n *= 2) for (k = 16; k <= 4096; k *= 4) printf "0,0,%d,%d,%.6f\n", n, k, 10 + 0.2 * n + 0.004 * n * k
  for (c = 16; c <= 1024; c *= 2) for (p = 0; p <= 2048; p += 512) {
    chunk = 0.03 * c + 1e-4 * c * (p + c / 2) + 0.02 * p
    printf "%d,%d,0,0,%.6f\n", c, p, 7 + chunk
    for (n = 1; n <= 32; n *= 2) for (k = 64; k <= 4096; k *= 4)
      printf "%d,%d,%d,%d,%.6f\n", c, p, n, k, 5 + chunk + n + 0.008 * n * k } }' > attention.csv
awk 'BEGIN { print "layer,sequences,time_us"
  for (s = 1; s <= 128; s += 5) printf "lm_head,%d,%.6f\nsampler,%d,%.6f\n", s, 1000 + 2 * s, s, 25 + s }' > per_sequence.csv
awk 'BEGIN { print "num_workers,devices_per_node,max_devices_per_node,size,time_stats.all_reduce.median"
  for (b = 8192; b < 2e8; b *= 2) printf "2,2,8,%d,%.9f\n2,1,8,%d,9\n4,4,8,%d,5\n", b, 0.02 + b / 2e8, b, b }' > all_reduce.csv
fit="$headroom perf fit --model llama-3.1-8b --accelerator H100 --engine vllm --engine-version 0.19.0 --date 2026-08-01"
tables="--dense dense.csv --attention attention.csv --per-sequence per_sequence.csv"
awk 'BEGIN { print "tokens,experts_hit,time_us"
  for (t = 1; t <= 2048; t *= 2) for (h = 2; h <= 8; h += 2) { if (h > 2 * t) continue
    us = 30 + 80 * h; if (us < 40 + 0.8 * t) us = 40 + 0.8 * t; printf "%d,%d,%.6f\n", t, h, us } }' > moe.csv
