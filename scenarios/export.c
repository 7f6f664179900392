/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/export.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/json_tree.h"

enum { HOURS = 168, DAYS = 7, NAME_MAX_BYTES = 40, STEPS_MAX = HOURS, COUNT_MAX = 1000000 };

static const char *const review = "review before apply";

const char *export_format_name(enum export_format format) {
    static const char *const names[] = {
#define X(id, name) name,
        EXPORT_FORMATS(X)
#undef X
    };
    return names[format];
}

/* ---- groups ---- */

struct group {
    const char *workload, *sku, *region;
    const char *plain; /* the workload's name of letters, digits and '-', no other's */
    const char *name;  /* plain, and the type */
    double vcpu;
    int regular_max, spot_max;
    int regular[HOURS], spot[HOURS];
};

struct groups {
    struct arena *arena;
    const struct result_file *result;
    int n;
    struct group *items;
};

/* "chat", "g6e-xlarge": what every tool takes as a name: letters, digits and '-', a letter first.
 */
static const char *plain_name(struct arena *arena, const char *text) {
    char *name = arena_printf(arena, "%s%s", isdigit((unsigned char)text[0]) ? "n-" : "", text);
    size_t n = 0;
    for (const char *c = name; *c && n < NAME_MAX_BYTES; c++) {
        bool plain = isascii((unsigned char)*c) && isalnum((unsigned char)*c);
        if (plain)
            name[n++] = (char)tolower((unsigned char)*c);
        else if (n > 0 && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n > 0 && name[n - 1] == '-')
        n--;
    name[n] = '\0';
    return n > 0 ? name : "workload";
}

/* Workloads whose names differ in what no tool takes are numbered: "chat", "chat-2". */
static const char *plain_workload(struct groups *groups, const char *workload) {
    const char *plain = plain_name(groups->arena, workload), *own = plain;
    for (int i = 0, n = 1; i < groups->n; i++) {
        const struct group *other = &groups->items[i];
        if (strcmp(other->workload, workload) == 0)
            return other->plain;
        if (strcmp(other->plain, own) == 0) {
            own = arena_printf(groups->arena, "%s-%d", plain, ++n);
            i = -1; /* that too may be another's */
        }
    }
    return own;
}

static bool read_hours(json_t *array, int *out) {
    for (size_t h = 0; h < HOURS; h++) {
        json_t *count = json_array_get(array, h);
        if (!json_is_integer(count) || json_integer_value(count) < 0 ||
            json_integer_value(count) > COUNT_MAX)
            return false;
        out[h] = (int)json_integer_value(count);
    }
    return true;
}

static bool read_count(json_t *object, const char *key, int *out) {
    json_t *count = json_object_get(object, key);
    *out = (int)json_integer_value(count);
    return json_is_integer(count) && json_integer_value(count) >= 0 &&
           json_integer_value(count) <= COUNT_MAX;
}

static bool read_vcpu(json_t *object, double *out) {
    json_t *vcpu = json_object_get(object, "vcpu");
    *out = json_number_value(vcpu);
    return json_is_number(vcpu) && *out >= 0 && *out <= COUNT_MAX;
}

static bool read_group(struct groups *groups, json_t *object, struct group *out) {
    const char *workload = json_string_value(json_object_get(object, "workload"));
    const char *sku = json_string_value(json_object_get(object, "sku"));
    const char *region = json_string_value(json_object_get(object, "region"));
    if (!workload || !sku || !region)
        return false;
    *out = (struct group){.workload = workload,
                          .sku = sku,
                          .region = plain_name(groups->arena, region),
                          .plain = plain_workload(groups, workload)};
    /* Instance types have a point: "g6e.xlarge", nothing else. */
    if (strspn(sku, "abcdefghijklmnopqrstuvwxyz0123456789-.") != strlen(sku))
        return false;
    out->name = arena_printf(groups->arena, "%s-%s", out->plain, plain_name(groups->arena, sku));
    return read_vcpu(object, &out->vcpu) && read_count(object, "regular_max", &out->regular_max) &&
           read_count(object, "spot_max", &out->spot_max) &&
           read_hours(json_object_get(object, "regular_first_week"), out->regular) &&
           read_hours(json_object_get(object, "spot_first_week"), out->spot);
}

/* Candidates of one type (another precision) run in one group. false: too many instances. */
static bool add_group(struct groups *groups, const struct group *one) {
    for (int i = 0; i < groups->n; i++) {
        struct group *own = &groups->items[i];
        if (strcmp(own->workload, one->workload) != 0 || strcmp(own->sku, one->sku) != 0 ||
            strcmp(own->region, one->region) != 0)
            continue;
        bool fits = true;
        own->regular_max += one->regular_max;
        own->spot_max += one->spot_max;
        for (int h = 0; h < HOURS; h++) {
            own->regular[h] += one->regular[h];
            own->spot[h] += one->spot[h];
            fits = fits && own->regular[h] <= COUNT_MAX && own->spot[h] <= COUNT_MAX;
        }
        return fits && own->regular_max <= COUNT_MAX && own->spot_max <= COUNT_MAX;
    }
    size_t n = (size_t)groups->n;
    groups->items = arena_grow(groups->arena, groups->items, n, n + 1, sizeof *groups->items);
    groups->items[groups->n++] = *one;
    return true;
}

static bool read_groups(struct groups *groups, const char *workload, struct err *err) {
    json_t *fleet = result_value(groups->result, "fleet");
    for (size_t i = 0; i < json_array_size(fleet); i++) {
        struct group one;
        bool fine = read_group(groups, json_array_get(fleet, i), &one);
        if (fine && (!workload || strcmp(workload, one.workload) == 0))
            fine = add_group(groups, &one);
        if (!fine)
            return err_at(err, groups->result->file, 0, 0, "'fleet' is not what it must be");
    }
    if (groups->n > 0)
        return true;
    if (json_is_true(result_value(groups->result, "infeasible"))) {
        err_at(err, groups->result->file, 0, 0, "no plan fits: there is nothing to set up");
        err_hint(err, "headroom explain %s says why, and what would fit", groups->result->file);
        return false;
    }
    err_at(err, groups->result->file, 0, 0, "the plan runs no instances%s%s",
           workload ? " for the workload " : "", workload ? workload : "");
    err_hint(err, "functions and token APIs have no capacity to set up");
    return false;
}

static int count_at(const struct group *group, int hour) {
    return group->regular[hour] + group->spot[hour];
}

static int least_of(const int *hours) {
    int least = hours[0];
    for (int h = 1; h < HOURS; h++)
        least = hours[h] < least ? hours[h] : least;
    return least;
}

static int least_count(const struct group *group) {
    int least = count_at(group, 0);
    for (int h = 1; h < HOURS; h++)
        least = count_at(group, h) < least ? count_at(group, h) : least;
    return least;
}

static int peak_hour(const struct group *group) {
    int peak = 0;
    for (int h = 1; h < HOURS; h++)
        if (count_at(group, h) > count_at(group, peak))
            peak = h;
    return peak;
}

static int most_count(const struct group *group) {
    return group->regular_max + group->spot_max;
}

/* Of what runs above the instances that never stop, at the peak. */
static int percent_on_demand(const struct group *group) {
    int base = least_of(group->regular), peak = peak_hour(group);
    int above = count_at(group, peak) - base;
    return above > 0 ? (int)lround(100.0 * (group->regular[peak] - base) / above) : 100;
}

/* ---- schedules ---- */

/* At `hour` of the days (bit 0: Monday) the group is set to `count`. */
struct change {
    int hour, count;
    unsigned days;
};

/* Every hour whose count differs from the hour before, days with the same change together; the
 * week goes round. */
static int changes_of(const struct group *group, struct change *out) {
    int n = 0;
    for (int h = 0; h < HOURS; h++) {
        int count = count_at(group, h);
        if (count == count_at(group, (h + HOURS - 1) % HOURS))
            continue;
        int at = 0;
        while (at < n && (out[at].hour != h % 24 || out[at].count != count))
            at++;
        if (at == n)
            out[n++] = (struct change){h % 24, count, 0};
        out[at].days |= 1u << (h / 24);
    }
    return n;
}

/* "0 8 * * 1,2,3": cron counts days from Sunday, 0. */
static const char *cron_words(struct arena *arena, const struct change *change) {
    struct text out = {.arena = arena};
    text_printf(&out, "0 %d * * ", change->hour);
    int n = 0;
    for (int day = 0; day < DAYS; day++)
        if (change->days & (1u << day))
            text_printf(&out, "%s%d", n++ ? "," : "", (day + 1) % DAYS);
    return out.data;
}

/* ---- JSON ---- */

static json_t *review_tag(void) {
    return json_pack("{s:s,s:s}", "Key", "headroom", "Value", review);
}

static json_t *template_json(const struct group *group) {
    return json_pack("{s:{s:s,s:s},s:[{s:s}]}", "LaunchTemplateSpecification", "LaunchTemplateName",
                     group->name, "Version", "$Default", "Overrides", "InstanceType", group->sku);
}

static json_t *asg_json(struct groups *groups, const struct group *group) {
    json_t *actions = json_array(), *object = json_object();
    struct change changes[STEPS_MAX];
    int n = changes_of(group, changes);
    for (int i = 0; i < n; i++)
        push(actions, json_pack("{s:s,s:s,s:s,s:i}", "AutoScalingGroupName", group->name,
                                "ScheduledActionName",
                                arena_printf(groups->arena, "%s-%d", group->name, i + 1),
                                "Recurrence", cron_words(groups->arena, &changes[i]),
                                "DesiredCapacity", changes[i].count));
    put(object, "CreateAutoScalingGroup",
        json_pack("{s:s,s:i,s:i,s:i,s:{s:o,s:{s:i,s:i,s:s}},s:[o]}", "AutoScalingGroupName",
                  group->name, "MinSize", least_count(group), "MaxSize", most_count(group),
                  "DesiredCapacity", count_at(group, 0), "MixedInstancesPolicy", "LaunchTemplate",
                  template_json(group), "InstancesDistribution", "OnDemandBaseCapacity",
                  least_of(group->regular), "OnDemandPercentageAboveBaseCapacity",
                  percent_on_demand(group), "SpotAllocationStrategy", "price-capacity-optimized",
                  "Tags", review_tag()));
    put(object, "PutScheduledUpdateGroupAction", actions);
    return object;
}

static json_t *fleet_request(const struct group *group) {
    int peak = peak_hour(group);
    return json_pack("{s:s,s:{s:i,s:i,s:i,s:s},s:[o],s:{s:s},s:[{s:s,s:[o]}]}", "Type", "maintain",
                     "TargetCapacitySpecification", "TotalTargetCapacity", count_at(group, peak),
                     "OnDemandTargetCapacity", group->regular[peak], "SpotTargetCapacity",
                     group->spot[peak], "DefaultTargetCapacityType",
                     group->regular[peak] > 0 ? "on-demand" : "spot", "LaunchTemplateConfigs",
                     template_json(group), "SpotOptions", "AllocationStrategy",
                     "price-capacity-optimized", "TagSpecifications", "ResourceType", "fleet",
                     "Tags", review_tag());
}

static void append_json(struct groups *groups, enum export_format format, struct text *out) {
    json_t *array = json_array();
    for (int i = 0; i < groups->n; i++)
        push(array, format == EXPORT_ASG ? asg_json(groups, &groups->items[i])
                                         : fleet_request(&groups->items[i]));
    char *text = json_dumps(array, JSON_INDENT(2));
    json_decref(array);
    ENSURE(text != NULL);
    text_printf(out, "%s\n", text);
    free(text);
}

/* ---- text formats ---- */

static void append_head(struct groups *groups, struct text *out) {
    const char *scenario = text_printable(groups->arena, bytes_of(groups->result->scenario));
    json_t *commitments = result_value(groups->result, "plan.commitments");
    text_printf(out, "# %s: drafted by headroom " HEADROOM_VERSION " from the plan of\n# %s\n",
                review, scenario);
    for (size_t i = 0; i < json_array_size(commitments); i++) {
        json_t *name = json_object_get(json_array_get(commitments, i), "name");
        if (json_is_string(name))
            text_printf(out, "# bought apart: %s\n",
                        text_printable(groups->arena, bytes_of(json_string_value(name))));
    }
}

static void append_resource(struct groups *groups, const struct group *group, struct text *out) {
    text_printf(out,
                "\nresource \"aws_autoscaling_group\" \"%s\" {\n"
                "  name                = \"%s\"\n"
                "  min_size            = %d\n"
                "  max_size            = %d\n"
                "  desired_capacity    = %d\n"
                "  vpc_zone_identifier = var.subnet_ids\n\n"
                "  mixed_instances_policy {\n"
                "    instances_distribution {\n"
                "      on_demand_base_capacity                  = %d\n"
                "      on_demand_percentage_above_base_capacity = %d\n"
                "      spot_allocation_strategy                 = \"price-capacity-optimized\"\n"
                "    }\n\n"
                "    launch_template {\n"
                "      launch_template_specification {\n"
                "        launch_template_id = var.launch_template_id\n"
                "        version            = \"$Default\"\n"
                "      }\n\n"
                "      override {\n"
                "        instance_type = \"%s\"\n"
                "      }\n"
                "    }\n"
                "  }\n\n"
                "  tag {\n"
                "    key                 = \"headroom\"\n"
                "    value               = \"%s\"\n"
                "    propagate_at_launch = false\n"
                "  }\n"
                "}\n",
                group->name, group->name, least_count(group), most_count(group), count_at(group, 0),
                least_of(group->regular), percent_on_demand(group), group->sku, review);
    struct change changes[STEPS_MAX];
    int n = changes_of(group, changes);
    for (int i = 0; i < n; i++)
        text_printf(out,
                    "\nresource \"aws_autoscaling_schedule\" \"%s-%d\" {\n"
                    "  scheduled_action_name  = \"%s-%d\"\n"
                    "  autoscaling_group_name = aws_autoscaling_group.%s.name\n"
                    "  recurrence             = \"%s\"\n"
                    "  min_size               = -1\n"
                    "  max_size               = -1\n"
                    "  desired_capacity       = %d\n"
                    "}\n",
                    group->name, i + 1, group->name, i + 1, group->name,
                    cron_words(groups->arena, &changes[i]), changes[i].count);
}

static void append_terraform(struct groups *groups, struct text *out) {
    append_head(groups, out);
    text_append_string(out, "\nvariable \"launch_template_id\" {\n  type = string\n}\n\n"
                            "variable \"subnet_ids\" {\n  type = list(string)\n}\n");
    for (int i = 0; i < groups->n; i++)
        append_resource(groups, &groups->items[i], out);
}

/* All instance types of a workload in a region are one pool: Karpenter picks among them. */
static void append_node_pool(struct groups *groups, int first, struct text *out) {
    const struct group *one = &groups->items[first];
    struct text types = {.arena = groups->arena}, counts = {.arena = groups->arena};
    text_append_string(&types, "");
    text_append_string(&counts, "");
    double vcpu = 0;
    bool regular = false, spot = false;
    for (int i = first; i < groups->n; i++) {
        const struct group *group = &groups->items[i];
        if (strcmp(group->workload, one->workload) != 0 || strcmp(group->region, one->region) != 0)
            continue;
        text_printf(&types, "%s\"%s\"", types.n ? ", " : "", group->sku);
        text_printf(&counts, "  # %s: %d to %d in the first week, at most %d\n", group->sku,
                    least_count(group), count_at(group, peak_hour(group)), most_count(group));
        vcpu += group->vcpu * most_count(group);
        regular = regular || group->regular_max > 0;
        spot = spot || group->spot_max > 0;
    }
    text_printf(out,
                "---\n# %s\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata:\n"
                "  name: %s\n  labels:\n    headroom: review-before-apply\nspec:\n%s",
                review, arena_printf(groups->arena, "%s-%s", one->plain, one->region),
                counts.n ? counts.data : "");
    if (vcpu > 0)
        text_printf(out, "  limits:\n    cpu: \"%.15g\"\n", vcpu);
    text_printf(out,
                "  template:\n    spec:\n      nodeClassRef:\n        group: karpenter.k8s.aws\n"
                "        kind: EC2NodeClass\n        name: default\n      requirements:\n"
                "        - key: node.kubernetes.io/instance-type\n          operator: In\n"
                "          values: [%s]\n"
                "        - key: karpenter.sh/capacity-type\n          operator: In\n"
                "          values: [%s%s%s]\n"
                "        - key: topology.kubernetes.io/region\n          operator: In\n"
                "          values: [\"%s\"]\n",
                types.n ? types.data : "", regular ? "\"on-demand\"" : "",
                regular && spot ? ", " : "", spot ? "\"spot\"" : "", one->region);
}

static void append_karpenter(struct groups *groups, struct text *out) {
    append_head(groups, out);
    for (int i = 0; i < groups->n; i++) {
        bool told = false;
        for (int k = 0; k < i && !told; k++)
            told = strcmp(groups->items[k].workload, groups->items[i].workload) == 0 &&
                   strcmp(groups->items[k].region, groups->items[i].region) == 0;
        if (!told)
            append_node_pool(groups, i, out);
    }
}

bool export_append(const struct result_file *result, enum export_format format,
                   const char *workload, struct text *out, struct err *err) {
    struct groups groups = {.arena = out->arena, .result = result};
    if (!read_groups(&groups, workload, err))
        return false;
    if (format == EXPORT_KARPENTER)
        append_karpenter(&groups, out);
    else if (format == EXPORT_TERRAFORM)
        append_terraform(&groups, out);
    else
        append_json(&groups, format, out);
    return true;
}
