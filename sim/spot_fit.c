/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In four steps, region by region:
 * 1. which steps were calm and which a shock: a hidden Markov chain of two states in which each
 *    zone's chances to be lost and to come back differ, fitted by expectation and maximisation;
 * 2. lengths of calm and shock, and lives inside each, from the runs so told apart;
 * 3. how far a zone's availability falls in a shock: the numbers whose products are the measured
 *    covariances;
 * 4. time scale and tail of each zone's lives: the model is drawn and probed as the trace was, and
 *    corrected until mean and quantiles of its up runs are the trace's.
 * Why not moments alone: the same correlation can come from rare long shocks or many short ones,
 * and only the up runs between them tell which. */
#include "sim/spot_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define EM_SETTLED 1e-3 /* change of the chances to turn, relative */

enum { EM_ROUNDS = 200, CALM = 0, SHOCK = 1 };

struct probe {
    int n; /* steps */
    int n_zones;
    const unsigned char **up; /* [n_zones][n] */
};

/* --- probes --- */

void spot_probe(const struct spot_zone *zone, sim_ticks step, int n, unsigned char *up) {
    int at = 0;
    for (int k = 0; k < n; k++) {
        while (at + 1 < zone->n_steps && zone->steps[at + 1].from <= k * step)
            at++;
        up[k] = zone->steps[at].instances > 0;
    }
}

