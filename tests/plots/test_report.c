/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole report on ordinary and on awkward studies: no page has overlapping, clipped, crossed or
 * unreadable text; every number of page 1 can be read back from the PDF by pdftotext; hostile names
 * stay text; nothing is cut in silence. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_extras.h"

/* 200 characters; a name with markup, escape, bidi override, emoji and a control character. */
#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HOSTILE "<span size='9999'>\x1b[2J\xE2\x80\xAE\xF0\x9F\x98\x80 & \x01 'x'</span>"

static const struct {
    const char *what;
    struct fixture fixture;
} cases[] = {
    {"usual", {3, 1, 8, 4, 2, 0, 1, 1, false, false, false, false, NULL}},
    {"one week", {1, 1, 8, 4, 2, 0, 1, 1, false, false, false, false, NULL}},
    {"two workloads", {3, 2, 8, 2, 1, 0.2, 1, 1, false, false, false, false, NULL}},
    {"one candidate", {1, 1, 1, 4, 0, 0, 1, 1, false, false, false, false, NULL}},
    {"free of charge", {3, 1, 8, 4, 2, 0, 1, 0, false, false, false, false, NULL}},
    {"infeasible", {3, 1, 8, 4, 2, 0, 1, 1, false, true, false, false, NULL}},
    {"target missed", {3, 1, 8, 4, 2, 0, 1, 1, false, false, true, false, NULL}},
    {"no notices", {1, 1, 8, 4, 2, 0, 1, 1, false, false, false, true, NULL}},
    {"encoder", {3, 1, 8, 1, 1, 0, 1, 1, true, false, false, false, NULL}},
    {"large", {3, 1, 8, 200, 60, 0, 80, 1, false, false, false, false, NULL}},
    {"tiny", {3, 1, 8, 0, 0, 0, 0.001, 1, false, false, false, false, NULL}},
    {"by use only", {1, 1, 8, 0, 0, 1, 10, 1, false, false, false, false, NULL}},
    {"dear", {1, 1, 8, 4, 2, 0, 1, 1e5, false, false, false, false, NULL}},
    {"long names", {3, 2, 8, 4, 2, 0, 1, 1, false, false, false, false, LONG}},
    {"hostile names", {3, 2, 8, 4, 2, 0, 1, 1, false, false, false, false, HOSTILE}},
    {"forty workloads", {1, 40, 2, 4, 2, 0, 1, 1, false, false, false, false, NULL}},
    {"infeasible with long names", {3, 2, 8, 4, 2, 0, 1, 1, false, true, false, false, LONG}},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

static struct criterion_test_params case_indices(void) {
    static int index[N_CASES];
    for (int i = 0; i < N_CASES; i++)
        index[i] = i;
    return cr_make_param_array(int, index, N_CASES);
}

ParameterizedTestParameters(report, pages_have_no_faults) {
    static int index[2 * N_CASES];
    for (int i = 0; i < 2 * N_CASES; i++)
        index[i] = i;
    return cr_make_param_array(int, index, 2 * N_CASES);
}

ParameterizedTest(int *both, report, pages_have_no_faults) {
    struct arena arena = {0};
    struct err err = {0};
    const int at = *both / 2, *i = &at;
    const struct paper *paper = paper_named(*both % 2 ? "letter" : "a4");
    struct typeset *type = report_typeset(&arena, &err);
    struct flow flow =
        report_lay_out(&arena, type, paper, fixture_study(&arena, &cases[*i].fixture));
    for (int p = 0; p < flow.n_pages; p++)
        cr_assert(epsilon_eq(dbl, flow.pages[p].scene.height, *both % 2 ? 792 : 841.89, 0.01));
    cr_assert(ge(int, flow.n_pages, 3), "%s", cases[*i].what);
    cr_assert(eq(int, flow_faults(&flow), 0), "%s", cases[*i].what);
    typeset_close(type);
    arena_release(&arena);
}

/* ---- the text of the PDF ---- */

/* What a command says of the report, white space as single blanks. */
static char *said_by(struct arena *arena, const struct study *study, const char *command) {
    struct report report;
    struct err err = {0};
    cr_assert(report_render(arena, study, NULL, &report, &err), "%s", err.what);
    struct bytes pdf = report.pdf;
    char path[] = "/tmp/headroom-report-XXXXXX";
    int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, pdf.data, pdf.n) == (ssize_t)pdf.n);
    close(file);
    FILE *pipe = popen(arena_printf(arena, command, path), "r");
    struct text out = {.arena = arena};
    text_append_string(&out, " ");
    for (int c; (c = fgetc(pipe)) != EOF;) { /* white space as single blanks */
        char letter = c == '\n' || c == '\f' ? ' ' : (char)c;
        if (letter != ' ' || out.data[out.n - 1] != ' ')
            text_append(&out, &letter, 1);
    }
    cr_assert(eq(int, pclose(pipe), 0));
    unlink(path);
    return out.data;
}

