/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PDF itself: same bytes every time and on every thread, small, structurally sound (qpdf),
 * tagged with alternatives (pdfinfo), fonts embedded (pdffonts). The update is also shown files
 * that it must leave alone. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plots/pdf_update.h"
#include "plots/report.h"
#include "plots/report_pages.h"
#include "study_fixture.h"

static struct bytes render(struct arena *arena, const struct fixture *fixture) {
    struct report report = {0};
    struct err err = {0};
    bool ok = report_render(arena, fixture_study(arena, fixture), NULL, &report, &err);
    cr_assert(ok, "%s", err.what);
    return report.pdf;
}

/* What a command prints about the PDF; the file is gone afterwards. */
static char *ask(struct arena *arena, struct bytes pdf, const char *command) {
    char path[] = "/tmp/headroom-report-XXXXXX";
    int file = mkstemp(path);
    cr_assert(file >= 0);
    cr_assert(write(file, pdf.data, pdf.n) == (ssize_t)pdf.n);
    close(file);
    FILE *pipe = popen(arena_printf(arena, command, path), "r");
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, pipe)) > 0;)
        text_append(&out, part, n);
    int status = pclose(pipe);
    unlink(path);
    cr_assert(eq(int, status, 0), "%s: %s", command, out.data);
    return out.data;
}

static int count(const char *in, const char *what) {
    int n = 0;
    for (const char *at = in; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

Test(pdf, two_runs_give_the_same_bytes) {
    struct arena a = {0}, b = {0};
    struct fixture fixture = fixture_defaults();
    struct bytes first = render(&a, &fixture), second = render(&b, &fixture);
    cr_assert(bytes_equal(first, second));
    cr_assert(lt(sz, first.n, 500000));
    fixture.scale = 1.01; /* the comparison can fail */
    cr_assert(not(bytes_equal(first, render(&b, &fixture))));
    arena_release(&a);
    arena_release(&b);
}

static size_t allocated_bytes(void) {
    return mallinfo2().uordblks;
}

/* cairo keeps up to 256 scaled fonts, so the first renderings may grow; a typeface that is not
 * given back costs 9 KB each time, for ever. Sanitizers replace malloc and count nothing here. */
Test(pdf, rendering_again_and_again_keeps_no_memory) {
    struct fixture fixture = fixture_defaults();
    fixture.infeasible = true; /* the shortest report */
    size_t before = 0;
    for (int i = 0; i < 60; i++) {
        struct arena arena = {0};
        if (i == 30)
            before = allocated_bytes();
        render(&arena, &fixture);
        arena_release(&arena);
    }
    cr_assert(lt(sz, allocated_bytes(), before + 30 * 2000));
}

struct pdf_job {
    struct arena arena;
    struct bytes pdf;
};

static void *work(void *argument) {
    struct pdf_job *job = argument;
    struct fixture fixture = fixture_defaults();
    job->pdf = render(&job->arena, &fixture);
    return NULL;
}

Test(pdf, threads_do_not_disturb_each_other) {
    struct pdf_job jobs[3] = {0};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        cr_assert(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 3; i++)
        cr_assert(bytes_equal(jobs[0].pdf, jobs[i].pdf));
    for (int i = 0; i < 3; i++)
        arena_release(&jobs[i].arena);
}

Test(pdf, qpdf_finds_no_fault) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    char *out = ask(&arena, render(&arena, &fixture), "qpdf --check %s 2>&1");
    cr_assert(strstr(out, "No syntax or stream encoding errors") != NULL, "%s", out);
    arena_release(&arena);
}

Test(pdf, it_is_tagged_and_described) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct bytes pdf = render(&arena, &fixture);
    char *info = ask(&arena, pdf, "pdfinfo %s");
    cr_assert(strstr(info, "Title:           Capacity plan: chat-assistant") != NULL, "%s", info);
    cr_assert(strstr(info, "Tagged:          yes") != NULL, "%s", info);
    cr_assert(strstr(info, "Dec  1 00:00:00 2026") != NULL, "%s", info);
    cr_assert(strstr(info, "(A4)") != NULL, "%s", info);
    char *structure = ask(&arena, pdf, "pdfinfo -struct %s");
    cr_assert(eq(int, count(structure, "Figure"), 7), "%s", structure);
    cr_assert(ge(int, count(structure, "Table"), 5));
    cr_assert(ge(int, count(structure, "H1"), 1));
    char *raw = ask(&arena, pdf, "qpdf --qdf --object-streams=disable %s -");
    cr_assert(eq(int, count(raw, "/Alt "), 7));
    cr_assert(strstr(raw, "/Lang (en-GB)") != NULL);
    cr_assert(strstr(raw, "/DisplayDocTitle true") != NULL);
    cr_assert(strstr(raw, "/Outlines") != NULL);
    cr_assert(strstr(raw, "/PageLabels") != NULL);
    cr_assert(strstr(raw, "/ca 0") == NULL && strstr(raw, "/SMask") == NULL); /* no transparency */
    arena_release(&arena);
}

