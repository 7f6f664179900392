/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spot market of a study, and what a plan's spot instances become on it: the zones of the
 * offer's region hold a part each, with substitutes in the next zones, then on demand. */
#include <string.h>

#include "scenarios/study_parts.h"
#include "sim/spot_fit.h"

#define NS_PER_SECOND 1e9
#define WEEK_TICKS (HOURS_PER_WEEK * TICKS_PER_HOUR)

/* ---- loading ---- */

static bool load_trace(struct arena *arena, const struct study_options *options,
                       struct study *study, const struct spot_zone_spec *spec,
                       struct spot_trace *out, struct mistakes *mistakes) {
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, arena, spec->trace, spec->relative_to, &err);
    if (!source) {
        mistakes_at(mistakes, spec->trace_place,
                    err.hint[0] ? err.hint
                                : "paths start from the folder of the file that names them",
                    "cannot read the spot trace '%s': %s", spec->trace, err.what);
        return false;
    }
    bool ok = spot_trace_read(arena, source, out, &err);
    source_close(source);
    if (!ok) {
        mistakes_add(mistakes, &err);
        return false;
    }
    struct spot_trace_stats stats = spot_trace_stats(arena, out);
    study_note_input(arena, study, "spot trace", spec->trace, out->sha256,
                     arena_printf(arena, "zone %s, up %.0f%% of %.0f h", spec->zone,
                                  100 * stats.availability, stats.span_s / 3600));
    return true;
}

static bool replay_zone(struct arena *arena, const struct spot_spec *spot,
                        const struct spot_zone_spec *spec, const struct spot_trace *trace,
                        struct spot_zone *out, struct mistakes *mistakes) {
    struct err err = {0};
    struct spot_replay replay = {.offset_ns = (int64_t)(spot->from_s * NS_PER_SECOND),
                                 .instances = spec->instances};
    *out = (struct spot_zone){.name = spec->zone, .region = spec->region};
    if (spot_zone_replay(arena, trace, &replay, WEEK_TICKS, out, &err))
        return true;
    mistakes_at(mistakes, spec->trace_place, err.hint, "'%s': %s", spec->trace, err.what);
    return false;
}

static bool fit_model(struct arena *arena, const struct spot_spec *spot,
                      const struct spot_trace *traces, struct study *study,
                      struct mistakes *mistakes) {
    struct err err = {0};
    struct spot_model *model = arena_new(arena, struct spot_model, 1);
    struct spot_fit_zone *zones = arena_new(arena, struct spot_fit_zone, spot->n_zones);
    for (int z = 0; z < spot->n_zones; z++) {
        int32_t instances = spot->zones[z].instances;
        if (instances == 0)
            instances = traces[z].instances_max > 1 ? traces[z].instances_max : SPOT_UNLIMITED;
        zones[z] = (struct spot_fit_zone){spot->zones[z].zone, spot->zones[z].region, &traces[z],
                                          instances};
    }
    if (!spot_fit(arena, zones, spot->n_zones, model, &err)) {
        mistakes_at(mistakes, spot->place, err.hint, "%s: %s", err.file, err.what);
        return false;
    }
    study->spot_model = model;
    return true;
}

/* ---- prices ---- */

static bool open_prices(struct arena *arena, const struct study_options *options,
                        struct study *study, const struct spot_prices_spec *spec,
                        struct spot_prices *out, struct mistakes *mistakes) {
    struct err err = {0};
    struct source *source =
        options->files->open(options->files->context, arena, spec->path, spec->relative_to, &err);
    if (!source) {
        mistakes_at(mistakes, spec->place, err.hint, "cannot read the spot prices '%s': %s",
                    spec->path, err.what);
        return false;
    }
    bool ok = spot_prices_read(arena, source, out, &err);
    source_close(source);
    if (!ok) {
        mistakes_add(mistakes, &err);
        return false;
    }
    study_note_input(arena, study, "spot prices", spec->path, out->sha256,
                     arena_printf(arena, "%s, %d zones%s", out->instance, out->n_zones,
                                  out->more_pages ? ", one page of several" : ""));
    return true;
}