static int compare_ints(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

struct spot_runs spot_runs_of(struct arena *arena, const unsigned char *up, int n) {
    static const double levels[] = {0.5, 0.75, 0.9};
    struct spot_runs runs = {0};
    struct arena_mark mark = arena_mark(arena);
    int *lengths = arena_new(arena, int, n + 1), total = 0;
    for (int k = 0; k < n; k++) {
        if (up[k])
            lengths[k > 0 && up[k - 1] ? runs.n - 1 : runs.n++]++;
        total += up[k];
    }
    runs.availability = (double)total / n;
    runs.mean = runs.n > 0 ? (double)total / runs.n : NAN;
    qsort(lengths, (size_t)runs.n, sizeof *lengths, compare_ints);
    for (int q = 0; q < 3; q++)
        runs.quantiles[q] =
            runs.n > 0 ? (double)lengths[(int)(levels[q] * (runs.n - 1) + 0.5)] : NAN;
    arena_rewind(arena, mark);
    return runs;
}

static double covariance(const unsigned char *a, const unsigned char *b, int n) {
    int64_t both = 0, n_a = 0, n_b = 0;
    for (int k = 0; k < n; k++) {
        both += a[k] & b[k];
        n_a += a[k];
        n_b += b[k];
    }
    return (double)both / n - (double)n_a / n * ((double)n_b / n);
}

double spot_correlation(const unsigned char *a, const unsigned char *b, int n) {
    return covariance(a, b, n) / sqrt(covariance(a, a, n) * covariance(b, b, n));
}

/* --- 1. the hidden chain --- */

struct chain {
    double turn[2];    /* chance that calm ends, that a shock ends, per step */
    double (*lost)[2]; /* [n_zones] in calm, in shock */
    double (*back)[2];
};

static double emission(const struct chain *chain, const struct probe *probe, int k, int state) {
    double p = 1;
    for (int z = 0; z < probe->n_zones; z++) {
        const unsigned char *up = probe->up[z];
        double chance = up[k - 1] ? chain->lost[z][state] : chain->back[z][state];
        p *= up[k] != up[k - 1] ? chance : 1 - chance;
    }
    return p;
}

/* posterior[k]: chance that step k, from 1 on, is in a shock; expected turns from calm, from shock.
 * Scaled forward and backward passes. */
struct passes {
    double (*forward)[2], (*emitted)[2];
    double *posterior;
    double turns[2], visits[2];
};

static void expect(const struct chain *chain, const struct probe *probe, struct passes *p) {
    double share = chain->turn[CALM] / (chain->turn[CALM] + chain->turn[SHOCK]);
    double now[2] = {1 - share, share}, backward[2] = {1, 1};
    memcpy(p->forward[0], now, sizeof now);
    for (int k = 1; k < probe->n; k++) {
        double stay[2] = {now[CALM] * (1 - chain->turn[CALM]) + now[SHOCK] * chain->turn[SHOCK],
                          now[SHOCK] * (1 - chain->turn[SHOCK]) + now[CALM] * chain->turn[CALM]};
        for (int s = 0; s < 2; s++) {
            p->emitted[k][s] = emission(chain, probe, k, s);
            now[s] = stay[s] * p->emitted[k][s];
        }
        double sum = now[0] + now[1];
        for (int s = 0; s < 2; s++)
            p->forward[k][s] = now[s] = now[s] / sum;
    }
    memset(p->turns, 0, sizeof p->turns);
    memset(p->visits, 0, sizeof p->visits);
    for (int k = probe->n - 1; k > 0; k--) {
        double both[2] = {p->forward[k][0] * backward[0], p->forward[k][1] * backward[1]};
        p->posterior[k] = both[1] / (both[0] + both[1]);
        double ahead[2] = {p->emitted[k][0] * backward[0], p->emitted[k][1] * backward[1]};
        double joint[2][2], sum = 0;
        for (int from = 0; from < 2; from++) {
            for (int to = 0; to < 2; to++) {
                double step = from == to ? 1 - chain->turn[from] : chain->turn[from];
                joint[from][to] = p->forward[k - 1][from] * step * ahead[to];
                sum += joint[from][to];
            }
        }
        for (int from = 0; from < 2; from++) {
            p->turns[from] += joint[from][!from] / sum;
            p->visits[from] += (joint[from][0] + joint[from][1]) / sum;
            backward[from] =
                (1 - chain->turn[from]) * ahead[from] + chain->turn[from] * ahead[!from];
        }
        double scale = backward[0] + backward[1];
        backward[0] /= scale;
        backward[1] /= scale;
    }
    p->posterior[0] = probe->n > 1 ? p->posterior[1] : share;
}

/* A chance is never taken for 0 or 1: half an event more. */
static double chance_of(double events, double exposures) {
    return (events + 0.5) / (exposures + 1);
}

static void maximise(struct chain *chain, const struct probe *probe, const struct passes *p) {
    for (int s = 0; s < 2; s++)
        chain->turn[s] = chance_of(p->turns[s], p->visits[s]);
    for (int z = 0; z < probe->n_zones; z++) {
        const unsigned char *up = probe->up[z];
        double events[2][2] = {{0}}, exposures[2][2] = {{0}}; /* [was up][state] */
        for (int k = 1; k < probe->n; k++) {
            double weight[2] = {1 - p->posterior[k], p->posterior[k]};
            for (int s = 0; s < 2; s++) {
                exposures[up[k - 1]][s] += weight[s];
                events[up[k - 1]][s] += up[k] != up[k - 1] ? weight[s] : 0;
            }
        }
        for (int s = 0; s < 2; s++) {
            chain->lost[z][s] = chance_of(events[1][s], exposures[1][s]);
            chain->back[z][s] = chance_of(events[0][s], exposures[0][s]);
        }
    }
}

/* From shocks in which zones are lost three times as often. */
static struct passes fit_chain(struct arena *arena, const struct probe *probe,
                               struct chain *chain) {
    size_t n = (size_t)probe->n, zones = (size_t)probe->n_zones;
    struct passes p = {.forward = arena_alloc(arena, n, sizeof *p.forward),
                       .emitted = arena_alloc(arena, n, sizeof *p.emitted),
                       .posterior = arena_new(arena, double, n)};
    chain->lost = arena_alloc(arena, zones, sizeof *chain->lost);
    chain->back = arena_alloc(arena, zones, sizeof *chain->back);
    int64_t changes = 0;
    for (int z = 0; z < probe->n_zones; z++) {
        double events[2] = {0, 0}, exposures[2] = {0, 0};
        for (int k = 1; k < probe->n; k++) {
            exposures[probe->up[z][k - 1]]++;
            events[probe->up[z][k - 1]] += probe->up[z][k] != probe->up[z][k - 1];
        }
        double lost = chance_of(events[1], exposures[1]), back = chance_of(events[0], exposures[0]);
        chain->lost[z][CALM] = lost / 2;
        chain->lost[z][SHOCK] = fmin(1.5 * lost, 0.5);
        chain->back[z][CALM] = fmin(1.5 * back, 0.5);
        chain->back[z][SHOCK] = back / 2;
        changes += (int64_t)(events[0] + events[1]);
    }
    double cycle = 2.0 * probe->n * probe->n_zones / (double)changes;
    chain->turn[CALM] = 1 / (4 * cycle + 1);
    chain->turn[SHOCK] = 1 / (2 * cycle + 1);
    for (int round = 0; round < EM_ROUNDS; round++) {
        double before[2] = {chain->turn[CALM], chain->turn[SHOCK]};
        expect(chain, probe, &p);
        maximise(chain, probe, &p);
        if (fabs(chain->turn[CALM] - before[CALM]) < EM_SETTLED * before[CALM] &&
            fabs(chain->turn[SHOCK] - before[SHOCK]) < EM_SETTLED * before[SHOCK])
            break;
    }
    return p;
}

/* --- 2. lengths of calm and shock --- */

#define SHARE_LEAST 0.005 /* of time up: shares stay this far from 0 and 1 */

struct turns {
    double share;     /* of time in a shock */
    double cycle;     /* steps of one calm and one shock, mean */
    double spread[2]; /* standard deviation of the log of their lengths */
};

static struct turns told_turns(const struct passes *p, int n) {
    double logs[2] = {0, 0}, squares[2] = {0, 0}, weight = 0;
    int runs[2] = {0, 0};
    for (int from = 0, to; from < n; from = to) {
        int state = p->posterior[from] > 0.5;
        for (to = from; to < n && (p->posterior[to] > 0.5) == state; to++)
            weight += p->posterior[to];
        double length = log(to - from);
        runs[state]++;
        logs[state] += length;
        squares[state] += length * length;
    }
    struct turns turns = {.share = weight / n, .cycle = 2.0 * n / (runs[0] + runs[1])};
    for (int s = 0; s < 2; s++) {
        double mean = runs[s] > 0 ? logs[s] / runs[s] : 0;
        double variance = runs[s] > 1 ? squares[s] / runs[s] - mean * mean : 0;
        turns.spread[s] = fmin(sqrt(fmax(variance, 0)), SPOT_SHAPE_MAX);
    }
    return turns;
}

/* --- 3. loadings --- */

enum { LOADING_ROUNDS = 500 };

/* load[a] * load[b] = covariance of a and b: exact for two and three zones, least squares for more;
 * one zone keeps what the chain says. Starts from the chain's own. */
static void fit_loadings(const struct probe *probe, double *load) {
    int n = probe->n_zones;
    double up = 0, down = 0;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < a; b++) {
            up += covariance(probe->up[a], probe->up[b], probe->n) * load[a] * load[b];
            down += load[a] * load[a] * load[b] * load[b];
        }
    }
    double scale = down > 0 ? sqrt(fmax(up / down, 0)) : 1;
    for (int a = 0; a < n; a++)
        load[a] *= scale;
    for (int round = 0; n > 2 && round < LOADING_ROUNDS; round++) {
        for (int a = 0; a < n; a++) {
            up = down = 0;
            for (int b = 0; b < n; b++) {
                if (b == a)
                    continue;
                up += covariance(probe->up[a], probe->up[b], probe->n) * load[b];
                down += load[b] * load[b];
            }
            load[a] = down > 0 ? fmax(up / down, 0) : 0;
        }
    }
}

