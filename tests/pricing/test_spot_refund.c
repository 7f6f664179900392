/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The free first hour of spot, recovered by simulation: a fleet on spot whose instances live
 * exponentially long is replayed, its ledger billed. Of the time lived, f = e^(-1/M) (1 + 1/M) is
 * paid at a mean life of M hours (lives that pass the first hour have e^(-1/M) (1 + M) of M hours):
 * 0.74, 0.91, 0.97 for 1, 2, 4. Within 4 standard errors; a bill without the refund (f = 1) and the
 * factor of a life half as long must be outside of them. */
#include <math.h>

#include "tests/pricing/bill_fixture.h"
#include "tests/sim/replay_help.h"

enum { INSTANCES = 40, HOURS = 2000 };

static double factor(double mean_h) {
    return exp(-1 / mean_h) * (1 + 1 / mean_h);
}

Test(spot_refund, the_factor_of_simulated_lives) {
    static const double means_h[] = {1, 2, 4};
    for (int m = 0; m < 3; m++) {
        struct arena arena = {0};
        struct pool pool =
            steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), INSTANCES, HOURS);
        pool.spot = true;
        pool.interruptions_per_hour = 1 / means_h[m];
        struct replay_input input = input_of(&pool, 1, HOURS);
        struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
        const struct usage_ledger *ledger = &result.ledger;
        struct offer offers[] = {fixture_instance("a", "a", 36, 3.60)};
        struct bill bill = fixture_bill(&arena, offers, 1, ledger->n_seconds, ledger->rows,
                                        ledger->n_rows, NULL, 0);
        double want = factor(means_h[m]), lived = 0, spread = 0;
        for (int i = 0; i < ledger->n_rows; i++) {
            const struct usage_row *row = &ledger->rows[i];
            double life = (double)(row->to_s - row->from_s);
            double off = (row->interrupted && life < 3600 ? 0 : life) - want * life;
            lived += life;
            spread += off * off;
        }
        cr_assert(gt(dbl, lived, 0.99 * INSTANCES * HOURS * 3600));
        double got = (double)bill.total / 1e6 / lived; /* 1e6 nano-dollars a second */
        double limit = 4 * sqrt(spread) / lived;
        cr_expect(lt(dbl, fabs(got - want), limit), "%g, not %g, at %g h", got, want, means_h[m]);
        cr_expect(gt(dbl, fabs(1 - got), limit));
        cr_expect(gt(dbl, fabs(factor(means_h[m] / 2) - got), limit));
        arena_release(&arena);
    }
}
