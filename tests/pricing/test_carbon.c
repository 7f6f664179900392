/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energy and carbon of an hour: by hand from a round book; the shipped book is sound; what has no
 * figure is unknown with its reason; broken books are refused at the place of the mistake. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "pricing/carbon.h"

#define HEAD "headroom_carbon,1,round\nkind,name,value,low,high,unit,status,source,as_of\n"
#define REST ",secondary,here,2026-01-01\n"
#define NEEDED                                                                                     \
    "pue,aws,1.2,,,ratio" REST "vcpu idle,any,1,,,W" REST "vcpu full,any,3,,,W" REST               \
    "memory,any,0.5,,,W/GiB" REST "server,any,1000,,,kg" REST                                      \
    "server,accelerated,2000,1000,4000,kg,estimated,here,2026-01-01\n"                             \
    "server life,any,10000,,,h" REST
#define ROUND                                                                                      \
    HEAD NEEDED "grid,r1,0.5,,,kg/kWh" REST "accelerator idle,A,20,10,30,W" REST                   \
                "accelerator full,A,100,90,130,W,estimated,here,2026-01-01\n"                      \
                "vcpu full,fast,5,,,W" REST

static struct carbon_book read_book(struct arena *arena, const char *text) {
    struct err err = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct carbon_book book = {0};
    struct source *source = source_open_memory(arena, bytes_of(text), "book.csv", &err);
    cr_assert(carbon_book_read(arena, source, &book, errs), "%s", errs->items[0].what);
    return book;
}

static const struct carbon_hardware machine = {.family = "f",
                                               .cpu = "",
                                               .vcpu = 8,
                                               .server_vcpu = 32,
                                               .memory_gib = 16,
                                               .accelerator = "",
                                               .accelerators = 0};

/* Idle: 8 x 1 + 16 x 0.5 = 16 W; busy adds 8 x 2 x 3/4 = 12 W (8 at the low end, 16 at the high).
 * 28 W x 1.2 = 33.6 Wh, x 0.5 kg = 16.8 g; embodied 1000 / 10000 x 8 / 32 = 25 g. */
Test(carbon, a_processor_by_hand) {
    struct arena arena = {0};
    struct carbon_book book = read_book(&arena, ROUND);
    struct carbon_hour idle = carbon_instance_hour(&book, &machine, "r1", 0, &arena);
    struct carbon_hour busy = carbon_instance_hour(&book, &machine, "r1", 1, &arena);
    cr_assert(idle.known && busy.known);
    cr_expect(not(busy.estimated));
    cr_expect(epsilon_eq(dbl, idle.kwh.value, 0.0192, 1e-12));
    cr_expect(epsilon_eq(dbl, idle.kwh.high, 0.0192, 1e-12));
    cr_expect(epsilon_eq(dbl, busy.kwh.value, 0.0336, 1e-12));
    cr_expect(epsilon_eq(dbl, busy.kwh.low, 0.0288, 1e-12));
    cr_expect(epsilon_eq(dbl, busy.kwh.high, 0.0384, 1e-12));
    cr_expect(epsilon_eq(dbl, busy.kg_operation.value, 0.0168, 1e-12));
    cr_expect(epsilon_eq(dbl, busy.kg_embodied.value, 0.025, 1e-12));
    arena_release(&arena);
}

/* Two accelerators at half: idle 2 x 20, and 2 x 80 x 0.5 x 3/4 = 60 W more; low 2 (10 + 80 x
 * 0.25), high 2 (30 + 100 x 0.5). The processor at half draws 16 + 6 W. */
Test(carbon, accelerators_by_hand) {
    struct arena arena = {0};
    struct carbon_book book = read_book(&arena, ROUND);
    struct carbon_hardware hardware = machine;
    hardware.accelerator = "A";
    hardware.accelerators = 2;
    struct carbon_hour hour = carbon_instance_hour(&book, &hardware, "r1", 0.5, &arena);
    cr_assert(hour.known && hour.estimated);
    cr_expect(epsilon_eq(dbl, hour.kwh.value, (22 + 100) * 1.2e-3, 1e-12));
    cr_expect(epsilon_eq(dbl, hour.kwh.low, (20 + 60) * 1.2e-3, 1e-12));
    cr_expect(epsilon_eq(dbl, hour.kwh.high, (24 + 160) * 1.2e-3, 1e-12));
    cr_expect(epsilon_eq(dbl, hour.kg_embodied.value, 2000 / 1e4 / 4, 1e-12));
    cr_expect(epsilon_eq(dbl, hour.kg_embodied.high, 4000 / 1e4 / 4, 1e-12));
    arena_release(&arena);
}