/* The shares of time up in calm and in a shock lie between 0 and 1 for every zone only when the
 * share of shocks lies between two bounds; the chain's share moves to the nearer one. */
static double possible_share(const struct spot_runs *seen, const double *load, int n,
                             double share) {
    double least = 0, most = INFINITY;
    for (int z = 0; z < n; z++) {
        double a = fmin(fmax(seen[z].availability, 2 * SHARE_LEAST), 1 - 2 * SHARE_LEAST);
        if (load[z] <= 0)
            continue;
        least = fmax(least, load[z] / (a - SHARE_LEAST));
        most = fmin(most, (1 - SHARE_LEAST - a) / load[z]);
    }
    double root = sqrt(share / (1 - share));
    root = fmin(fmax(root, least), most);
    return root * root / (1 + root * root);
}

static double clamp_share(double share) {
    return fmin(fmax(share, SHARE_LEAST), 1 - SHARE_LEAST);
}

/* --- 4. time scale and tail of a zone's lives --- */

enum { REPLICATIONS = 12, SCALE_ROUNDS = 3, FIT_SEED = 20230215 };

struct zone_fit {
    struct arena *arena;
    const struct spot_model *model;
    struct spot_zone_model *zone;
    int index; /* of the zone in the model */
    int n;     /* steps of the probe */
    sim_ticks step;
    double share_up[2]; /* in calm, in a shock */
    double up_steps[2]; /* mean up life there, as the chain has it */
    struct spot_runs seen;
    double spread_down;
};

