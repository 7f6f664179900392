/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to come: days of events and business numbers counted request by request on a log that is
 * paid by use, so that requests and bill are known by hand; and futures of a flat demand on one
 * type of instance, where each cost is a count times a price, so that all of them are computed here
 * again from the draws. */
#include <math.h>

#include "scenarios/result.h"
#include "scenarios/study_hedge.h"
#include "study_memory.h"

#define BOOK                                                                                       \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"                           \
    "token_api,acme/api,us-east-1,on_demand,,,1M input tokens,1,published,here,2026-11-01\n"       \
    "token_api,acme/api,us-east-1,on_demand,,,1M output tokens,2,published,here,2026-11-01\n"

#define API(months, demand)                                                                        \
    "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: " months " }\n"                   \
    "simulation: { replications: 1 }\nprices: book.csv\nworkloads:\n"                              \
    "  - name: chat\n"                                                                             \
    "    demand: { trace: week.csv, " demand " }\n"                                                \
    "    slo: { ttft: 5s, share: 90% }\n"                                                          \
    "    models: [ { use: acme/api, ttft: 1s, tpot: 1ms } ]\n"                                     \
    "    regions: [us-east-1]\n"

#define SLOW_BOOK                                                                                  \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"                           \
    "instance,c7g.large,us-east-1,on_demand,,,hour,1,published,here,2026-11-01\n"                  \
    "instance,c7g.large,us-east-1,reserved_standard,1y,no_upfront,hour,0.6,published,here,"        \
    "2026-11-01\n"
#define FLAT_AT(rate, demand)                                                                      \
    "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: 12 }\n"                           \
    "simulation: { replications: 2 }\nprices: book.csv\nscaling: { boot: 0s }\n"                   \
    "purchase: [ on_demand, { reserved: standard, term: 1y } ]\n"                                  \
    "budgets: [ { scope: all, year: 20 kUSD } ]\nworkloads:\n"                                     \
    "  - name: embed\n"                                                                            \
    "    demand: { " demand "generate: { rate: " rate                                              \
    " req/s, input: 512 tokens, output: 0 tokens } "                                               \
    "}\n"                                                                                          \
    "    slo: { latency: 60s, share: 90% }\n"                                                      \
    "    models: [ { use: bert-large } ]\n"                                                        \
    "    run_on: [ { instance: c7g.large } ]\n"                                                    \
    "    regions: [us-east-1]\n"
#define FLAT(demand) FLAT_AT("0.7", demand)

static struct study run_flat(struct arena *arena, const char *text, int n_threads) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", SLOW_BOOK}, {NULL, NULL}};
    struct study study;
    const char *got = memory_study(
        arena,
        (struct memory_run){.files = files, .alone = true, .futures = true, .n_threads = n_threads},
        &study);
    cr_assert(eq(str, (char *)got, ""));
    cr_assert(eq(int, study.futures.n, STUDY_FUTURES));
    return study;
}

/* Whole instances that carry the planned rate times `demand` when each carries `capacity` of what
 * SIZE found. */
static int instances(const struct study *study, double demand, double capacity) {
    const struct capacity *sized = &study->capacities[0];
    double rate = study->plan_input.demand->rate_per_second[0] * demand / capacity;
    int n = capacity_replicas(sized, rate * (1 - 1e-9));
    int each = study->candidates[0].replicas_per_instance;
    return (n + each - 1) / each;
}

/* An hour in a future under y reserved instances at 0.6. */
static double hour_usd(const struct study *study, const struct future_draw *draw, double y) {
    int n = instances(study, draw->demand, draw->capacity);
    return 0.6 * y + draw->on_demand * fmax(n - y, 0);
}

static const struct future_plan *plan_named(const struct study *study, const char *name) {
    for (int p = 0; p < study->futures.n_plans; p++)
        if (strcmp(study->futures.plans[p].name, name) == 0)
            return &study->futures.plans[p];
    cr_assert(false, "no plan '%s'", name);
    return NULL;
}

static double reserved(const struct study *study) {
    double count = 0;
    for (int i = 0; i < study->recommended.plan->n_commitments; i++)
        count += study->recommended.plan->commitments[i].commitment.count;
    return count;
}