static char *page_text(struct arena *arena, const struct study *study, const char *pages) {
    return said_by(arena, study, arena_printf(arena, "pdftotext %s %%s -", pages));
}

/* As a screen reader has it, by the tags: each number stands alone, with a blank or a sign beside
 * it. */
static bool stands_alone(const char *text, const char *printed) {
    for (const char *at = text; (at = strstr(at, printed)); at++) {
        unsigned char before = (unsigned char)at[-1], after = (unsigned char)at[strlen(printed)];
        if (!isalnum(before) && before != '.' && !isalnum(after) && after != '$')
            return true;
    }
    return false;
}

Test(report, numbers_can_be_read_out) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    char *text = said_by(&arena, study, "pdfinfo -struct-text %s");
    cr_assert(not(stands_alone(" Cost per month$2.13Ktoday", "$2.13K"))); /* the check can fail */
    const struct report_number *numbers;
    int n = report_numbers(&arena, study, &numbers);
    struct text read = {.arena = &arena}; /* figures are read out by their alternatives */
    text_append_string(&read, text);
    struct err err = {0};
    struct flow flow = report_lay_out(&arena, report_typeset(&arena, &err), paper_a4(), study);
    for (int p = 0; p < flow.n_pages; p++)
        for (int m = 0; m < flow.pages[p].scene.n; m++)
            if (flow.pages[p].scene.marks[m].alt)
                text_printf(&read, " %s ", flow.pages[p].scene.marks[m].alt);
    for (int k = 0; k < n; k++)
        cr_assert(stands_alone(read.data, numbers[k].printed), "%s = %s", numbers[k].id,
                  numbers[k].printed);
    typeset_close(flow.type);
    arena_release(&arena);
}

ParameterizedTestParameters(report, numbers_can_be_read_back) {
    return case_indices();
}

ParameterizedTest(int *i, report, numbers_can_be_read_back) {
    struct arena arena = {0};
    struct study *study = fixture_study(&arena, &cases[*i].fixture);
    char *text = page_text(
        &arena, study, cases[*i].fixture.name || cases[*i].fixture.n_workloads > 2 ? "" : "-l 6");
    const struct report_number *numbers;
    int n = report_numbers(&arena, study, &numbers);
    cr_assert(ge(int, n, study->infeasible ? 1 : 17));
    for (int k = 0; k < n; k++) {
        bool awkward = cases[*i].fixture.name && strcmp(numbers[k].id, "headline") == 0;
        if (!awkward) /* its words are broken inside and its letters replaced */
            cr_assert(strstr(text, numbers[k].printed) != NULL, "%s: %s = %s", cases[*i].what,
                      numbers[k].id, numbers[k].printed);
    }
    arena_release(&arena);
}

Test(report, numbers_are_the_studys) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    const struct report_number *numbers;
    int n = report_numbers(&arena, study, &numbers);
    double found = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(numbers[i].id, "cost_plan") == 0)
            found = numbers[i].value;
        cr_assert(strlen(numbers[i].printed) > 0, "%s", numbers[i].id);
        for (int k = 0; k < i; k++)
            cr_assert(strcmp(numbers[i].id, numbers[k].id) != 0, "%s twice", numbers[i].id);
    }
    cr_assert(epsilon_eq(dbl, found, study->recommended.bill_usd_per_month, 1e-12));
    arena_release(&arena);
}

/* ---- honesty ---- */

static struct flow lay_out(struct arena *arena, const struct fixture *fixture) {
    struct err err = {0};
    return report_lay_out(arena, report_typeset(arena, &err), paper_a4(),
                          fixture_study(arena, fixture));
}

static void finish(struct arena *arena, struct flow *flow) {
    typeset_close(flow->type);
    arena_release(arena);
}

static bool page_contains(const struct flow *flow, int page, const char *part) {
    struct flow one = {.arena = flow->arena, .pages = &flow->pages[page], .n_pages = 1};
    return flow_contains(&one, part);
}

Test(report, every_notice_stands_on_page_one) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    fixture.slo_missed = true;
    struct flow flow = lay_out(&arena, &fixture);
    static const char *const parts[] = {"misses its target", "rates in use are estimated",
                                        "are estimated: four of five", "oldest price",
                                        "7 days of traffic"};
    for (int i = 0; i < 5; i++)
        cr_assert(page_contains(&flow, 0, parts[i]), "%s", parts[i]);
    finish(&arena, &flow);
}

