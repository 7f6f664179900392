/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones drawn from the model: three alternating renewal processes, the zone's two courses and its
 * region's turns between them. Each begins in its equilibrium: the state by its share of time, the
 * life under way drawn longer (in proportion to its length), of which a uniform part is left. */
#include <string.h>

#include "base/rng.h"
#include "sim/spot_market.h"

enum { FIRST_STEPS = 64 };

/* FNV-1a: a key that depends on the name alone. */
static uint64_t name_key(const char *name) {
    uint64_t key = 0xcbf29ce484222325u;
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 0x100000001b3u;
    return key;
}

/* --- lives --- */

static double draw_life(const struct spot_life *life, struct rng *rng) {
    if (life->kind == SPOT_LIFE_EXPONENTIAL)
        return rng_exponential(rng, life->mean_s);
    return life->mean_s * rng_exp(life->shape * rng_normal(rng) - life->shape * life->shape / 2);
}

/* A life met by chance, which is drawn in proportion to its length. */
static double draw_met_life(const struct spot_life *life, struct rng *rng) {
    if (life->kind == SPOT_LIFE_EXPONENTIAL)
        return rng_exponential(rng, life->mean_s) + rng_exponential(rng, life->mean_s);
    return life->mean_s * rng_exp(life->shape * rng_normal(rng) + life->shape * life->shape / 2);
}

/* --- alternating renewals --- */

struct alternation {
    struct rng rng;
    const struct spot_life *lives[2]; /* of state 0 and 1 */
    int state;
    int64_t n_changes;
    sim_ticks next; /* when the state changes */
};

/* Past the longest replay nothing needs to be told apart, and tick sums stay in range. */
static sim_ticks life_ticks(double seconds) {
    double longest = (double)TICKS_MAX / (double)TICKS_PER_SECOND;
    sim_ticks ticks = ticks_from_seconds(seconds < longest ? seconds : longest);
    return ticks > 0 ? ticks : 1;
}

static struct alternation alternation_open(struct rng rng, const struct spot_life *life_0,
                                           const struct spot_life *life_1) {
    struct alternation a = {.rng = rng, .lives = {life_0, life_1}};
    double share_1 = life_1->mean_s / (life_0->mean_s + life_1->mean_s);
    a.state = rng_uniform(&a.rng) < share_1;
    a.next = life_ticks(draw_met_life(a.lives[a.state], &a.rng) * rng_uniform(&a.rng));
    return a;
}

static void alternation_change(struct alternation *a) {
    a->state = !a->state;
    a->n_changes++;
    a->next += life_ticks(draw_life(a->lives[a->state], &a->rng));
}

/* --- a zone --- */

static const struct spot_region_model *region_of(const struct spot_model *model, int zone) {
    for (int i = 0; i < model->n_regions; i++)
        if (strcmp(model->regions[i].region, model->zones[zone].region) == 0)
            return &model->regions[i];
    return NULL;
}

struct drawing {
    struct arena *arena;
    struct spot_step *steps;
    int n, capacity;
};

static void draw_step(struct drawing *d, sim_ticks from, int32_t instances) {
    if (d->n > 0 && d->steps[d->n - 1].instances == instances)
        return;
    if (d->n == d->capacity) {
        int capacity = d->capacity ? 2 * d->capacity : FIRST_STEPS;
        d->steps = arena_grow(d->arena, d->steps, (size_t)d->n, (size_t)capacity, sizeof *d->steps);
        d->capacity = capacity;
    }
    d->steps[d->n++] = (struct spot_step){from, instances};
}

/* The zone's two courses and its region. */
struct courses {
    struct alternation turns; /* state 1: shock */
    struct alternation zone[2];
};

static struct courses courses_open(const struct spot_model *model, int zone, uint64_t seed,
                                   uint64_t replication) {
    const struct spot_zone_model *z = &model->zones[zone];
    const struct spot_region_model *region = region_of(model, zone);
    struct rng rng = rng_open(seed, replication, RNG_SPOT_ZONE, name_key(z->name));
    struct courses courses = {.turns = {.next = NEVER}};
    courses.zone[0] = alternation_open(rng, &z->calm.down, &z->calm.up);
    courses.zone[1] = (struct alternation){.next = NEVER};
    if (!region)
        return courses;
    rng = rng_open(seed, replication, RNG_SPOT_SHOCK, name_key(region->region));
    courses.turns = alternation_open(rng, &region->calm, &region->shock);
    rng = rng_open(seed, replication, RNG_SPOT_IN_SHOCK, name_key(z->name));
    courses.zone[1] = alternation_open(rng, &z->shock.down, &z->shock.up);
    return courses;
}

static sim_ticks courses_change(struct courses *courses) {
    struct alternation *all[] = {&courses->turns, &courses->zone[0], &courses->zone[1]};
    sim_ticks now = NEVER;
    for (int i = 0; i < 3; i++)
        now = all[i]->next < now ? all[i]->next : now;
    for (int i = 0; i < 3; i++)
        if (all[i]->next == now && now < NEVER)
            alternation_change(all[i]);
    return now;
}

void spot_zone_draw(struct arena *arena, const struct spot_model *model, int zone, uint64_t seed,
                    uint64_t replication, sim_ticks end, struct spot_zone *out) {
    const struct spot_zone_model *z = &model->zones[zone];
    struct courses courses = courses_open(model, zone, seed, replication);
    struct drawing d = {.arena = arena};
    for (sim_ticks now = 0; now < end; now = courses_change(&courses)) {
        bool up = courses.zone[courses.turns.state].state;
        draw_step(&d, now, up ? z->instances : 0);
    }
    *out =
        (struct spot_zone){.name = z->name, .region = z->region, .n_steps = d.n, .steps = d.steps};
}

/* --- closed forms --- */

static double share_up(const struct spot_lives *lives) {
    return lives->up.mean_s / (lives->up.mean_s + lives->down.mean_s);
}

static double shock_share(const struct spot_region_model *region) {
    return region ? region->shock.mean_s / (region->calm.mean_s + region->shock.mean_s) : 0;
}

double spot_model_availability(const struct spot_model *model, int zone) {
    const struct spot_zone_model *z = &model->zones[zone];
    double share = shock_share(region_of(model, zone));
    return share > 0 ? (1 - share) * share_up(&z->calm) + share * share_up(&z->shock)
                     : share_up(&z->calm);
}

double spot_model_covariance(const struct spot_model *model, int zone_a, int zone_b) {
    const struct spot_zone_model *a = &model->zones[zone_a], *b = &model->zones[zone_b];
    double availability = spot_model_availability(model, zone_a);
    if (zone_a == zone_b)
        return availability * (1 - availability);
    double share = shock_share(region_of(model, zone_a));
    if (share <= 0 || strcmp(a->region, b->region) != 0)
        return 0;
    return (share_up(&a->calm) - share_up(&a->shock)) * (share_up(&b->calm) - share_up(&b->shock)) *
           share * (1 - share);
}