/* The mean price of each hour, into rates [HOURS_PER_WEEK]; returns the mean of the week. */
static double price_hours(const struct spot_zone *zone, usd_pico *rates) {
    double week = 0;
    int at = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        sim_ticks from = hour * TICKS_PER_HOUR, end = from + TICKS_PER_HOUR;
        double sum = 0;
        while (from < end) {
            while (at + 1 < zone->n_prices && zone->prices[at + 1].from <= from)
                at++;
            sim_ticks next = at + 1 < zone->n_prices ? zone->prices[at + 1].from : end;
            sim_ticks until = next < end ? next : end;
            sum += zone->prices[at].usd_per_hour * ticks_seconds(until - from);
            from = until;
        }
        rates[hour] = money_rate_from_usd(sum / ticks_seconds(TICKS_PER_HOUR));
        week += money_rate_usd(rates[hour]) / HOURS_PER_WEEK;
    }
    return week;
}

static int64_t prices_start_ns(const struct spot_spec *spot, const struct spot_prices *prices) {
    if (spot->prices_from.year == 0)
        return prices->first_epoch_ns;
    return calendar_days(spot->prices_from) * 86400 * (int64_t)NS_PER_SECOND;
}

static bool rate_of(struct arena *arena, const struct spot_spec *spot,
                    const struct spot_prices_spec *spec, const struct spot_prices *prices,
                    struct spot_rate *out, struct mistakes *mistakes) {
    int64_t start_ns = prices_start_ns(spot, prices);
    int n = 0;
    struct spot_hours *hours = arena_new(arena, struct spot_hours, 1);
    usd_pico *rates = arena_new(arena, usd_pico, spot->n_zones * HOURS_PER_WEEK);
    *hours = (struct spot_hours){spot->n_zones, HOURS_PER_WEEK, rates};
    *out = (struct spot_rate){.instance = prices->instance,
                              .hours = hours,
                              .region = spot_region_of(arena, prices->zones[0].zone),
                              .source = spec->path};
    calendar_format_date(out->as_of, calendar_date(start_ns / (86400 * (int64_t)NS_PER_SECOND)));
    for (int z = 0; z < spot->n_zones; z++) {
        struct err err = {0};
        struct spot_zone zone = {.name = spot->zones[z].zone};
        if (strcmp(spot->zones[z].region, out->region) != 0)
            continue;
        if (!spot_zone_price(arena, prices, start_ns, WEEK_TICKS, &zone, &err)) {
            mistakes_at(mistakes, spec->place, err.hint, "'%s': %s", spec->path, err.what);
            return false;
        }
        double mean = price_hours(&zone, rates + z * HOURS_PER_WEEK);
        out->least = n == 0 || mean < out->least ? mean : out->least;
        out->most = mean > out->most ? mean : out->most;
        out->usd_per_hour += mean;
        n++;
    }
    if (n == 0) {
        mistakes_at(mistakes, spec->place, "take it out, or add zones of its region to spot.zones",
                    "'%s' has prices of %s, where 'spot.zones' has no zone", spec->path,
                    out->region);
        return false;
    }
    out->usd_per_hour /= n;
    return true;
}

static bool any_runs_on(const struct scenario *scenario, const char *instance) {
    for (int w = 0; w < scenario->n_workloads; w++)
        for (int i = 0; i < scenario->workloads[w].n_run_on; i++)
            if (strcmp(scenario->workloads[w].run_on[i].sku, instance) == 0)
                return true;
    return false;
}

static bool load_rate(struct arena *arena, const struct study_options *options, struct study *study,
                      int index, struct spot_rate *out, struct mistakes *mistakes) {
    const struct spot_spec *spot = &study->scenario.spot;
    const struct spot_prices_spec *spec = &spot->prices[index];
    struct spot_prices prices;
    if (!open_prices(arena, options, study, spec, &prices, mistakes) ||
        !rate_of(arena, spot, spec, &prices, out, mistakes))
        return false;
    if (any_runs_on(&study->scenario, out->instance))
        return true;
    mistakes_at(mistakes, spec->place, "take it out",
                "'%s' has prices of %s, and no workload runs on it", spec->path, out->instance);
    return false;
}

static const struct spot_rate *rate_for(const struct study *study, const char *sku,
                                        const char *region) {
    for (int i = 0; i < study->scenario.spot.n_prices; i++) {
        const struct spot_rate *rate = &study->spot_rates[i];
        if (rate->instance && strcmp(rate->instance, sku) == 0 && strcmp(rate->region, region) == 0)
            return rate;
    }
    return NULL;
}

