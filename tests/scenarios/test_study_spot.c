/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A study on a spot market: what the traces do to the replay of its plan, told by the instances
 * that were interrupted and by what the bill has on spot and on demand; and what is wrong with a
 * market, in the words and at the places where people read it. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"
#include "sim/observer.h"

#define TRACE_OF(counts) "{\"metadata\": {\"gap_seconds\": 14400}, \"data\": [" counts "]}"
/* 43 steps of four hours: a week and four hours. */
#define SIX(a) a ", " a ", " a ", " a ", " a ", " a
#define WEEK_OF(a)                                                                                 \
    SIX(a) ", " SIX(a) ", " SIX(a) ", " SIX(a) ", " SIX(a) ", " SIX(a) ", " SIX(a) ", 1"

static const char up[] = TRACE_OF(WEEK_OF("1"));
static const char down[] = TRACE_OF(WEEK_OF("0"));
/* down in the third of each six steps */
#define GAPS "1, 1, 0, 1, 1, 1"
static const char gaps[] =
    TRACE_OF(GAPS ", " GAPS ", " GAPS ", " GAPS ", " GAPS ", " GAPS ", " GAPS ", 1");
static const char day[] = TRACE_OF("1, 0, 1, 1, 1, 0");

/* us-east-1a at 0.20 for half a week from 2020-01-06, then at 0.30; us-east-1b at 0.35. */
#define RECORD(zone, type, price, time)                                                            \
    "{\"AvailabilityZone\": \"" zone "\", \"InstanceType\": \"" type                               \
    "\", \"ProductDescription\": \"Linux/UNIX\", \"SpotPrice\": \"" price                          \
    "\", \"Timestamp\": \"" time "\"}"
#define PRICES_OF(type, last)                                                                      \
    "{\"SpotPriceHistory\": [" RECORD("us-east-1b", type, "0.35", last) ", " RECORD(               \
        "us-east-1a", type, "0.30",                                                                \
        "2020-01-09T12:00:00.000Z") ", " RECORD("us-east-1a", type, "0.20",                        \
                                                "2020-01-06T00:00:00.000Z") ", " RECORD("us-east-" \
                                                                                        "1b",      \
                                                                                        type,      \
                                                                                        "0.35",    \
                                                                                        "2020-01-" \
                                                                                        "06T00:"   \
                                                                                        "00:00."   \
                                                                                        "000Z") "]}"
static const char prices[] = PRICES_OF("g4dn.xlarge", "2020-01-13T00:00:00.000Z");
static const char short_prices[] = PRICES_OF("g4dn.xlarge", "2020-01-10T00:00:00.000Z");
static const char other_prices[] = PRICES_OF("g5.xlarge", "2020-01-13T00:00:00.000Z");

/* us-east-1a at 0.20 for half a week, then at 0.40; us-east-1b at 0.35. */
#define CROSSING_RECORD(zone, price, time) RECORD(zone, "g4dn.xlarge", price, time)
static const char crossing
    [] = "{\"SpotPriceHistory\": [" CROSSING_RECORD("us-east-1b", "0.35", "2020-01-13T00:00:00.000Z") ", " CROSSING_RECORD(
        "us-east-1a", "0.40",
        "2020-01-09T12:00:00.000Z") ", " CROSSING_RECORD("us-east-1a", "0.20",
                                                         "2020-01-06T00:00:00.000Z") ","
                                                                                     " " CROSSING_RECORD(
                                                                                         "us-east-"
                                                                                         "1b",
                                                                                         "0.35",
                                                                                         "2020-01-"
                                                                                         "06T00:00:"
                                                                                         "00.000Z") "]}";

static const char zone_rates[] =
    "headroom_price_book,1,zones,USD\n"
    "kind,sku,region,zone,option,unit,usd,status,source,as_of\n"
    "instance,g4dn.xlarge,us-east-1,,spot,hour,0.5,published,export,2026-11-01\n"
    "instance,g4dn.xlarge,us-east-1,us-east-1a,spot,hour,0.2,published,export,2026-11-01\n"
    "instance,g4dn.xlarge,us-east-1,us-east-1b,spot,hour,0.35,published,export,2026-11-01\n";

