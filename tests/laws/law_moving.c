/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "law_moving.h"

#include <string.h>

enum { STEPS = 8 * 24 * 2 }; /* half-hours of eight days */

#define PUT(map, key, ...) law_put_text(m->arena, map, key, __VA_ARGS__)

static int between(struct law_moving *m, int low, int high) {
    return low + (int)rng_below(&m->rng, (uint64_t)(high - low + 1));
}

/* Draws in any case, so that what comes later does not depend on it. */
static bool wants(struct law_moving *m, int percent) {
    return between(m, 1, 100) <= percent || m->all;
}

/* ---- the fleet ---- */

static void draw_scaling(struct law_moving *m) {
    static const char *const policies[] = {"target_tracking", "step", "predictive"};
    struct law_node *scaling = law_map_at(m->arena, m->root, "scaling");
    const char *policy = policies[between(m, 0, 2)];
    int target = between(m, 30, 90);
    if (wants(m, 50)) {
        PUT(scaling, "policy", "%s", policy);
        PUT(scaling, "metric", "concurrency");
        PUT(scaling, "target", "%d%%", target);
        PUT(scaling, "stabilisation", "%dmin", between(m, 0, 20));
        if (strcmp(policy, "step") == 0)
            PUT(scaling, "steps",
                "[ { at: 120%%, add: 1 }, { at: 200%%, add: 2 }, { at: 40%%, remove: 1 } "
                "]");
    }
    if (wants(m, 50)) {
        PUT(scaling, "ready", "parts");
        PUT(scaling, "boot", "{ median: %ds, sigma: 0.4 }", between(m, 10, 60));
        PUT(scaling, "image", "%ds", between(m, 5, 90));
        PUT(scaling, "load_bandwidth", "%d GB/s", between(m, 1, 5));
        PUT(scaling, "warm_pool", "%d", between(m, 0, 1));
    }
}

static const char *spot_trace(struct law_moving *m) {
    struct text text = {.arena = m->arena};
    bool up = true;
    text_append_string(&text, "{\"metadata\": {\"gap_seconds\": 1800}, \"data\": [");
    for (int i = 0; i < STEPS; i++) {
        up = up ? between(m, 1, 100) > 4 : between(m, 1, 100) <= 25;
        text_printf(&text, "%s%d", i ? ", " : "", up);
    }
    text_append_string(&text, "]}\n");
    return text.data;
}

static void allow_spot(struct law_moving *m) {
    struct law_node *purchase = law_map_at(m->arena, m->root, "purchase");
    for (int i = 0; i < purchase->n; i++)
        if (purchase->children[i]->text && strcmp(purchase->children[i]->text, "spot") == 0)
            return;
    law_add_text(m->arena, purchase, "spot");
}

static void draw_spot(struct law_moving *m) {
    static const char *const actions[] = {"drain", "migrate", "restart"};
    for (int zone = 0; zone < LAW_SPOT_ZONES; zone++)
        m->spot_traces[zone] = spot_trace(m);
    if (!wants(m, 50))
        return;
    allow_spot(m);
    struct law_node *spot = law_map_at(m->arena, m->root, "spot");
    PUT(spot, "zones",
        "[ { zone: us-east-1a, trace: spot1.json }, { zone: us-east-1b, trace: spot2.json } ]");
    PUT(spot, "on_notice", "%s", actions[between(m, 0, 2)]);
    PUT(spot, "source", "%s", between(m, 0, 1) ? "model" : "trace");
    if (between(m, 0, 3) == 0)
        PUT(spot, "fallback", "none");
}

static void draw_losses(struct law_moving *m) {
    struct law_node *resilience = law_map(m->arena);
    if (wants(m, 40))
        PUT(resilience, "zones", "%d", between(m, 2, 3));
    if (resilience->n && wants(m, 50))
        PUT(resilience, "survive", "zone");
    if (wants(m, 40))
        PUT(resilience, "mtbf", "%dh", between(m, 20, 200));
    if (wants(m, 40))
        PUT(resilience, "slow", "[ { workload: work0, hour: %d, lasts: 40min, slowdown: %d } ]",
            between(m, 0, 160), between(m, 2, 5));
    if (resilience->n)
        law_put(m->root, "resilience", resilience);
    if (wants(m, 40)) {
        struct law_node *supply = law_map(m->arena);
        PUT(supply, "instance", "%s", m->workloads[0].sku);
        PUT(supply, "obtainable", "%d%%", between(m, 20, 95));
        PUT(supply, "lead_time", "%dmin", between(m, 0, 30));
        law_add(law_map_at(m->arena, law_map_at(m->arena, m->root, "estate"), "supply"), supply);
    }
}

/* ---- the workloads ---- */

