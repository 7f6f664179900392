/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statement of the plan's replay, and who pays for it. */
#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"

/* Of whom a charge's commitment is. */
struct owner {
    const struct study *study;
    const struct plan *plan;
};

static const struct plan_commitment *charged(const void *context, int week, int index) {
    const struct owner *owner = context;
    return study_held_commitment(owner->study, owner->plan, week, index);
}

struct statement study_statement(struct arena *arena, const struct study *study,
                                 const struct study_fleet *fleet) {
    struct owner owner = {study, fleet->plan};
    bool *stations = arena_new(arena, bool, study->n_offers);
    for (int i = 0; i < study->n_stations; i++)
        stations[study->stations[i].offer] = true;
    return statement_make(arena, &(struct statement_input){
                                     .start = study->scenario.start,
                                     .demand = &study->demand,
                                     .bills = fleet->bills,
                                     .offers = study->offers,
                                     .rates = &fleet->months,
                                     .replays = fleet->replays,
                                     .aside = stations,
                                     .plan = fleet->plan,
                                     .charged = charged,
                                     .context = &owner,
                                 });
}

const char *study_commitment_id(struct arena *arena, const struct study *study,
                                const struct plan_commitment *commitment) {
    int index = (int)(commitment - study->recommended.plan->commitments);
    return arena_printf(arena, "%s-commitment-%d", commitment->commitment.owned ? "owned" : "new",
                        index + 1);
}

/* ---- payers ---- */

struct payers {
    struct arena *arena;
    const struct study *study;
    int n, n_extras, capacity;
    struct payer *items;
    struct payer_group *groups; /* [n_workloads], then [n_jobs] */
    struct payer_extra *extras;
};

static int add_payer(struct payers *p, struct payer payer) {
    ENSURE(p->n < p->capacity);
    p->items[p->n] = payer;
    return p->n++;
}

/* The stream's tags, and those of its workload that it does not change. */
static void merge_tags(struct payers *p, const struct workload *workload,
                       const struct stream_spec *stream, struct payer *out) {
    const char *(*tags)[2] =
        arena_alloc(p->arena, (size_t)(workload->n_tags + stream->n_tags), sizeof *tags);
    int n = 0;
    for (int i = 0; i < stream->n_tags; i++, n++)
        memcpy(tags[n], stream->tags[i], sizeof *tags);
    for (int i = 0; i < workload->n_tags; i++) {
        bool own = false;
        for (int k = 0; k < stream->n_tags; k++)
            own = own || strcmp(stream->tags[k][0], workload->tags[i][0]) == 0;
        if (!own)
            memcpy(tags[n++], workload->tags[i], sizeof *tags);
    }
    out->tags = (const char *const(*)[2])tags;
    out->n_tags = n;
}

static double use_of_stream(const struct study *study, int workload, int stream, int week) {
    const struct stream_use *use =
        &study->recommended.replays[workload * study->demand.n_weeks + week].stream_use[stream];
    switch (study->scenario.allocation.shared) {
    case SHARED_BY_TOKENS:
        return (double)use->input_tokens + (double)use->output_tokens;
    case SHARED_BY_SECONDS:
        return use->seconds;
    case SHARED_BY_REQUESTS:
        break;
    }
    return (double)use->finished;
}