/* A term of years on a week of traffic is told on page 1 even where notices fill further pages. */
Test(report, short_traffic_stays_on_page_one) {
    struct arena arena = {0};
    struct err err = {0};
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    enum { MANY = 80 };
    struct study_notice *notices = arena_new(&arena, struct study_notice, MANY + 1);
    for (int i = 0; i < MANY; i++)
        notices[i] = (struct study_notice){
            "estimated-capacity",
            arena_printf(&arena, "the service times of type %d are unsure", i)};
    notices[MANY] = study->notices[study->n_notices - 1];
    cr_assert(eq(str, (char *)notices[MANY].id, "short-traffic"));
    study->notices = notices;
    study->n_notices = MANY + 1;
    struct flow flow = report_lay_out(&arena, report_typeset(&arena, &err), paper_a4(), study);
    cr_expect(page_contains(&flow, 0, "7 days of traffic"));
    cr_expect(not(page_contains(&flow, 0, "of type 79"))); /* else nothing was put to the test */
    cr_expect(flow_contains(&flow, "of type 79"));
    finish(&arena, &flow);
}

/* policy.risk: expected. What the commitments were chosen for stands with them and in the
 * assumptions; without it no word of it. */
Test(report, tells_what_commitments_are_chosen_for) {
    for (int used = 0; used < 2; used++) {
        struct arena arena = {0};
        struct err err = {0};
        struct fixture fixture = fixture_defaults();
        struct study *study = fixture_study(&arena, &fixture);
        struct extras extras = extras_defaults();
        extras_add(&arena, study, &extras);
        study->hedge = (struct study_hedge){.used = used, .n = 64};
        struct flow flow = report_lay_out(&arena, report_typeset(&arena, &err), paper_a4(), study);
        int n = 0;
        for (int p = 0; p < flow.n_pages; p++)
            n += page_contains(&flow, p, "ommitments are chosen for");
        cr_expect(eq(int, n, used ? 2 : 0));
        finish(&arena, &flow);
    }
}

Test(report, an_infeasible_study_says_so_and_why) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    fixture.infeasible = true;
    struct flow flow = lay_out(&arena, &fixture);
    cr_assert(page_contains(&flow, 0, "No mix inside"));
    cr_assert(page_contains(&flow, 0, "a quota of 72 vCPU"));
    cr_assert(not(flow_contains(&flow, "Saving per month")));
    cr_assert(flow_contains(&flow, "No rate keeps the target"));
    finish(&arena, &flow);
}

/* −25 % to +25 % of time is −30 % to +50 % of capacity in the fixture; the last candidate's error
 * is not known. */
Test(report, estimates_carry_their_band) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct flow flow = lay_out(&arena, &fixture);
    cr_assert(flow_contains(&flow, "\u221230% to +50%"));
    cr_assert(flow_contains(&flow, "four of five measured runs, \u221225% to +25%"));
    cr_assert(not(flow_contains(&flow, "+0%")));
    finish(&arena, &flow);
}

Test(report, every_candidate_appears_with_its_reason) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct flow flow = lay_out(&arena, &fixture);
    for (int c = 0; c < study->n_candidates; c++)
        cr_assert(flow_contains(&flow, study->candidates[c].name), "%s", study->candidates[c].name);
    cr_assert(flow_contains(&flow, "The weights need 16.1 GiB and one T4 has 14.6 GiB."));
    finish(&arena, &flow);
}

/* 820 of 2000 tokens, 1234 preemptions and 5 loads over the weeks. A report without any of them
 * says nothing of them. */
Test(report, what_is_paid_once_and_what_engines_did_is_told) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct flow plain = lay_out(&arena, &fixture);
    cr_expect(not(flow_contains(&plain, "Paid once")));
    cr_expect(not(flow_contains(&plain, "In the replayed weeks")));
    typeset_close(plain.type);
    fixture.variants = true;
    struct flow flow = lay_out(&arena, &fixture);
    cr_expect(page_contains(&flow, 0, "costs per month: $40.0K."));
    cr_expect(flow_contains(&flow, "1 x L40S · $40.0K once"));
    cr_expect(flow_contains(&flow, "-0.8 points MMLU"));
    cr_expect(flow_contains(&flow, "In the replayed weeks 41% of the prompt tokens were found in "
                                   "the prefix cache"));
    cr_expect(flow_contains(&flow, "preempted 1,234 times"));
    cr_expect(flow_contains(&flow, "adapters were loaded 5 times"));
    finish(&arena, &flow);
}

