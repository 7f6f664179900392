#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time the kernels of one decoder layer on your own GPU and write the tables that `headroom perf fit` reads.

Optional: nothing else in headroom needs this file or PyTorch. Weights are random, only their shapes matter, so no model is
downloaded. What is timed is PyTorch's own kernels (cuBLAS products, scaled_dot_product_attention), launched back to back: an
engine with better kernels is a little faster, one whose host cannot keep the GPU fed is slower (that part is t0, which
`--step-overhead` of `headroom perf fit` states).

    python3 measure_gpu.py --model llama-3.1-8b --tensor-parallel 1 --out tables/
    torchrun --nproc-per-node 4 measure_gpu.py --model llama-3.1-70b --tensor-parallel 4 --out tables/   # + all-reduce

Written, one CSV each, all times in microseconds unless the header says otherwise:
    dense.csv          layer,tokens,time_us                                     each part of one decoder layer
    attention.csv      prefill_chunk,kv_prefill,n_decode,kv_decode,time_us      decode, prefill and mixed steps
    per_sequence.csv   layer,sequences,time_us                                  the head and the sampler
    moe.csv            tokens,experts_hit,time_us                               models with experts only
    all_reduce.csv     rank,num_workers,size,devices_per_node,max_devices_per_node,time_stats.all_reduce.median (ms)
    measured.txt       device, driver, versions, date, method: what to tell `headroom perf fit`
"""
import argparse
import csv
import datetime
import os
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

DENSE_TOKENS = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192]
SEQUENCES = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
CHUNKS = [16, 64, 256, 512, 1024, 2048, 4096, 8192]
PREFIXES = [0, 512, 2048, 8192]
DECODES = [1, 2, 4, 8, 16, 32, 64, 128, 256]
CONTEXTS = [16, 128, 512, 1024, 2048, 4096, 8192, 16384]
MESSAGE_BYTES = [2**n for n in range(11, 28)]
# One set of every list, small enough for a CPU: to see that the script runs.
TINY = dict(DENSE_TOKENS=[1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128], SEQUENCES=[1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 24, 32],
            CHUNKS=[16, 32, 64, 128], PREFIXES=[0, 32, 64], DECODES=[1, 2, 4, 8], CONTEXTS=[16, 32, 64, 128],
            MESSAGE_BYTES=[2**n for n in range(11, 23)])


def read_model(catalogue, name):
    """The row of headroom's model catalogue; its first line names the format."""
    with open(catalogue, newline="") as file:
        next(file)
        rows = {row["name"]: row for row in csv.DictReader(file)}
    if name not in rows or rows[name]["kind"] != "decoder":
        decoders = ", ".join(sorted(n for n, row in rows.items() if row["kind"] == "decoder"))
        sys.exit(f"measure_gpu.py: no decoder '{name}' in {catalogue}; there are: {decoders}")
    row = rows[name]

    def number(column):
        return float(row.get(column) or 0)

    model = {column: int(number(column)) for column in
             ("layers", "hidden", "heads", "kv_heads", "head_dim", "vocabulary", "experts", "experts_chosen", "moe_layers")}
    model["name"] = name
    model["latent_values"] = int(number("latent_values"))
    model["expert_parameters"] = number("expert_parameters")
    # The catalogue has no size of the MLP: it is what is left of a layer beside attention, three matrices of it.
    matrices = 1 if row["tied_embeddings"] == "yes" else 2
    layer = (number("parameters") - matrices * model["vocabulary"] * model["hidden"]) / model["layers"]
    projections = model["hidden"] * model["head_dim"] * (2 * model["heads"] + 2 * model["kv_heads"])
    model["intermediate"] = int((layer - projections) / 3 / model["hidden"] / 64) * 64
    return model


def check(model, tensor_parallel):
    if model["latent_values"]:
        sys.exit("measure_gpu.py: latent attention (MLA) is not measured; fit a profile from benchmark rows instead")
    for what in ("heads", "kv_heads"):
        if model[what] % tensor_parallel and tensor_parallel % model[what]:
            sys.exit(f"measure_gpu.py: tensor parallel {tensor_parallel} does not divide {model[what]} {what}")


class Clock:
    """Median time of a call in microseconds, warmed up; on a GPU by events around each call, between which the cache that a
    previous call left in L2 is overwritten, as the other layers of a step would."""

    def __init__(self, device, repeats):
        self.device, self.repeats = device, repeats
        self.wash = torch.empty(2**26 if device.type == "cuda" else 1, dtype=torch.int8, device=device)

    def __call__(self, call):
        for _ in range(3):
            call()
        if self.device.type != "cuda":
            return statistics.median(self.on_host(call) for _ in range(self.repeats))
        pairs = []
        for _ in range(self.repeats):
            self.wash.zero_()
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            call()
            end.record()
            pairs.append((begin, end))
        torch.cuda.synchronize()
        return statistics.median(begin.elapsed_time(end) for begin, end in pairs) * 1e3

    @staticmethod
    def on_host(call):
        begin = time.perf_counter()
        call()
        return (time.perf_counter() - begin) * 1e6