static struct study run(struct arena *arena, const char *text) {
    const struct memory_file files[] = {
        {"t.yaml", text}, {"book.csv", BOOK}, {"week.csv", steady_log(arena)}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* December has 31 days of 144 requests; seven of them twice as many, and three of these four times:
 * 31 + 4 x 1 + 3 x 3 = 44 days' worth. A request costs (100 x 1 + 10 x 2) / 10^6 USD. */
Test(study_futures, events_are_replayed_and_paid) {
    struct arena arena = {0};
    struct study study =
        run(&arena, API("1", "events: [ { from: 2026-12-08, to: 2026-12-15, factor: 2 }, "
                             "{ from: 2026-12-10, to: 2026-12-13, factor: 2 } ]"));
    double requests = 44 * 144;
    cr_assert(eq(int, study.demand.n_weeks, 3));
    cr_expect(epsilon_eq(dbl, study.recommended.requests_per_month, requests / 744 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_horizon, requests * 120e-6, 1e-9));
    arena_release(&arena);
}

/* The log has 6 requests an hour; 36 users of 12 a day have 18: three copies of each. */
Test(study_futures, drivers_scale_the_log) {
    struct arena arena = {0};
    struct study study = run(&arena, API("1", "drivers: { users: 36, requests_per_user: 12/day }"));
    cr_expect(epsilon_eq(dbl, study.recommended.requests_per_month, 18 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, study_demand_scale(&study, 0), 3, 1e-12));
    arena_release(&arena);
}

/* Days of nine different factors are more weeks than are replayed. */
Test(study_futures, too_many_events_are_refused) {
    struct arena arena = {0};
    struct text events = {.arena = &arena};
    for (int i = 0; i < 9; i++)
        text_printf(&events, "%s{ from: 2026-12-%02d, to: 2026-12-%02d, factor: %d }",
                    i ? ", " : "", 2 + i, 3 + i, 2 + i);
    const char *text = arena_printf(&arena, "%s", API("1", "events: [ EVENTS ]"));
    const char *at = strstr(text, "EVENTS");
    text = arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, events.data, at + 6);
    const struct memory_file files[] = {
        {"t.yaml", text}, {"book.csv", BOOK}, {"week.csv", steady_log(&arena)}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_expect(ne(ptr, strstr(got, "t.yaml:8:32 the events make more than 8 different weeks"), NULL),
              "%s", got);
    arena_release(&arena);
}

/* ---- futures ---- */

/* Every future of every plan, the mean, the worst twentieth (3.2 of 64) and regrets, from the draws
 * alone; the same with one thread. */
Test(study_futures, each_future_of_each_plan_by_brute_force) {
    struct arena arena = {0};
    struct study study = run_flat(&arena, FLAT(""), 2);
    const struct study_futures *f = &study.futures;
    double y = reserved(&study), sum = 0, regret = 0, different = 0;
    const struct {
        const char *name;
        double held;
    } plans[] = {{"recommended", y},
                 {"nothing committed", 0},
                 {"half the commitments", floor(y / 2)},
                 {"on demand only", 0},
                 {"held at the peak", 0} /* of that future, and each hour is the peak */};
    cr_assert(ge(dbl, y, 2));
    /* what boots and billing rules add: nothing here */
    double more = study.recommended.bill_usd_per_month - 0.6 * y * 730;
    cr_assert(epsilon_eq(dbl, more, 0, 1));
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++) {
        const struct future_plan *plan = plan_named(&study, plans[p].name);
        cr_assert(epsilon_eq(dbl, plan->committed_usd_per_hour, 0.6 * plans[p].held, 1e-9));
        for (int i = 0; i < f->n; i++)
            cr_assert(epsilon_eq(dbl, plan->usd_per_month[i],
                                 hour_usd(&study, &f->draws[i], plans[p].held) * 730 + more, 1e-6),
                      "%s in %d", plan->name, i);
    }
    double worst[3] = {0}, fourth = 0;
    for (int i = 0; i < f->n; i++) {
        double usd = f->plans[0].usd_per_month[i], least = usd;
        different += usd != f->plans[0].usd_per_month[0];
        for (int p = 0; p < f->n_plans; p++)
            least = fmin(least, f->plans[p].usd_per_month[i]);
        sum += usd / f->n;
        regret += (usd - least) / f->n;
        for (int k = 0; k < 4; k++) {
            double *slot = k < 3 ? &worst[k] : &fourth;
            if (usd > *slot) {
                double kept = *slot;
                *slot = usd;
                usd = kept;
            }
        }
    }
    cr_assert(gt(dbl, different, 3)); /* they are futures */
    cr_assert(epsilon_eq(dbl, f->plans[0].expected, sum, 1e-6));
    cr_assert(epsilon_eq(dbl, f->plans[0].regret, regret, 1e-6));
    cr_assert(epsilon_eq(dbl, f->plans[0].worst,
                         (worst[0] + worst[1] + worst[2] + 0.2 * fourth) / 3.2, 1e-6));
    struct study one = run_flat(&arena, FLAT(""), 1);
    for (int p = 0; p < f->n_plans; p++)
        for (int i = 0; i < f->n; i++)
            cr_assert(eq(dbl, one.futures.plans[p].usd_per_month[i], f->plans[p].usd_per_month[i]));
    arena_release(&arena);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* What is written down has every future, plan and end; a study that was not asked has heads alone.
 */
/* Where a promise is for all that a fleet costs, what is missing fills its cost up to the promise:
 * in every future of every plan the greater of the two, likewise at the ends of each input, with
 * less and more demand and in the worst case. The promise is the planned cost, which about half of
 * the futures stay below. */
Test(study_futures, what_is_missing_of_a_promise_is_paid_in_every_future) {
    static const char growing[] = "growth: { low: 0%/month, mid: 2%/month, high: 5%/month }, ";
    struct arena arena = {0};
    const char *text = FLAT_AT("0.7", "GROWTH");
    const char *at = strstr(text, "GROWTH");
    const char *estate = "estate: { discounts: [ { applies_to: ec2, rate: 10%";
    const char *workloads =
        arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, growing, at + strlen("GROWTH"));
    struct study plain =
        run_flat(&arena, arena_printf(&arena, "%s%s } ] }\n", workloads, estate), 2);
    double promise = floor(plain.futures.as_planned_usd[0]);
    const char *held = arena_printf(&arena, "%s%s, commitment: %.0f USD/year } ] }\n", workloads,
                                    estate, 12 * promise);
    struct study promised = run_flat(&arena, held, 2);
    const struct study_futures *a = &plain.futures, *b = &promised.futures;
    int filled = 0;
    cr_assert(a->waits && b->waits);
    cr_assert(eq(int, a->n_plans, b->n_plans));
    for (int p = 0; p < a->n_plans; p++) {
        for (int i = 0; i < a->n; i++) {
            double usd = a->plans[p].usd_per_month[i];
            filled += usd < promise;
            cr_expect(epsilon_eq(dbl, b->plans[p].usd_per_month[i], fmax(usd, promise), 1e-6),
                      "%s in %d", a->plans[p].name, i);
        }
        const double *const plans[][2] = {{a->as_planned_usd, b->as_planned_usd},
                                          {a->worst_case_usd, b->worst_case_usd},
                                          {a->demand_less_usd, b->demand_less_usd},
                                          {a->demand_more_usd, b->demand_more_usd}};
        for (int k = 0; k < 4; k++)
            cr_expect(epsilon_eq(dbl, plans[k][1][p], fmax(plans[k][0][p], promise), 1e-6),
                      "%s, %d", a->plans[p].name, k);
        for (int e = 0; e < a->n_ends; e++)
            cr_expect(epsilon_eq(dbl, b->ends[e].usd_per_month[p],
                                 fmax(a->ends[e].usd_per_month[p], promise), 1e-6),
                      "%s, end %d", a->plans[p].name, e);
    }
    cr_expect(ge(int, filled, 10));
    cr_expect(ge(dbl, b->wait_usd_per_month, fmax(a->wait_usd_per_month, promise) - 1e-6));
    arena_release(&arena);
}

Test(study_futures, tables_and_json_have_all_of_it) {
    struct arena arena = {0};
    struct study study = run_flat(&arena, FLAT(""), 2);
    const struct study_futures *f = &study.futures;
    struct text futures = {.arena = &arena}, regret = {.arena = &arena}, ends = {.arena = &arena};
    struct text json = {.arena = &arena}, none = {.arena = &arena};
    result_append_futures_csv(&study, &futures);
    result_append_regret_csv(&study, &regret);
    result_append_sensitivities_csv(&study, &ends);
    result_append_json(&study, &json);
    cr_assert(eq(int, lines(futures.data), 1 + f->n * f->n_plans));
    cr_assert(eq(int, lines(regret.data), 1 + (4 + f->n_ends) * f->n_plans));
    cr_assert(eq(int, lines(ends.data), 1 + f->n_ends));
    cr_assert(ne(ptr, strstr(json.data, "\"worst_5_percent_usd_per_month\""), NULL));
    cr_assert(ne(ptr, strstr(json.data, "\"probability_over\""), NULL));
    cr_assert(ne(ptr, strstr(study_futures_words(&arena, &study), "in 64 futures"), NULL));
    cr_assert(eq(str, (char *)study_wait_words(&arena, &study), ""));
    study.futures = (struct study_futures){0};
    result_append_regret_csv(&study, &none);
    cr_assert(eq(int, lines(none.data), 1));
    cr_assert(eq(str, (char *)study_futures_words(&arena, &study), ""));
    arena_release(&arena);
}

/* A year's budget of 20 kUSD: fiscal years are calendar years, so the horizon has one month of the
 * first and eleven of the second; demand is flat, so a month costs what its hours cost. */
Test(study_futures, budgets_and_months_of_a_flat_demand) {
    struct arena arena = {0};
    struct study study = run_flat(&arena, FLAT(""), 2);
    const struct study_futures *f = &study.futures;
    cr_assert(eq(int, study.n_budgets, 2));
    static const double hours[2] = {744, 8760 - 744};
    for (int b = 0; b < 2; b++) {
        double over = 0, limit = money_amount_usd(study.budgets[b].limit);
        for (int i = 0; i < f->n; i++)
            over += f->plans[0].usd_per_month[i] * hours[b] / 730 > limit;
        cr_assert(epsilon_eq(dbl, f->over_budget[b], over / f->n, 1e-12));
        cr_assert(epsilon_eq(dbl, f->beside_usd[b], 0, 0.01));
    }
    cr_assert(eq(int, f->n_months, 12));
    cr_assert(epsilon_eq(dbl, f->month_usd[3], f->plans[0].median * 744 / 730, 1e-6));
    cr_assert(ge(dbl, f->month_usd[6], f->month_usd[0]));
    arena_release(&arena);
}

/* Growth that is nearly certain: waiting is three months (2160 h of 8760) on demand and then what
 * is recommended now; it can only cost more here. */
Test(study_futures, waiting_for_what_is_known_costs_on_demand_meanwhile) {
    struct arena arena = {0};
    struct study study = run_flat(
        &arena, FLAT("growth: { low: -0.0001%/month, mid: 0%/month, high: 0.0001%/month }, "), 2);
    const struct study_futures *f = &study.futures;
    double y = reserved(&study), sum = 0, share = (31 + 31 + 28) * 24 / 8760.0;
    cr_assert(f->waits);
    for (int i = 0; i < f->n; i++)
        sum += 730 * (share * hour_usd(&study, &f->draws[i], 0) +
                      (1 - share) * hour_usd(&study, &f->draws[i], y));
    cr_assert(epsilon_eq(dbl, f->wait_usd_per_month, sum / f->n, 0.002 * sum / f->n));
    cr_assert(lt(dbl, f->wait_worth_usd_per_month, 0));
    struct study plain = run_flat(&arena, FLAT(""), 2);
    cr_assert(not(plain.futures.waits));
    arena_release(&arena);
}

/* What y reserved instances cost a month over the futures: mean and worst 5 % (3.2 of 64), by
 * weight. */
static double weighed_usd(struct arena *arena, const struct study *study, double y, double weight) {
    const struct study_futures *f = &study->futures;
    double usd[STUDY_FUTURES];
    for (int i = 0; i < f->n; i++)
        usd[i] = 730 * hour_usd(study, &f->draws[i], y);
    return (1 - weight) * future_mean(usd, f->n) + weight * future_worst(arena, usd, f->n, 0.05);
}

static struct study run_hedged(struct arena *arena, const char *book, const char *text,
                               const char *weight) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got = memory_study(arena,
                                   (struct memory_run){.files = files,
                                                       .alone = true,
                                                       .futures = true,
                                                       .set = {"policy.risk=expected", weight}},
                                   &study);
    cr_assert(eq(str, (char *)got, ""));
    cr_assert(study.hedge.used);
    return study;
}

