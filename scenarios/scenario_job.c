/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_job.h"

#include <string.h>

#include "scenarios/scenario_block.h"
#include "scenarios/scenario_finance.h"
#include "scenarios/scenario_workload.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

const char *job_kind_word(enum job_kind kind) {
    static const char *const words[] = {"training", "fine tuning", "retraining", "data preparation",
                                        "batch inference"};
    return words[kind];
}

static bool nodes_talk(enum job_kind kind) {
    return kind == JOB_TRAINING || kind == JOB_FINE_TUNING || kind == JOB_RETRAINING;
}

/* ---- the gang ---- */

static void read_nodes(struct view view, struct job_spec *out) {
    const struct tree *tree = view_get(view, "nodes");
    struct view inner = view_map(view, "nodes");
    if (!tree || tree->kind != YAML_NODE_MAP) {
        out->nodes_min = out->nodes_max = view_int(view, "nodes");
        return;
    }
    view_need(inner, "max", "as a map it is a range");
    out->nodes_max = view_get(inner, "max") ? view_int(inner, "max") : 1;
    out->nodes_min = view_get(inner, "min") ? view_int(inner, "min") : 1;
    if (out->nodes_min > out->nodes_max)
        mistakes_at(view.mistakes, view_key_place(inner, "min"), "swap them or take one out",
                    "'%s' has a min of %d above its max of %d", inner.path, out->nodes_min,
                    out->nodes_max);
}

static bool wrong_speedup(struct view view, const struct tree *item, const char *words) {
    mistakes_at(view.mistakes, item->key, "write for example speedup: { 1: 1, 2: 1.9, 8: 6.7 }",
                "%s; '%s' does not fit", words, mistakes_shown(view.arena, bytes_of(item->name)));
    return false;
}

static bool read_point(struct view view, const struct tree *item, struct job_scaling *out) {
    struct scalar scalar;
    int64_t nodes;
    if (!view_scalar(view, "speedup", item, &scalar))
        return false;
    int n = out->n_points;
    int before = n > 0 ? out->points[n - 1].nodes : 0;
    if (!text_parse_int64(bytes_of(item->name), &nodes) || nodes <= before || nodes > JOB_NODES_MAX)
        return wrong_speedup(view, item, "nodes of a speedup are whole and rise from 1");
    if (n == 0 && (nodes != 1 || scalar.number != 1))
        return wrong_speedup(view, item, "a speedup starts with 1: 1");
    out->points[n] = (struct job_point){(int)nodes, scalar.number};
    out->n_points++;
    return true;
}

static void read_speedup(struct view view, struct job_spec *out) {
    const struct tree *tree = view_get(view, "speedup");
    if (!tree || tree->kind != YAML_NODE_MAP || tree->n > JOB_POINTS_MAX)
        return;
    for (int i = 0; i < tree->n; i++)
        if (!read_point(view, tree->items[i], &out->scaling)) {
            out->scaling.n_points = 0;
            return;
        }
    int last = out->scaling.n_points > 0 ? out->scaling.points[out->scaling.n_points - 1].nodes : 0;
    if (last > 0 && last < out->nodes_max)
        mistakes_at(view.mistakes, tree_place(tree),
                    arena_printf(view.arena, "add the speedup of %d nodes", out->nodes_max),
                    "the speedup ends at %d nodes, the largest gang has %d", last, out->nodes_max);
}

static void read_scaling(struct view view, struct job_spec *out) {
    static const char *const ways[] = {"serial", "speedup", "model"};
    static const char *const ring[] = {"step"};
    struct view inner = view_map(view, "scaling");
    if (!inner.map) {
        if (nodes_talk(out->kind) && out->nodes_max > 1)
            view_need(view, "scaling", "a gang whose nodes talk to each other needs it");
        return;
    }
    int way = view_only_one(inner, ways, COUNT_OF(ways));
    if (way == 0)
        out->scaling.serial = view_number(inner, "serial");
    if (way == 1)
        read_speedup(inner, out);
    if (way != 2) {
        view_refuse(inner, ring, COUNT_OF(ring), "a model");
        return;
    }
    out->model = view_text(inner, "model");
    out->model_place = view_place(inner, "model");
    view_need(inner, "step", "a model's gradients go around once a step");
    view_need(view, "tokens", "the time of a step follows from it");
    out->step_tokens = view_number(inner, "step");
}

