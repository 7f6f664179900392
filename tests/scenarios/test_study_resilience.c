/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones of a scenario: pools cut into zones without losing an instance, and a whole small study
 * whose single instance is in the zone that is lost. */
#include "study_memory.h"

#include "base/number.h"
#include "scenarios/study_resilience.h"

#define ZONES(n) "resilience: { zones: " #n ", survive: zone, outage: 30min }\n"

static const char *mistakes_of(struct arena *arena, const char *text) {
    struct study study;
    return memory_study(arena, (struct memory_run){.text = text, .size_only = true}, &study);
}

Test(study_resilience, pools_are_spread_over_the_zones) {
    struct arena arena = {0};
    struct study study = {.scenario.resilience.zones = 3};
    int32_t a[HOURS_PER_WEEK], b[HOURS_PER_WEEK];
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        a[h] = h % 8;
        b[h] = 4;
    }
    struct pool pools[9] = {{.instances = a}, {.overflow_share = NULL}, {.instances = b}};
    int candidates[9] = {5, 6, 7};
    int n = study_spread(&arena, &study, NULL, 0, pools, candidates, 3);
    cr_assert(eq(int, n, 7));
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        int32_t sum[2] = {0}, zone[3] = {0};
        for (int p = 0; p < n; p++) {
            if (!pools[p].instances)
                continue;
            sum[candidates[p] == 7] += pools[p].instances[h];
            zone[pools[p].zone] += pools[p].instances[h];
        }
        cr_assert(eq(i32, sum[0], a[h]));
        cr_assert(eq(i32, sum[1], 4));
        for (int z = 0; z < 3; z++)
            for (int y = 0; y < 3; y++)
                cr_assert(le(i32, zone[z] - zone[y], 2));
    }
    cr_assert(eq(int, candidates[1], 6)); /* by use: in no zone */
    arena_release(&arena);
}

/* One instance in two zones runs where what is owned of its type is in one: a reserved instance at
 * 0.3 USD/h is all that it costs, 730 h x 0.3 = 219 a month, and a reservation of capacity at 0.5
 * USD/h 365, whichever zone that is. Two workloads of one instance each fill both: 438. */
Test(study_resilience, what_is_owned_in_one_zone_is_run_in) {
    static const struct {
        const char *owned, *workloads;
        double usd;
    } cases[] = {
        {"{ reserved: standard, rate: 0.3 USD/h, zone: 1,", EMBED, 219},
        {"{ reserved: standard, rate: 0.3 USD/h, zone: 2,", EMBED, 219},
        {"{ capacity: reservation, zone: 1,", EMBED, 365},
        {"{ capacity: reservation, zone: 2,", EMBED, 365},
        {"{ reserved: standard, rate: 0.3 USD/h, zone: 1, instance: g4dn.xlarge, count: 1, ends: "
         "2028-01-16 }, { reserved: standard, rate: 0.3 USD/h, zone: 2,",
         EMBED WORKLOAD("again", "0.02 req/s", "[ { instance: g4dn.xlarge } ]"), 438},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const struct memory_file files[] = {
            {"t.yaml",
             arena_printf(&arena,
                          HEAD "prices: book.csv\nscaling: { boot: 0s }\npurchase: [ on_demand ]\n"
                               "resilience: { zones: 2 }\nestate: { owned: [ %s instance: "
                               "g4dn.xlarge, count: 1, ends: 2028-01-16 } ] }\n%s",
                          cases[i].owned, cases[i].workloads)},
            {"book.csv", "headroom_price_book,1,mine,USD\n"
                         "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
                         "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,0.5,published,here,"
                         "2026-11-01\n"},
            {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
        cr_assert(eq(str, (char *)got, ""));
        cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, cases[i].usd, 1e-3), "%zu",
                  i);
        arena_release(&arena);
    }
}

/* A fallback becomes that of the same part, each in another zone than what it stands in for. */
Test(study_resilience, parts_fall_back_on_parts) {
    struct arena arena = {0};
    struct study study = {.scenario.resilience.zones = 3};
    int32_t a[HOURS_PER_WEEK] = {0};
    struct pool pools[6] = {{.instances = a}, {.instances = a}};
    int candidates[6] = {5, 6};
    pools[0].fallback = &pools[1];
    cr_assert(eq(int, study_spread(&arena, &study, NULL, 0, pools, candidates, 2), 6));
    int seen = 0;
    for (int p = 0; p < 6; p++) {
        if (candidates[p] == 6)
            continue;
        const struct pool *fallback = pools[p].fallback;
        cr_assert(eq(int, candidates[fallback - pools], 6));
        cr_assert(eq(int, fallback->zone, (pools[p].zone + 1) % 3));
        seen |= 1 << fallback->zone;
    }
    cr_assert(eq(int, seen, 7));
    arena_release(&arena);
}