static void add_workload(struct payers *p, int w) {
    const struct study *study = p->study;
    const struct workload *workload = &study->scenario.workloads[w];
    const struct demand *demand = &study->demand;
    int n_streams = workload->demand.n_streams, n = n_streams > 0 ? n_streams : 1;
    double *weights = arena_new(p->arena, double, demand->n_calendar *n);
    p->groups[w] = (struct payer_group){.first = p->n, .n = n, .weights = weights};
    if (n_streams == 0) {
        add_payer(p, (struct payer){PAYER_WORKLOAD, workload->name, w, workload->tags,
                                    workload->n_tags, 0});
        for (int month = 0; month < demand->n_calendar; month++)
            weights[month] = 1;
        return;
    }
    for (int s = 0; s < n_streams; s++) {
        const struct stream_spec *stream = &workload->demand.streams[s];
        struct payer payer = {.kind = PAYER_STREAM,
                              .name =
                                  arena_printf(p->arena, "%s: %s", workload->name, stream->name),
                              .workload = w};
        merge_tags(p, workload, stream, &payer);
        add_payer(p, payer);
        for (int month = 0; month < demand->n_calendar; month++)
            for (int k = 0; k < demand->n_weeks; k++)
                weights[month * n + s] += demand->calendar_hours[month * demand->n_weeks + k] *
                                          use_of_stream(study, w, s, k);
    }
}

static int add_extra(struct payers *p, struct payer payer, double usd, bool paid_first) {
    int index = add_payer(p, payer);
    p->extras[p->n_extras++] =
        (struct payer_extra){.payer = index,
                             .total = (usd_nano)llround(usd * (double)USD_NANO_PER_USD),
                             .paid_first = paid_first};
    return index;
}

/* It pays what it pays beside the bill, and all that is its own in the bill. */
static void add_job(struct payers *p, int j) {
    const struct study *study = p->study;
    const struct job_spec *spec = &study->scenario.jobs[j];
    int n_months = study->demand.n_calendar;
    double *weights = arena_new(p->arena, double, n_months);
    for (int month = 0; month < n_months; month++)
        weights[month] = 1;
    int index = add_extra(p, (struct payer){PAYER_JOB, spec->name, -1, spec->tags, spec->n_tags, j},
                          study->jobs[j].usd_horizon, false);
    p->groups[study->scenario.n_workloads + j] =
        (struct payer_group){.first = index, .n = 1, .weights = weights};
}

/* Calendar months in the horizon, the first and the last by their days in it. */
static double calendar_months(const struct study *study) {
    double months = 0;
    for (int c = 0; c < study->demand.n_calendar; c++)
        months += study_month_share(study, c);
    return months;
}

/* Its name is its own in its workload only. */
static void add_station(struct payers *p, int index, double usd) {
    const struct study_station *station = &p->study->stations[index];
    const struct workload *workload = &p->study->scenario.workloads[station->workload];
    add_extra(p,
              (struct payer){
                  .kind = PAYER_STATION,
                  .name = arena_printf(p->arena, "%s: %s", workload->name, station->spec->name),
                  .workload = station->workload,
                  .tags = workload->tags,
                  .n_tags = workload->n_tags,
                  .index = index},
              usd, false);
}

static void add_beside(struct payers *p) {
    const struct study *study = p->study;
    const struct scenario *scenario = &study->scenario;
    for (int v = 0; v < study->n_variants; v++) {
        const struct study_variant *variant = &study->variants[v];
        const struct workload *workload = &scenario->workloads[variant->workload];
        if (variant->fate == VARIANT_USED)
            add_extra(p,
                      (struct payer){PAYER_MODEL, variant->name, variant->workload, workload->tags,
                                     workload->n_tags, v},
                      variant->one_off_usd, true);
    }
    for (int j = 0; study_jobs_ran(study) && j < scenario->n_jobs; j++)
        if (study->jobs[j].chosen >= 0)
            add_job(p, j);
    for (int c = 0; study_jobs_ran(study) && c < scenario->n_clusters; c++) {
        const struct job_cluster *cluster = &scenario->clusters[c];
        const char *name = arena_printf(p->arena, "idle of %s", cluster->name);
        if (study->clusters[c].possible)
            add_extra(p,
                      (struct payer){PAYER_JOB, name, -1, cluster->tags, cluster->n_tags,
                                     scenario->n_jobs + c},
                      study->clusters[c].idle_usd_horizon, false);
    }
    double months = study->demand.horizon_hours / HOURS_PER_MONTH;
    for (int i = 0; i < study->n_stations; i++)
        add_station(p, i, study->recommended.stations[i].usd_per_month * months);
    for (int i = 0; i < scenario->n_storage; i++) {
        const struct storage_spec *spec = &scenario->storage[i];
        add_extra(p,
                  (struct payer){PAYER_STORAGE, spec->data.name, -1, spec->tags, spec->n_tags, i},
                  study->storage[i].usd_per_month * calendar_months(study), false);
        p->extras[p->n_extras - 1].by_month = true;
    }
}

