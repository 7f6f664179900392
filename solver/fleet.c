/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workloads of a slot in turn, each by a hunt of its own (fleet_hunt.h), until none changes. */
#include "solver/fleet.h"

#include <math.h>

#include "solver/fleet_hunt.h"

enum { PASSES_MAX = 6 };

static void claim_others(struct hunt *hunt, const struct fleet *fleet) {
    const struct market *market = hunt->search->market;
    for (int g = 0; g < market->n_goods; g++)
        hunt->units[g] = 0;
    for (int l = 0; l < market->n_limits; l++)
        hunt->left_limit[l] = market->limits[l].vcpu;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (machine->workload == hunt->workload)
            continue;
        int at = hunt->slot * market->n_machines + m;
        hunt->units[machine->good] += fleet->regular[at];
        if (machine->limit_regular >= 0)
            hunt->left_limit[machine->limit_regular] -= fleet->regular[at] * machine->vcpu;
        if (machine->limit_spot >= 0)
            hunt->left_limit[machine->limit_spot] -= fleet->spot[at] * machine->vcpu;
    }
    hunt->covered_uses = false;
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        bool ours = use->workload == hunt->workload;
        hunt->covered_uses = hunt->covered_uses || (ours && use->good >= 0);
        if (!ours && use->good >= 0)
            hunt->units[use->good] += fleet->use_rate[hunt->slot * market->n_uses + u];
    }
}

/* The slot's present counts, when they carry the workload within limits and the open machines. */
static void seed(struct hunt *hunt, const struct fleet *fleet) {
    const struct fleet_search *search = hunt->search;
    const struct market *market = search->market;
    bool fits = true;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        bool ours = machine->workload == hunt->workload;
        int at = hunt->slot * market->n_machines + m;
        hunt->regular[m] = ours ? fleet->regular[at] : 0;
        hunt->spot[m] = ours ? fleet->spot[at] : 0;
        if (search->machine_open != NULL && !search->machine_open[m] &&
            (hunt->regular[m] > 0 || hunt->spot[m] > 0))
            fits = false;
        if (machine->limit_regular >= 0)
            hunt->left_limit[machine->limit_regular] -= hunt->regular[m] * machine->vcpu;
        if (machine->limit_spot >= 0)
            hunt->left_limit[machine->limit_spot] -= hunt->spot[m] * machine->vcpu;
    }
    for (int l = 0; l < market->n_limits; l++)
        fits = fits && hunt->left_limit[l] >= -1e-9 * (1 + market->limits[l].vcpu);
    if (fits)
        hunt_consider(hunt);
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (machine->limit_regular >= 0)
            hunt->left_limit[machine->limit_regular] += hunt->regular[m] * machine->vcpu;
        if (machine->limit_spot >= 0)
            hunt->left_limit[machine->limit_spot] += hunt->spot[m] * machine->vcpu;
        hunt->regular[m] = hunt->spot[m] = 0;
    }
}

/* Writes the incumbent back; says whether counts changed. */
static bool adopt(const struct hunt *hunt, struct fleet *fleet) {
    const struct market *market = hunt->search->market;
    bool changed = false;
    for (int m = 0; m < market->n_machines; m++) {
        if (market->machines[m].workload != hunt->workload)
            continue;
        int at = hunt->slot * market->n_machines + m;
        changed = changed || fleet->regular[at] != hunt->best_regular[m] ||
                  fleet->spot[at] != hunt->best_spot[m];
        fleet->regular[at] = hunt->best_regular[m];
        fleet->spot[at] = hunt->best_spot[m];
    }
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == hunt->workload)
            fleet->use_rate[hunt->slot * market->n_uses + u] = hunt->best_rates[u];
    return changed;
}

/* The cheapest (or thriftiest) way for one workload beside the others. false: nothing fits. */
static bool choose_workload(struct hunt *hunt, struct fleet *fleet, int workload, bool thrifty,
                            bool *changed) {
    hunt_begin(hunt, workload, thrifty);
    claim_others(hunt, fleet);
    seed(hunt, fleet);
    hunt_run(hunt);
    if (!isfinite(hunt->best_cost))
        return false;
    *changed = adopt(hunt, fleet) || *changed;
    return true;
}

static void clear_slot(const struct market *market, struct fleet *fleet, int slot) {
    for (int m = 0; m < market->n_machines; m++)
        fleet->regular[slot * market->n_machines + m] = fleet->spot[slot * market->n_machines + m] =
            0;
    for (int u = 0; u < market->n_uses; u++)
        fleet->use_rate[slot * market->n_uses + u] = 0;
}

static bool choose_in_turn(struct hunt *hunt, struct fleet *fleet, int first, bool thrifty,
                           int *workload) {
    int n = hunt->search->market->in->demand->n_workloads;
    bool changed = false;
    for (int k = 0; k < n; k++) {
        *workload = (first + k) % n;
        if (!choose_workload(hunt, fleet, *workload, thrifty, &changed))
            return false;
    }
    return true;
}