/* Both papers: the sheet, and each chapter's place in the outline counted from its own lower edge.
 */
static void check_paper(const char *name, const char *said, double height) {
    struct arena arena = {0};
    struct err err = {0};
    struct report report;
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct report_options options = {.paper = paper_named(name)};
    cr_assert(report_render(&arena, study, &options, &report, &err), "%s", err.what);
    cr_assert(strstr(ask(&arena, report.pdf, "pdfinfo %s"), said) != NULL);
    cr_assert(strstr(ask(&arena, report.pdf, "qpdf --check %s 2>&1"), "No syntax") != NULL);
    char *json =
        ask(&arena, report.pdf, "qpdf --json --json-key=outlines --json-key=pagelabels %s");
    cr_assert(strstr(json, "\"/St\": 1") != NULL);
    struct flow flow = report_lay_out(&arena, report_typeset(&arena, &err), options.paper, study);
    const char *at = strstr(json, "\"outlines\"");
    for (int i = 0; i < flow.n_chapters; i++) {
        const char *place = strstr(at, "/XYZ");
        cr_assert(place != NULL);
        double x, y;
        cr_assert(eq(int, sscanf(place, "/XYZ\", %lf, %lf", &x, &y), 2), "%.60s", place);
        cr_assert(epsilon_eq(dbl, y, height - flow.chapters[i].y, 1), "%s", flow.chapters[i].title);
        const char *page = strstr(place, "destpageposfrom1\": ");
        cr_assert(eq(int, atoi(page + 19), flow.chapters[i].page + 1));
        at = strstr(place, "\"title\": \"");
        cr_assert(strncmp(at + 10, flow.chapters[i].title, strlen(flow.chapters[i].title)) == 0);
    }
    cr_assert(strstr(at, "/XYZ") == NULL);
    int links = 0;
    for (int p = 0; p < flow.n_pages; p++)
        for (int m = 0; m < flow.pages[p].scene.n; m++)
            links += flow.pages[p].scene.marks[m].link != NULL;
    char *raw = ask(&arena, report.pdf, "qpdf --qdf --object-streams=disable %s -");
    cr_assert(ge(int, links, 4));
    cr_assert(eq(int, count(raw, "/URI (https://docs.aws.amazon.com/"), links));
    typeset_close(flow.type);
    arena_release(&arena);
}

Test(pdf, a4_is_whole) {
    check_paper("a4", "595.276 x 841.89 pts (A4)", 841.89);
}

Test(pdf, letter_is_whole) {
    check_paper("letter", "612 x 792 pts (letter)", 792);
    cr_assert(paper_named("foolscap") == NULL);
}

static const char *after(const char *text, const char *what) {
    const char *at = strstr(text, what);
    cr_assert(at != NULL, "no %s", what);
    return at + strlen(what);
}

/* Alternatives are given out by object number; that this is the order of the figures on the pages
 * is seen from each figure's page and its position in that page's marked content. */
