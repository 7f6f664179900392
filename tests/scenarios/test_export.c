/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts for other tools. What: each format is read by a reader of its own (JSON by jansson, YAML
 * by base/yaml, HCL by a checker of brackets, quotes and lines), names of users cannot break out of
 * them, and the schedule, run by cron's rules over a week, gives the plan's hours back. How: a
 * result by hand with hostile names. */
#include "scenarios/export.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

enum { HOURS = 168 };

/* 1 instance at night, 4 by day from Monday to Friday, of these 2 spot; 2 at week-ends from noon.
 */
static int regular_at(int hour) {
    bool work = hour < 120 && hour % 24 >= 8 && hour % 24 < 20;
    return work ? 2 : hour >= 120 && hour % 24 >= 12 ? 2 : 1;
}

static int spot_at(int hour) {
    return hour < 120 && hour % 24 >= 8 && hour % 24 < 20 ? 2 : 0;
}

static json_t *hours(int (*at)(int)) {
    json_t *array = json_array();
    for (int h = 0; h < HOURS; h++)
        json_array_append_new(array, json_integer(at(h)));
    return array;
}

static json_t *machine(const char *workload, const char *sku) {
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:o,s:o}", "workload", workload, "sku", sku,
                     "region", "us-east-1", "vcpu", 4, "regular_max", 3, "spot_max", 2,
                     "regular_first_week", hours(regular_at), "spot_first_week", hours(spot_at));
}

static const char hostile[] = "x\"\n}\n---\nkind: Evil ${var.a} \xe2\x80\xae";

static struct result_file result_of(json_t *fleet) {
    json_t *root = json_pack("{s:s,s:o,s:{s:[{s:s}]}}", "scenario", hostile, "fleet", fleet, "plan",
                             "commitments", "name", hostile);
    return (struct result_file){.file = "r.json",
                                .root = root,
                                .scenario = json_string_value(json_object_get(root, "scenario"))};
}

static const char *exported(struct arena *arena, struct result_file *result,
                            enum export_format format) {
    struct text out = {.arena = arena};
    struct err err = {0};
    cr_assert(export_append(result, format, NULL, &out, &err), "%s", err.what);
    return out.data;
}

/* Brackets and quotes close, and outside of comments a line is a block, an end or key = value. */
static bool is_hcl(struct arena *arena, const char *text) {
    int depth = 0;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        const char *own = arena_strndup(arena, line, n);
        own += strspn(own, " ");
        line += n + (line[n] == '\n');
        if (!*own || *own == '#')
            continue;
        bool quoted = false;
        int open = 0;
        for (const char *c = own; *c; c++) {
            quoted = quoted != (*c == '"');
            open += quoted ? 0 : (*c == '{') - (*c == '}');
        }
        size_t length = strlen(own);
        bool block = own[length - 1] == '{', end = strcmp(own, "}") == 0;
        if (quoted || (!block && !end && !strstr(own, " = ")) || strstr(own, "${"))
            return false;
        depth += open;
        if (depth < 0)
            return false;
    }
    return depth == 0;
}

static bool is_yaml(struct arena *arena, const char *text, int *n_documents) {
    *n_documents = 0;
    for (const char *at = strstr(text, "---\n"); at; at = strstr(at, "---\n")) {
        at += 4;
        const char *end = strstr(at, "---\n");
        struct bytes one = {at, end ? (size_t)(end - at) : strlen(at)};
        struct yaml_document document;
        struct err err = {0};
        if (!yaml_parse(arena, one, "k.yaml", &document, &err) ||
            !bytes_are(yaml_get(document.root, "kind")->text, "NodePool"))
            return false;
        *n_documents += 1;
    }
    return true;
}

