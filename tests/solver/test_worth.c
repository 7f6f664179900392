/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worth: a step of each limit, up and down, against sums on paper. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"
#include "solver/worth.h"

static const struct worth *weigh(struct plan_fixture *f, const char *limit) {
    const struct worth *rows;
    struct err err = {0};
    int n;
    cr_assert(worth_of_limits(&f->arena, &f->input, &rows, &n, &err), "%s", err.what);
    for (int i = 0; i < n; i++)
        if (strcmp(rows[i].limit, limit) == 0)
            return &rows[i];
    return NULL;
}

/* 100 requests/s on instances at 1.00 for 10: a share of 1 % on spot at 0.50, useful for 0.8, is 1
 * request/s, 0.1 instances: 0.1 - 0.125 x 0.5 = 0.0375 an hour either way. */
Test(worth, one_more_percent_of_spot) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.5);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.4;
    f.input.policy.spot_derating = 0.8;
    fixture_demand(&f, 0, (double[]){100});
    const struct worth *row = weigh(&f, "policy.spot_share_max");
    cr_assert(ne(ptr, (void *)row, NULL));
    cr_expect(epsilon_eq(dbl, row->now, 40, 1e-9));
    cr_expect(epsilon_eq(dbl, row->step, 1, 1e-9));
    cr_expect(epsilon_eq(dbl, row->more_usd, 0.0375 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, row->less_usd, 0.0375 * 730, 1e-6));
    /* At 100 % there is no more. */
    f.input.policy.spot_share_max = 1;
    row = weigh(&f, "policy.spot_share_max");
    cr_expect(isnan(row->more_usd));
    cr_expect(epsilon_eq(dbl, row->less_usd, 0.0375 * 730, 1e-6));
    fixture_close(&f);
}

/* Four flat instances at 2.00; reserved at 1.20 all upfront, 10,512 each: 21,024 buys two. 1,000
 * more buys 1 / 10.512 of one, which saves 0.80 an hour; with all four bought a dollar more is
 * worth nothing and one less still costs as much. */
Test(worth, one_more_dollar_up_front) {
    struct plan_fixture f;
    fixture_open(&f, 1, 4);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.2);
    fixture_demand(&f, 0, (double[]){40, 40, 40, 40});
    f.input.policy.upfront_usd_max = 2 * 10512;
    double step = 0.8 * 730 / 10.512;
    const struct worth *row = weigh(&f, "policy.upfront_max");
    cr_expect(epsilon_eq(dbl, row->step, 1000, 1e-9));
    cr_expect(epsilon_eq(dbl, row->more_usd, step, 1e-5));
    cr_expect(epsilon_eq(dbl, row->less_usd, step, 1e-5));
    f.input.policy.upfront_usd_max = 4 * 10512;
    row = weigh(&f, "policy.upfront_max");
    cr_expect(epsilon_eq(dbl, row->more_usd, 0, 1e-6));
    cr_expect(epsilon_eq(dbl, row->less_usd, step, 1e-5));
    fixture_close(&f);
}

/* 50 requests/s on instances of 10 at 1.00; an API takes 20 of them for 0.00001 each: 0.036 an hour
 * for a request a second, which costs 0.1 on instances. A hundredth of its quota is 0.2 of them. */
Test(worth, one_more_request_of_an_api) {
    const double usd_per_request = 1e-5;
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    fixture_api(&f, 0, "api", usd_per_request, 20);
    fixture_demand(&f, 0, (double[]){50});
    const struct worth *row = weigh(&f, "chat: what api takes");
    const double usd = 0.2 / 10 * 1.0 - 0.2 * 3600 * usd_per_request;
    cr_assert(ne(ptr, (void *)row, NULL));
    cr_expect(epsilon_eq(dbl, row->now, 20, 1e-9));
    cr_expect(epsilon_eq(dbl, row->step, 0.2, 1e-9));
    cr_expect(epsilon_eq(dbl, row->more_usd, usd * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, row->less_usd, usd * 730, 1e-6));
    fixture_close(&f);
}

/* The cheap type needs the quota, the dear one does not: 8 vCPU are an instance, 0.50 cheaper an
 * hour. Without the dear one a step less does not fit. */
Test(worth, one_more_instance_of_quota) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    int dear = fixture_instance(&f, 0, "p4d", 10, 1.5, -1);
    f.offers[f.candidates[dear].offer].quota_group = "P";
    fixture_quota(&f, "G", false, 24);
    fixture_demand(&f, 0, (double[]){50});
    const struct worth *row = weigh(&f, "estate.quotas.G");
    cr_expect(epsilon_eq(dbl, row->step, 8, 1e-9));
    cr_expect(epsilon_eq(dbl, row->more_usd, 0.5 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, row->less_usd, 0.5 * 730, 1e-6));
    f.capacities[dear].feasible = false;
    f.quotas[0].vcpu = 40;
    row = weigh(&f, "estate.quotas.G");
    cr_expect(epsilon_eq(dbl, row->more_usd, 0, 1e-6));
    cr_expect(isinf(row->less_usd));
    fixture_close(&f);
}
