/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"
#include "sim/managed.h"
#include "sim/replica.h"

/* Holds one minute's worth; a quota of 0 is none. */
struct bucket {
    double per_minute, level;
};

struct token_api {
    const struct token_api_service *service;
    uint64_t seed, replication;
    struct bucket requests, tokens;
    sim_ticks filled_at;
    sim_ticks deadline;                         /* of a batch; 0: no batches */
    sim_ticks requests_drained, tokens_drained; /* when the quotas have let the queue through */
};

#define SIGMA_MAX 10.0
#define TOKENS_RATIO_MAX 1000.0

static bool finite_not_negative(double value) {
    return value >= 0 && value <= 1e15;
}

static bool api_check(const struct service *service, struct err *err) {
    const struct token_api_service *api = &service->token_api;
    if (!service_seconds_valid(api->ttft_s) || !service_seconds_valid(api->tpot_s))
        return err_set(err, ERR_INPUT, "token API: latencies must be 0 s or more and finite");
    if (!(api->ttft_sigma >= 0 && api->ttft_sigma <= SIGMA_MAX) ||
        !(api->tpot_sigma >= 0 && api->tpot_sigma <= SIGMA_MAX))
        return err_set(err, ERR_INPUT, "token API: sigma must be 0 to %g", SIGMA_MAX);
    if (!(api->tokens_ratio > 0 && api->tokens_ratio <= TOKENS_RATIO_MAX))
        return err_set(err, ERR_INPUT, "token API: tokens_ratio must be above 0, at most %g",
                       TOKENS_RATIO_MAX);
    if (!finite_not_negative(api->requests_per_minute) ||
        !finite_not_negative(api->tokens_per_minute))
        return err_set(err, ERR_INPUT, "token API: quotas must be 0 (none) or more and finite");
    if (!(api->cached_share >= 0 && api->cached_share <= 1))
        return err_set(err, ERR_INPUT, "token API: the cached share must be 0 to 1");
    if (api->units < 0 || (api->units > 0 && !(api->tokens_per_minute > 0)))
        return err_set(err, ERR_INPUT, "token API: model units need a number of tokens a minute");
    if (!service_seconds_valid(api->batch_deadline_s))
        return err_set(err, ERR_INPUT, "token API: the deadline must be 0 s or more and finite");
    return true;
}

static void *api_open(const struct managed_setup *setup) {
    const struct token_api_service *service = &setup->service->token_api;
    struct token_api *api = arena_new(setup->arena, struct token_api, 1);
    *api = (struct token_api){
        .service = service,
        .seed = setup->seed,
        .replication = setup->replication,
        .requests = {service->requests_per_minute, service->requests_per_minute},
        .tokens = {service->tokens_per_minute, service->tokens_per_minute},
        .deadline = service_ticks(service->batch_deadline_s),
    };
    return api;
}

static void fill(struct bucket *bucket, double minutes) {
    bucket->level += bucket->per_minute * minutes;
    if (bucket->level > bucket->per_minute)
        bucket->level = bucket->per_minute;
}

static bool holds(const struct bucket *bucket, double n) {
    return bucket->per_minute == 0 || bucket->level >= n;
}

static double lognormal(const struct token_api *api, uint64_t entity, double median, double sigma) {
    uint64_t bits = rng_keyed(api->seed, api->replication, RNG_SERVICE, entity);
    return median * rng_exp(sigma * rng_normal_quantile(rng_unit(bits)));
}

/* ---- batches ---- */

/* When a quota of `per_minute` has let `n` more through; 0: no quota. */
static sim_ticks drained(sim_ticks before, sim_ticks now, double n, double per_minute) {
    if (per_minute == 0)
        return now;
    return (before > now ? before : now) + service_ticks(60 * n / per_minute);
}

static bool serve_batch(struct token_api *api, double tokens, double latency_s, sim_ticks now,
                        struct served *out) {
    sim_ticks requests_at = drained(api->requests_drained, now, 1, api->requests.per_minute);
    sim_ticks tokens_at = drained(api->tokens_drained, now, tokens, api->tokens.per_minute);
    sim_ticks last = now + api->deadline;
    sim_ticks begins = requests_at > tokens_at ? requests_at : tokens_at;
    sim_ticks finish = begins + service_ticks(latency_s);
    if (finish > last)
        return false;
    if (api->service->ttft_s == 0 && api->service->tpot_s == 0)
        begins = finish = last;
    api->requests_drained = requests_at;
    api->tokens_drained = tokens_at;
    *out = (struct served){.begins = begins, .first_token = finish, .finish = finish};
    return true;
}

/* ---- one request ---- */

static bool takes_quota(struct token_api *api, double tokens, sim_ticks now) {
    double minutes = ticks_seconds(now - api->filled_at) / 60;
    api->filled_at = now;
    fill(&api->requests, minutes);
    fill(&api->tokens, minutes);
    if (!holds(&api->requests, 1) || !holds(&api->tokens, tokens))
        return false;
    api->requests.level -= 1;
    api->tokens.level -= tokens;
    return true;
}

static bool api_serve(void *state, const struct work *work, sim_ticks now, struct served *out) {
    struct token_api *api = state;
    const struct token_api_service *service = api->service;
    double tokens =
        service->tokens_ratio * ((double)work->input_tokens + (double)work->output_tokens);
    if (api->deadline == 0 && !takes_quota(api, tokens, now))
        return false;
    /* Two draws a request: even and odd entities. */
    uint64_t entity = 2 * (uint64_t)work->id;
    double ttft_s = lognormal(api, entity, service->ttft_s, service->ttft_sigma);
    double tpot_s = lognormal(api, entity + 1, service->tpot_s, service->tpot_sigma);
    double rest = work->output_tokens > 1 ? work->output_tokens - 1 : 0;
    if (api->deadline > 0)
        return serve_batch(api, tokens, ttft_s + tpot_s * rest, now, out);
    *out = (struct served){.begins = now, .first_token = now + service_ticks(ttft_s)};
    out->finish = out->first_token + service_ticks(tpot_s * rest);
    return true;
}

static sim_ticks api_grace(const struct service *service) {
    sim_ticks deadline = service_ticks(service->token_api.batch_deadline_s);
    return deadline > TICKS_PER_HOUR ? deadline : TICKS_PER_HOUR;
}

const struct managed_model token_api_model = {
    .check = api_check,
    .open = api_open,
    .serve = api_serve,
    .grace = api_grace,
};