/* One instance, all of it on spot where that is cheaper. */
#define SCENARIO(spot)                                                                             \
    HEAD "workloads:\n" WORKLOAD(                                                                  \
        "embed", "0.02 req/s",                                                                     \
        "[ { instance: g4dn.xlarge } ]") "purchase: [ on_demand, spot ]\n"                         \
                                         "policy: { spot_share_max: 100% }\n" spot

#define FILES(text)                                                                                \
    {                                                                                              \
        {"t.yaml", text}, {"up.json", up}, {"down.json", down}, {"gaps.json", gaps},               \
            {"day.json", day}, {"prices.json", prices}, {"short.json", short_prices},              \
            {"other.json", other_prices}, {"zones.csv", zone_rates}, {"crossing.json", crossing},  \
            {NULL, NULL},                                                                          \
    }

struct outcome {
    int64_t interruptions, rejected;
    double spot_usd, other_usd, rate;
};

/* Of the plan's first week. */
static struct outcome outcome_of(const char *text) {
    struct arena arena = {0};
    struct study study;
    const struct memory_file files[] = FILES(text);
    const char *got = memory_study(&arena, (struct memory_run){.files = files}, &study);
    cr_assert(eq(str, (char *)got, ""));
    const struct study_fleet *fleet = &study.recommended;
    struct outcome outcome = {.interruptions = fleet->replays[0].interruptions,
                              .rejected = fleet->replays[0].rejected,
                              .rate = money_rate_usd(study.offers[0].spot.rate)};
    for (int k = 0; k < CHARGE_KINDS; k++) {
        double usd = money_amount_usd(fleet->bills[0].total_by_kind[k]);
        outcome.spot_usd += k == CHARGE_SPOT ? usd : 0;
        outcome.other_usd += k == CHARGE_SPOT ? 0 : usd;
    }
    arena_release(&arena);
    return outcome;
}

Test(study_spot, a_zone_that_is_up_keeps_its_instances) {
    struct outcome o =
        outcome_of(SCENARIO("spot: { zones: [ { zone: us-east-1a, trace: up.json } ] }\n"));
    cr_expect(eq(i64, o.interruptions, 0));
    cr_expect(gt(dbl, o.spot_usd, 0));
    cr_expect(eq(dbl, o.other_usd, 0));
}

/* Seven gaps of four hours: on demand for 28 of the week's 168 hours and what booting adds. */
Test(study_spot, on_demand_stands_in_for_a_zone) {
    struct outcome all =
        outcome_of(SCENARIO("spot: { zones: [ { zone: us-east-1a, trace: up.json } ] }\n"));
    struct outcome o =
        outcome_of(SCENARIO("spot: { zones: [ { zone: us-east-1a, trace: gaps.json } ] }\n"));
    cr_expect(eq(i64, o.interruptions, 7));
    cr_expect(eq(i64, o.rejected, 0));
    cr_expect(epsilon_eq(dbl, o.spot_usd / all.spot_usd, 140.0 / 168, 0.01));
    cr_expect(epsilon_eq(dbl, o.other_usd, 28 * 0.526, 0.05 * 28 * 0.526));
}

/* Without a substitute the plan knows the gaps of the trace: 28 hours on demand, and what booting
 * adds. */
Test(study_spot, without_fallback_the_plan_has_the_gaps_on_demand) {
    struct outcome o = outcome_of(
        SCENARIO("spot: { fallback: none, zones: [ { zone: us-east-1a, trace: gaps.json } ] }\n"));
    cr_expect(eq(i64, o.interruptions, 7));
    cr_expect(eq(i64, o.rejected, 0));
    cr_expect(epsilon_eq(dbl, o.other_usd, 28 * 0.526, 0.05 * 28 * 0.526));
}

Test(study_spot, the_next_zone_stands_in_first) {
    struct outcome o = outcome_of(SCENARIO("spot:\n"
                                           "  zones:\n"
                                           "    - { zone: us-east-1a, trace: gaps.json }\n"
                                           "    - { zone: us-east-1b, trace: up.json }\n"));
    cr_expect(eq(i64, o.interruptions, 7));
    cr_expect(eq(dbl, o.other_usd, 0));
}