Test(export, every_format_is_read_by_its_reader) {
    struct arena arena = {0};
    json_t *fleet = json_pack("[o,o,o]", machine("chat", "g6e.xlarge"),
                              machine("chat", "g5.2xlarge"), machine(hostile, "p5.48xlarge"));
    struct result_file result = result_of(fleet);
    int n;
    cr_expect(is_hcl(&arena, exported(&arena, &result, EXPORT_TERRAFORM)));
    cr_expect(is_yaml(&arena, exported(&arena, &result, EXPORT_KARPENTER), &n));
    cr_expect(eq(int, n, 2)); /* of two workloads */
    for (int format = 0; format < EXPORT_FORMAT_COUNT; format++) {
        const char *text = exported(&arena, &result, (enum export_format)format);
        cr_expect(strstr(text, "review before apply") != NULL);
        cr_expect(strstr(text, "Evil") == NULL || strstr(text, "# x\"") != NULL);
        if (format != EXPORT_ASG && format != EXPORT_EC2_FLEET)
            continue;
        json_t *read = json_loads(text, 0, NULL);
        cr_assert(read != NULL);
        cr_expect(eq(sz, json_array_size(read), 3));
        json_decref(read);
    }
    result_close(&result);
    arena_release(&arena);
}

/* How often a text has another. */
static int count_in(const char *text, const char *wanted) {
    int n = 0;
    for (const char *at = text; (at = strstr(at, wanted)); at += strlen(wanted))
        n++;
    return n;
}

