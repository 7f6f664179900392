/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage in a scenario: read with its units, planned with the shipped book, shown as a rule. */
#include "study_memory.h"

#include "scenarios/result.h"

#define STORED(more)                                                                               \
    HEAD EMBED "storage:\n"                                                                        \
               "  - { name: logs, region: us-east-1, written: 2 TB/month, object: 64 MiB, kept: "  \
               "36, read: 0%, instant: off }\n" more

/* Nothing is read: the coldest from the start, 2000 GB x 36 months x 0.00099 USD, and the entry of
 * 2e12 / 2^26 objects at 0.05 USD a thousand; the first tier 0.023 and 0.005. */
Test(study_storage, cold_logs_by_hand) {
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(
        &arena, (struct memory_run){.text = STORED(""), .without_replay = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    cr_assert(eq(int, study.scenario.n_storage, 1));
    double objects = 2e12 / (64 * 1048576.0);
    cr_expect(epsilon_eq(dbl, study.storage[0].usd_per_month,
                         2000 * 36 * 0.00099 + 0.05 * objects / 1000, 1e-9));
    cr_expect(epsilon_eq(dbl, study.storage[0].warmest_usd_per_month,
                         2000 * 36 * 0.023 + 0.005 * objects / 1000, 1e-9));
    cr_expect(eq(str, (char *)study_storage_rule(&arena, &study, 0),
                 "S3 Glacier Deep Archive, deleted after 36 months"));
    struct text csv = {.arena = &arena};
    result_append_storage_csv(&study, &csv);
    cr_expect(strstr(csv.data, "\nlogs,us-east-1,S3 Glacier Deep Archive,0,36,") != NULL, "%s",
              csv.data);
    arena_release(&arena);
}

static const struct {
    const char *name, *text, *mistake;
} broken[] = {
    {"region",
     STORED("  - { name: b, region: moon-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0% }\n"),
     "t.yaml:14:16 storage 'b': no tier in moon-1 may hold it | prices of storage are at hand for "
     "us-east-1; see pricing/books\n"},
    {"twice",
     STORED("  - { name: logs, region: us-east-1, written: 1 GB/month, object: 1 MiB, "
            "kept: 1, read: 0% }\n"),
     "t.yaml:14:7 a second storage 'logs' | give it another name\n"},
};

Test(study_storage, mistakes_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(&arena, (struct memory_run){.text = broken[i].text}, &study);
        cr_expect(eq(str, (char *)got, (char *)broken[i].mistake), "%s", broken[i].name);
        arena_release(&arena);
    }
}