def attention(query, key, value, causal_from=None):
    """causal_from: cached tokens before the chunk; None: every query sees every key."""
    mask = None
    if causal_from is not None:
        rows, columns = query.shape[-2], key.shape[-2]
        mask = torch.ones(rows, columns, dtype=torch.bool, device=query.device).tril(causal_from)
    if causal_from == 0 and hasattr(F, "scaled_dot_product_attention"):
        return lambda: F.scaled_dot_product_attention(query, key, value, is_causal=True)
    if causal_from and hasattr(torch.nn, "attention") and hasattr(torch.nn.attention, "bias"):
        mask = torch.nn.attention.bias.causal_lower_right(query.shape[-2], key.shape[-2])
    if hasattr(F, "scaled_dot_product_attention"):
        return lambda: F.scaled_dot_product_attention(query, key, value, attn_mask=mask)

    def plain():  # PyTorch before 2.0
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        return scores.softmax(-1) @ value
    return plain


class Layer:
    """The share of one device of one decoder layer."""

    def __init__(self, model, tensor_parallel, device, dtype):
        self.model, self.device, self.dtype = model, device, dtype
        self.heads = max(model["heads"] // tensor_parallel, 1)
        self.kv_heads = max(model["kv_heads"] // tensor_parallel, 1)
        self.dim, self.hidden = model["head_dim"], model["hidden"]
        self.intermediate = max(model["intermediate"] // tensor_parallel, 1)
        self.vocabulary = -(-model["vocabulary"] // tensor_parallel)

    def random(self, *shape):
        return torch.randn(*shape, dtype=torch.float32, device=self.device).to(self.dtype)

    def product(self, tokens, inputs, outputs):
        activations, weights = self.random(tokens, inputs), self.random(outputs, inputs)
        return lambda: F.linear(activations, weights)

    def norm(self, tokens):
        x, weight = self.random(tokens, self.hidden), self.random(self.hidden)
        return lambda: x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-5).to(x.dtype) * weight

    def rotary(self, tokens):
        x = self.random(tokens, self.heads + self.kv_heads, self.dim)
        cos, sin = self.random(tokens, 1, self.dim), self.random(tokens, 1, self.dim)
        half = self.dim // 2
        return lambda: x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin

    def gate(self, tokens):
        x = self.random(tokens, 2 * self.intermediate)
        return lambda: F.silu(x[:, :self.intermediate]) * x[:, self.intermediate:]

    def embedding(self, tokens):
        table = self.random(self.vocabulary, self.hidden)
        ids = torch.randint(self.vocabulary, (tokens,), device=self.device)
        return lambda: F.embedding(ids, table)

    def dense(self, tokens):
        """Of a layer with experts the MLP is left out: moe.csv has it."""
        width = (self.heads + 2 * self.kv_heads) * self.dim
        yield "embedding", self.embedding(tokens)
        yield "layernorm", self.norm(tokens)
        yield "qkv_proj", self.product(tokens, self.hidden, width)
        yield "rotary_emb", self.rotary(tokens)
        yield "o_proj", self.product(tokens, self.heads * self.dim, self.hidden)
        if not self.model["experts"]:
            yield "gate_up_proj", self.product(tokens, self.hidden, 2 * self.intermediate)
            yield "act_fn", self.gate(tokens)
            yield "down_proj", self.product(tokens, self.intermediate, self.hidden)
        yield "final_layernorm", self.norm(tokens)

    def decode(self, sequences, context):
        """The query heads that share a KV head stand side by side as rows, so that the cache is read once."""
        group = self.heads // self.kv_heads
        query = self.random(sequences, self.kv_heads, group, self.dim)
        key, value = (self.random(sequences, self.kv_heads, context, self.dim) for _ in range(2))
        return attention(query, key, value)

    def prefill(self, chunk, prefix):
        query = self.random(1, self.heads, chunk, self.dim)
        key, value = (self.random(1, self.heads, prefix + chunk, self.dim) for _ in range(2))
        return attention(query, key, value, causal_from=prefix)

    def head(self, sequences):
        yield "lm_head", self.product(sequences, self.hidden, self.vocabulary)
        logits = self.random(sequences, self.vocabulary)
        yield "sampler", lambda: torch.multinomial(logits.float().softmax(-1), 1)

    def experts(self, tokens, tensor_parallel):
        """Every token through its experts, one product an expert that was hit; returns (hit, call)."""
        n, chosen = self.model["experts"], self.model["experts_chosen"]
        width = max(int(self.model["expert_parameters"] / 3 / self.hidden / tensor_parallel), 1)
        up, down = self.random(n, 2 * width, self.hidden), self.random(n, self.hidden, width)
        picks = torch.stack([torch.randperm(n, device=self.device)[:chosen] for _ in range(tokens)])
        x = self.random(tokens, self.hidden)
        rows = [(int(e), x[(picks == e).any(1)]) for e in picks.unique()]

        def call():
            for expert, mine in rows:
                both = F.linear(mine, up[expert])
                F.linear(F.silu(both[:, :width]) * both[:, width:], down[expert])
        return len(rows), call


def cache_fits(layer, sequences, context):
    if layer.device.type != "cuda":
        return True
    size = 2 * sequences * context * layer.kv_heads * layer.dim * (torch.finfo(layer.dtype).bits // 8)
    return size < 0.5 * torch.cuda.get_device_properties(layer.device).total_memory


def attention_rows(layer, clock, sizes):
    decodes = [(n, k) for n in sizes["DECODES"] for k in sizes["CONTEXTS"] if cache_fits(layer, n, k)]
    prefills = [(c, p) for c in sizes["CHUNKS"] for p in sizes["PREFIXES"]]
    for n, k in decodes:
        yield 0, 0, n, k, clock(layer.decode(n, k))
    for c, p in prefills:
        yield c, p, 0, 0, clock(layer.prefill(c, p))
    # Mixed steps on a thinner grid: both calls in one, as an engine without a joint kernel runs them.
    for c, p in prefills[::2]:
        for n, k in decodes[::3]:
            first, second = layer.prefill(c, p), layer.decode(n, k)
            yield c, p, n, k, clock(lambda: (first(), second()))


def all_reduce_rows(clock, device, dtype, sizes):
    import torch.distributed as dist
    workers, rank = dist.get_world_size(), dist.get_rank()
    for size in sizes["MESSAGE_BYTES"]:
        message = torch.zeros(size * 8 // torch.finfo(dtype).bits, dtype=dtype, device=device)
        dist.barrier()
        yield rank, workers, size, workers, workers, clock(lambda: dist.all_reduce(message)) / 1e3


def write(folder, name, header, rows):
    path = folder / name
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in row])
    print(f"wrote {path}", file=sys.stderr)


def provenance(args, model, device, dtype):
    on_gpu = device.type == "cuda"
    lines = [
        f"model {model['name']}, tensor parallel {args.tensor_parallel}, {str(dtype).split('.')[1]}, random weights",
        f"device {torch.cuda.get_device_name(device) if on_gpu else 'CPU: only to see that the script runs'}",
        f"software torch {torch.__version__}, CUDA {torch.version.cuda}, Python {sys.version.split()[0]}",
        f"date {datetime.date.today().isoformat()}",
        f"method median of {args.repeats} calls after 3, L2 overwritten before each; torch kernels",
    ]
    return "\n".join(lines) + "\n"


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="decoder of the catalogue, for example llama-3.1-8b")
    parser.add_argument("--catalogue", default=here.parent / "catalog" / "models.csv")
    parser.add_argument("--tensor-parallel", type=int, default=1, help="devices that share a layer; torchrun starts as many")
    parser.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], default="bfloat16")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--tiny", action="store_true", help="a few small shapes: to try the script without a GPU")
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    model = read_model(args.catalogue, args.model)
    if args.tiny:
        model.update(hidden=256, heads=8, kv_heads=2, head_dim=32, vocabulary=1000, intermediate=512)
        model["expert_parameters"] = min(model["expert_parameters"], 3.0 * 256 * 64)
    check(model, args.tensor_parallel)
    sizes = TINY if args.tiny else {name: globals()[name] for name in TINY}
    workers, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if workers not in (1, args.tensor_parallel):
        sys.exit(f"measure_gpu.py: torchrun started {workers} workers for tensor parallel {args.tensor_parallel}")
    device = torch.device(args.device, int(os.environ.get("LOCAL_RANK", "0"))) if args.device == "cuda" else torch.device(args.device)
    dtype = getattr(torch, args.dtype)
    clock, layer = Clock(device, args.repeats), Layer(model, args.tensor_parallel, device, dtype)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    with torch.no_grad():
        if workers > 1:
            import torch.distributed as dist
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
            rows = list(all_reduce_rows(clock, device, dtype, sizes))
            if rank == 0:
                write(args.out, "all_reduce.csv", ["rank", "num_workers", "size", "devices_per_node", "max_devices_per_node",
                                                   "time_stats.all_reduce.median"], rows)
            dist.barrier()
            dist.destroy_process_group()
        if rank != 0:
            return
        write(args.out, "dense.csv", ["layer", "tokens", "time_us"],
              ((name, tokens, clock(call)) for tokens in sizes["DENSE_TOKENS"] for name, call in layer.dense(tokens)))
        write(args.out, "per_sequence.csv", ["layer", "sequences", "time_us"],
              ((name, n, clock(call)) for n in sizes["SEQUENCES"] for name, call in layer.head(n)))
        write(args.out, "attention.csv", ["prefill_chunk", "kv_prefill", "n_decode", "kv_decode", "time_us"],
              attention_rows(layer, clock, sizes))
        if model["experts"]:
            write(args.out, "moe.csv", ["tokens", "experts_hit", "time_us"],
                  ((tokens, hit, clock(call)) for tokens in sizes["DENSE_TOKENS"]
                   for hit, call in [layer.experts(tokens, args.tensor_parallel)]))
        (args.out / "measured.txt").write_text(provenance(args, model, device, dtype))


if __name__ == "__main__":
    main()