/* Brute force over every number of reserved instances: what is bought is the cheapest over the same
 * futures, with and without weight on the worst, and what the plan for the planned demand alone
 * would buy is one of those that cost more. */
Test(study_futures, commitments_of_least_expected_cost) {
    struct arena arena = {0};
    static const char *const weights[] = {"policy.worst_weight=0%", "policy.worst_weight=60%"};
    bool differed = false;
    for (int i = 0; i < 2; i++) {
        struct study study = run_hedged(&arena, SLOW_BOOK, FLAT(""), weights[i]);
        double weight = i * 0.6, bought = reserved(&study), best = 0;
        for (double y = 1; y <= 40; y++)
            if (weighed_usd(&arena, &study, y, weight) < weighed_usd(&arena, &study, best, weight))
                best = y;
        double usd = weighed_usd(&arena, &study, bought, weight);
        cr_expect(epsilon_eq(dbl, study.hedge.usd_per_month, usd, 1e-6 * usd));
        cr_expect(epsilon_eq(dbl, usd, weighed_usd(&arena, &study, best, weight), 1e-9 * usd),
                  "%g are bought, %g are best", bought, best);
        double planned = instances(&study, 1, 1);
        cr_expect(epsilon_eq(dbl, study.hedge.planned_usd_per_month,
                             weighed_usd(&arena, &study, planned, weight), 1e-6 * usd));
        cr_expect(eq(int, study.hedge.changed, bought != planned));
        differed = differed || bought != planned;
    }
    cr_expect(differed, "both plans are made for what is planned: the check could not fail");
    arena_release(&arena);
}