const struct spot_hours *study_spot_hours(const struct study *study, const char *sku,
                                          const char *region) {
    const struct spot_rate *rate = rate_for(study, sku, region);
    return rate ? rate->hours : NULL;
}

bool study_spot_quote(const struct study *study, const char *sku, const char *region,
                      struct quote *out) {
    const struct spot_rate *rate = rate_for(study, sku, region);
    if (!rate)
        return false;
    usd_pico mean = money_rate_from_usd(rate->usd_per_hour);
    *out = (struct quote){.known = true,
                          .rate = mean,
                          .list = mean,
                          .low = money_rate_from_usd(rate->least),
                          .high = money_rate_from_usd(rate->most),
                          .status = PRICE_PUBLISHED,
                          .rule = "",
                          .source = rate->source,
                          .as_of = rate->as_of,
                          .reason = ""};
    return true;
}

/* The book's rate of a zone in the uppermost layer that has spot rates of the SKU; 0: none. */
static usd_pico zone_rate(const struct price *rows, int n, int layer, const char *zone) {
    for (int i = 0; i < n; i++)
        if (rows[i].layer == layer && strcmp(rows[i].zone, zone) == 0)
            return rows[i].rate;
    return 0;
}

void study_price_zones(struct arena *arena, const struct study *study, struct offer *offer) {
    const struct spot_spec *spot = &study->scenario.spot;
    int n, n_here = 0, layer = -1;
    const struct price *rows = price_book_rates(&study->book, offer->sku, offer->region, PRICE_SPOT,
                                                0, PAY_NO_UPFRONT, PER_HOUR, &n);
    if (!offer->spot.known || offer->spot_hours || n == 0)
        return;
    for (int i = 0; i < n; i++)
        layer = rows[i].layer > layer ? rows[i].layer : layer;
    usd_pico *rates = arena_new(arena, usd_pico, spot->n_zones * HOURS_PER_WEEK);
    usd_pico sum = 0, least = INT64_MAX, most = 0;
    for (int z = 0; z < spot->n_zones; z++) {
        if (strcmp(spot->zones[z].region, offer->region) != 0)
            continue;
        usd_pico list = zone_rate(rows, n, layer, spot->zones[z].zone);
        if (list == 0)
            return; /* one that is not known: the region's holds for all */
        usd_pico rate = money_scale_rate(list, offer->spot.rate, offer->spot.list);
        for (int h = 0; h < HOURS_PER_WEEK; h++)
            rates[z * HOURS_PER_WEEK + h] = rate;
        sum += rate;
        least = rate < least ? rate : least;
        most = rate > most ? rate : most;
        n_here++;
    }
    if (n_here == 0)
        return;
    struct spot_hours *hours = arena_new(arena, struct spot_hours, 1);
    *hours = (struct spot_hours){spot->n_zones, HOURS_PER_WEEK, rates};
    offer->spot_hours = hours;
    offer->spot.list = money_scale_rate(sum, offer->spot.list, offer->spot.rate * n_here);
    offer->spot.rate = money_scale_rate(sum, 1, n_here);
    offer->spot.low = least;
    offer->spot.high = most;
}

bool study_load_spot(struct arena *arena, const struct study_options *options, struct study *study,
                     struct mistakes *mistakes) {
    const struct spot_spec *spot = &study->scenario.spot;
    struct spot_trace *traces = arena_new(arena, struct spot_trace, spot->n_zones);
    struct spot_zone *zones = arena_new(arena, struct spot_zone, spot->n_zones);
    bool ok = true;
    for (int z = 0; z < spot->n_zones; z++) {
        bool read = load_trace(arena, options, study, &spot->zones[z], &traces[z], mistakes);
        ok = read && ok;
        if (read && !spot->by_model)
            ok = replay_zone(arena, spot, &spot->zones[z], &traces[z], &zones[z], mistakes) && ok;
    }
    study->spot_zones = zones;
    struct spot_rate *rates = arena_new(arena, struct spot_rate, spot->n_prices);
    for (int i = 0; i < spot->n_prices; i++)
        ok = load_rate(arena, options, study, i, &rates[i], mistakes) && ok;
    study->spot_rates = rates;
    if (ok && spot->by_model && spot->n_zones > 0)
        ok = fit_model(arena, spot, traces, study, mistakes);
    return ok;
}

