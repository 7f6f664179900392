/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds of CHOOSE and REPLAY: what no capacity mends is not bought for, and the answer that is not
 * reached says so; what does not fit is told with the round that asked for it. */
#include "study_memory.h"

#define ADMISSION(tenants) HEAD EMBED "    admission: { tenants: [ " tenants " ] }\n"

static void study_of(struct arena *arena, const char *text, struct study *out) {
    const char *got = memory_study(arena, (struct memory_run){.text = text}, out);
    cr_assert(eq(str, (char *)got, ""));
}

/* A third of the requests are of a tenant that may send one in an hour: nearly all of them are
 * turned away, the target of 95 % is missed in the first round and no instance is bought for it.
 * Without the rate the same demand is served. */
Test(study_rounds, what_tenants_may_not_send_is_not_bought_for) {
    struct arena arena = {0};
    struct study free, limited;
    study_of(&arena,
             ADMISSION("{ share: 67%, rate: 9 req/s, burst: 9 }, { share: 33%, rate: 9 req/s, "
                       "burst: 9 }"),
             &free);
    cr_assert(free.recommended.slo_met);
    cr_assert(eq(int, free.n_rounds, 1));
    cr_assert(eq(str, (char *)free.rounds[0].tightened, ""));
    study_of(&arena,
             ADMISSION("{ share: 67%, rate: 9 req/s, burst: 9 }, { share: 33%, rate: 1 req/h, "
                       "burst: 1 }"),
             &limited);
    cr_assert(not(limited.recommended.slo_met));
    cr_assert(eq(int, limited.n_rounds, 1));
    cr_assert(ne(ptr, strstr(limited.rounds[0].tightened, "the rates of tenants turn away "), NULL),
              "%s", limited.rounds[0].tightened);
    cr_assert(ne(ptr, strstr(limited.rounds[0].tightened, "of embed's requests"), NULL));
    for (int h = 0; h < limited.demand.n_hours; h++)
        cr_assert(eq(i32, limited.recommended.plan->regular[h], free.recommended.plan->regular[h]));
    int64_t turned_away = 0, refused = limited.recommended.replays[0].front.tenants[1].refused;
    for (int h = 0; h < limited.recommended.replays[0].n_hours; h++)
        turned_away += limited.recommended.replays[0].hours[h].limited;
    cr_assert(eq(i64, turned_away, refused)); /* no retries: each attempt is the last */
    cr_assert(gt(i64, refused, 1000));
    arena_release(&arena);
}