/* The law: over the same futures what is chosen for them costs no more than what is best for the
 * planned demand alone, which stands beside it. */
Test(study_futures, chosen_for_futures_is_never_dearer_over_them) {
    struct arena arena = {0};
    static const char *const demands[] = {
        FLAT(""), FLAT("growth: { low: -8%/month, mid: 1%/month, high: 3%/month }, "),
        FLAT("growth: { low: 0%/month, mid: 2%/month, high: 9%/month }, ")};
    int changed = 0;
    for (size_t i = 0; i < sizeof demands / sizeof *demands; i++) {
        struct study study = run_hedged(&arena, SLOW_BOOK, demands[i], NULL);
        const struct study_hedge *hedge = &study.hedge;
        cr_expect(le(dbl, hedge->usd_per_month, hedge->planned_usd_per_month));
        const char *words = study_hedge_words(&arena, &study);
        cr_expect(ne(ptr, strstr(words, "least expected cost over 64 futures"), NULL));
        if (!hedge->changed)
            continue;
        changed++;
        const struct future_plan *planned = plan_named(&study, "made for what is planned");
        double saved = planned->expected - study.futures.plans[0].expected;
        cr_expect(gt(dbl, saved, 0));
        cr_expect(epsilon_eq(dbl, saved, hedge->planned_usd_per_month - hedge->usd_per_month,
                             1e-6 * planned->expected));
        cr_expect(ge(dbl, hedge->more_as_planned_usd_per_month, 0));
    }
    cr_expect(gt(int, changed, 0), "nothing else was ever chosen: the check could not fail");
    arena_release(&arena);
}