static void read_checkpoint(struct view view, struct job_spec *out) {
    out->checkpoints = view.map != NULL;
    out->checkpoint_every_s = view_number(view, "every");
    out->write_s = view_number(view, "write");
    out->restore_s = view_number(view, "restore");
}

/* ---- places ---- */

static void read_place(struct view view, struct view job, const struct job_spec *spec,
                       struct job_place *out) {
    static const char *const ways[] = {"alone", "rate"};
    int way = view_only_one(view, ways, COUNT_OF(ways));
    struct view block = view_map(view, "block");
    *out = (struct job_place){.instance = view_text(view, "instance"),
                              .place = view_place(view, "instance"),
                              .alone_s = view_number(view, "alone"),
                              .network_bytes_per_s = view_number(view, "network"),
                              .block_nodes = view_int(block, "nodes"),
                              .block_s = view_number(block, "length"),
                              .block_usd_per_hour = view_number(block, "rate")};
    block_check_length(block, "length", out->block_s / 86400);
    double rate = view_number(view, "rate");
    if (way == 1) {
        view_need(job, "tokens", "a rate needs the tokens of a run");
        out->alone_s = rate > 0 ? spec->tokens / rate : 0;
    }
    if (spec->model[0])
        view_need(view, "network", "scaling.model needs it");
    if (out->block_nodes > 0 && out->block_nodes < spec->nodes_min)
        mistakes_at(view.mistakes, view_key_place(block, "nodes"), "take a larger block",
                    "the block has %d nodes, the smallest gang %d", out->block_nodes,
                    spec->nodes_min);
}

static void read_places(struct view view, struct job_spec *out) {
    int n = view_count(view, "run_on");
    struct job_place *places = arena_new(view.arena, struct job_place, n);
    for (int i = 0; i < n; i++) {
        struct view item = view_item(view, "run_on", i);
        read_place(item, view, out, &places[i]);
        for (int j = 0; j < i; j++)
            if (places[j].place.node && strcmp(places[i].instance, places[j].instance) == 0)
                mistakes_at(view.mistakes, places[i].place, "keep one of them",
                            "'%s.run_on' names '%s' twice", view.path, places[i].instance);
    }
    out->places = places;
    out->n_places = n;
}

static void read_regions(struct view view, struct job_spec *out) {
    int n = view_count(view, "regions");
    const char **regions = arena_new(view.arena, const char *, n);
    struct place *places = arena_new(view.arena, struct place, n);
    for (int i = 0; i < n; i++) {
        const struct tree *tree = view_value(view, "regions", i);
        struct scalar scalar;
        bool twice = false;
        if (!view_scalar(view, "regions", tree, &scalar))
            continue;
        for (int j = 0; j < out->n_regions; j++)
            twice = twice || strcmp(regions[j], scalar.text) == 0;
        if (twice) {
            mistakes_at(view.mistakes, tree->place, "keep one of them",
                        "'%s.regions' names '%s' twice", view.path, scalar.text);
            continue;
        }
        regions[out->n_regions] = scalar.text;
        places[out->n_regions++] = tree->place;
    }
    out->regions = regions;
    out->region_places = places;
}

/* ---- how it is bought ---- */

static void read_job_purchase(struct view view, const struct scenario *scenario,
                              struct job_spec *out) {
    int n = view_count(view, "purchase");
    out->on_demand = n == 0 && scenario->allow_on_demand;
    out->spot = n == 0 && scenario->allow_spot;
    for (int i = 0; i < n; i++) {
        struct scalar scalar;
        if (!view_scalar(view, "purchase", view_value(view, "purchase", i), &scalar))
            continue;
        out->on_demand = out->on_demand || scalar.choice == 0;
        out->spot = out->spot || scalar.choice == 1;
    }
    static const char *const market[] = {"spot"};
    if (!out->spot)
        view_refuse(view, market, COUNT_OF(market), "jobs whose purchase has spot");
    struct view spot = view_map(view, "spot");
    out->spot_up_s = view_number(spot, "up");
    out->spot_down_s = view_number(spot, "down");
    bool blocks = false;
    for (int i = 0; i < out->n_places; i++)
        blocks = blocks || out->places[i].block_nodes > 0;
    if (!out->on_demand && !out->spot && !blocks && out->n_places > 0)
        mistakes_at(view.mistakes, out->place, "add purchase: [on_demand] to the job",
                    "the job '%s' can be bought in no way", out->name);
}