Test(study_spot, a_zone_that_is_down_is_on_demand_all_week) {
    struct outcome o =
        outcome_of(SCENARIO("spot: { zones: [ { zone: us-east-1a, trace: down.json } ] }\n"));
    cr_expect(eq(i64, o.interruptions, 0));
    cr_expect(eq(dbl, o.spot_usd, 0));
    cr_expect(gt(dbl, o.other_usd, 168 * 0.526 * 0.99));
}

Test(study_spot, values_and_defaults) {
    struct arena arena = {0};
    struct study study;
    struct memory_file files[] =
        FILES(SCENARIO("spot: { zones: [ { zone: us-east-1a, trace: up.json } ] }\n"));
    struct memory_run sized = {.files = files, .size_only = true};
    cr_assert(eq(str, (char *)memory_study(&arena, sized, &study), ""));
    const struct spot_spec *spot = &study.scenario.spot;
    cr_expect(eq(dbl, spot->notice_s, 120));
    cr_expect(eq(int, spot->on_notice, NOTICE_DRAIN));
    cr_expect(spot->fallback);
    cr_expect(not(spot->by_model));
    cr_expect(eq(int, spot->zones[0].instances, 0));
    cr_expect(eq(str, (char *)spot->zones[0].region, "us-east-1"));
    files[0].text = SCENARIO("spot: { notice: 30s, on_notice: restart, fallback: none, from: 2h, "
                             "zones: [ { zone: us-east-1a, trace: up.json, instances: 8 } ] }\n");
    cr_assert(eq(str, (char *)memory_study(&arena, sized, &study), ""));
    cr_expect(eq(dbl, spot->notice_s, 30));
    cr_expect(eq(int, spot->on_notice, NOTICE_RESTART));
    cr_expect(not(spot->fallback));
    cr_expect(eq(dbl, spot->from_s, 7200));
    cr_expect(eq(int, spot->zones[0].instances, 8));
    cr_expect(eq(i32, study.spot_zones[0].steps[0].instances, 8));
    files[0].text = SCENARIO("spot: { on_notice: migrate, zones: [ { zone: us-east-1a, trace: "
                             "up.json } ] }\n");
    cr_assert(eq(str, (char *)memory_study(&arena, sized, &study), ""));
    cr_expect(eq(int, spot->on_notice, NOTICE_MIGRATE));
    arena_release(&arena);
}

Test(study_spot, the_model_is_drawn) {
    struct outcome o = outcome_of(
        SCENARIO("spot: { source: model, zones: [ { zone: us-east-1a, trace: gaps.json } ] }\n"));
    cr_expect(gt(i64, o.interruptions, 0));
    cr_expect(gt(dbl, o.spot_usd, 0));
}

/* The plan's rate is the mean of the week in the zones that are named: 0.25 in one, 0.30 in both;
 * the bill is that of the zone that the one instance is in. */
Test(study_spot, price_histories_make_the_rate) {
    struct outcome one =
        outcome_of(SCENARIO("spot: { prices: prices.json, zones: [ { zone: us-east-1a, trace: "
                            "up.json } ] }\n"));
    struct outcome both = outcome_of(
        SCENARIO("spot: { prices: prices.json, prices_from: 2020-01-06, zones: [ { zone: "
                 "us-east-1a, trace: up.json }, { zone: us-east-1b, trace: up.json } ] }\n"));
    cr_expect(epsilon_eq(dbl, one.spot_usd, 168 * 0.25, 1e-6));
    cr_expect(epsilon_eq(dbl, both.spot_usd, 168 * 0.25, 1e-6));
    cr_expect(epsilon_eq(dbl, one.rate, 0.25, 1e-9));
    cr_expect(epsilon_eq(dbl, both.rate, 0.30, 1e-9));
}

