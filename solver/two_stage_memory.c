/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A vector of prices is a lower bound of every slot whatever its numbers are, and a basis a place
 * to start from: both stay true when prices, demand or what is held change. So a programme that is
 * solved again needs no samples, and finds most slots where their vectors left them. */
#include <string.h>

#include "solver/two_stage_engine.h"

void two_stage_forget(struct two_stage_memory *memory) {
    arena_release(&memory->arena);
    *memory = (struct two_stage_memory){0};
}

static uint64_t mix(uint64_t hash, int value) {
    return (hash ^ (uint64_t)(uint32_t)value) * 1099511628211u;
}

/* Of what a basis is about: rows and columns of a slot, in their order. */
static uint64_t shape_of(const struct engine *e) {
    const struct two_stage *problem = e->problem;
    uint64_t hash = 1469598103934665603u;
    hash = mix(mix(mix(hash, problem->n_rows), e->shape.n_stats), problem->n_slots);
    hash = mix(mix(hash, problem->n_ways), problem->n_workloads);
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        hash = mix(mix(mix(hash, way->workload), way->spot), way->n_draws);
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            hash = mix(hash, problem->draws[d].row);
    }
    for (int w = 0; w < problem->n_workloads; w++)
        hash = mix(mix(hash, e->shape.missing_column[w]), e->shape.spot_row[w]);
    return hash;
}

bool memory_fits(const struct engine *e) {
    const struct two_stage_memory *memory = e->options->memory;
    return memory != NULL && memory->n_vertices > 0 && memory->shape == shape_of(e);
}

void memory_recall(struct engine *e, struct stage *stage) {
    const struct two_stage_memory *memory = e->options->memory;
    size_t n_rows = (size_t)e->problem->n_rows, n_stats = (size_t)e->shape.n_stats;
    int *index = arena_new(&stage->arena, int, memory->n_vertices);
    for (int v = 0; v < memory->n_vertices; v++) {
        bool is_new;
        index[v] =
            pool_add(e, &memory->rho[(size_t)v * n_rows],
                     memory->has_basis[v] ? &memory->basis[(size_t)v * n_stats] : NULL, &is_new);
    }
    for (int i = 0; i < stage->n; i++) {
        int first = memory->first[stage->slot[i]];
        stage->n_list[i] = memory->first[stage->slot[i] + 1] - first;
        for (int k = 0; k < stage->n_list[i]; k++)
            stage->listed[(size_t)i * LIST_MAX + (size_t)k] = index[memory->listed[first + k]];
        stage->has_basis[i] = memory->has_ended[stage->slot[i]];
        memcpy(&stage->basis[(size_t)i * n_stats], &memory->ended[(size_t)stage->slot[i] * n_stats],
               n_stats);
    }
    stage_reprice(e, stage);
    e->recalled = true;
}

/* What is in no list is forgotten: index[n_vertices] of the others, counted from 0. */
static int number_listed(const struct engine *e, const struct stage *stage, int *index) {
    int n = 0;
    for (int v = 0; v < e->n_vertices; v++)
        index[v] = -1;
    for (int i = 0; i < stage->n; i++)
        for (int k = 0; k < stage->n_list[i]; k++) {
            int v = stage->listed[(size_t)i * LIST_MAX + (size_t)k];
            if (index[v] < 0)
                index[v] = n++;
        }
    return n;
}

static void keep_vertices(const struct engine *e, const int *index, struct two_stage_memory *out) {
    size_t n_rows = (size_t)e->problem->n_rows, n_stats = (size_t)e->shape.n_stats;
    double *rho = arena_new(&out->arena, double, (size_t)out->n_vertices *n_rows);
    bool *has_basis = arena_new(&out->arena, bool, out->n_vertices);
    unsigned char *basis = arena_new(&out->arena, unsigned char, (size_t)out->n_vertices *n_stats);
    for (int v = 0; v < e->n_vertices; v++) {
        const struct vertex *vertex = &e->vertices[v];
        if (index[v] < 0)
            continue;
        size_t at = (size_t)index[v];
        memcpy(&rho[at * n_rows], vertex->rho, n_rows * sizeof *rho);
        has_basis[at] = vertex->basis != NULL;
        if (has_basis[at])
            memcpy(&basis[at * n_stats], vertex->basis, n_stats);
    }
    out->rho = rho;
    out->basis = basis;
    out->has_basis = has_basis;
}

static void keep_lists(const struct stage *stage, const int *index, struct two_stage_memory *out) {
    int *first = arena_new(&out->arena, int, stage->n + 1), total = 0;
    for (int i = 0; i < stage->n; i++) {
        first[stage->slot[i] + 1] = stage->n_list[i];
        total += stage->n_list[i];
    }
    for (int s = 0; s < stage->n; s++)
        first[s + 1] += first[s];
    int *listed = arena_new(&out->arena, int, total);
    for (int i = 0; i < stage->n; i++)
        for (int k = 0; k < stage->n_list[i]; k++)
            listed[first[stage->slot[i]] + k] =
                index[stage->listed[(size_t)i * LIST_MAX + (size_t)k]];
    out->first = first;
    out->listed = listed;
}

static void keep_bases(const struct stage *stage, size_t n_stats, struct two_stage_memory *out) {
    unsigned char *ended = arena_new(&out->arena, unsigned char, (size_t)stage->n *n_stats);
    bool *has_ended = arena_new(&out->arena, bool, stage->n);
    for (int i = 0; i < stage->n; i++) {
        has_ended[stage->slot[i]] = stage->has_basis[i];
        memcpy(&ended[(size_t)stage->slot[i] * n_stats], &stage->basis[(size_t)i * n_stats],
               n_stats);
    }
    out->ended = ended;
    out->has_ended = has_ended;
}

void memory_keep(const struct engine *e, const struct stage *stage, const double *lambda) {
    struct two_stage_memory next = {.shape = shape_of(e), .n_couplings = e->problem->n_couplings};
    int *index = arena_new(&next.arena, int, e->n_vertices);
    next.n_vertices = number_listed(e, stage, index);
    keep_vertices(e, index, &next);
    keep_lists(stage, index, &next);
    keep_bases(stage, (size_t)e->shape.n_stats, &next);
    double *price = arena_new(&next.arena, double, next.n_couplings);
    memcpy(price, lambda, (size_t)next.n_couplings * sizeof *price);
    next.coupling_price = price;
    two_stage_forget(e->options->memory);
    *e->options->memory = next;
}
