/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two passes: what was used by whom, from which the weights of everything else follow; then what is
 * spread and what is paid. */
#include "scenarios/allocation.h"

#include <string.h>

struct splitting {
    struct arena *arena;
    const struct allocation_input *in;
    int n_shares, capacity;
    struct allocation_share *shares;
    double *used;    /* [n_months * n_payers] with work, amortised, nano-dollars */
    double *weights; /* [n_payers] scratch */
    usd_nano *parts; /* [n_payers] scratch */
};

const char *payer_kind_word(enum payer_kind kind) {
    static const char *const words[] = {"workload",
                                        "stream",
                                        "job",
                                        "storage",
                                        "station",
                                        "model made once",
                                        "missing of a promised spend",
                                        "idle capacity",
                                        "unused commitments",
                                        "others"};
    ENSURE((size_t)kind < sizeof words / sizeof *words);
    return words[kind];
}

const char *share_kind_word(enum share_kind kind) {
    static const char *const words[SHARE_KINDS] = {"used", "idle", "unused", "payment", "beside"};
    ENSURE((size_t)kind < SHARE_KINDS);
    return words[kind];
}

const char *payer_tag(const struct payer *payer, const char *key) {
    for (int i = 0; i < payer->n_tags; i++)
        if (strcmp(payer->tags[i][0], key) == 0)
            return payer->tags[i][1];
    return "";
}

static void add(struct splitting *s, struct allocation_share share) {
    if (share.amortised == 0 && share.cash == 0)
        return;
    if (s->n_shares == s->capacity) {
        int capacity = s->capacity ? 2 * s->capacity : 256;
        s->shares = arena_grow(s->arena, s->shares, (size_t)s->n_shares, (size_t)capacity,
                               sizeof *s->shares);
        s->capacity = capacity;
    }
    s->shares[s->n_shares++] = share;
}

static const struct statement_row *row_at(const struct splitting *s, int row) {
    return &s->in->statement->rows[row];
}

/* Usage is billed as it is used, or not at all where a commitment pays. */
static struct allocation_share share_of_usage(const struct splitting *s, int row, int payer,
                                              enum share_kind kind, usd_nano amount) {
    const struct statement_row *r = row_at(s, row);
    ENSURE(r->billed == 0 || r->billed == r->effective);
    return (struct allocation_share){.month = r->month,
                                     .payer = payer,
                                     .kind = kind,
                                     .row = row,
                                     .amortised = amount,
                                     .cash = r->billed ? amount : 0};
}

/* ---- to the workload's payers ---- */

static void split_to_group(struct splitting *s, int row, enum share_kind kind, usd_nano amount) {
    const struct statement_row *r = row_at(s, row);
    const struct payer_group *group = &s->in->groups[r->workload];
    money_split(amount, group->weights + (size_t)r->month * (size_t)group->n, (size_t)group->n,
                s->parts);
    for (int i = 0; i < group->n; i++) {
        int payer = group->first + i;
        add(s, share_of_usage(s, row, payer, kind, s->parts[i]));
        if (kind == SHARE_USED && s->in->payers[payer].kind != PAYER_JOB) /* it has no idle time */
            s->used[r->month * s->in->n_payers + payer] += (double)s->parts[i];
    }
}

static void split_used(struct splitting *s) {
    for (int i = 0; i < s->in->statement->n_rows; i++) {
        const struct statement_row *r = row_at(s, i);
        if (r->purchase != FOCUS_USAGE || r->workload < 0)
            continue;
        split_to_group(s, i, SHARE_USED, r->effective - r->idle);
        if (s->in->rules->idle == IDLE_OWNER)
            split_to_group(s, i, SHARE_IDLE, r->idle);
    }
}

/* ---- spread ---- */