static void draw_door(struct law_moving *m, const struct law_workload *workload) {
    struct law_node *node = workload->node;
    if (wants(m, 40))
        PUT(node, "admission",
            "{ outstanding: %d, tenants: [ { share: 70%%, rate: 0.%02d req/s, burst: 5 }, "
            "{ share: 30%%, rate: 0.01 req/s, burst: 2 } ] }",
            between(m, 3, 12), between(m, 2, 60));
    if (workload->api && wants(m, 60))
        PUT(node, "fallback", "{ above: %d, to: api-one }", between(m, 1, 3));
    if (wants(m, 40))
        PUT(node, "timeouts", "{ queue: %ds, total: %dmin }", between(m, 5, 40), between(m, 1, 3));
    if ((law_has(node, "admission") || law_has(node, "timeouts")) && wants(m, 60))
        PUT(node, "retries", "{ attempts: %d, backoff: %ds, jitter: %d%% }", between(m, 2, 5),
            between(m, 1, 9), between(m, 0, 100));
    if (wants(m, 40))
        PUT(node, "cache", "{ hits: %d%% }", between(m, 1, 40));
}

/* Tasks of calls and tools, that begin where the demand's requests did. */
static void draw_flow(struct law_moving *m, struct law_node *demand) {
    struct law_node *flow = law_map_at(m->arena, demand, "flow");
    PUT(flow, "calls_max", "%d", between(m, 2, 4));
    PUT(flow, "steps",
        "[ { name: plan, next: { tool: %d%% } }, { name: tool, call: off, delay: %ds, "
        "next: { answer: 100%% } }, { name: answer, input: 60 tokens, output: 90 tokens, "
        "context: %s, next: { tool: 40%% } } ]",
        between(m, 20, 60), between(m, 1, 30), between(m, 0, 1) ? "own" : "grows");
}

/* The demand's source as one stream, and a trickle as another. */
static void draw_mix(struct law_moving *m, const struct law_workload *workload,
                     const struct law_node *demand) {
    struct law_node *mixed = law_map(m->arena), *first = law_map(m->arena);
    struct law_node *second = law_map(m->arena), *mix = law_map_at(m->arena, mixed, "mix");
    for (int i = 0; i < demand->n; i++)
        if (strcmp(demand->keys[i], "generate") == 0)
            law_put(first, "generate", demand->children[i]);
        else
            law_put(mixed, demand->keys[i], demand->children[i]);
    PUT(first, "name", "first");
    PUT(second, "name", "second");
    PUT(second, "generate", "{ rate: 0.004 req/s, input: 40 tokens, output: %s }",
        workload->decoder ? "120 tokens" : "0 tokens");
    law_add(mix, first);
    law_add(mix, second);
    law_put(workload->node, "demand", mixed);
}

static void draw_traffic(struct law_moving *m, const struct law_workload *workload, int index) {
    struct law_node *demand = law_map_at(m->arena, workload->node, "demand");
    bool plain = law_has(demand, "generate") && !law_has(demand, "priorities");
    bool flows = between(m, 0, 1) == 0;
    if (m->all) /* with several workloads both */
        flows = index == 0;
    if (!plain || !wants(m, 40))
        return;
    if (flows && workload->decoder && !law_has(demand, "growth"))
        draw_flow(m, demand);
    else
        draw_mix(m, workload, demand);
}

/* ---- beside the fleet ---- */

static void draw_beside(struct law_moving *m) {
    if (wants(m, 20)) {
        struct law_node *job = law_map(m->arena);
        PUT(job, "name", "nightly");
        PUT(job, "kind", "data_preparation");
        PUT(job, "every", "7d");
        PUT(job, "deadline", "%dh", between(m, 6, 30));
        PUT(job, "checkpoint", "{ write: 2min, restore: 3min }");
        PUT(job, "spot", "{ up: %dh, down: 30min }", between(m, 1, 8));
        PUT(job, "nodes", "%d", between(m, 1, 2));
        PUT(job, "scaling", "{ serial: 5%% }");
        PUT(job, "run_on", "[ { instance: g5.xlarge, alone: %dh } ]", between(m, 1, 5));
        PUT(job, "purchase", "[ on_demand, spot ]");
        PUT(job, "regions", "us-east-1");
        law_add(law_map_at(m->arena, m->root, "jobs"), job);
    }
    if (wants(m, 20))
        law_add_text(m->arena, law_map_at(m->arena, m->root, "storage"),
                     arena_printf(m->arena,
                                  "{ name: logs, region: us-east-1, written: %d GB/month, object: "
                                  "2 MiB, kept: %d, read: %d%% }",
                                  between(m, 1, 900), between(m, 1, 36), between(m, 0, 90)));
    if (wants(m, 30))
        PUT(law_map_at(m->arena, m->root, "simulation"), "replays", "2");
}

void law_move(struct law_moving *m) {
    draw_scaling(m);
    draw_spot(m);
    draw_losses(m);
    for (int w = 0; w < m->n_workloads; w++) {
        draw_door(m, &m->workloads[w]);
        draw_traffic(m, &m->workloads[w], w);
    }
    draw_beside(m);
}
