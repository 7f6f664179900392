/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_spot.h"

#include <string.h>

#include "scenarios/scenario_workload.h"
#include "sim/spot_market.h"

static bool served(const struct scenario *scenario, const char *region) {
    for (int w = 0; w < scenario->n_workloads; w++)
        for (int r = 0; r < scenario->workloads[w].n_regions; r++)
            if (strcmp(scenario->workloads[w].regions[r], region) == 0)
                return true;
    return false;
}

static void read_zone(struct view view, const struct scenario *scenario,
                      const struct spot_spec *spot, struct spot_zone_spec *out) {
    out->zone = view_text(view, "zone");
    out->region = spot_region_of(view.arena, out->zone);
    out->place = view_place(view, "zone");
    out->trace = view_text(view, "trace");
    out->trace_place = view_place(view, "trace");
    out->relative_to = scenario_relative_to(scenario, out->trace_place);
    if (view_get(view, "instances"))
        out->instances = view_int(view, "instances");
    for (int i = 0; i < spot->n_zones; i++)
        if (strcmp(spot->zones[i].zone, out->zone) == 0)
            mistakes_at(view.mistakes, out->place, "keep one of them",
                        "zone '%s' stands here twice",
                        mistakes_shown(view.arena, bytes_of(out->zone)));
    if (out->zone[0] && !served(scenario, out->region))
        mistakes_at(view.mistakes, out->place,
                    "a zone is its region and a letter: us-west-2a is in us-west-2",
                    "zone '%s' is in no region of any workload",
                    mistakes_shown(view.arena, bytes_of(out->zone)));
}

static void read_prices(struct view view, const struct scenario *scenario, struct spot_spec *out) {
    int n = view_count(view, "prices");
    struct spot_prices_spec *prices = arena_new(view.arena, struct spot_prices_spec, n);
    for (int i = 0; i < n; i++) {
        const struct tree *tree = view_value(view, "prices", i);
        struct scalar scalar;
        if (view_scalar(view, "prices", tree, &scalar))
            prices[out->n_prices++] = (struct spot_prices_spec){
                scalar.text, scenario_relative_to(scenario, tree->place), tree->place};
    }
    if (n == 0 && view_get(view, "prices_from"))
        mistakes_at(view.mistakes, view_place(view, "prices_from"),
                    "add spot.prices, or take it out",
                    "'spot.prices_from' is about price histories, and there are none");
    out->prices = prices;
    out->prices_from = view_date(view, "prices_from");
}

/* A zone's share is of zones that are known. */
static void check_share(struct view root, const struct scenario *scenario) {
    struct view policy = view_map(root, "policy");
    if (!policy.map || !view_get(policy, "spot_zone_share_max"))
        return;
    for (int w = 0; w < scenario->n_workloads; w++)
        for (int r = 0; r < scenario->workloads[w].n_regions; r++) {
            const char *region = scenario->workloads[w].regions[r];
            bool found = false;
            for (int z = 0; z < scenario->spot.n_zones; z++)
                found = found || strcmp(scenario->spot.zones[z].region, region) == 0;
            if (found)
                continue;
            mistakes_at(root.mistakes, view_place(policy, "spot_zone_share_max"),
                        "add zones of it to spot.zones, or take this out",
                        "'policy.spot_zone_share_max' is about zones, and 'spot.zones' has none in "
                        "%s",
                        mistakes_shown(root.arena, bytes_of(region)));
            return;
        }
}

void scenario_spot(struct view root, struct scenario *out) {
    struct view view = view_map(root, "spot");
    struct spot_spec *spot = &out->spot;
    int n = view_count(view, "zones");
    struct spot_zone_spec *zones = arena_new(root.arena, struct spot_zone_spec, n);
    *spot = (struct spot_spec){.zones = zones,
                               .place = view_key_place(root, "spot"),
                               .by_model = view_choice(view, "source") == 1,
                               .from_s = view_number(view, "from"),
                               .notice_s = view_number(view, "notice"),
                               .on_notice = (enum notice_action)view_choice(view, "on_notice"),
                               .fallback = view_choice(view, "fallback") == 0};
    for (int i = 0; i < n; i++) {
        read_zone(view_item(view, "zones", i), out, spot, &zones[spot->n_zones]);
        spot->n_zones++;
    }
    read_prices(view, out, spot);
    check_share(root, out);
    if (view.map && !out->allow_spot)
        mistakes_at(root.mistakes, spot->place, "add spot to purchase, or take this out",
                    "'purchase' does not allow spot");
    if (view.map && spot->by_model && view_get(view, "from"))
        mistakes_at(root.mistakes, view_place(view, "from"), "take it out, or write source: trace",
                    "'spot.from' says where a trace begins, and the model is drawn");
}