Test(study_resilience, what_makes_no_sense_is_told) {
    struct arena arena = {0};
    cr_assert(eq(str, (char *)mistakes_of(&arena, HEAD EMBED "resilience: { survive: zone }\n"),
                 "t.yaml:12:15 a fleet in one zone does not survive its loss | write for example "
                 "resilience: { zones: 3, survive: zone }\n"));
    cr_assert(eq(str,
                 (char *)mistakes_of(&arena, HEAD EMBED "resilience: { zones: 2, outage: 1h }\n"),
                 "t.yaml:12:25 'resilience.outage' is for survive: zone, instance or spot only | "
                 "take it out\n"));
    cr_assert(eq(str,
                 (char *)mistakes_of(&arena, HEAD EMBED
                                     "resilience: { zones: 2, survive: instance, zone_lost: 1 }\n"),
                 "t.yaml:12:44 'resilience.zone_lost' is for survive: zone only | take it out\n"));
    cr_assert(eq(str,
                 (char *)mistakes_of(&arena, HEAD EMBED
                                     "resilience: { zones: 2, survive: zone, zone_lost: 3 }\n"),
                 "t.yaml:12:40 there are 2 zones, and no zone 3 | count from 1 to "
                 "resilience.zones\n"));
    cr_assert(eq(
        str,
        (char *)mistakes_of(&arena, HEAD EMBED "resilience: { survive: [instance, instance] }\n"),
        "t.yaml:12:35 'resilience.survive' names one loss twice | name each once\n"));
    arena_release(&arena);
}

/* 0.02 requests a second need one instance: it is in zone 1, so all requests of half an hour are
 * lost or late, and the notice says so. */
Test(study_resilience, one_instance_does_not_survive_its_zone) {
    struct arena arena = {0};
    struct study study;
    cr_assert(eq(
        str, (char *)memory_study(&arena, (struct memory_run){.text = HEAD EMBED ZONES(2)}, &study),
        ""));
    const struct survival *lost = &study.survivals[0].survival;
    cr_assert(not(lost->holds));
    cr_assert(eq(int, study.survivals[0].zone, 0));
    cr_assert(eq(dbl, lost->usual.share, 1));
    cr_assert(lt(dbl, lost->during.share, 0.8));
    cr_assert(gt(dbl, lost->after.share, 0.99));
    cr_assert(has_notice(&study, "zone-loss-missed"));
    cr_assert(ne(ptr, strstr(study_survival_words(&arena, &study, 0), "zone 1 of 2 lost"), NULL));
    arena_release(&arena);
}

static struct study bought(struct arena *arena, const char *resilience) {
    struct study study;
    const char *text = arena_printf(arena, "%sresilience: { %s }\n", HEAD EMBED, resilience);
    cr_assert(eq(str, (char *)memory_study(arena, (struct memory_run){.text = text}, &study), ""));
    return study;
}

static int32_t least_of(const struct study *study) {
    int32_t least = INT32_MAX;
    for (int h = 0; h < study->demand.n_hours; h++)
        if (study->demand.rate_per_second[h] > 0 && study->recommended.plan->regular[h] < least)
            least = study->recommended.plan->regular[h];
    return least;
}

/* One instance carries the demand in every hour, so N+1 is two, and of two zones one each: the cost
 * doubles, and the spare is the other half of the bill. */
Test(study_resilience, the_spare_of_one_instance_is_another) {
    static const char *const kinds[] = {"survive: instance, outage: 30min",
                                        "zones: 2, survive: zone, outage: 30min"};
    struct arena arena = {0};
    for (int i = 0; i < 2; i++) {
        struct study without = bought(&arena, kinds[i]);
        struct study with = bought(&arena, arena_printf(&arena, "%s, spare: buy", kinds[i]));
        cr_assert(not(without.survivals[0].survival.holds));
        cr_assert(eq(int, without.n_rounds, 1));
        cr_assert(eq(i32, least_of(&without), 1));
        cr_assert(with.survivals[0].survival.holds);
        cr_assert(with.spare.bought);
        cr_assert(eq(int, with.spare.hours_lacking, 0));
        cr_assert(eq(i32, least_of(&with), 2));
        cr_assert(eq(int, with.n_rounds, 2));
        cr_assert(epsilon_eq(dbl, with.spare.usd_per_month, without.recommended.bill_usd_per_month,
                             1e-6));
        cr_assert(epsilon_eq(dbl, with.recommended.bill_usd_per_month,
                             with.spare.usd_per_month + without.recommended.bill_usd_per_month,
                             1e-6));
        cr_assert(lt(dbl, with.rounds[0].worst_survival, 0.8));
        cr_assert(ge(dbl, with.rounds[1].worst_survival, 0.95));
    }
    arena_release(&arena);
}