/* A weight says nothing without the choice that it is for. */
Test(study_futures, weight_without_futures_is_refused) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", FLAT("")}, {"book.csv", SLOW_BOOK}, {NULL, NULL}};
    struct study study;
    const char *got = memory_study(
        &arena,
        (struct memory_run){.files = files, .alone = true, .set = {"policy.worst_weight=10%"}},
        &study);
    cr_expect(ne(ptr, strstr(got, "risk: expected"), NULL), "%s", got);
    arena_release(&arena);
}

/* Ends: each input alone at its quantile, by hand; growth at an end is that growth over the year.
 */
Test(study_futures, ends_move_one_input) {
    struct arena arena = {0};
    struct study study = run_flat(
        &arena, FLAT("growth: { low: 0%/month, mid: 2%/month, high: 9%/month, confidence: 80% }, "),
        2);
    const struct study_futures *f = &study.futures;
    bool grew = false;
    int answer = 0; /* what is 1 % cheaper at once is the answer before any input moves */
    for (int p = 1; p < f->n_plans; p++)
        if (f->as_planned_usd[p] < 0.99 * f->as_planned_usd[0] &&
            f->as_planned_usd[p] < f->as_planned_usd[answer])
            answer = p;
    for (int e = 0; e < f->n_ends; e++) {
        const struct future_end *end = &f->ends[e];
        const struct future_spread *spread = &f->inputs[end->input].spread;
        double factor = end->high ? spread->high : spread->low;
        if (end->input == FUTURE_GROWTH) {
            cr_assert(epsilon_eq(dbl, factor, end->high ? 1.09 : 1, 1e-9));
            grew = grew || end->usd_per_month[0] > f->as_planned_usd[0];
            continue;
        }
        cr_assert(le(dbl, end->best_usd_per_month, end->usd_per_month[0]));
        bool flips = end->best_usd_per_month < 0.99 * end->usd_per_month[answer];
        cr_assert(eq(int, end->flips, flips));
    }
    cr_assert(grew);
    arena_release(&arena);
}