/* ---- logs and clusters ---- */

static void read_log(struct view view, const struct scenario *scenario, struct job_spec *out) {
    static const char *const described[] = {"every",   "deadline",   "nodes",
                                            "elastic", "tokens",     "scaling",
                                            "setup",   "checkpoint", "run_on"};
    out->log = view_text(view, "log");
    out->log_place = view_place(view, "log");
    if (!view_get(view, "log")) {
        view_need(view, "run_on", "a job without a log runs on something");
        return;
    }
    view_need(view, "cluster", "a log of jobs runs on one");
    view_refuse(view, described, COUNT_OF(described), "jobs without a log");
    out->log_relative_to = scenario_relative_to(scenario, out->log_place);
}

static void take_place(struct view view, const struct job_cluster *cluster, struct job_spec *out) {
    struct job_place *place = arena_new(view.arena, struct job_place, 1);
    *place = (struct job_place){.instance = cluster->instance, .place = cluster->instance_place};
    out->places = place;
    out->n_places = 1;
}

static int cluster_named(struct view view, const struct scenario *scenario, const char *name) {
    struct text names = {.arena = view.arena};
    for (int c = 0; c < scenario->n_clusters; c++) {
        if (strcmp(scenario->clusters[c].name, name) == 0)
            return c;
        text_printf(&names, "%s%s", c > 0 ? ", " : "", scenario->clusters[c].name);
    }
    mistakes_at(view.mistakes, view_place(view, "cluster"),
                scenario->n_clusters > 0 ? arena_printf(view.arena, "there are: %s", names.data)
                                         : "describe it under clusters:",
                "unknown cluster '%s'", name);
    return -1;
}

/* A job on a cluster has one place, the cluster's, whose region it takes. */
static void read_on_cluster(struct view view, const struct scenario *scenario,
                            struct job_spec *out) {
    static const char *const own[] = {"regions", "purchase", "spot", "mtbf"};
    static const char *const shared[] = {"priority"};
    out->cluster = -1;
    if (!view_get(view, "cluster")) {
        view_need(view, "regions", "a job that is on no cluster is bought somewhere");
        view_refuse(view, shared, COUNT_OF(shared), "jobs on a cluster");
        return;
    }
    view_refuse(view, own, COUNT_OF(own), "jobs that are on no cluster");
    out->priority = view_int(view, "priority");
    int index = cluster_named(view, scenario, view_text(view, "cluster"));
    if (index < 0)
        return;
    const struct job_cluster *cluster = &scenario->clusters[index];
    if (out->log[0])
        take_place(view, cluster, out);
    if (out->n_places < 1)
        return;
    const struct job_place *place = &out->places[0];
    if (out->n_places > 1 || strcmp(place->instance, cluster->instance) != 0)
        mistakes_at(view.mistakes, out->places[out->n_places - 1].place,
                    arena_printf(view.arena, "let run_on have %s alone", cluster->instance),
                    "the cluster '%s' has %s only", cluster->name, cluster->instance);
    if (place->block_nodes > 0)
        mistakes_at(view.mistakes, place->place, "take out the block or the cluster",
                    "the job '%s' is on a cluster and in a block", out->name);
    if (out->nodes_min > cluster->nodes)
        mistakes_at(view.mistakes, view_place(view, "nodes"), "take a larger cluster",
                    "the cluster '%s' has %d nodes, the gang %d", cluster->name, cluster->nodes,
                    out->nodes_min);
    if (out->nodes_min < out->nodes_max && !out->elastic)
        mistakes_at(view.mistakes, view_key_place(view, "nodes"), "add elastic: on, or give one",
                    "on a cluster gangs are not compared");
    out->cluster = index;
    out->n_places = out->n_regions = 1;
    out->regions = &cluster->region;
    out->region_places = &cluster->region_place;
    out->mtbf_s = cluster->mtbf_s;
}