static void set_lives(struct zone_fit *fit, double scale, double spread) {
    struct spot_lives *lives[] = {&fit->zone->calm, &fit->zone->shock};
    for (int s = 0; s < 2; s++) {
        double up_s = scale * fit->up_steps[s] * ticks_seconds(fit->step);
        double down_s = up_s * (1 - fit->share_up[s]) / fit->share_up[s];
        lives[s]->up = (struct spot_life){SPOT_LIFE_LOGNORMAL, up_s, spread};
        lives[s]->down = (struct spot_life){SPOT_LIFE_LOGNORMAL, down_s, fit->spread_down};
    }
}

/* The model's zone drawn and probed as the trace was, time and again; a step down between. */
static struct spot_runs drawn_runs(const struct zone_fit *fit) {
    struct arena_mark mark = arena_mark(fit->arena);
    size_t stride = (size_t)fit->n + 1;
    unsigned char *up = arena_alloc(fit->arena, REPLICATIONS * stride, 1);
    for (unsigned r = 0; r < REPLICATIONS; r++) {
        struct spot_zone zone;
        spot_zone_draw(fit->arena, fit->model, fit->index, FIT_SEED, r, fit->n * fit->step, &zone);
        spot_probe(&zone, fit->step, fit->n, up + r * stride);
    }
    struct spot_runs runs = spot_runs_of(fit->arena, up, REPLICATIONS * (int)stride);
    arena_rewind(fit->arena, mark);
    return runs;
}

/* The scale that gives the mean up run; returns the squared error of the logs of its quantiles. */
static double fit_scale(struct zone_fit *fit, double spread, double *scale) {
    struct spot_runs runs;
    for (int round = 0;; round++) {
        set_lives(fit, *scale, spread);
        runs = drawn_runs(fit);
        if (round == SCALE_ROUNDS)
            break;
        *scale *= fmin(fmax(fit->seen.mean / runs.mean, 0.25), 4);
    }
    double error = 0;
    for (int q = 0; q < 3; q++)
        error += pow(log(runs.quantiles[q] / fit->seen.quantiles[q]), 2);
    return error;
}

static void fit_lives(struct zone_fit *fit) {
    double scale = 1, best_scale = 1, best_spread = 0, best = INFINITY;
    for (double spread = 0; spread <= 2.5; spread += 0.5) {
        double error = fit_scale(fit, spread, &scale);
        if (error < best) {
            best = error;
            best_scale = scale;
            best_spread = spread;
        }
    }
    set_lives(fit, best_scale, best_spread);
}

static double log_spread_down(const unsigned char *up, int n) {
    double sum = 0, squares = 0;
    int runs = 0;
    for (int from = 0, to; from < n; from = to) {
        for (to = from; to < n && up[to] == up[from]; to++)
            continue;
        if (up[from])
            continue;
        runs++;
        sum += log(to - from);
        squares += log(to - from) * log(to - from);
    }
    return runs > 1 ? sqrt(fmax(squares / runs - sum / runs * (sum / runs), 0)) : 0;
}

/* --- a region --- */

static struct spot_life region_life(double steps, double spread, sim_ticks step) {
    return (struct spot_life){SPOT_LIFE_LOGNORMAL, steps * ticks_seconds(step), spread};
}

struct region_fit {
    struct arena *arena;
    struct spot_model *model;
    struct spot_zone_model *zones;    /* of the model */
    struct spot_region_model *region; /* of the model */
    const int *members;               /* [probe.n_zones] indexes of zones */
    struct probe probe;
    sim_ticks step;
};