static const struct {
    const char *spot, *want;
} mistakes[] = {
    {"spot: { zones: [ { zone: us-east-1a, trace: none.json } ] }\n",
     "t.yaml:14:45 cannot read the spot trace 'none.json': there is no file 'none.json' | write "
     "it\n"},
    {"spot: { zones: [ { zone: us-east-1a, trace: day.json } ] }\n",
     "t.yaml:14:45 'day.json': the spot trace ends after 24.0000 h, the run asks for 168.0000 h of "
     "it | what the market gave after its end is not known: begin earlier in the trace, replay "
     "less, or fit a model to it\n"},
    {"spot: { from: 5h, zones: [ { zone: us-east-1a, trace: up.json } ] }\n",
     "t.yaml:14:55 'up.json': the spot trace ends after 172.0000 h, the run asks for 173.0000 h of "
     "it | what the market gave after its end is not known: begin earlier in the trace, replay "
     "less, or fit a model to it\n"},
    {"spot: { source: model, zones: [ { zone: us-east-1a, trace: down.json }, { zone: us-east-1b, "
     "trace: day.json } ] }\n",
     "t.yaml:14:1 day.json: a fit needs traces of the same steps and length as down.json | \n"},
    {"spot: { zones: [ { zone: eu-west-1a, trace: up.json } ] }\n",
     "t.yaml:14:26 zone 'eu-west-1a' is in no region of any workload | a zone is its region and a "
     "letter: us-west-2a is in us-west-2\n"},
    {"spot: { zones: [ { zone: us-east-1a, trace: up.json }, { zone: us-east-1a, trace: up.json } "
     "] "
     "}\n",
     "t.yaml:14:64 zone 'us-east-1a' stands here twice | keep one of them\n"},
    {"spot: { prices: none.json, zones: [ { zone: us-east-1a, trace: up.json } ] }\n",
     "t.yaml:14:17 cannot read the spot prices 'none.json': there is no file 'none.json' | write "
     "it\n"},
    {"spot: { prices: prices.json, zones: [ { zone: us-east-1c, trace: up.json } ] }\n",
     "t.yaml:14:17 'prices.json': no price of zone 'us-east-1c' | the file has us-east-1a, "
     "us-east-1b\n"},
    {"spot: { prices: short.json, zones: [ { zone: us-east-1a, trace: up.json } ] }\n",
     "t.yaml:14:17 'short.json': the prices end after 96.0000 h, the run takes 168.0000 h | prices "
     "after the last record are not known: begin earlier or replay less\n"},
    {"spot: { prices: other.json, zones: [ { zone: us-east-1a, trace: up.json } ] }\n",
     "t.yaml:14:17 'other.json' has prices of g5.xlarge, and no workload runs on it | take it "
     "out\n"},
    {"spot: { prices_from: 2020-01-06, zones: [ { zone: us-east-1a, trace: up.json } ] }\n",
     "t.yaml:14:22 'spot.prices_from' is about price histories, and there are none | add "
     "spot.prices, or take it out\n"},
    {"spot: { source: model, from: 1d, zones: [ { zone: us-east-1a, trace: gaps.json } ] }\n",
     "t.yaml:14:30 'spot.from' says where a trace begins, and the model is drawn | take it out, or "
     "write source: trace\n"},
};

Test(study_spot, mistakes_stand_where_they_are_made) {
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct arena arena = {0};
        struct study study;
        const struct memory_file files[] =
            FILES(arena_printf(&arena, "%s%s", SCENARIO(""), mistakes[i].spot));
        const char *got = memory_study(&arena, (struct memory_run){.files = files}, &study);
        cr_expect(eq(str, (char *)got, (char *)mistakes[i].want));
        arena_release(&arena);
    }
}

/* What one zone may carry is about zones that are known. */
Test(study_spot, the_share_of_a_zone_needs_zones) {
    static const char want[] =
        "t.yaml:13:54 'policy.spot_zone_share_max' is about zones, and 'spot.zones' has none in "
        "us-east-1 | add zones of it to spot.zones, or take this out\n";
    for (int with = 0; with < 2; with++) {
        struct arena arena = {0};
        struct study study;
        const char *text = HEAD "workloads:\n" WORKLOAD(
            "embed", "0.02 req/s",
            "[ { instance: g4dn.xlarge } ]") "purchase: [ on_demand, spot ]\n"
                                             "policy: { spot_share_max: 100%, spot_zone_share_max: "
                                             "30% }\n";
        const struct memory_file files[] = FILES(arena_printf(
            &arena, "%s%s", text,
            with ? "spot: { zones: [ { zone: us-east-1a, trace: up.json } ] }\n" : ""));
        struct memory_run sized = {.files = files, .size_only = true};
        const char *got = memory_study(&arena, sized, &study);
        cr_expect(eq(str, (char *)got, with ? "" : (char *)want));
        if (with)
            cr_expect(eq(dbl, study.scenario.policy.spot_zone_share_max, 0.3));
        arena_release(&arena);
    }
}

