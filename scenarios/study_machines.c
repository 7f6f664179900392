/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a fleet runs, in words that stay short: a handful of candidates one by one, of more than
 * that what they come to machine by machine. */
#include <string.h>

#include "scenarios/study_parts.h"

/* Candidates that are told one by one, and machines that they are summed to. */
enum { ONE_BY_ONE_MAX = 4, MACHINES_MAX = 5 };

struct machine {
    const char *name;
    int32_t low, high; /* instances over the hours */
    bool by_use;       /* no instance: a part of the requests goes there */
    int candidate;     /* the first of them */
    int n_workloads;
};

static int32_t running_in(const struct study_counts *counts, size_t at) {
    return (counts->regular ? counts->regular[at] : 0) + (counts->spot ? counts->spot[at] : 0);
}

static bool is_same_machine(const struct study *study, int a, int b) {
    return a == b || strcmp(study->candidates[a].name, study->candidates[b].name) == 0;
}

/* What runs of the candidate, or of all with its machine, hour by hour; false: nothing does. */
static bool add_up(const struct study *study, const struct study_counts *counts, int candidate,
                   bool all, struct machine *out) {
    struct arena scratch = {0};
    size_t n_hours = (size_t)study->demand.n_hours;
    int32_t *sums = arena_new(&scratch, int32_t, n_hours);
    bool *serves = arena_new(&scratch, bool, study->demand.n_workloads), sent = false;
    *out = (struct machine){
        .name = study->candidates[candidate].name, .low = INT32_MAX, .candidate = candidate};
    for (int c = 0; c < study->n_candidates; c++) {
        if (c != candidate && !(all && is_same_machine(study, c, candidate)))
            continue;
        bool runs = false;
        for (size_t h = 0, at = (size_t)c * n_hours; h < n_hours; h++, at++) {
            bool by_use = counts->overflow && counts->overflow[at] > 0;
            sums[h] += running_in(counts, at);
            runs = runs || running_in(counts, at) > 0 || by_use;
            sent = sent || by_use;
        }
        bool *serves_it = &serves[study->candidates[c].workload];
        out->n_workloads += runs && !*serves_it;
        *serves_it = *serves_it || runs;
    }
    bool *brief = arena_new(&scratch, bool, study->demand.n_weeks);
    int32_t most = 0;
    study_mark_brief_weeks(&study->demand, brief);
    for (size_t h = 0; h < n_hours; h++) {
        most = sums[h] > most ? sums[h] : most;
        if (brief[h / HOURS_PER_WEEK])
            continue;
        out->low = sums[h] < out->low ? sums[h] : out->low;
        out->high = sums[h] > out->high ? sums[h] : out->high;
    }
    out->high = out->high > 0 ? out->high : most; /* in brief weeks alone */
    arena_release(&scratch);
    out->by_use = out->high == 0 && sent;
    return out->high > 0 || sent;
}

/* The largest first; what is paid by use last. */
static bool comes_before(const struct machine *a, const struct machine *b) {
    return a->by_use != b->by_use ? b->by_use : a->high > b->high;
}

static int list(struct arena *arena, const struct study *study, const struct study_counts *counts,
                bool all, struct machine **out) {
    struct machine *machines = arena_new(arena, struct machine, study->n_candidates);
    int n = 0;
    for (int c = 0; c < study->n_candidates; c++) {
        struct machine one;
        bool told = !add_up(study, counts, c, false, &one);
        for (int i = 0; i < n && all && !told; i++)
            told = is_same_machine(study, machines[i].candidate, c);
        if (told)
            continue;
        if (all)
            add_up(study, counts, c, true, &one);
        int at = n++;
        for (; all && at > 0 && comes_before(&one, &machines[at - 1]); at--)
            machines[at] = machines[at - 1];
        machines[at] = one;
    }
    *out = machines;
    return n;
}

static void append_count(int32_t low, int32_t high, struct text *out) {
    if (low == high)
        text_printf(out, "%d", high);
    else
        text_printf(out, "%d to %d", low, high);
}

static void append_machine(const struct study *study, const struct machine *m, bool workloads,
                           struct text *out) {
    if (m->by_use) {
        text_printf(out, "%s by use", m->name);
    } else {
        append_count(m->low, m->high, out);
        text_printf(out, " x %s", m->name);
    }
    if (!workloads || study->demand.n_workloads < 2)
        return;
    if (m->n_workloads > 1)
        text_printf(out, " for %d workloads", m->n_workloads);
    else
        text_printf(out, " for %s",
                    study->scenario.workloads[study->candidates[m->candidate].workload].name);
}

static int kinds_of(const struct study *study, const struct study_counts *counts,
                    struct arena *arena) {
    struct machine *machines;
    int n = list(arena, study, counts, true, &machines), kinds = 0;
    for (int i = 0; i < n; i++)
        kinds += machines[i].high > 0;
    return kinds;
}

static int32_t most_of(const struct study *study, const struct study_counts *counts) {
    int32_t most = 0;
    size_t n_hours = (size_t)study->demand.n_hours;
    for (size_t h = 0; h < n_hours; h++) {
        int32_t all = 0;
        for (int c = 0; c < study->n_candidates; c++)
            all += running_in(counts, (size_t)c * n_hours + h);
        most = all > most ? all : most;
    }
    return most;
}

struct study_machines study_machines_of(struct arena *arena, const struct study *study,
                                        const struct study_counts *counts, bool workloads) {
    struct machine *machines;
    struct text text = {.arena = arena};
    int n = list(arena, study, counts, false, &machines);
    bool summed = n > ONE_BY_ONE_MAX;
    if (summed)
        n = list(arena, study, counts, true, &machines);
    int named = n <= MACHINES_MAX + 1 ? n : MACHINES_MAX;
    for (int i = 0; i < named; i++) {
        text_append_string(&text, i ? ", " : "");
        append_machine(study, &machines[i], workloads, &text);
    }
    if (named < n) {
        int32_t rest = 0;
        for (int i = named; i < n; i++)
            rest += machines[i].high;
        text_printf(&text, " and up to %d of %d other kinds", rest, n - named);
    }
    return (struct study_machines){.words = text.n ? text.data : "",
                                   .summed = summed,
                                   .n = n,
                                   .n_kinds = kinds_of(study, counts, arena),
                                   .most = most_of(study, counts)};
}