/* A first fleet for the slot. Where quotas are tight the order matters, and money must wait: the
 * thriftiest fleet is tried last, and improved afterwards. */
static bool first_fleet(struct hunt *hunt, struct fleet *fleet, int *workload) {
    const struct market *market = hunt->search->market;
    int n = market->in->demand->n_workloads;
    for (int thrifty = 0; thrifty < 2; thrifty++)
        for (int first = 0; first < n; first++) {
            if (choose_in_turn(hunt, fleet, first, thrifty != 0, workload))
                return true;
            clear_slot(market, fleet, hunt->slot);
            if (market->n_limits == 0)
                return false;
        }
    return false;
}

/* Whether one workload's choice changes another's price or room: a held commitment that covers
 * both, or a quota. */
static bool workloads_are_coupled(const struct fleet_search *search) {
    const struct market *market = search->market;
    if (market->n_limits > 0)
        return true;
    for (int p = 0; p < market->n_pools; p++) {
        int owner = -1;
        for (int i = 0; i < market->n_machines + market->n_uses && search->cover->amount[p] > 0;
             i++) {
            const struct use *use =
                i < market->n_machines ? NULL : &market->uses[i - market->n_machines];
            int good = use ? use->good : market->machines[i].good;
            int workload = use ? use->workload : market->machines[i].workload;
            if (good < 0 || market->pools[p].use[good] <= 0)
                continue;
            if (owner >= 0 && owner != workload)
                return true;
            owner = workload;
        }
    }
    return false;
}

static void in_turn(struct hunt *hunt, struct fleet *fleet) {
    bool changed = true;
    for (int pass = 0; changed && pass < PASSES_MAX; pass++) {
        changed = false;
        for (int w = 0; w < hunt->search->market->in->demand->n_workloads; w++)
            choose_workload(hunt, fleet, w, false, &changed);
    }
}

static double slot_cost(struct hunt *hunt, const struct fleet *fleet) {
    const struct market *market = hunt->search->market;
    fleet_units(market, fleet, hunt->slot, hunt->units);
    return fleet_direct_usd(market, fleet, hunt->slot) +
           fleet_extra_usd(market, fleet, hunt->slot) +
           cover_price(hunt->search->cover, hunt->slot, hunt->units, NULL);
}

/* In turn ends where no workload alone can do better, which hangs on who chose first. */
static void from_each(struct hunt *hunt, struct fleet *fleet, struct fleet *other) {
    enum { FIRST_MAX = 4 };
    const struct market *market = hunt->search->market;
    int n = market->in->demand->n_workloads, workload;
    for (int first = 0; first < n && first < FIRST_MAX; first++) {
        clear_slot(market, other, hunt->slot);
        if (!choose_in_turn(hunt, other, first, false, &workload))
            continue;
        in_turn(hunt, other);
        double now = slot_cost(hunt, fleet);
        if (slot_cost(hunt, other) < now - hunt_tolerance(now))
            fleet_copy_slot(market, other, hunt->slot, fleet);
    }
}

int fleet_choose(struct fleet_search *search, struct fleet *fleet, int *workload) {
    const struct market *market = search->market;
    struct arena_mark mark = arena_mark(search->scratch);
    struct hunt hunt = hunt_open(search);
    int n = market->in->demand->n_workloads, failed = -1;
    bool coupled = n > 1 && workloads_are_coupled(search);
    struct fleet other = {0};
    if (coupled && search->from_each)
        fleet_open(search->scratch, market, &other);
    for (int slot = 0; slot < market->n_slots && failed < 0; slot++) {
        hunt.slot = slot;
        if (search->only_workload >= 0) {
            bool changed = false;
            *workload = search->only_workload;
            failed = choose_workload(&hunt, fleet, *workload, false, &changed) ? -1 : slot;
            continue;
        }
        if (!first_fleet(&hunt, fleet, workload)) {
            failed = slot;
            break;
        }
        if (!coupled)
            continue;
        in_turn(&hunt, fleet);
        if (search->from_each)
            from_each(&hunt, fleet, &other);
    }
    arena_rewind(search->scratch, mark);
    return failed;
}

bool fleet_within_limits(const struct market *market, const int32_t *regular, const int32_t *spot) {
    for (int l = 0; l < market->n_limits; l++) {
        double vcpu = 0;
        for (int m = 0; m < market->n_machines; m++) {
            const struct machine *machine = &market->machines[m];
            vcpu += (machine->limit_regular == l ? regular[m] * machine->vcpu : 0) +
                    (machine->limit_spot == l ? spot[m] * machine->vcpu : 0);
        }
        if (vcpu > market->limits[l].vcpu * (1 + 1e-9))
            return false;
    }
    return true;
}