Test(study_spot, a_market_needs_spot_among_the_ways_to_buy) {
    struct arena arena = {0};
    struct study study;
    const struct memory_file files[] =
        FILES(HEAD EMBED "spot: { zones: [ { zone: us-east-1a, trace: up.json } ] }\n");
    const char *got = memory_study(&arena, (struct memory_run){.files = files}, &study);
    cr_expect(eq(str, (char *)got,
                 "t.yaml:12:1 'purchase' does not allow spot | add spot to purchase, or take this "
                 "out\n"));
    arena_release(&arena);
}

/* Up but in the third of each six steps of four hours: of the first half of the week (0.20) 68
 * hours, of the second (0.30) 72. Each of the seven instances that are taken back runs on for its
 * notice of 120 s, four of them at 0.20. The mean rate of the week would bill 0.25 for all. */
Test(study_spot, prices_that_move_are_billed_by_the_hour) {
    struct arena arena = {0};
    struct study study;
    const struct memory_file files[] = FILES(
        SCENARIO("spot: { prices: prices.json, zones: [ { zone: us-east-1a, trace: gaps.json } ] "
                 "}\n"));
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
    const struct study_fleet *fleet = &study.recommended;
    double billed = money_amount_usd(fleet->bills[0].total_by_kind[CHARGE_SPOT]), metered = 0;
    double want = 68 * 0.20 + 72 * 0.30 + (4 * 0.20 + 3 * 0.30) * 120 / 3600;
    for (int p = 0; p < fleet->replays[0].n_pools; p++)
        if (fleet->replays[0].observed->labels[p].spot)
            metered += fleet->replays[0].pools[p].usd;
    cr_expect(epsilon_eq(dbl, billed, want, 1e-6));
    cr_expect(epsilon_eq(dbl, metered, want, 1e-6));
    cr_expect(gt(dbl, fabs(want - (140 + 7 * 120 / 3600.0) * 0.25), 0.1)); /* the mutant */
    arena_release(&arena);
}

/* Zones with prices of their own: the plan is in us-east-1b at 0.35 in the hours in which 1a is
 * down, from 180 s ahead; then 1b stands in for what is tried in 1a 180 s ahead of its hour and,
 * tried again each minute, is there a minute after it and ready 180 s later. */
Test(study_spot, each_zone_has_its_price) {
    struct outcome o = outcome_of(SCENARIO("spot:\n"
                                           "  prices: prices.json\n"
                                           "  prices_from: 2020-01-06\n"
                                           "  zones:\n"
                                           "    - { zone: us-east-1a, trace: gaps.json }\n"
                                           "    - { zone: us-east-1b, trace: up.json }\n"));
    double notice = (4 * 0.20 + 3 * 0.30) * 120 / 3600;
    double in_1b = 7 * (4 + (180 + 180 + 240) / 3600.0) * 0.35;
    cr_expect(epsilon_eq(dbl, o.spot_usd, 68 * 0.20 + 72 * 0.30 + notice + in_1b, 1e-6));
}

/* Cells of a column whose text is this. */
static int cells_with(const char *csv, const char *text) {
    int n = 0;
    for (const char *at = strstr(csv, text); at; at = strstr(at + 1, text))
        n++;
    return n;
}

/* Both zones are up all week and their prices cross in its middle: the plan moves from us-east-1a
 * to us-east-1b, and replay, bill and tables follow it. Each instance boots 180 s ahead of its
 * first hour. Staying in us-east-1a would cost 84 x 0.20 + 84 x 0.40. */