/* Without a replay the same spare is planned from what SIZE knows, and said to be no more; the
 * programme that is exported has it too: one more instance, or each counts for the half of it. */
Test(study_resilience, a_plan_without_replay_has_its_spare) {
    static const char *const kinds[] = {"survive: instance, outage: 30min",
                                        "zones: 2, survive: zone, outage: 30min"};
    static const char *const notes[] = {"\\* demand rows ask for one instance more",
                                        "\\* instances count as what is left of them without one "
                                        "of 2 zones"};
    struct arena arena = {0};
    for (int i = 0; i < 2; i++) {
        struct study replayed = bought(&arena, arena_printf(&arena, "%s, spare: buy", kinds[i]));
        struct study planned, without;
        struct text with_rows = {.arena = &arena}, plain = {.arena = &arena};
        struct err err = {0};
        const char *text =
            arena_printf(&arena, "%sresilience: { %s, spare: buy }\n", HEAD EMBED, kinds[i]);
        struct memory_run run = {.text = text, .without_replay = true};
        cr_assert(eq(str, (char *)memory_study(&arena, run, &planned), ""));
        cr_assert(planned.spare.bought);
        cr_assert(planned.spare.by_size);
        cr_assert(eq(int, planned.spare.hours_lacking, 0));
        cr_assert(eq(i32, least_of(&planned), 2));
        cr_assert(epsilon_eq(dbl, planned.spare.usd_per_month, replayed.spare.usd_per_month, 1e-6));
        cr_assert(epsilon_eq(dbl, planned.recommended.plan->usd_per_hour,
                             replayed.recommended.plan->usd_per_hour, 1e-9));
        cr_assert(
            ne(ptr, strstr(study_spare_words(&arena, &planned), "no replay has lost one"), NULL));
        run.text = arena_printf(&arena, "%sresilience: { %s }\n", HEAD EMBED, kinds[i]);
        cr_assert(eq(str, (char *)memory_study(&arena, run, &without), ""));
        cr_assert(eq(i32, least_of(&without), 1));
        cr_assert(plan_write_lp(&arena, &planned.plan_input, &with_rows, &err));
        cr_assert(plan_write_lp(&arena, &without.plan_input, &plain, &err));
        cr_expect(ne(ptr, strstr(with_rows.data, notes[i]), NULL), "%.500s", with_rows.data);
        cr_expect(eq(ptr, strstr(plain.data, notes[i]), NULL));
    }
    arena_release(&arena);
}

/* The quota holds one instance. */
Test(study_resilience, a_plan_without_replay_tells_that_no_spare_fits) {
    struct arena arena = {0};
    struct study study;
    struct memory_run run = {.text = HEAD EMBED
                             "resilience: { survive: instance, outage: 30min, spare: buy }\n"
                             "estate: { quotas: { G: 4 vCPU } }\n",
                             .without_replay = true};
    cr_assert(eq(str, (char *)memory_study(&arena, run, &study), ""));
    cr_assert(not(study.infeasible));
    cr_assert(not(study.spare.bought));
    cr_assert(eq(i32, least_of(&study), 1));
    cr_assert(eq(int, study.spare.hours_lacking, study.demand.n_hours));
    cr_assert(has_notice(&study, "spare-not-enough"));
    cr_assert(not(study.plan_input.loss.instance));
    const char *words = study_spare_words(&arena, &study);
    cr_expect(eq(int, strncmp(words, "no plan has spare for the loss of an instance, ", 47), 0));
    cr_expect(ne(ptr, strstr(words, "the quota of 4 vCPU"), NULL), "%s", words);
    arena_release(&arena);
}