Test(report, people_commit_and_never_reserve) {
    struct arena arena = {0};
    for (int i = 0; i < N_CASES; i++) {
        struct flow flow = lay_out(&arena, &cases[i].fixture);
        cr_assert(not(flow_contains(&flow, "Reserve ")), "%s", cases[i].what);
        typeset_close(flow.type);
    }
    arena_release(&arena);
}

Test(report, shortened_names_are_listed_in_full) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    fixture.name = LONG;
    struct flow flow = lay_out(&arena, &fixture);
    cr_assert(gt(int, flow.n_shortened, 0));
    cr_assert(eq(str, (char *)flow.shortened[0].full, LONG));
    cr_assert(flow_contains(&flow, "Names that were shortened"));
    finish(&arena, &flow);
}

/* A name in a script that Inter lacks: said with the name, on the terminal and in the report. */
Test(report, missing_characters_are_named) {
    struct arena arena = {0};
    struct err err = {0};
    struct report report;
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    cr_assert(report_render(&arena, study, NULL, &report, &err), "%s", err.what);
    cr_assert(eq(int, report.n_warnings, 0)); /* the check can fail */
    study->scenario.name = "\u5ba2\u670d plan";
    cr_assert(report_render(&arena, study, NULL, &report, &err), "%s", err.what);
    cr_assert(eq(int, report.n_warnings, 1));
    cr_assert(eq(str, (char *)report.warnings[0],
                 "2 characters are printed as ?, because the report's typeface lacks them: "
                 "\u5ba2 (U+5BA2), \u670d (U+670D); in '\u5ba2\u670d plan'"));
    cr_assert(strstr(page_text(&arena, study, ""), "? (U+5BA2), ? (U+670D); in '?? plan'.") !=
              NULL);
    arena_release(&arena);
}

/* Five lines where three fit: the fourth goes overleaf with the fifth, and no line stands alone. */
Test(report, paragraphs_leave_no_line_alone) {
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    const struct style style = {8, WEIGHT_REGULAR, COLOR_INK};
    const struct {
        int lines, fit, here; /* of them on the first page */
    } split[] = {{5, 3, 3}, {5, 4, 3}, {5, 1, 0}, {2, 1, 0}, {3, 2, 0}, {4, 2, 2}, {3, 3, 3}};
    for (int i = 0; i < (int)(sizeof split / sizeof split[0]); i++) {
        struct flow flow = flow_open(&arena, type, paper_a4(), "");
        struct text text = {.arena = &arena};
        for (int k = 0; k < split[i].lines; k++)
            text_append_string(&text, k ? " wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
                                        : "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww");
        flow_page(&flow, "t");
        flow.y = flow.bottom - 10 * split[i].fit - 3;
        int before = flow_scene(&flow)->n;
        flow_text(&flow, "P", text.data, style, 10);
        int marks = flow.pages[0].scene.n - before;
        cr_expect(eq(int, marks ? marks - 2 : 0, split[i].here), "case %d", i);
    }
    typeset_close(type);
    arena_release(&arena);
}

Test(report, missing_characters_are_counted) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    fixture.name = HOSTILE;
    struct flow flow = lay_out(&arena, &fixture);
    cr_assert(eq(int, typeset_missing(flow.type), 1));
    cr_assert(flow_contains(&flow, "1 character is printed as ?, because the report's typeface "
                                   "lacks it: ? (U+1F600)"));
    cr_assert(flow_contains(&flow, "<span"));
    finish(&arena, &flow);
}

Test(report, footers_count_pages) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct flow flow = lay_out(&arena, &fixture);
    for (int i = 0; i < flow.n_pages; i++)
        cr_assert(page_contains(&flow, i, arena_printf(&arena, "%d of %d", i + 1, flow.n_pages)));
    finish(&arena, &flow);
}

/* `printf '%s\n' HASH HASH HASH | sha256sum` of the fixture's three inputs. */
Test(report, the_footer_names_the_inputs) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct report_facts facts = report_facts_make(&arena, fixture_study(&arena, &fixture));
    cr_assert(eq(str, (char *)facts.inputs_id, "b3e2cfb4"));
    arena_release(&arena);
}

Test(report, targets_in_words) {
    struct arena arena = {0};
    struct slo slo = {.ttft_s = 0.5, .tpot_s = 0.05, .share = 0.99};
    cr_assert(eq(str, (char *)report_slo_words(&arena, &slo),
                 "500 ms to first token and 50 ms per output token for 99% of requests in every "
                 "hour"));
    arena_release(&arena);
}