Test(study_spot, the_plan_follows_the_cheaper_zone) {
    struct arena arena = {0};
    struct study study;
    const struct memory_file files[] =
        FILES(SCENARIO("spot:\n"
                       "  prices: crossing.json\n"
                       "  prices_from: 2020-01-06\n"
                       "  zones:\n"
                       "    - { zone: us-east-1a, trace: up.json }\n"
                       "    - { zone: us-east-1b, trace: up.json }\n"));
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
    const struct plan *plan = study.recommended.plan;
    cr_assert(ne(ptr, (void *)plan->spot_in_zone, NULL));
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        cr_expect(eq(int, plan->spot[h], 1), "hour %d", h);
        cr_expect(eq(int, plan->spot_in_zone[h], h < 84), "hour %d", h);
        cr_expect(eq(int, plan->spot_in_zone[study.demand.n_hours + h], h >= 84), "hour %d", h);
    }
    cr_expect(epsilon_eq(dbl, plan->usd_per_hour, 0.5 * (0.20 + 0.35), 1e-9));
    double want = 84 * 0.20 + 84 * 0.35;
    double billed = money_amount_usd(study.recommended.bills[0].total_by_kind[CHARGE_SPOT]);
    cr_expect(ge(dbl, billed, want - 1e-6));
    cr_expect(le(dbl, billed, want + 2 * 180 / 3600.0 * 0.40));
    cr_expect(eq(i64, study.recommended.replays[0].rejected, 0));
    struct text focus = {.arena = &arena}, hours = {.arena = &arena};
    result_append_focus_csv(&study, &focus);
    result_append_hours_csv(&study, &hours);
    cr_expect(gt(int, cells_with(focus.data, "us-east-1a,"), 0));
    cr_expect(gt(int, cells_with(focus.data, "us-east-1b,"), 0));
    bool told = false;
    for (int i = 0; i < study.n_actions; i++)
        told = told || strcmp(study.actions[i].text,
                              "Use spot for up to 1 x g4dn.xlarge (us-east-1a up to 1, us-east-1b "
                              "up to 1)") == 0;
    cr_expect(told);
    cr_expect(eq(int, cells_with(hours.data, ",spot_us-east-1a,spot_us-east-1b\n"), 1));
    arena_release(&arena);
}

/* Prompts so long that one instance does not carry them; two or three are on spot in whichever zone
 * is cheaper, and each zone has room for one: the action tells no more than there is, and where the
 * others go. Without a second zone they go on demand. A zone with room for all is not told. */