/* Names that differ in what no tool takes stay apart, however long; none begins with a digit. */
Test(export, names_are_names_and_stay_apart) {
    struct arena arena = {0};
    char long_name[201];
    memset(long_name, 'x', 200);
    long_name[200] = '\0';
    struct result_file result = result_of(
        json_pack("[o,o,o,o,o,o]", machine("chat!", "g5.xlarge"), machine("chat?", "g5.xlarge"),
                  machine("chat-2", "g5.xlarge"), machine("7b", "g5.xlarge"),
                  machine(long_name, "g5.xlarge"), machine(long_name, "g5.2xlarge")));
    const char *text = exported(&arena, &result, EXPORT_TERRAFORM);
    static const char *const names[] = {"chat-g5-xlarge", "chat-2-g5-xlarge", "chat-2-2-g5-xlarge",
                                        "n-7b-g5-xlarge"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(
            eq(int,
               count_in(text, arena_printf(&arena, "resource \"aws_autoscaling_group\" \"%s\"",
                                           names[i])),
               1),
            "%s", names[i]);
    cr_expect(eq(int, count_in(text, "xxxx-g5-xlarge\" {"), 1));
    cr_expect(eq(int, count_in(text, "xxxx-g5-2xlarge\" {"), 1));
    const char *pools = exported(&arena, &result, EXPORT_KARPENTER);
    cr_expect(eq(int, count_in(pools, "\n  name: chat-us-east-1\n"), 1));
    cr_expect(eq(int, count_in(pools, "\n  name: chat-2-us-east-1\n"), 1));
    result_close(&result);
    arena_release(&arena);
}

/* The checker of HCL refuses what it must. */
Test(export, broken_hcl_is_refused) {
    struct arena arena = {0};
    static const char *const broken[] = {"a {\n", "a {\n}\n}\n", "a = \"b\n", "just words\n",
                                         "a = \"${var.b}\"\n"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_expect(not(is_hcl(&arena, broken[i])), "%s", broken[i]);
    cr_expect(is_hcl(&arena, "# {\na \"b\" {\n  c = \"d\"\n}\n"));
    arena_release(&arena);
}

/* What cron would make of the actions in an hour of the week (0: Monday 00:00): the count that the
 * last of them before it set, the week going round. -1: an action is not as it must be. */
static int count_by_schedule(const json_t *actions, int hour, size_t left_out) {
    int count = -1, latest = -1;
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        const char *cron = json_string_value(json_object_get(action, "Recurrence"));
        int at;
        char days[32];
        if (i == left_out)
            continue;
        if (sscanf(cron, "0 %d * * %31s", &at, days) != 2)
            return -1;
        for (const char *day = days; *day; day += strcspn(day, ",") + (strchr(day, ',') != NULL)) {
            int when = (atoi(day) + 6) % 7 * 24 + at; /* cron's 1 is Monday */
            int age = (hour - when + HOURS) % HOURS;
            if (latest < 0 || age < latest) {
                latest = age;
                count = (int)json_integer_value(json_object_get(action, "DesiredCapacity"));
            }
        }
    }
    return count;
}

Test(export, the_schedule_gives_the_hours_back) {
    struct arena arena = {0};
    struct result_file result = result_of(json_pack("[o]", machine("chat", "g6e.xlarge")));
    json_t *read = json_loads(exported(&arena, &result, EXPORT_ASG), 0, NULL);
    json_t *group = json_object_get(json_array_get(read, 0), "CreateAutoScalingGroup");
    json_t *actions = json_object_get(json_array_get(read, 0), "PutScheduledUpdateGroupAction");
    cr_expect(eq(sz, json_array_size(actions), 4)); /* of 14 changes of the week */
    int wrong_without[4] = {0};
    for (int h = 0; h < HOURS; h++) {
        int wanted = regular_at(h) + spot_at(h);
        cr_assert(eq(int, count_by_schedule(actions, h, 99), wanted), "hour %d", h);
        for (size_t k = 0; k < 4; k++)
            wrong_without[k] += count_by_schedule(actions, h, k) != wanted;
        cr_assert(le(int, (int)json_integer_value(json_object_get(group, "MinSize")), wanted));
        cr_assert(ge(int, (int)json_integer_value(json_object_get(group, "MaxSize")), wanted));
    }
    for (int k = 0; k < 4; k++) /* no action is there for nothing */
        cr_expect(gt(int, wrong_without[k], 0));
    json_t *mix =
        json_object_get(json_object_get(group, "MixedInstancesPolicy"), "InstancesDistribution");
    /* At the peak 2 of 4 are spot, 1 always runs on demand: of the 3 above it 1 is on demand. */
    cr_expect(eq(int, (int)json_integer_value(json_object_get(mix, "OnDemandBaseCapacity")), 1));
    cr_expect(eq(
        int, (int)json_integer_value(json_object_get(mix, "OnDemandPercentageAboveBaseCapacity")),
        33));
    json_decref(read);
    result_close(&result);
    arena_release(&arena);
}

Test(export, without_instances_there_is_nothing_to_export) {
    struct arena arena = {0};
    struct text out = {.arena = &arena};
    struct err err = {0};
    struct result_file none = result_of(json_array());
    cr_expect(not(export_append(&none, EXPORT_ASG, NULL, &out, &err)));
    cr_expect(eq(int, err.kind, ERR_INPUT));
    struct result_file odd = result_of(json_pack("[{s:s}]", "workload", "chat"));
    cr_expect(not(export_append(&odd, EXPORT_ASG, NULL, &out, &err)));
    struct result_file evil = result_of(json_pack("[o]", machine("chat", "g5\"; rm -rf /")));
    cr_expect(not(export_append(&evil, EXPORT_TERRAFORM, NULL, &out, &err)));
    struct result_file one = result_of(json_pack("[o]", machine("chat", "g5.xlarge")));
    cr_expect(not(export_append(&one, EXPORT_ASG, "search", &out, &err)));
    result_close(&none);
    result_close(&odd);
    result_close(&evil);
    result_close(&one);
    arena_release(&arena);
}

/* Without a plan there is no fleet, and it is the plan that is missing, not its instances. */
Test(export, a_result_without_a_plan_is_told) {
    static const struct {
        bool infeasible;
        const char *what, *hint;
    } cases[] = {
        {true, "no plan fits: there is nothing to set up",
         "headroom explain r.json says why, and what would fit"},
        {false, "the plan runs no instances",
         "functions and token APIs have no capacity to set up"},
    };
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct result_file result = result_of(json_array());
        struct text out = {.arena = &arena};
        struct err err = {0};
        json_object_set_new(result.root, "infeasible", json_boolean(cases[i].infeasible));
        cr_assert(not(export_append(&result, EXPORT_TERRAFORM, NULL, &out, &err)));
        cr_expect(eq(str, err.what, (char *)cases[i].what));
        cr_expect(eq(str, err.hint, (char *)cases[i].hint));
        json_decref(result.root);
        arena_release(&arena);
    }
}