Test(carbon, figures_of_a_family_come_before_those_of_any) {
    struct arena arena = {0};
    struct carbon_book book = read_book(&arena, ROUND);
    struct carbon_hardware hardware = machine;
    hardware.family = "fast";
    struct carbon_hour hour = carbon_instance_hour(&book, &hardware, "r1", 1, &arena);
    cr_expect(epsilon_eq(dbl, hour.kwh.value, (16 + 8 * 4 * 0.75) * 1.2e-3, 1e-12));
    arena_release(&arena);
}

Test(carbon, what_has_no_figure_is_unknown_and_says_so) {
    struct arena arena = {0};
    struct carbon_book book = read_book(&arena, ROUND);
    struct carbon_hour hour = carbon_instance_hour(&book, &machine, "moon-1", 1, &arena);
    cr_expect(not(hour.known));
    cr_expect(eq(str, (char *)hour.reason, "no grid intensity of moon-1"));
    struct carbon_hardware hardware = machine;
    hardware.accelerator = "B";
    hardware.accelerators = 1;
    hour = carbon_instance_hour(&book, &hardware, "r1", 1, &arena);
    cr_expect(not(hour.known));
    cr_expect(eq(str, (char *)hour.reason, "no power figure of B"));
    arena_release(&arena);
}

/* More work or more accelerators never take less; ranges are in order. */
Test(carbon, the_shipped_book_is_sound) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct carbon_book book = {0};
    cr_assert(carbon_book_read(&arena, carbon_book_shipped(&arena, &err), &book, errs), "%s",
              errs->items[0].what);
    cr_expect(eq(str, (char *)book.name, "carbon-2026"));
    for (int i = 0; i < book.n_figures; i++) {
        const struct carbon_figure *idle = &book.figures[i];
        if (strcmp(idle->kind, "accelerator idle") != 0)
            continue;
        struct carbon_hardware hardware = machine;
        hardware.accelerator = idle->name;
        double before = 0;
        for (int n = 1; n <= 8; n++) {
            hardware.accelerators = n;
            for (int tenth = 0; tenth <= 10; tenth++) {
                struct carbon_hour hour =
                    carbon_instance_hour(&book, &hardware, "us-east-1", tenth / 10.0, &arena);
                cr_assert(hour.known, "%s", idle->name);
                cr_expect(le(dbl, hour.kwh.low, hour.kwh.value), "%s", idle->name);
                cr_expect(le(dbl, hour.kwh.value, hour.kwh.high), "%s", idle->name);
                cr_expect(tenth == 0 || hour.kwh.value >= before, "%s", idle->name);
                before = hour.kwh.value;
            }
        }
    }
    arena_release(&arena);
}

static const struct {
    const char *text, *mistake;
    int line, column;
} broken[] = {
    {"kind,name\n", "this is not a book of the format headroom_carbon", 1, 1},
    {"headroom_carbon,2,x\n", "this is not a book of the format headroom_carbon", 1, 1},
    {HEAD "grid,r1,0,,,kg/kWh" REST, "a figure must be a number above 0", 3, 9},
    {HEAD "grid,r1,nan,,,kg/kWh" REST, "a figure must be a number above 0", 3, 9},
    {HEAD "grid,r1,1,2,,kg/kWh" REST, "low <= value <= high does not hold", 3, 9},
    {HEAD "grid,r1,1,,,t/kWh" REST, "grid is given in kg/kWh", 3, 13},
    {HEAD "gird,r1,1,,,kg/kWh" REST, "unknown kind of figure", 3, 1},
    {HEAD "grid,r1,1,,,kg/kWh,guessed,here,2026-01-01\n", "unknown status", 3, 20},
    {HEAD "grid,r1,1,,,kg/kWh,secondary,,2026-01-01\n", "the source is missing", 3, 30},
    {HEAD "grid,r1,1,,,kg/kWh,secondary,here,someday\n", "the day of the figure", 3, 35},
    {HEAD NEEDED "pue,aws,1.1,,,ratio" REST, "a second row for this figure", 10, 5},
    {HEAD "grid,r1,1,,,kg/kWh" REST, "there is no row 'pue,aws'", 4, 0},
};

Test(carbon, broken_books_are_refused_at_the_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct err_list *errs = arena_new(&arena, struct err_list, 1);
        struct carbon_book book = {0};
        struct source *source =
            source_open_memory(&arena, bytes_of(broken[i].text), "book.csv", &err);
        cr_assert(not(carbon_book_read(&arena, source, &book, errs)), "%zu", i);
        const struct err *got = &errs->items[0];
        cr_expect(strstr(got->what, broken[i].mistake) == got->what, "%zu: %s", i, got->what);
        cr_expect(eq(int, got->line, broken[i].line), "%zu: %s", i, got->what);
        cr_expect(eq(int, got->column, broken[i].column), "%zu: %s", i, got->what);
        cr_expect(eq(int, book.n_figures, 0));
        arena_release(&arena);
    }
}
