/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage in a scenario: read with its units, planned with the shipped book, shown as a rule. */
#include "study_memory.h"

#include "scenarios/result.h"

#define STORED(more)                                                                               \
    HEAD EMBED "storage:\n"                                                                        \
               "  - { name: logs, region: us-east-1, written: 2 TB/month, object: 64 MiB, kept: "  \
               "36, read: 0%, instant: off }\n" more

/* Nothing is read: the coldest from the start, 2e12 bytes = 1862.645 GB x 36 months x 0.00099 USD,
 * and the entry of 2e12 / 2^26 objects at 0.05 USD a thousand; beside each for 36 months 32 KiB at
 * the same rate and 8 KiB at S3 Standard's 0.023; the first tier 0.023, above
 * 51,200 of its 67,055.225 GB 0.022, and 0.005. */
Test(study_storage, cold_logs_by_hand) {
    struct arena arena = {0};
    struct study study;
    const char *got = memory_study(
        &arena, (struct memory_run){.text = STORED(""), .without_replay = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    cr_assert(eq(int, study.scenario.n_storage, 1));
    double objects = 2e12 / (64 * 1048576.0), gb = 36 * 2e12 / 1073741824;
    double index_gb = 36 * objects * 32 / 1048576, names_gb = 36 * objects * 8 / 1048576;
    cr_expect(epsilon_eq(dbl, study.storage[0].usd_per_month,
                         (gb + index_gb) * 0.00099 + names_gb * 0.023 + 0.05 * objects / 1000,
                         1e-9));
    cr_expect(epsilon_eq(dbl, study.storage[0].warmest_usd_per_month,
                         51200 * 0.023 + (gb - 51200) * 0.022 + 0.005 * objects / 1000, 1e-9));
    cr_expect(eq(str, (char *)study_storage_rule(&arena, &study, 0),
                 "s3-deep-archive, deleted after 36 months"));
    struct text csv = {.arena = &arena};
    result_append_storage_csv(&study, &csv);
    cr_expect(strstr(csv.data, "\nlogs,us-east-1,s3-deep-archive,0,36,") != NULL, "%s", csv.data);
    arena_release(&arena);
}

#define CLASS(name, gib)                                                                           \
    "  - { name: " name ", region: us-east-1, written: " gib                                       \
    " GiB/month, object: 1 GiB, kept: 3, read: 0%, tier: s3-standard }\n"

/* 92,160 and 30,720 GB kept in S3 Standard: 51,200 of the 122,880 at 0.023 and the rest at 0.022,
 * 2754.56 a month, of which the one pays three quarters and the other one, whichever the file has
 * first; to put them there 30,720 and 10,240 objects at 0.005 a thousand. All of them are in the
 * warmest tier. Beside a third class that stays for the cold, its warmest cost is that of its share
 * of all: 61,440 of 184,320 GB, 51,200 x 0.023 + 133,120 x 0.022. */
Test(study_storage, volume_tiers_are_shared_in_proportion) {
    static const char *const texts[] = {
        HEAD EMBED "storage:\n" CLASS("a", "30720") CLASS("b", "10240"),
        HEAD EMBED "storage:\n" CLASS("b", "10240") CLASS("a", "30720"),
        HEAD EMBED "storage:\n"
                   "  - { name: c, region: us-east-1, written: 20480 GiB/month, object: 1 GiB, "
                   "kept: 3, read: 0%, instant: off }\n" CLASS("b", "10240") CLASS("a", "30720"),
    };
    for (int i = 0; i < 3; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(
            &arena, (struct memory_run){.text = texts[i], .without_replay = true}, &study);
        cr_assert(eq(str, (char *)got, ""));
        double keep = 51200 * 0.023 + 71680 * 0.022;
        const struct storage_plan *a = &study.storage[i], *b = &study.storage[i == 1 ? 0 : 1];
        cr_expect(epsilon_eq(dbl, a->usd_per_month, 0.75 * keep + 30.72 * 0.005, 1e-6));
        cr_expect(epsilon_eq(dbl, b->usd_per_month, 0.25 * keep + 10.24 * 0.005, 1e-6));
        cr_expect(epsilon_eq(dbl, a->stays[0].usd, a->usd_per_month, 1e-9));
        cr_expect(epsilon_eq(dbl, a->warmest_usd_per_month, a->usd_per_month, 1e-9));
        cr_expect(epsilon_eq(dbl, b->warmest_usd_per_month, b->usd_per_month, 1e-9));
        if (i == 2)
            cr_expect(epsilon_eq(dbl, study.storage[0].warmest_usd_per_month,
                                 (51200 * 0.023 + 133120 * 0.022) / 3 + 20.48 * 0.005, 1e-6));
        arena_release(&arena);
    }
}

static const struct {
    const char *name, *text, *mistake;
} broken[] = {
    {"region",
     STORED("  - { name: b, region: moon-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0% }\n"),
     "t.yaml:14:16 storage 'b': no tier in moon-1 may hold it | headroom prices search storage "
     "shows the tiers of the book and their regions\n"},
    {"tier",
     STORED("  - { name: b, region: us-east-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0%, tier: ebs-gp9 }\n"),
     "t.yaml:14:16 storage 'b': there is no tier ebs-gp9 in us-east-1 | did you mean 'ebs-gp2'?\n"},
    {"tier elsewhere",
     STORED("  - { name: b, region: us-west-2, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0%, tier: ebs-gp3 }\n"),
     "t.yaml:14:16 storage 'b': there is no tier ebs-gp3 in us-west-2 | the book has it in "
     "us-east-1\n"},
    {"tier of one zone",
     STORED("  - { name: b, region: us-east-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0%, tier: ebs-gp3 }\n"),
     "t.yaml:14:16 storage 'b' cannot be in ebs-gp3: it has copies in 1 zone, not 2 | write zones: "
     "1, if the data may be lost with it, or name another tier\n"},
    {"tier that waits",
     STORED("  - { name: b, region: us-east-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0%, tier: s3-deep-archive }\n"),
     "t.yaml:14:16 storage 'b' cannot be in s3-deep-archive: its reads must wait | write instant: "
     "off, if they may, or name another tier\n"},
    {"no volume",
     STORED("  - { name: b, region: us-east-1, written: 1 GB/month, object: 1 MiB, kept: 1, "
            "read: 0%, iops: 6000 }\n"),
     "t.yaml:14:90 'iops' is of a volume, and no tier is named | name it: tier: ebs-gp3\n"},
    {"twice",
     STORED("  - { name: logs, region: us-east-1, written: 1 GB/month, object: 1 MiB, "
            "kept: 1, read: 0% }\n"),
     "t.yaml:14:7 a second storage 'logs' | give it another name\n"},
};

/* A volume whose book has a row with these last cells. */
static struct study volume_study(struct arena *arena, const char *columns, const char *cells) {
    const char *book = arena_printf(
        arena,
        "headroom_price_book,1,mine,USD\n"
        "kind,sku,region,option,unit,usd,access,zones_kept,free,%s\n"
        "storage,ebs-gp3,us-east-1,on_demand,GB-month,0.1,block,1,retrieval reads writes,%s\n",
        columns, cells);
    const struct memory_file files[] = {
        {"t.yaml",
         HEAD "prices: mine.csv\n" EMBED
              "storage: [ { name: v, region: us-east-1, written: 100 GiB/month, object: 1 "
              "MiB, kept: 2, read: 100%, zones: 1, tier: ebs-gp3 } ]\n"},
        {"mine.csv", book},
        {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .without_replay = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* A volume by name, from the user's own book: 100 GB as they are billed, kept for 2 months at 0.1,
 * are 20 a month. */
Test(study_storage, a_volume_of_the_users_book) {
    struct arena arena = {0};
    struct study study =
        volume_study(&arena, "status,source,as_of", "published,contract,2026-11-01");
    cr_expect(epsilon_eq(dbl, study.storage[0].usd_per_month, 20, 1e-9));
    cr_expect(
        eq(str, (char *)study_storage_rule(&arena, &study, 0), "ebs-gp3, deleted after 2 months"));
    arena_release(&arena);
}

/* What people must see of prices is seen of storage too: 2026-05-01 is 214 days before the start.
 */
Test(study_storage, estimated_and_old_rates_are_told) {
    struct arena arena = {0};
    struct study study =
        volume_study(&arena, "status,rule,source,as_of", "estimated,by-region,a guess,2026-05-01");
    const char *estimated = "", *stale = "";
    for (int i = 0; i < study.n_notices; i++) {
        if (strcmp(study.notices[i].id, "estimated-storage-prices") == 0)
            estimated = study.notices[i].text;
        if (strcmp(study.notices[i].id, "stale-prices") == 0)
            stale = study.notices[i].text;
    }
    cr_expect(eq(str, (char *)estimated,
                 "the only storage tier in use has rates that are estimated by rule (by-region); "
                 "a price book of your own replaces them"));
    cr_expect(strstr(stale, "was read on 2026-05-01, 214 days before the horizon starts") != NULL,
              "%s", stale);
    arena_release(&arena);
}

Test(study_storage, mistakes_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(&arena, (struct memory_run){.text = broken[i].text}, &study);
        cr_expect(eq(str, (char *)got, (char *)broken[i].mistake), "%s", broken[i].name);
        arena_release(&arena);
    }
}