/* By s->weights over all payers; to `else_payer` when nobody has a weight. */
static void split_by_weights(struct splitting *s, struct allocation_share like, usd_nano amortised,
                             usd_nano cash, int else_payer) {
    int n = s->in->n_payers;
    bool any = false;
    for (int p = 0; p < n; p++)
        any = any || s->weights[p] > 0;
    if (!any)
        s->weights[else_payer] = 1;
    usd_nano *amortised_parts = s->parts, *cash_parts = s->parts + n;
    money_split(amortised, s->weights, (size_t)n, amortised_parts);
    money_split(cash, s->weights, (size_t)n, cash_parts);
    for (int p = 0; p < n; p++) {
        like.payer = p;
        like.amortised = amortised_parts[p];
        like.cash = cash_parts[p];
        add(s, like);
    }
}

static bool weigh_by_month(struct splitting *s, int month) {
    bool any = false;
    for (int p = 0; p < s->in->n_payers; p++) {
        s->weights[p] = s->used[month * s->in->n_payers + p];
        any = any || s->weights[p] > 0;
    }
    return any;
}

/* By what each payer bears of a commitment in the shares so far; month -1: of any. */
static bool weigh_by_commitment(struct splitting *s, const struct plan_commitment *commitment,
                                int month) {
    bool any = false;
    memset(s->weights, 0, (size_t)s->in->n_payers * sizeof *s->weights);
    for (int i = 0; i < s->n_shares; i++) {
        const struct allocation_share *share = &s->shares[i];
        if (row_at(s, share->row)->commitment != commitment ||
            (month >= 0 && share->month != month))
            continue;
        s->weights[share->payer] += (double)share->amortised;
        any = any || share->amortised > 0;
    }
    return any;
}

static void spread_idle(struct splitting *s, int row) {
    const struct statement_row *r = row_at(s, row);
    struct allocation_share like = {.month = r->month, .kind = SHARE_IDLE, .row = row};
    if (s->in->rules->idle == IDLE_OWN_ROW) {
        add(s, share_of_usage(s, row, s->in->idle_payer, SHARE_IDLE, r->idle));
        return;
    }
    weigh_by_month(s, r->month);
    split_by_weights(s, like, r->idle, r->billed ? r->idle : 0, s->in->idle_payer);
}

static void spread_unused(struct splitting *s, int row, int n_used) {
    const struct statement_row *r = row_at(s, row);
    struct allocation_share like = {.month = r->month, .kind = SHARE_UNUSED, .row = row};
    memset(s->weights, 0, (size_t)s->in->n_payers * sizeof *s->weights);
    if (s->in->rules->unused == UNUSED_SPREAD) {
        int n = s->n_shares; /* of usage alone, not of what was spread since */
        s->n_shares = n_used;
        bool any = weigh_by_commitment(s, r->commitment, r->month);
        s->n_shares = n;
        if (!any)
            weigh_by_month(s, r->month);
    }
    split_by_weights(s, like, r->effective, r->billed, s->in->unused_payer);
}

static void split_the_rest(struct splitting *s) {
    int n_used = s->n_shares;
    for (int i = 0; i < s->in->statement->n_rows; i++) {
        const struct statement_row *r = row_at(s, i);
        if (r->purchase == FOCUS_USAGE && statement_is_of_others(r))
            add(s, share_of_usage(s, i, s->in->others_payer, SHARE_USED, r->effective));
        else if (r->purchase == FOCUS_USAGE && r->workload < 0)
            spread_unused(s, i, n_used);
        else if (r->purchase == FOCUS_USAGE && s->in->rules->idle != IDLE_OWNER)
            spread_idle(s, i);
    }
}

static void split_payments(struct splitting *s) {
    for (int i = 0; i < s->in->statement->n_rows; i++) {
        const struct statement_row *r = row_at(s, i);
        if (r->purchase == FOCUS_USAGE)
            continue;
        weigh_by_commitment(s, r->commitment, -1);
        split_by_weights(
            s, (struct allocation_share){.month = r->month, .kind = SHARE_PAYMENT, .row = i},
            r->effective, r->billed, s->in->unused_payer);
    }
}

/* ---- beside the bill, and sums ---- */

/* Hours of a month from one hour to another. */
static double hours_within(const struct statement *statement, int month, int64_t from, int64_t to) {
    int64_t first = statement->month_hours[month], end = statement->month_hours[month + 1];
    first = first > from ? first : from;
    end = end < to ? end : to;
    return end > first ? (double)(end - first) : 0;
}