/* Half of the instance hours may be covered. At high growth half of the hours is far more than at
 * what is planned, so what would be bought for it is no choice that the policy leaves: no plan of
 * the set holds more than half of what the plan for the planned demand runs. Without the limit the
 * plan for high growth does. */
Test(study_futures, alternatives_keep_the_policy) {
    static const char text[] = FLAT_AT(
        "1.6", "growth: { low: 0%/month, mid: 2%/month, high: 12%/month, confidence: 80% }, ");
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", SLOW_BOOK}, {NULL, NULL}};
    for (int limited = 0; limited < 2; limited++) {
        struct arena arena = {0};
        struct study study;
        const char *got =
            memory_study(&arena,
                         (struct memory_run){.files = files,
                                             .alone = true,
                                             .futures = true,
                                             .set = {limited ? "policy.coverage_max=50%" : NULL}},
                         &study);
        cr_assert(eq(str, (char *)got, ""));
        const struct plan *plan = study.recommended.plan;
        double runs = 0, hours = 0, most = 0;
        for (int h = 0; h < study.demand.n_hours; h++) {
            runs += study.demand.weight[h] * plan->regular[h];
            hours += study.demand.weight[h];
        }
        for (int p = 0; p < study.futures.n_plans; p++)
            most = fmax(most, study.futures.plans[p].committed_usd_per_hour / 0.6);
        cr_expect(eq(int, most <= 0.5 * runs / hours + 1e-9, limited), "%g held, %g run", most,
                  runs / hours);
        arena_release(&arena);
    }
}

/* ---- the worst case ---- */

/* Four fifths of the demand at three fifths of the price on demand: y reserved instances stay at
 * 0.6, what more is needed costs 0.6, and without reserved instances all of it costs that. Today's
 * twenty go on, each at 0.6. */
Test(study_futures, worst_case_by_hand) {
    struct arena arena = {0};
    struct study study = run_flat(
        &arena, FLAT_AT("1.6", "") "today: { fleet: [ { instance: c7g.large, count: 20 } ] }\n", 2);
    const struct study_futures *f = &study.futures;
    double y = reserved(&study);
    int n = instances(&study, 0.8, 1);
    double more = study.recommended.bill_usd_per_month - 0.6 * y * 730;
    cr_assert(epsilon_eq(dbl, more, 0, 1));         /* boots and billing rules add nothing */
    cr_assert(lt(int, n, instances(&study, 1, 1))); /* the case is another one than the plan's */
    for (int p = 0; p < f->n_plans; p++) {
        double held = strcmp(f->plans[p].name, "half the commitments") == 0 ? floor(y / 2) : 0;
        double want = 730 * 0.6 * (p == 0 ? fmax(n, y) : fmax(n, held));
        if (p == f->n_plans - 1)
            want = 730 * 0.6 * 20;
        if (strncmp(f->plans[p].name, "made for", 8) != 0)
            cr_expect(epsilon_eq(dbl, f->worst_case_usd[p], want, 1), "%s", f->plans[p].name);
    }
    for (int p = 0; p < f->n_plans; p++) /* alone: at full prices, one an hour on demand */
        for (int more_or_less = -1; more_or_less <= 1; more_or_less += 2) {
            double held = p == 0                                                  ? y
                          : strcmp(f->plans[p].name, "half the commitments") == 0 ? floor(y / 2)
                                                                                  : 0;
            double need = instances(&study, 1 + 0.1 * more_or_less, 1);
            double want = 730 * (0.6 * held + fmax(need - held, 0));
            if (p == f->n_plans - 1)
                want = 730 * 20;
            if (strncmp(f->plans[p].name, "made for", 8) != 0)
                cr_expect(
                    epsilon_eq(dbl, (more_or_less < 0 ? f->demand_less_usd : f->demand_more_usd)[p],
                               want, 1),
                    "%s %d", f->plans[p].name, more_or_less);
        }
    const char *words = study_worst_case_words(&arena, &study);
    char bound[32], nothing[32]; /* a year's term at 0.6 an instance */
    money_format_short(bound, 0.6 * y * 8760);
    money_format_short(nothing, 730 * 0.6 * 20);
    cr_expect(ne(ptr, strstr(words, "20% less demand and 40% lower prices"), NULL), "%s", words);
    cr_expect(ne(ptr, strstr(words, arena_printf(&arena, "%s over their terms", bound)), NULL),
              "%s", words);
    money_format_short(bound, 0.6 * y * 730); /* held all the time: no month has more */
    cr_expect(
        ne(ptr, strstr(words, arena_printf(&arena, "; %s of it is commitments", bound)), NULL),
        "%s", words);
    cr_expect(ne(ptr, strstr(words, arena_printf(&arena, "doing nothing %s", nothing)), NULL), "%s",
              words);
    arena_release(&arena);
}