static void read_clusters(struct view root, struct scenario *out) {
    int n = view_count(root, "clusters");
    struct job_cluster *clusters = arena_new(root.arena, struct job_cluster, n);
    for (int i = 0; i < n; i++) {
        struct view view = view_item(root, "clusters", i);
        clusters[i] = (struct job_cluster){.name = view_text(view, "name"),
                                           .place = view_place(view, "name"),
                                           .instance = view_text(view, "instance"),
                                           .instance_place = view_place(view, "instance"),
                                           .region = view_text(view, "region"),
                                           .region_place = view_place(view, "region"),
                                           .nodes = view_int(view, "nodes"),
                                           .usd_per_hour = view_number(view, "rate"),
                                           .mtbf_s = view_number(view, "mtbf")};
        clusters[i].tags = scenario_tags(view, &clusters[i].n_tags);
        for (int j = 0; j < i; j++)
            if (clusters[i].place.node && strcmp(clusters[i].name, clusters[j].name) == 0)
                mistakes_at(root.mistakes, clusters[i].place, "give each cluster its own name",
                            "two clusters have the name '%s'", clusters[i].name);
    }
    out->n_clusters = n;
    out->clusters = clusters;
}

static void check_clusters(struct view root, const struct scenario *scenario) {
    for (int c = 0; c < scenario->n_clusters; c++) {
        bool used = false;
        for (int j = 0; j < scenario->n_jobs; j++)
            used = used || scenario->jobs[j].cluster == c;
        if (!used && root.mistakes->n_total == 0)
            mistakes_at(root.mistakes, scenario->clusters[c].place,
                        "name it in a job, or take it out", "no job is on the cluster '%s'",
                        scenario->clusters[c].name);
    }
}

static void read_job(struct view view, const struct scenario *scenario, struct job_spec *out) {
    int kind = view_choice(view, "kind");
    *out = (struct job_spec){.name = view_text(view, "name"),
                             .place = view_place(view, "name"),
                             .kind = kind >= 0 ? (enum job_kind)kind : JOB_TRAINING,
                             .every_s = view_number(view, "every"),
                             .deadline_s = view_number(view, "deadline"),
                             .confidence = view_number(view, "confidence"),
                             .elastic = view_choice(view, "elastic") == 0,
                             .tokens = view_number(view, "tokens"),
                             .model = "",
                             .setup_s = view_number(view, "setup"),
                             .mtbf_s = view_number(view, "mtbf")};
    if (out->kind == JOB_RETRAINING && !view_get(view, "log"))
        view_need(view, "every", "retraining comes again");
    read_nodes(view, out);
    if (out->elastic && out->nodes_min == out->nodes_max)
        mistakes_at(view.mistakes, view_key_place(view, "elastic"),
                    "write for example nodes: { min: 2, max: 8 }",
                    "an elastic gang needs nodes.min below nodes.max");
    read_scaling(view, out);
    read_checkpoint(view_map(view, "checkpoint"), out);
    read_places(view, out);
    read_regions(view, out);
    out->tags = scenario_tags(view, &out->n_tags);
    read_log(view, scenario, out);
    read_on_cluster(view, scenario, out);
    if (!view_get(view, "cluster"))
        read_job_purchase(view, scenario, out);
}

void scenario_jobs(struct view root, struct scenario *out) {
    read_clusters(root, out);
    int n = view_count(root, "jobs");
    struct job_spec *jobs = arena_new(root.arena, struct job_spec, n);
    for (int i = 0; i < n; i++) {
        read_job(view_item(root, "jobs", i), out, &jobs[i]);
        for (int j = 0; j < i; j++)
            if (jobs[i].place.node && strcmp(jobs[i].name, jobs[j].name) == 0) {
                mistakes_at(root.mistakes, jobs[i].place, "give each job its own name",
                            "two jobs have the name '%s'", jobs[i].name);
                break;
            }
    }
    out->n_jobs = n;
    out->jobs = jobs;
    check_clusters(root, out);
}