/* ---- a week ---- */

const struct spot_market *study_spot_market(struct arena *arena, const struct study *study,
                                            uint64_t replication) {
    const struct spot_spec *spot = &study->scenario.spot;
    struct spot_market *market = arena_new(arena, struct spot_market, 1);
    *market = (struct spot_market){spot->n_zones, study->spot_zones, WEEK_TICKS};
    if (!study->spot_model)
        return market;
    struct spot_zone *zones = arena_new(arena, struct spot_zone, spot->n_zones);
    for (int z = 0; z < spot->n_zones; z++)
        spot_zone_draw(arena, study->spot_model, z, study->scenario.seed, replication, WEEK_TICKS,
                       &zones[z]);
    market->zones = zones;
    return market;
}

int32_t study_spot_room(const struct study *study, int zone) {
    if (study->spot_model)
        return study->spot_model->zones[zone].instances;
    int32_t most = 0;
    for (int i = 0; i < study->spot_zones[zone].n_steps; i++) {
        int32_t instances = study->spot_zones[zone].steps[i].instances;
        most = instances > most ? instances : most;
    }
    return most;
}

/* ---- pools ---- */

struct spreading {
    struct arena *arena;
    const struct spot_market *market;
    const struct spot_spec *spot;
    const struct pool *like;        /* the spot pool without a market */
    const struct spot_hours *hours; /* NULL: prices do not move */
    int zones[SPOT_ZONES_MAX], n_zones;
    struct pool *pools;
    int n;
};

static const double *usd_by_hour(struct spreading *s, int zone) {
    if (!s->hours)
        return NULL;
    double *usd = arena_new(s->arena, double, HOURS_PER_WEEK);
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        usd[hour] = money_rate_usd(s->hours->rates[zone * HOURS_PER_WEEK + hour]);
    return usd;
}

static struct pool *add_pool(struct spreading *s, int zone, const int32_t *instances,
                             struct pool *fallback) {
    struct pool *pool = &s->pools[s->n++];
    *pool = *s->like;
    pool->name = arena_printf(s->arena, "%s, %s", s->like->name, s->market->zones[zone].name);
    pool->instances = instances;
    pool->interruptions_per_hour = 0;
    pool->market = s->market;
    pool->market_zone = zone;
    pool->usd_by_hour = usd_by_hour(s, zone);
    pool->notice_s = s->spot->notice_s;
    pool->on_notice = s->spot->on_notice;
    pool->fallback = fallback;
    return pool;
}

/* The part of one of n zones: what is asked for there, and of the rest as even a part as whole
 * instances can be, what does not divide to the first. */
static const int32_t *part_of(struct spreading *s, const int32_t *const *in_zone, int part) {
    int32_t *counts = arena_new(s->arena, int32_t, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        int32_t rest = s->like->instances[h], n = s->n_zones;
        for (int z = 0; z < n && in_zone; z++)
            rest -= in_zone[s->zones[z]][h];
        counts[h] = rest / n + (part < rest % n) + (in_zone ? in_zone[s->zones[part]][h] : 0);
    }
    return counts;
}

int study_spot_pools(struct arena *arena, const struct study *study,
                     const struct spot_market *market, const struct pool *like,
                     const int32_t *const *in_zone, struct pool *on_demand, struct pool *pools) {
    const char *region = study->offers[like->offer].region;
    struct spreading s = {.arena = arena,
                          .market = market,
                          .spot = &study->scenario.spot,
                          .like = like,
                          .hours = study->offers[like->offer].spot_hours,
                          .pools = pools};
    for (int z = 0; z < market->n_zones; z++)
        if (strcmp(market->zones[z].region, region) == 0)
            s.zones[s.n_zones++] = z;
    if (s.n_zones == 0) {
        pools[0] = *like;
        return 1;
    }
    const int32_t *none = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int first = 0; first < s.n_zones; first++) {
        struct pool *fallback = s.spot->fallback ? on_demand : NULL;
        const int32_t *part = part_of(&s, in_zone, first);
        for (int back = s.n_zones - 1; back >= 0; back--)
            fallback = add_pool(&s, s.zones[(first + back) % s.n_zones], back == 0 ? part : none,
                                fallback);
    }
    return s.n;
}