static void fit_region(const struct region_fit *fit) {
    const struct probe *probe = &fit->probe;
    struct chain chain;
    struct passes passes = fit_chain(fit->arena, probe, &chain);
    struct turns turns = told_turns(&passes, probe->n);
    double *load = arena_new(fit->arena, double, probe->n_zones);
    struct spot_runs *seen = arena_new(fit->arena, struct spot_runs, probe->n_zones);
    double deviation = sqrt(turns.share * (1 - turns.share));
    for (int z = 0; z < probe->n_zones; z++) {
        double calm = chain.back[z][CALM] / (chain.back[z][CALM] + chain.lost[z][CALM]);
        double shock = chain.back[z][SHOCK] / (chain.back[z][SHOCK] + chain.lost[z][SHOCK]);
        load[z] = fmax(calm - shock, 0) * deviation;
        seen[z] = spot_runs_of(fit->arena, probe->up[z], probe->n);
    }
    fit_loadings(probe, load);
    double share = possible_share(seen, load, probe->n_zones, turns.share);
    deviation = sqrt(share * (1 - share));
    fit->region->calm = region_life((1 - share) * turns.cycle, turns.spread[CALM], fit->step);
    fit->region->shock = region_life(share * turns.cycle, turns.spread[SHOCK], fit->step);
    for (int z = 0; z < probe->n_zones; z++) {
        double fall = load[z] / deviation;
        struct zone_fit zone = {
            .arena = fit->arena,
            .model = fit->model,
            .zone = &fit->zones[fit->members[z]],
            .index = fit->members[z],
            .n = probe->n,
            .step = fit->step,
            .share_up = {clamp_share(seen[z].availability + share * fall),
                         clamp_share(seen[z].availability - (1 - share) * fall)},
            .up_steps = {1 / chain.lost[z][CALM], 1 / chain.lost[z][SHOCK]},
            .seen = seen[z],
            .spread_down = fmin(log_spread_down(probe->up[z], probe->n), SPOT_SHAPE_MAX),
        };
        fit_lives(&zone);
    }
}

/* --- all --- */

static bool check_zones(const struct spot_fit_zone *zones, int n_zones, struct err *err) {
    const struct spot_trace *first = zones[0].trace;
    for (int z = 0; z < n_zones; z++) {
        const struct spot_trace *trace = zones[z].trace;
        bool up = false, down = false;
        for (int i = 0; i < trace->n; i++) {
            up |= trace->points[i].instances > 0;
            down |= trace->points[i].instances == 0;
        }
        if (trace->step_ns == 0 || trace->step_ns != first->step_ns ||
            trace->span_ns != first->span_ns)
            return err_at(err, trace->name, 0, 0,
                          "a fit needs traces of the same steps and length as %.80s", first->name);
        if (!up || !down)
            return err_at(err, trace->name, 0, 0, "zone %.40s is %s in all of the trace",
                          zones[z].name, up ? "up" : "down");
    }
    return true;
}

static const unsigned char *probe_trace(struct arena *arena, const struct spot_trace *trace,
                                        int n) {
    unsigned char *up = arena_alloc(arena, (size_t)n, 1);
    int at = 0;
    for (int k = 0; k < n; k++) {
        while (at + 1 < trace->n && trace->points[at + 1].at_ns <= k * trace->step_ns)
            at++;
        up[k] = trace->points[at].instances > 0;
    }
    return up;
}

bool spot_fit(struct arena *arena, const struct spot_fit_zone *zones, int n_zones,
              struct spot_model *out, struct err *err) {
    if (!check_zones(zones, n_zones, err))
        return false;
    int n = (int)(zones[0].trace->span_ns / zones[0].trace->step_ns);
    struct spot_zone_model *models = arena_new(arena, struct spot_zone_model, n_zones);
    struct spot_region_model *regions = arena_new(arena, struct spot_region_model, n_zones);
    struct spot_model model = {n_zones, 0, models, regions};
    for (int z = 0; z < n_zones; z++)
        models[z] = (struct spot_zone_model){
            .name = zones[z].name, .region = zones[z].region, .instances = zones[z].instances};
    for (int z = 0; z < n_zones; z++) {
        int *members = arena_new(arena, int, n_zones), n_members = 0;
        const unsigned char **up = arena_new(arena, const unsigned char *, n_zones);
        for (int other = 0; other < n_zones; other++) {
            if (strcmp(zones[other].region, zones[z].region) != 0)
                continue;
            if (n_members == 0 && other < z)
                break; /* done with the first of its region */
            up[n_members] = probe_trace(arena, zones[other].trace, n);
            members[n_members++] = other;
        }
        if (n_members == 0)
            continue;
        struct spot_region_model *region = &regions[model.n_regions++];
        region->region = zones[z].region;
        fit_region(&(struct region_fit){
            .arena = arena,
            .model = &model,
            .zones = models,
            .region = region,
            .members = members,
            .probe = {n, n_members, up},
            .step = zones[0].trace->step_ns * TICKS_PER_NS,
        });
    }
    *out = model;
    return true;
}
