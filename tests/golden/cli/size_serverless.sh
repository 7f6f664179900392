# SPDX-License-Identifier: GPL-3.0-or-later
# Functions with and without provisioned copies, and one token API in every tier, side by side at their prices.
cat > book.csv <<'END'
headroom_price_book,1,mine,USD
kind,sku,region,alias,option,term,payment,unit,usd,status,rule,source,as_of
token_api,acme.writer-v1,us-east-1,acme/writer,on_demand,,,1M input tokens,0.60,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,on_demand,,,1M output tokens,2.40,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,on_demand,,,1M cached input tokens,0.06,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,flex,,,1M input tokens,0.40,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,flex,,,1M output tokens,1.60,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,priority,,,1M input tokens,1.05,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,priority,,,1M output tokens,4.20,published,,list,2026-11-01
token_api,acme.writer-v1,us-east-1,,provisioned_1m,,,hour,21.5,published,,list,2026-11-01
function,lambda-arm64,us-east-1,,on_demand,,,GB-second,0.0000133334,published,,list,2026-08-21
function,lambda-arm64,us-east-1,,on_demand,,,1M requests,0.2,published,,list,2026-08-21
function,lambda-arm64,us-east-1,,provisioned,,,GB-second,0.0000077771,published,,list,2026-08-21
function,lambda-arm64,us-east-1,,provisioned,,,GB-second held,0.0000033333,published,,list,2026-08-21
END
cat > serverless.yaml <<'END'
headroom: 1
name: Summaries by night, questions by day
horizon: { start: 2026-12-01, months: 12 }
prices: book.csv
workloads:
  - name: summaries
    demand: { generate: { rate: 20 req/min, input: 2000 tokens, output: 300 tokens } }
    slo: { latency: 24h, share: 95%, over: day }
    models:
      - { use: acme/writer, ttft: 500ms, tpot: 15ms, cached_input: 40% }
      - { use: acme/writer, tier: batch, tokens_per_minute: 100K tokens/min }
      - { use: acme/writer, tier: flex, ttft: 4s, tpot: 30ms }
      - { use: acme/writer, tier: priority, ttft: 300ms, tpot: 10ms }
      - { use: acme/writer, tier: provisioned_1m, ttft: 400ms, tpot: 12ms, units: { count: 2, tokens_per_minute: 60K tokens/min } }
      - { use: acme/writer, tier: provisioned, ttft: 400ms, tpot: 12ms, units: { count: 2, tokens_per_minute: 60K tokens/min } }
    regions: [us-east-1]
  - name: questions
    demand: { generate: { rate: 2 req/s, input: 200 tokens, output: 0 tokens } }
    slo: { latency: 3s, share: 95% }
    models: [ { use: bert-base, precision: fp32 } ]
    run_on:
      - { function: lambda-arm64, memory: 2 GB, cold_start: { median: 3s, sigma: 0.5 } }
      - { function: lambda-arm64, memory: 6 GB, cold_start: { median: 3s, sigma: 0.5 } }
      - { function: lambda-arm64, memory: 6 GB, vcpu_max: 2, cold_start: { median: 3s, sigma: 0.5 } }
      - { function: lambda-arm64, memory: 6 GB, provisioned: 4, cold_start: { median: 3s, sigma: 0.5 } }
      - { function: lambda-arm64, memory: 6 GB, provisioned: 4, keep_alive: 1min, ramp: { copies: 2, every: 1s } }
    regions: [us-east-1]
END
"$headroom" size serverless.yaml