/* What is told of priced carbon adds up, and is of the objective that is exported. */
Test(study_resilience, money_and_priced_carbon_add_up) {
    struct arena arena = {0};
    struct study study;
    const char *text = HEAD EMBED "policy: { carbon_price: 200 USD/t }\n";
    struct memory_run run = {.text = text, .without_replay = true};
    cr_assert(eq(str, (char *)memory_study(&arena, run, &study), ""));
    const struct plan *plan = study.recommended.plan;
    double kg = 0, weights = 0, most = 0;
    for (int c = 0; c < study.n_choices; c++)
        for (int h = 0; h < study.demand.n_hours; h++) {
            kg += study.demand.weight[h] * plan->regular[c * study.demand.n_hours + h] *
                  study.plan_input.carbon->kg_per_instance_hour[c];
            weights += c == 0 ? study.demand.weight[h] : 0;
        }
    cr_assert(epsilon_eq(dbl, plan->carbon_usd_per_hour, 0.2 * kg / weights, 1e-9));
    most = plan->usd_per_hour + plan->carbon_usd_per_hour;
    cr_assert(lt(dbl, plan->lp_usd_per_hour, plan->lp_priced_usd_per_hour));
    cr_assert(le(dbl, plan->lp_priced_usd_per_hour, most));
    double bound;
    bool feasible;
    struct err err = {0};
    cr_assert(plan_lp_bound(&arena, &study.plan_input, &bound, &feasible, &err));
    cr_assert(epsilon_eq(dbl, plan->lp_priced_usd_per_hour, bound, 1e-8 * bound));
    const char *words = study_priced_words(&arena, &study);
    char sum[32];
    money_format_short(sum, most * HOURS_PER_MONTH);
    cr_expect(ne(ptr, strstr(words, arena_printf(&arena, "with its money %s;", sum)), NULL), "%s",
              words);
    cr_expect(
        ne(ptr,
           strstr(words, arena_printf(&arena, "(%s USD an hour", number_digits(&arena, bound, 9))),
           NULL),
        "%s", words);
    arena_release(&arena);
}

static const char *spot_scenario(struct arena *arena, const char *resilience) {
    return arena_printf(arena,
                        "%spurchase: [ on_demand, spot ]\npolicy: { spot_share_max: 100%% }\n"
                        "resilience: { %s }\n",
                        HEAD EMBED, resilience);
}

/* One instance on spot carries everything; when all spot is lost nothing does, for half an hour.
 * What survives that is one on demand, at its price. */
Test(study_resilience, the_spare_of_all_spot_is_on_demand) {
    struct arena arena = {0};
    struct study without, with;
    const char *text = spot_scenario(&arena, "survive: spot, outage: 30min");
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &without), ""));
    text = spot_scenario(&arena, "survive: spot, outage: 30min, spare: buy");
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &with), ""));
    int at = without.survivals[0].survival.hour;
    cr_assert(eq(int, without.n_survivals, 1));
    cr_assert(eq(i32, without.recommended.plan->spot[at], 1));
    cr_assert(not(without.survivals[0].survival.holds));
    cr_assert(lt(dbl, without.survivals[0].survival.during.share, 0.8));
    cr_assert(ne(ptr, strstr(study_survival_words(&arena, &without, 0), "all spot lost"), NULL));
    cr_assert(with.survivals[0].survival.holds);
    cr_assert(with.spare.bought);
    cr_assert(eq(i32, with.recommended.plan->spot[at], 0));
    cr_assert(eq(i32, least_of(&with), 1));
    cr_assert(ne(ptr, strstr(with.rounds[0].tightened, "the loss of all spot"), NULL));
    cr_assert(gt(dbl, with.spare.usd_per_month, 0));
    arena_release(&arena);
}

/* The quota holds one instance: the spare does not fit, and that is told. */
Test(study_resilience, a_spare_beyond_the_quota_is_told) {
    struct arena arena = {0};
    struct study study;
    const char *text = HEAD EMBED "resilience: { survive: instance, outage: 30min, spare: buy }\n"
                                  "estate: { quotas: { G: 4 vCPU } }\n";
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    cr_assert(study.recommended.slo_met);
    cr_assert(not(study.spare.bought));
    cr_assert(ne(ptr, strstr(study.rounds[0].tightened, "there is no such plan: "), NULL));
    cr_assert(eq(int, study.spare.hours_lacking, study.demand.n_hours));
    cr_assert(has_notice(&study, "spare-not-enough"));
    arena_release(&arena);
}

/* The hour that is named, not the busiest. */
Test(study_resilience, an_outage_has_its_hour) {
    struct arena arena = {0};
    struct study study;
    const char *text =
        HEAD EMBED "resilience: { zones: 2, survive: zone, outage: 30min, outage_hour: 5 }\n";
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    cr_assert(eq(int, study.survivals[0].survival.hour, 5));
    cr_assert(eq(i64, study.survivals[0].survival.during.arrived,
                 study.recommended.replays[0].hours[5].arrived));
    cr_assert(
        eq(str, (char *)mistakes_of(&arena, HEAD EMBED "resilience: { outage_hour: 5 }\n"),
           "t.yaml:12:15 'resilience.outage_hour' is for survive: zone, instance or spot only | "
           "take it out\n"));
    arena_release(&arena);
}