static bool paid_in(const struct payer_extra *extra, const struct statement *statement, int month) {
    return extra->to_hour > 0
               ? hours_within(statement, month, extra->to_hour - 1, extra->to_hour) > 0
               : month == 0;
}

static void add_extra(struct splitting *s, const struct payer_extra *extra, double *weights,
                      usd_nano *parts) {
    const struct statement *statement = s->in->statement;
    int n = statement->n_months;
    bool stretch = extra->to_hour > 0;
    for (int month = 0; month < n; month++)
        weights[month] = stretch ? hours_within(statement, month, extra->from_hour, extra->to_hour)
                         : extra->by_month ? statement_month_share(statement, month)
                                           : (double)statement_hours(statement, month);
    money_split(extra->total, weights, (size_t)n, parts);
    for (int month = 0; month < n; month++)
        add(s, (struct allocation_share){.month = month,
                                         .payer = extra->payer,
                                         .kind = SHARE_BESIDE,
                                         .row = -1,
                                         .amortised = parts[month],
                                         .cash = !stretch && !extra->paid_first     ? parts[month]
                                                 : paid_in(extra, statement, month) ? extra->total
                                                                                    : 0});
}

static void add_extras(struct splitting *s) {
    int n = s->in->statement->n_months;
    double *weights = arena_new(s->arena, double, n);
    usd_nano *parts = arena_new(s->arena, usd_nano, n);
    for (int i = 0; i < s->in->n_extras; i++)
        add_extra(s, &s->in->extras[i], weights, parts);
}

/* Row by row, whatever pass a share was made in. */
static void sort_by_row(struct splitting *s) {
    int n_rows = s->in->statement->n_rows;
    struct allocation_share *sorted = arena_new(s->arena, struct allocation_share, s->n_shares);
    int *at = arena_new(s->arena, int, n_rows + 2);
    for (int i = 0; i < s->n_shares; i++)
        at[(s->shares[i].row < 0 ? n_rows : s->shares[i].row) + 1]++;
    for (int row = 0; row <= n_rows; row++)
        at[row + 1] += at[row];
    for (int i = 0; i < s->n_shares; i++)
        sorted[at[s->shares[i].row < 0 ? n_rows : s->shares[i].row]++] = s->shares[i];
    s->shares = sorted;
}

static struct allocation sum_up(const struct splitting *s) {
    struct payer_sum *sums = arena_new(s->arena, struct payer_sum, s->in->n_payers);
    struct allocation out = {.n_payers = s->in->n_payers,
                             .payers = s->in->payers,
                             .n_shares = s->n_shares,
                             .shares = s->shares,
                             .sums = sums};
    for (int i = 0; i < s->n_shares; i++) {
        const struct allocation_share *share = &s->shares[i];
        struct payer_sum *sum = &sums[share->payer];
        sum->by_kind[share->kind] += share->amortised;
        sum->amortised += share->amortised;
        sum->cash += share->cash;
        out.amortised += share->amortised;
        out.cash += share->cash;
        out.beside += share->row < 0 ? share->amortised : 0;
    }
    return out;
}

struct allocation allocation_make(struct arena *arena, const struct allocation_input *input) {
    struct splitting s = {
        .arena = arena,
        .in = input,
        .used = arena_new(arena, double, input->statement->n_months * input->n_payers),
        .weights = arena_new(arena, double, input->n_payers),
        .parts = arena_new(arena, usd_nano, 2 * input->n_payers),
    };
    split_used(&s);
    split_the_rest(&s);
    split_payments(&s);
    add_extras(&s);
    sort_by_row(&s);
    struct allocation out = sum_up(&s);
    usd_nano beside = 0;
    for (int i = 0; i < input->n_extras; i++)
        beside += input->extras[i].total;
    ENSURE(out.amortised == input->statement->effective + beside);
    ENSURE(out.cash == input->statement->billed + beside);
    return out;
}