/* It is nobody's alone: a row of its own for each year in which it is missed, charged at its end.
 */
static void add_promises(struct payers *p) {
    const struct study *study = p->study;
    for (int i = 0; i < study->n_promise_years; i++) {
        const struct study_promise_year *year = &study->promise_years[i];
        const struct study_promise *promise = &study->promises[year->promise];
        const char *name = arena_printf(p->arena, "promised for %s", promise->applies_to);
        if (promise->n_years > 1)
            name = arena_printf(p->arena, "%s, year %d", name, i - promise->first_year + 1);
        if (year->shortfall_usd <= 0)
            continue;
        add_extra(p,
                  (struct payer){.kind = PAYER_PROMISE, .name = name, .workload = -1, .index = i},
                  year->shortfall_usd, false);
        if (promise->by_year) {
            p->extras[p->n_extras - 1].from_hour = year->from_hour;
            p->extras[p->n_extras - 1].to_hour = year->to_hour;
        }
    }
}

static struct payers find_payers(struct arena *arena, const struct study *study) {
    const struct scenario *scenario = &study->scenario;
    int most = scenario->n_workloads + study->n_variants + scenario->n_jobs + scenario->n_clusters +
               scenario->n_storage + study->n_stations + study->n_promise_years;
    for (int w = 0; w < scenario->n_workloads; w++)
        most += scenario->workloads[w].demand.n_streams;
    struct payers payers = {
        .arena = arena,
        .study = study,
        .capacity = most + 3,
        .items = arena_new(arena, struct payer, most + 3),
        .groups = arena_new(arena, struct payer_group, scenario->n_workloads + scenario->n_jobs),
        .extras = arena_new(arena, struct payer_extra, most)};
    for (int w = 0; w < scenario->n_workloads; w++)
        add_workload(&payers, w);
    add_beside(&payers);
    add_promises(&payers);
    return payers;
}

void study_allocate(struct arena *arena, struct study *study) {
    if (!study->recommended.bills)
        return;
    struct statement *statement = arena_new(arena, struct statement, 1);
    struct allocation *allocation = arena_new(arena, struct allocation, 1);
    *statement = study_statement(arena, study, &study->recommended);
    struct payers payers = find_payers(arena, study);
    struct payer idle = {.kind = PAYER_IDLE, .name = "idle capacity", .workload = -1};
    struct payer unused = {.kind = PAYER_UNUSED, .name = "unused commitments", .workload = -1};
    struct payer others = {.kind = PAYER_OTHERS, .name = "others", .workload = -1};
    int idle_payer = add_payer(&payers, idle), unused_payer = add_payer(&payers, unused);
    int others_payer = add_payer(&payers, others);
    struct allocation_input input = {.statement = statement,
                                     .rules = &study->scenario.allocation,
                                     .idle_payer = idle_payer,
                                     .unused_payer = unused_payer,
                                     .others_payer = others_payer,
                                     .n_payers = payers.n,
                                     .payers = payers.items,
                                     .groups = payers.groups,
                                     .n_extras = payers.n_extras,
                                     .extras = payers.extras};
    *allocation = allocation_make(arena, &input);
    study->statement = statement;
    study->allocation = allocation;
    study->units = study_measure_units(arena, study);
    study->savings_rates = savings_rates_of(statement, study->offers);
    study_check_budgets(arena, study);
}
