# SPDX-License-Identifier: GPL-3.0-or-later
printf 'input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms\n512,128,1,30,-9\n200000,128,1,30,9\n' > rows.csv
printf '{"mean_tpot_ms": 9, "mean_ttft_ms": 30, "completed": 10, "total_input_tokens": 5120, "total_output_tokens": 1280, "max_concurrency": null}\n' > open-loop.json
"$headroom" perf fit --model llama-3.1-8b --accelerator H100 --engine vllm --engine-version 0.19.0 --date 2026-08-01 rows.csv open-loop.json -o made.csv
