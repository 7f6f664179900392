/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to come: days of events and business numbers counted request by request on a log that is
 * paid by use, so that requests and bill are known by hand. */
#include <math.h>

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

/* One request every ten minutes for a week from its Monday: 1008 of 100 and 10 tokens. */
static const char *steady_log(struct arena *arena) {
    struct text text = {.arena = arena};
    text_append_string(&text, "seconds,input,output\n");
    for (int i = 0; i < 1008; i++)
        text_printf(&text, "%d,100,10\n", 600 * i);
    return text.data;
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