Test(pdf, alternatives_follow_the_order_of_the_figures) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    char *json = ask(&arena, render(&arena, &fixture), "qpdf --json --json-key=qpdf %s");
    static const struct {
        const char *start;
        int page; /* pages of figures, in order */
    } figures[] = {{"Stacked bars of cost", 0},   {"Stepped area chart", 1},
                   {"Load-duration bars", 1},     {"Waterfall of cost", 2},
                   {"Bars of cost per month", 2}, {"3 planning weeks", 2},
                   {"Scatter of cost", 3}};
    int pages[4], n_pages = 0;
    long last = -1;
    for (int i = 0; i < 7; i++) {
        const char *figure =
            after(json, arena_printf(&arena, "\"/Alt\": \"u:%s", figures[i].start));
        long content = strtol(after(figure, "\"/K\": "), NULL, 10);
        int page = atoi(after(figure, "\"/Pg\": \""));
        if (n_pages == 0 || pages[n_pages - 1] != page) {
            cr_assert(lt(int, n_pages, 4));
            pages[n_pages++] = page;
            last = -1;
        }
        cr_assert(eq(int, n_pages - 1, figures[i].page), "%s", figures[i].start);
        cr_assert(gt(long, content, last), "%s", figures[i].start);
        last = content;
    }
    arena_release(&arena);
}

Test(pdf, all_fonts_are_embedded) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    char *out = ask(&arena, render(&arena, &fixture), "pdffonts %s");
    int rows = 0;
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "Inter"))
            continue;
        rows++;
        cr_assert(strstr(line, " yes yes ") != NULL, "%s", line);
    }
    cr_assert(ge(int, rows, 3));
    arena_release(&arena);
}

/* ---- the update ---- */

static const char tiny[] = "%PDF-1.4\n"
                           "1 0 obj\n<< /Type /Catalog\n   /Pages 2 0 R\n>>\nendobj\n"
                           "2 0 obj\n<< /Type /Pages /Count 0 >>\nendobj\n"
                           "xref\n0 3\n"
                           "0000000000 65535 f \n"
                           "0000000009 00000 n \n"
                           "0000000061 00000 n \n"
                           "trailer\n<< /Size 3\n   /Root 1 0 R\n>>\nstartxref\n104\n%%EOF\n";

static bool update(struct arena *arena, const char *pdf, int n_alts, struct text *out) {
    static const char *const alts[] = {"one"};
    *out = (struct text){.arena = arena};
    text_append_string(out, pdf);
    return pdf_update_accessibility(out, "en-GB", alts, n_alts);
}

Test(pdf, update_points_back_to_the_old_table) {
    struct arena arena = {0};
    struct text out;
    cr_assert(update(&arena, tiny, 0, &out));
    cr_assert(strncmp(out.data, tiny, sizeof tiny - 1) == 0); /* nothing before the end moves */
    cr_assert(strstr(out.data + sizeof tiny - 1, "/Prev 104") != NULL, "%s", out.data);
    cr_assert(strstr(out.data + sizeof tiny - 1, "/Lang (en-GB)") != NULL);
    arena_release(&arena);
}

static const char *const left_alone[] = {
    "",
    "%PDF-1.4 no table at all",
    "trailer << /Root 1 0 R >> startxref 99999999 %%EOF",
    "trailer << /Root 1 0 R >> startxref 0 %%EOF",
    "xref\n0 99999\ntrailer << /Root 1 0 R >> startxref\n0\n%%EOF",
    "xref\n0 1\n0000000000 65535 f \ntrailer << /Root 7 0 R >> startxref\n0\n%%EOF",
};

ParameterizedTestParameters(pdf, left_alone) {
    static int index[sizeof left_alone / sizeof left_alone[0]];
    for (int i = 0; i < (int)(sizeof left_alone / sizeof left_alone[0]); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof left_alone / sizeof left_alone[0]);
}

ParameterizedTest(int *i, pdf, left_alone) {
    struct arena arena = {0};
    struct text out;
    cr_assert(not(update(&arena, left_alone[*i], 0, &out)));
    cr_assert(eq(sz, out.n, strlen(left_alone[*i])));
    arena_release(&arena);
}

Test(pdf, update_refuses_when_figures_do_not_match) {
    struct arena arena = {0};
    struct text out;
    cr_assert(not(update(&arena, tiny, 1, &out)));
    cr_assert(eq(sz, out.n, sizeof tiny - 1));
    arena_release(&arena);
}
