/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The committee's pages are three, one each, whatever a study has: many workloads, actions,
 * warnings, alarms and commitments, long and hostile names, on both papers; what has no room there
 * is told and comes later. The last page is not nearly empty where tighter tables save it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_extras.h"

#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HOSTILE "<span size='9999'>\x1b[2J\xE2\x80\xAE\xF0\x9F\x98\x80 & \x01 'x'</span>"

static const struct {
    const char *what;
    int n_workloads, months;
    int n_actions, n_notices, n_alarms, n_commitments; /* 0: as the fixture has them */
    const char *name;
} cases[] = {
    {"usual", 1, 12, 0, 0, 0, 0, NULL},
    {"one month", 1, 1, 0, 0, 0, 0, NULL},
    {"five years", 1, 60, 0, 0, 0, 0, NULL},
    {"forty workloads", 40, 12, 0, 0, 0, 0, NULL},
    {"long names", 2, 12, 0, 0, 0, 0, LONG},
    {"hostile names", 3, 12, 0, 0, 0, 0, HOSTILE},
    {"many of everything", 40, 24, 60, 40, 8, 30, NULL},
    {"many with long names", 40, 24, 60, 40, 8, 30, LONG},
    {"many commitments", 1, 12, 0, 0, 0, 30, NULL},
    {"many warnings", 1, 12, 0, 40, 0, 0, NULL},
    {"many actions", 1, 12, 60, 0, 0, 0, NULL},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

/* n items, those that there are again and again. */
#define REPEATED(arena, items, have, n)                                                            \
    repeated((arena), (items), (size_t)(have), (size_t)(n), sizeof *(items))
static void *repeated(struct arena *arena, const void *items, size_t have, size_t n, size_t size) {
    char *out = arena_new(arena, char, n *size);
    for (size_t i = 0; have > 0 && i < n; i++)
        memcpy(out + i * size, (const char *)items + i % have * size, size);
    return out;
}

static struct study *study_of(struct arena *arena, int i) {
    struct fixture fixture = fixture_defaults();
    struct extras extras = extras_defaults();
    fixture.n_workloads = cases[i].n_workloads;
    fixture.n_candidates = cases[i].n_workloads > 3 ? 2 : 8;
    fixture.name = cases[i].name;
    extras.months = cases[i].months;
    if (cases[i].name)
        extras.name = cases[i].name;
    struct study *study = fixture_study(arena, &fixture);
    extras_add(arena, study, &extras);
    if (cases[i].n_actions) {
        study->actions = REPEATED(arena, study->actions, study->n_actions, cases[i].n_actions);
        study->n_actions = cases[i].n_actions;
    }
    int n_notices = cases[i].n_notices + cases[i].n_alarms;
    if (n_notices) {
        struct study_notice *notices = REPEATED(arena, study->notices, study->n_notices, n_notices);
        for (int k = 0; k < n_notices; k++) {
            notices[k].id = k < cases[i].n_alarms ? "slo-missed" : notices[k].id;
            notices[k].text = arena_printf(arena, "warning %d: %s", k, notices[k].text);
        }
        study->notices = notices;
        study->n_notices = n_notices;
    }
    if (cases[i].n_commitments) {
        struct plan *plan = arena_new(arena, struct plan, 1);
        *plan = *study->recommended.plan;
        struct plan_commitment *held =
            REPEATED(arena, plan->commitments, plan->n_commitments, cases[i].n_commitments);
        for (int k = 0; k < cases[i].n_commitments; k++)
            held[k].commitment.name =
                arena_printf(arena, "commitment %d %s", k, held[k].commitment.name);
        plan->commitments = held;
        plan->n_commitments = cases[i].n_commitments;
        study->recommended.plan = plan;
    }
    return study;
}

static bool page_contains(const struct flow *flow, int page, const char *part) {
    struct flow one = {.arena = flow->arena, .pages = &flow->pages[page], .n_pages = 1};
    return flow_contains(&one, part);
}

ParameterizedTestParameters(committee, three_pages_one_each) {
    static int index[2 * N_CASES];
    for (int i = 0; i < 2 * N_CASES; i++)
        index[i] = i;
    return cr_make_param_array(int, index, 2 * N_CASES);
}

ParameterizedTest(int *both, committee, three_pages_one_each) {
    struct arena arena = {0};
    struct err err = {0};
    int at = *both / 2;
    const char *paper = *both % 2 ? "letter" : "a4", *what = cases[at].what;
    struct typeset *type = report_typeset(&arena, &err);
    struct study *study = study_of(&arena, at);
    struct flow flow = report_lay_out(&arena, type, paper_named(paper), study);
    static const char *const titles[] = {"Decision", "Capacity and commitments", "Money and risk"};
    cr_assert(gt(int, flow.n_chapters, 3));
    for (int i = 0; i < 3; i++) {
        cr_expect(eq(int, flow.chapters[i].page, i), "%s, %s: chapter %d", what, paper, i);
        cr_expect(eq(int, strncmp(flow.chapters[i].title, titles[i], strlen(titles[i])), 0));
    }
    cr_expect(eq(int, flow.chapters[3].page, 3), "%s, %s: the fourth page", what, paper);
    cr_expect(eq(int, flow_faults(&flow), 0), "%s, %s", what, paper);
    /* What is told is told once in all, and what is left out is said. */
    for (int k = 0; k < cases[at].n_notices + cases[at].n_alarms; k++)
        cr_expect(flow_contains(&flow, arena_printf(&arena, "arning %d: ", k)), "%s: %d", what, k);
    for (int k = 0; k < cases[at].n_commitments; k++)
        cr_expect(flow_contains(&flow, arena_printf(&arena, "commitment %d ", k)), "%s: %d", what,
                  k);
    if (cases[at].n_actions)
        cr_expect(page_contains(&flow, 0, "further actions"), "%s, %s", what, paper);
    if (cases[at].n_notices)
        cr_expect(page_contains(&flow, 0, "further warnings"), "%s, %s", what, paper);
    typeset_close(type);
    arena_release(&arena);
}

/* The usual study's tables and sentences tell the same three costs, with less and more demand. */
Test(committee, demand_ten_per_cent_off_is_on_page_three) {
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct study *study = study_of(&arena, 0);
    const double less[] = {1111, 2222, 3333}, more[] = {4444, NAN, 6666};
    study->futures.demand_less_usd = less;
    study->futures.demand_more_usd = more;
    study->futures.plans[0].committed_usd_per_hour = 1;
    struct flow flow = report_lay_out(&arena, type, paper_a4(), study);
    static const char *const parts[] = {"With 10% less demand the commitments still save $1.11K",
                                        "$2.22K",
                                        "$3.33K",
                                        "$4.44K",
                                        "cannot be carried",
                                        "$6.67K"};
    for (int i = 0; i < 6; i++)
        cr_expect(page_contains(&flow, 2, parts[i]), "%s", parts[i]);
    typeset_close(type);
    arena_release(&arena);
}

/* All that a page says, line after line. */
static const char *words_of(const struct scene *scene) {
    struct text out = {.arena = scene->arena};
    for (int i = 0; i < scene->n; i++)
        if (scene->marks[i].kind == MARK_TEXT)
            text_printf(&out, "%s%s", scene->marks[i].text,
                        scene->marks[i].text[strlen(scene->marks[i].text) - 1] == ' ' ? "" : " ");
    return out.n ? out.data : "";
}

/* A name of 60 letters is told whole on page 1, one of 200 is cut with a mark. */
Test(committee, the_scenarios_name_is_whole_on_page_one) {
    static const char name[] = "Customer support assistant of the retail group, peak of 2027";
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct fixture fixture = fixture_defaults();
    cr_assert(eq(sz, strlen(name), 60));
    for (int letter = 0; letter < 2; letter++) {
        const struct paper *paper = letter ? paper_named("letter") : paper_a4();
        fixture.name = name;
        struct flow flow = report_lay_out(&arena, type, paper, fixture_study(&arena, &fixture));
        cr_expect(eq(int, flow_faults(&flow), 0));
        const char *page = words_of(&flow.pages[0].scene);
        const char *kicker = arena_printf(&arena, "CAPACITY PLAN · %s · ", name);
        cr_expect(strstr(page, kicker) == page, "%.300s", page);
        fixture.name = arena_printf(&arena, "%s %s %s %s", name, name, name, name);
        flow = report_lay_out(&arena, type, paper, fixture_study(&arena, &fixture));
        cr_expect(eq(int, flow_faults(&flow), 0));
        page = words_of(&flow.pages[0].scene);
        cr_expect(strstr(page, arena_printf(&arena, "· %s", name)) && strstr(page, "… · "),
                  "%.500s", page);
    }
    typeset_close(type);
    arena_release(&arena);
}