/* ---- later money ---- */

#define PREPAID_BOOK(rate)                                                                         \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"                           \
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,1,published,here,2026-11-01\n"                \
    "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,all_upfront,hour," rate                   \
    ",published,here,2026-11-01\n"
#define PREPAID(months, more)                                                                      \
    "headroom: 1\nname: t\nfinance: { discount_rate: 21%/year }\n"                                 \
    "horizon: { start: 2026-12-01, months: " months more " }\n"                                    \
    "simulation: { replications: 1 }\nprices: book.csv\nscaling: { boot: 0s }\n"                   \
    "purchase: [ on_demand, { reserved: standard, term: 1y, payment: all_upfront } ]\n" EMBED

static struct study run_prepaid(struct arena *arena, const char *text, const char *book) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* One instance all year, prepaid at 0.6: 5256 USD on the first day, which no rate discounts. On
 * demand it is 24 USD a day, in the middle of each month: sum of 24 x days / 1.21^((m + 1/2) / 12).
 */
Test(study_futures, present_values_by_hand) {
    struct arena arena = {0};
    struct study study = run_prepaid(&arena, PREPAID("12", ""), PREPAID_BOOK("0.6"));
    static const int days[12] = {31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30};
    double want = 0;
    for (int m = 0; m < 12; m++)
        want += 24 * days[m] / pow(1.21, (m + 0.5) / 12);
    cr_assert(study.present.known);
    cr_assert(epsilon_eq(dbl, study.present.plan_paid_usd, 5256, 1));
    cr_assert(epsilon_eq(dbl, study.present.plan_usd, 5256, 1));
    cr_assert(epsilon_eq(dbl, study.present.baseline_paid_usd, 8760, 1));
    cr_assert(epsilon_eq(dbl, study.present.baseline_usd, want, 1));
    cr_assert(eq(dbl, study.beyond.months, 0));
    arena_release(&arena);
}

/* Nine months of a year's term at 0.4: the last 92 days (8760 - 6552 = 2208 h) outlive the horizon.
 * They cost 0.4 an hour and take the place of an instance on demand; without demand growth that is
 * 2208 USD. With half the demand one instance still runs, so that it is as much. */
Test(study_futures, what_outlives_the_horizon_is_weighed) {
    struct arena arena = {0};
    struct study study =
        run_prepaid(&arena, PREPAID("9", ", beyond: { growth: { low: -50%/year, mid: 0%/year } }"),
                    PREPAID_BOOK("0.4"));
    int64_t days =
        calendar_days((struct date){2027, 9, 1}) - calendar_days((struct date){2026, 12, 1});
    double after = 8760 - 24.0 * (double)days;
    cr_assert(epsilon_eq(dbl, study.beyond.months * 730, after, 1e-6));
    cr_assert(epsilon_eq(dbl, study.beyond.owed_usd, 0.4 * after, 0.01));
    for (int i = 0; i < 3; i++)
        cr_assert(epsilon_eq(dbl, study.beyond.worth_usd[i], after, 0.01));
    arena_release(&arena);
}