Test(study_spot, the_action_names_no_more_than_there_is_room_for) {
#define LONG(spot)                                                                                 \
    HEAD "purchase: [ on_demand, spot ]\npolicy: { spot_share_max: 100% }\n" spot                  \
         "workloads:\n  - name: long\n"                                                            \
         "    demand: { generate: { rate: 0.3 req/s, input: 8000 tokens, output: 20 tokens } }\n"  \
         "    slo: { ttft: 20s, share: 95% }\n    models: [ { use: llama-3.2-3b } ]\n"             \
         "    run_on: [ { instance: g4dn.xlarge } ]\n    regions: [us-east-1]\n"
#define ROOMS(a, b)                                                                                \
    "spot:\n  prices: crossing.json\n"                                                             \
    "  prices_from: 2020-01-06\n  zones:\n"                                                        \
    "    - { zone: us-east-1a, trace: up.json, instances: " a " }\n" b
    static const struct {
        const char *text, *action, *reason;
    } cases[] = {
        {LONG(ROOMS("1", "    - { zone: us-east-1b, trace: up.json, instances: 1 }\n")),
         "Use spot for up to 2 x g4dn.xlarge (us-east-1a up to 1, us-east-1b up to 1)",
         "; what is beyond the market's room (us-east-1a 1, us-east-1b 1) goes to other zones with "
         "room, then on demand"},
        {LONG(ROOMS("2", "    - { zone: us-east-1b, trace: up.json, instances: 2 }\n")),
         "Use spot for up to 2 x g4dn.xlarge (us-east-1a up to 2, us-east-1b up to 2)", NULL},
        {LONG(ROOMS("1", "")), "Use spot for up to 1 x g4dn.xlarge",
         "; what is beyond the market's room (us-east-1a 1) goes on demand"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study;
        const struct memory_file files[] = FILES(cases[i].text);
        cr_assert(
            eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
        const struct study_action *spot = NULL;
        for (int k = 0; k < study.n_actions; k++)
            spot = study.actions[k].kind == ACTION_SPOT ? &study.actions[k] : spot;
        cr_assert(ne(ptr, (void *)spot, NULL), "case %zu", i);
        cr_expect(eq(str, (char *)spot->text, (char *)cases[i].action));
        const char *beyond = strstr(spot->reason, "; what is beyond");
        cr_expect(eq(str, (char *)(beyond ? beyond : "none"),
                     (char *)(cases[i].reason ? cases[i].reason : "none")));
        arena_release(&arena);
    }
}

/* The same with the book's rates by zone: 140 hours and the notices at 0.20, the others at
 * 0.35; the rate that is told is their mean, 0.275, not the region's 0.5. 10 % off EC2 is off
 * each zone. A zone that the book does not have leaves the region's rate for all. */
Test(study_spot, zones_have_the_rates_of_the_book) {
#define ZONES(second)                                                                              \
    "prices: zones.csv\nspot:\n  zones:\n    - { zone: us-east-1a, trace: gaps.json }\n    - { "   \
    "zone: " second ", trace: up.json }\n"
    double want =
        140 * 0.20 + 7 * 120 / 3600.0 * 0.20 + 7 * (4 + (180 + 180 + 240) / 3600.0) * 0.35;
    struct outcome o = outcome_of(SCENARIO(ZONES("us-east-1b")));
    cr_expect(epsilon_eq(dbl, o.spot_usd, want, 1e-6));
    cr_expect(epsilon_eq(dbl, o.rate, 0.275, 1e-9));
    struct outcome less = outcome_of(SCENARIO(
        ZONES("us-east-1b") "estate: { discounts: [ { applies_to: ec2, rate: 10% } ] }\n"));
    cr_expect(epsilon_eq(dbl, less.spot_usd, 0.9 * want, 1e-6));
    cr_expect(epsilon_eq(dbl, less.rate, 0.9 * 0.275, 1e-9));
    struct outcome other = outcome_of(SCENARIO(ZONES("us-east-1c")));
    cr_expect(epsilon_eq(dbl, other.rate, 0.5, 1e-9));
}

/* 26 of 42 steps of the week: an hour on spot costs 0.62 x 0.25 + 0.38 x 0.526 = 0.355 USD, above a
 * reserved one at about 0.31; a market that always has it costs 0.25 / 0.9. */
#define THREE_OF_FIVE "1, 1, 1, 0, 0"
static const char often[] = TRACE_OF(
    THREE_OF_FIVE ", " THREE_OF_FIVE ", " THREE_OF_FIVE ", " THREE_OF_FIVE ", " THREE_OF_FIVE
                  ", " THREE_OF_FIVE ", " THREE_OF_FIVE ", " THREE_OF_FIVE ", 1, 1, 1");

static int64_t spot_hours_bought(const char *trace, double *availability) {
    struct arena arena = {0};
    struct study study;
    const char *text = HEAD "workloads:\n" WORKLOAD(
        "embed", "0.02 req/s",
        "[ { instance: g4dn.xlarge } ]") "purchase: [ on_demand, spot, { reserved: standard, term: "
                                         "1y, payment: all_upfront } ]\n"
                                         "policy: { spot_share_max: 100% }\n"
                                         "spot: { prices: prices.json, zones: [ { zone: "
                                         "us-east-1a, trace: trace.json } ] }\n";
    const struct memory_file files[] = {
        {"t.yaml", text}, {"trace.json", trace}, {"prices.json", prices}, {NULL, NULL}};
    cr_assert(
        eq(str, (char *)memory_study(&arena, (struct memory_run){.files = files}, &study), ""));
    int64_t hours = 0;
    for (int h = 0; h < study.demand.n_hours; h++)
        hours += study.recommended.plan->spot[h];
    *availability = study.plan_input.spot_availability[0];
    arena_release(&arena);
    return hours;
}

Test(study_spot, a_market_that_often_has_nothing_is_bought_less) {
    double always, often_had;
    cr_expect(eq(i64, spot_hours_bought(up, &always), HOURS_PER_WEEK));
    cr_expect(eq(dbl, always, 1));
    cr_expect(eq(i64, spot_hours_bought(often, &often_had), 0));
    cr_expect(epsilon_eq(dbl, often_had, 26.0 / 42, 1e-12));
}
