/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills worked out by hand, one case a line of the table: what is sold, what ran, what is held, and
 * the dollars of each kind of charge with the arithmetic beside them. Every kind not named must be
 * zero, used + unused must be what is committed, and all must be exact to the nano-dollar.
 *
 * Rules: docs/model.md section 6. Rates are chosen so that the sums can be done in the head; those
 * of functions, transfer and SageMaker are AWS's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "tests/pricing/bill_fixture.h"

enum { OFFERS_MAX = 4, ROWS_MAX = 8, HELD_MAX = 5, H = 3600, DAY = 86400 };

/* Instances: usd on demand, then spot. Functions: GB-second, 1M requests, provisioned, held. Token
 * APIs: 1M in, out, cached, unit hour. Transfer: GB. Volumes: GB-month, IOPS-month, MBps-month. */
struct hand_offer {
    const char *sku;
    double usd[4];
    struct price_tier tiers[2];
    const char *region; /* NULL: us-east-1 */
};

/* Reserved and capacity: `amount` instances at `hourly`; plans: `amount` dollars at `rates`. */
struct hand_held {
    enum commitment_kind kind;
    double amount, hourly;
    int offer, zone;
    const char *family;
    double rates[OFFERS_MAX];
    double function_rates[3]; /* of offer 0 */
    int64_t from_s, to_s;     /* 0: to the end */
    bool owned;
};

struct hand_bill {
    const char *name;
    int64_t n_seconds;
    struct date start;
    struct hand_offer offers[OFFERS_MAX];
    struct usage_row rows[ROWS_MAX];
    struct hand_held held[HELD_MAX];
    double usd[CHARGE_KINDS], list;
};

#define RUN(o, from, to, n)                                                                        \
    { USAGE_INSTANCE, o, 0, 0, false, false, from, to, n }
#define RUN_IN(z, o, from, to, n)                                                                  \
    { USAGE_INSTANCE, o, 0, z, false, false, from, to, n }
#define SPOT(o, from, to, n)                                                                       \
    { USAGE_INSTANCE, o, 0, 0, true, false, from, to, n }
#define TAKEN(o, from, to, n)                                                                      \
    { USAGE_INSTANCE, o, 0, 0, true, true, from, to, n }
#define OTHERS(o, from, to, n)                                                                     \
    { USAGE_INSTANCE, o, USAGE_OTHERS, 0, false, false, from, to, n }
#define USE(what, o, hour, n)                                                                      \
    { USAGE_##what, o, 0, 0, false, false, (hour)*H, (hour)*H + H, n }
#define OTHERS_USE(what, o, n)                                                                     \
    { USAGE_##what, o, USAGE_OTHERS, 0, false, false, 0, H, n }
#define GB_S (1024LL * 1000) /* MB ms in a GB-second */
#define GB BYTES_PER_BILLED_GB
#define RESERVED(o, n, usd)                                                                        \
    { .kind = COMMIT_RESERVED_STANDARD, .offer = o, .amount = n, .hourly = usd }
#define ZONAL(z, o, n, usd)                                                                        \
    { .kind = COMMIT_RESERVED_STANDARD, .offer = o, .amount = n, .hourly = usd, .zone = z }
#define BLOCK(o, n, usd)                                                                           \
    { .kind = COMMIT_CAPACITY_BLOCK, .offer = o, .amount = n, .hourly = usd }
#define ODCR(o, n, usd)                                                                            \
    { .kind = COMMIT_CAPACITY_RESERVATION, .offer = o, .amount = n, .hourly = usd }
#define COMPUTE(usd, ...)                                                                          \
    {                                                                                              \
        .kind = COMMIT_PLAN_COMPUTE, .amount = usd, .rates = { __VA_ARGS__ }                       \
    }
#define EC2(f, usd, ...)                                                                           \
    {                                                                                              \
        .kind = COMMIT_PLAN_EC2, .family = f, .amount = usd, .rates = { __VA_ARGS__ }              \
    }
#define SAGEMAKER(usd, ...)                                                                        \
    {                                                                                              \
        .kind = COMMIT_PLAN_SAGEMAKER, .amount = usd, .rates = { __VA_ARGS__ }                     \
    }

/* 3.60 $/h is 0.001 $ a second. */
#define A                                                                                          \
    {                                                                                              \
        "m5.large", {                                                                              \
            3.60                                                                                   \
        }                                                                                          \
    }
/* AWS's Lambda and transfer rates (price book aws-2026-07, ../shared prices-other.csv). */
#define X86                                                                                        \
    {                                                                                              \
        "lambda-x86", {0.0000166667, 0.2, 0.0000097222, 0.0000041667}, {                           \
            {6000000000, 15000000}, {                                                              \
                15000000000, 13333400                                                              \
            }                                                                                      \
        }                                                                                          \
    }
#define ARM                                                                                        \
    {                                                                                              \
        "lambda-arm64", {0.0000133334, 0.2}, {                                                     \
            {7500000000, 12000100}, {                                                              \
                18750000000, 10666700                                                              \
            }                                                                                      \
        }                                                                                          \
    }
#define EGRESS                                                                                     \
    {                                                                                              \
        "egress", {0.09}, {                                                                        \
            {10240, 85000000000}, {                                                                \
                51200, 70000000000                                                                 \
            }                                                                                      \
        }                                                                                          \
    }

/* A GB-month, an IOPS-month and an MBps-month of a volume. */
#define GP3                                                                                        \
    {                                                                                              \
        "ebs-gp3", {                                                                               \
            0.08, 0.005, 0.04                                                                      \
        }                                                                                          \
    }

/* clang-format off */
static const struct hand_bill bills[] = {
    /* ---- on demand: by the second, 60 s at least ---- */
    /* 3600 s x 0.001 */
    {"an hour", H, {0}, {A}, {RUN(0, 0, H, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 3.6}, 3.6},
    /* 61 s x 0.001 */
    {"61 s", H, {0}, {A}, {RUN(0, 0, 61, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.061}, 0.061},
    /* 60 s x 0.001 */
    {"60 s", H, {0}, {A}, {RUN(0, 0, 60, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.06}, 0.06},
    /* 59 s are billed 60 */
    {"59 s", H, {0}, {A}, {RUN(0, 7, 66, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.06}, 0.06},
    /* 1 s is billed 60 */
    {"1 s", H, {0}, {A}, {RUN(0, 7, 8, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.06}, 0.06},
    /* ended in the second of the launch: 60 s */
    {"0 s", H, {0}, {A}, {RUN(0, 7, 7, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.06}, 0.06},
    {"nothing sold, nothing used", H, {0}, {{0}}, {{0}}, {{0}}, {0}, 0},
    {"nothing used", 5 * H, {0}, {A}, {{0}}, {{0}}, {0}, 0},
    {"no instances in a row", H, {0}, {A}, {RUN(0, 0, H, 0)}, {{0}}, {0}, 0},
    /* two launches of 30 s: 2 x 60 x 0.001; one of 60 s would be half of it */
    {"each launch has its minimum", H, {0}, {A}, {RUN(0, 0, 30, 1), RUN(0, 30, 60, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 0.12}, 0.12},
    /* 3 x 60 x 0.001 */
    {"each instance has its minimum", H, {0}, {A}, {RUN(0, 0, 5, 3)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.18}, 0.18},
    /* 10 s are left of the ledger */
    {"the minimum ends with the ledger", H, {0}, {A}, {RUN(0, 3590, 3591, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 0.01}, 0.01},
    /* 10 s in hour 0 and 50 s in hour 1 */
    {"the minimum crosses the hour", 2 * H, {0}, {A}, {RUN(0, 3590, 3591, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 0.06}, 0.06},
    /* 100 h x 2 x 3.60 */
    {"two instances for 100 hours", 100 * H, {0}, {A}, {RUN(0, 0, 100 * H, 2)}, {{0}},
     {[CHARGE_ON_DEMAND] = 720}, 720},
    /* 1 s of 0.0000036 $/h is 1 nano-dollar: 1001 s are 1001 */
    {"one nano-dollar a second", H, {0}, {{"m5.nano", {0.0000036}}}, {RUN(0, 0, 1001, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 0.000001001}, 0.000001001},
    /* ---- the calendar: UTC days have 24 hours, all of them ---- */
    /* 29 days of 24 h x 0.10; a biller that knows no leap day has 28 */
    {"February of a leap year", 29 * DAY, {2028, 2, 1}, {{"m5.large", {0.1}}}, {RUN(0, 0, 29 * DAY, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 69.6}, 69.6},
    /* clocks in New York go from 2 to 3 that night: 24 h x 3.60 all the same */
    {"daylight saving begins", DAY, {2027, 3, 14}, {A}, {RUN(0, 0, DAY, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 86.4}, 86.4},
    /* and from 2 back to 1: 24 h, not 25 */
    {"daylight saving ends", DAY, {2027, 11, 7}, {A}, {RUN(0, 0, DAY, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 86.4}, 86.4},
    /* 366 x 24 = 8784 h; a reserved year is 8760 h x 0.06 = 525.60, the last day 24 x 0.10 = 2.40 */
    {"a reserved year ends a day before a leap year does", 366 * DAY, {2028, 1, 1}, {{"m5.large", {0.1}}},
     {RUN(0, 0, 366 * DAY, 1)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 0.06, .to_s = 365 * DAY}},
     {[CHARGE_COMMITMENT_USED] = 525.6, [CHARGE_ON_DEMAND] = 2.4}, 878.4},
    /* the reserved hours of those nights: 24 x 2, not 23 or 25 */
    {"a reserved day as daylight saving begins", DAY, {2027, 3, 14}, {A}, {RUN(0, 0, DAY, 1)}, {RESERVED(0, 1, 2)},
     {[CHARGE_COMMITMENT_USED] = 48}, 86.4},
    {"a reserved day as daylight saving ends", DAY, {2027, 11, 7}, {A}, {RUN(0, 0, DAY, 1)}, {RESERVED(0, 1, 2)},
     {[CHARGE_COMMITMENT_USED] = 48}, 86.4},
    /* 30 April, 31 May: 61 x 24 x 0.10 */
    {"April and May", 61 * DAY, {2027, 4, 1}, {{"m5.large", {0.1}}}, {RUN(0, 0, 61 * DAY, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 146.4}, 146.4},
    /* ---- spot: 3.60 on spot, 36 on demand ---- */
    /* 3599 s, taken back: free. List 3599 x 0.01 */
    {"taken in the first hour", 2 * H, {0}, {{"m5.large", {36, 3.6}}}, {TAKEN(0, 0, 3599, 1)}, {{0}}, {0}, 35.99},
    /* 3600 s, taken back: the first hour is over, 3.60. List 36 */
    {"taken at the end of the first hour", 2 * H, {0}, {{"m5.large", {36, 3.6}}}, {TAKEN(0, 0, 3600, 1)}, {{0}},
     {[CHARGE_SPOT] = 3.6}, 36},
    /* the hour counts from the launch, not by the clock: 3000 + 599 s */
    {"taken in the first hour, across the clock's", 2 * H, {0}, {{"m5.large", {36, 3.6}}},
     {TAKEN(0, 600, 4199, 1)}, {{0}}, {0}, 35.99},
    /* 3599 s, ended by us: 3.599 */
    {"ended by us in the first hour", 2 * H, {0}, {{"m5.large", {36, 3.6}}}, {SPOT(0, 0, 3599, 1)}, {{0}},
     {[CHARGE_SPOT] = 3.599}, 35.99},
    /* 20 s, ended by us: 60 s */
    {"spot has the minimum", H, {0}, {{"m5.large", {36, 3.6}}}, {SPOT(0, 0, 20, 1)}, {{0}},
     {[CHARGE_SPOT] = 0.06}, 0.6},
    /* 20 s, taken back: free, 20 s of list */
    {"free spot has none", H, {0}, {{"m5.large", {36, 3.6}}}, {TAKEN(0, 0, 20, 1)}, {{0}}, {0}, 0.2},
    /* 7200 s, taken back: two hours */
    {"taken after two hours", 2 * H, {0}, {{"m5.large", {36, 3.6}}}, {TAKEN(0, 0, 7200, 1)}, {{0}},
     {[CHARGE_SPOT] = 7.2}, 72},
    /* nine taken at 1800 s are free, one stays: 3.60. List 9 x 18 + 36 */
    {"nine of ten are taken", H, {0}, {{"m5.large", {36, 3.6}}}, {TAKEN(0, 0, 1800, 9), SPOT(0, 0, H, 1)}, {{0}},
     {[CHARGE_SPOT] = 3.6}, 198},
    /* the reserved instance covers the idle reservation, not the spot instance; the plan nothing */
    {"no commitment covers spot", H, {0}, {{"m5.large", {36, 3.6}}}, {SPOT(0, 0, H, 1)},
     {RESERVED(0, 1, 4), COMPUTE(5, 20), ODCR(0, 1, 36)},
     {[CHARGE_SPOT] = 3.6, [CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 5}, 36},
    /* free in its first hour, but the weights that it pulled are not: 140e9 / 2^30 x 0.045. List 18 and them */
    {"weights into what is taken", H, {0}, {{"m5.large", {36, 3.6}}, {"nat", {0.045}}},
     {TAKEN(0, 0, 1800, 1), USE(TRANSFER_BYTES, 1, 0, 140000000000)}, {{0}}, {[CHARGE_TRANSFER] = 5.867332220}, 23.867332220},
    /* taken after 1800 s, its successor runs for 5400 s and is taken: 5.40; on demand stands in for 600 s: 6 */
    {"spot, taken, on demand and spot again", 3 * H, {0}, {{"m5.large", {36, 3.6}}},
     {TAKEN(0, 0, 1800, 1), RUN(0, 1800, 2400, 1), TAKEN(0, 2400, 7800, 1)}, {{0}},
     {[CHARGE_SPOT] = 5.4, [CHARGE_ON_DEMAND] = 6}, 78},
    /* ---- reserved: a clock hour is 3600 s of any matching instances ---- */
    {"four quarters", H, {0}, {{"m5.large", {10}}}, {RUN(0, 600, 1500, 4)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4}, 10},
    /* quarters at four times of the hour */
    {"four quarters one after the other", H, {0}, {{"m5.large", {10}}},
     {RUN(0, 0, 900, 1), RUN(0, 900, 1800, 1), RUN(0, 1800, 2700, 1), RUN(0, 2700, 3600, 1)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4}, 10},
    /* the fifth, 900 s at 10: 2.50 */
    {"five quarters", H, {0}, {{"m5.large", {10}}}, {RUN(0, 600, 1500, 5)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_ON_DEMAND] = 2.5}, 12.5},
    /* 3 hours x 2 instances x 4, nothing ran */
    {"due when nothing runs", 3 * H, {0}, {{"m5.large", {10}}}, {{0}}, {RESERVED(0, 2, 4)},
     {[CHARGE_COMMITMENT_UNUSED] = 24}, 0},
    /* two reserved, three run: 2 x 4 and 10 */
    {"three run, two are reserved", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 3)}, {RESERVED(0, 2, 4)},
     {[CHARGE_COMMITMENT_USED] = 8, [CHARGE_ON_DEMAND] = 10}, 30},
    /* hour 0: one of two covered; hour 1: nothing runs. The hour lost does not come back. */
    {"an unused hour is lost", 2 * H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 2)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 20},
    /* from half past to half past: half of each hour used, 2 + 2, half unused */
    {"an hour across two clock hours", 2 * H, {0}, {{"m5.large", {10}}}, {RUN(0, 1800, 5400, 1)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 4}, 10},
    /* a launch of 10 s takes 60 s of the hour: 4 / 60 used; list 10 / 60 */
    {"the minimum is covered too", H, {0}, {{"m5.large", {12}}}, {RUN(0, 0, 10, 1)}, {RESERVED(0, 1, 6)},
     {[CHARGE_COMMITMENT_USED] = 0.1, [CHARGE_COMMITMENT_UNUSED] = 5.9}, 0.2},
    /* held in the second half of hour 0: 0.5 x 4; the instance's other half hour 0.5 x 10 */
    {"begins within an hour", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 4, .from_s = 1800}},
     {[CHARGE_COMMITMENT_USED] = 2, [CHARGE_ON_DEMAND] = 5}, 10},
    /* ends after 1.5 h: 4 + 2, then 5 on demand */
    {"ends within an hour", 2 * H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, 2 * H, 1)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 4, .to_s = 5400}},
     {[CHARGE_COMMITMENT_USED] = 6, [CHARGE_ON_DEMAND] = 5}, 20},
    /* the cheaper one is listed second: order of the list, 4 used; 3 unused */
    {"two reserved of one type", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {RESERVED(0, 1, 4), RESERVED(0, 1, 3)}, {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 3}, 10},
    /* a convertible one covers as a standard one does; the standard one stands first */
    {"convertible", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, 1800, 2)},
     {{.kind = COMMIT_RESERVED_CONVERTIBLE, .amount = 1, .hourly = 5}}, {[CHARGE_COMMITMENT_USED] = 5}, 10},
    {"standard and convertible", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {RESERVED(0, 1, 4), {.kind = COMMIT_RESERVED_CONVERTIBLE, .amount = 1, .hourly = 5}},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 5}, 10},
    /* one term ends as the next begins, within the hour: 1800 s x 4 and 1800 s x 3 */
    {"a term ends, another begins", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 4, .to_s = 1800},
      {.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 3, .from_s = 1800}}, {[CHARGE_COMMITMENT_USED] = 3.5}, 10},
    {"another family", H, {0}, {{"m5.large", {10}}, {"c5.large", {9}}}, {RUN(1, 0, H, 1)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 9}, 9},
    {"another region", H, {0}, {{"m5.large", {10}}, {"m5.large", {9}, .region = "eu-west-1"}}, {RUN(1, 0, H, 1)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 9}, 9},
    /* ---- size flexibility: nano .25 ... large 4, xlarge 8, 2xlarge 16 ... ---- */
    /* one t2.medium (2) = two t2.small (1): the guide's first figure */
    {"a medium is two smalls", H, {0}, {{"t2.medium", {10}}, {"t2.small", {5}}}, {RUN(1, 0, H, 2)}, {RESERVED(0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4}, 10},
    /* one t2.medium (2) = half of a t2.large (4): 4 + 0.5 x 20 */
    {"a medium is half of a large", H, {0}, {{"t2.medium", {10}}, {"t2.large", {20}}}, {RUN(1, 0, H, 1)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_ON_DEMAND] = 10}, 20},
    /* c4.8xlarge (64) = one c4.4xlarge (32) and eight c4.large (4): the guide's example */
    {"an 8xlarge is a 4xlarge and eight larges", H, {0}, {{"c4.8xlarge", {64}}, {"c4.4xlarge", {32}}, {"c4.large", {4}}},
     {RUN(1, 0, H, 1), RUN(2, 0, H, 8)}, {RESERVED(0, 1, 40)}, {[CHARGE_COMMITMENT_USED] = 40}, 64},
    /* sixteen larges = 64; the seventeenth is on demand */
    {"an 8xlarge is sixteen larges", H, {0}, {{"c4.8xlarge", {64}}, {"c4.large", {4}}}, {RUN(1, 0, H, 17)},
     {RESERVED(0, 1, 40)}, {[CHARGE_COMMITMENT_USED] = 40, [CHARGE_ON_DEMAND] = 4}, 68},
    /* xlarge (8): the large (4) first, then half of the xlarge (8): 8 x 0.5 on demand */
    {"the smallest size first", H, {0}, {{"m5.xlarge", {8}}, {"m5.large", {5}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {RESERVED(0, 1, 6)}, {[CHARGE_COMMITMENT_USED] = 6, [CHARGE_ON_DEMAND] = 4}, 13},
    /* nano (.25) = a quarter of a small (1): 0.10 + 0.75 x 4 */
    {"a nano is a quarter of a small", H, {0}, {{"t3.nano", {1}}, {"t3.small", {4}}}, {RUN(1, 0, H, 1)},
     {RESERVED(0, 1, 0.1)}, {[CHARGE_COMMITMENT_USED] = 0.1, [CHARGE_ON_DEMAND] = 3}, 4},
    /* two micros (.5) = one small (1) */
    {"two micros are a small", H, {0}, {{"t3.micro", {2}}, {"t3.small", {4}}}, {RUN(1, 0, H, 1)},
     {RESERVED(0, 2, 1)}, {[CHARGE_COMMITMENT_USED] = 2}, 4},
    /* a small (1) over a nano for 1800 s (.25 x .5 = .125): 1/8 of 4 used, 7/8 unused */
    {"half an hour of a nano", H, {0}, {{"t3.small", {10}}, {"t3.nano", {2.5}}}, {RUN(1, 0, 1800, 1)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_USED] = 0.5, [CHARGE_COMMITMENT_UNUSED] = 3.5}, 1.25},
    /* 48xlarge (384 = 48 x 8) = twelve 4xlarge (32) */
    {"a 48xlarge is twelve 4xlarges", H, {0}, {{"p5.48xlarge", {60}}, {"p5.4xlarge", {5}}}, {RUN(1, 0, H, 13)},
     {RESERVED(0, 1, 36)}, {[CHARGE_COMMITMENT_USED] = 36, [CHARGE_ON_DEMAND] = 5}, 65},
    /* 56xlarge (448) = 32xlarge (256) and 24xlarge (192), all of the one and none left of the other */
    {"a 56xlarge is a 32xlarge and a 24xlarge", H, {0}, {{"u7i.56xlarge", {56}}, {"u7i.32xlarge", {32}}, {"u7i.24xlarge", {24}}},
     {RUN(1, 0, H, 1), RUN(2, 0, H, 1)}, {RESERVED(0, 1, 40)}, {[CHARGE_COMMITMENT_USED] = 40}, 56},
    /* 18xlarge (144) = 9xlarge (72), then 12xlarge (96) for 72 / 96 of an hour: 0.25 x 12 */
    {"an 18xlarge is a 9xlarge and most of a 12xlarge", H, {0}, {{"c5.18xlarge", {18}}, {"c5.9xlarge", {9}}, {"c5.12xlarge", {12}}},
     {RUN(1, 0, H, 1), RUN(2, 0, H, 1)}, {RESERVED(0, 1, 10)}, {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_ON_DEMAND] = 3}, 21},
    /* four xlarges (8) for a quarter of an hour are one 8 x 3600: half of a 2xlarge (16) */
    {"quarters of another size", H, {0}, {{"m5.2xlarge", {16}}, {"m5.xlarge", {8}}}, {RUN(1, 900, 1800, 4)}, {RESERVED(0, 1, 10)},
     {[CHARGE_COMMITMENT_USED] = 5, [CHARGE_COMMITMENT_UNUSED] = 5}, 8},
    /* three launches of 10 s of a large (4) are billed 180 s: 180 x 4 / 8 = 90 s of an xlarge, of 8 an hour */
    {"the minimum of another size", H, {0}, {{"m5.xlarge", {20}}, {"m5.large", {10}}}, {RUN(1, 0, 10, 3)}, {RESERVED(0, 1, 8)},
     {[CHARGE_COMMITMENT_USED] = 0.2, [CHARGE_COMMITMENT_UNUSED] = 7.8}, 0.5},
    /* metal-24xl as 24xlarge (192) = two 12xlarge (96) */
    {"metal of a size", H, {0}, {{"c7i.metal-24xl", {20}}, {"c7i.12xlarge", {10}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 12)}, {[CHARGE_COMMITMENT_USED] = 12}, 20},
    /* plain metal names no size */
    {"metal of no size", H, {0}, {{"c5.metal", {20}}, {"c5.12xlarge", {10}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 12)}, {[CHARGE_COMMITMENT_UNUSED] = 12, [CHARGE_ON_DEMAND] = 20}, 20},
    /* g5 and inf1 are left out by the guide */
    {"no flexibility for g5", H, {0}, {{"g5.2xlarge", {10}}, {"g5.xlarge", {5}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"no flexibility for g4dn", H, {0}, {{"g4dn.2xlarge", {10}}, {"g4dn.xlarge", {5}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"no flexibility for g4ad", H, {0}, {{"g4ad.2xlarge", {10}}, {"g4ad.xlarge", {5}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"no flexibility for g5g", H, {0}, {{"g5g.2xlarge", {10}}, {"g5g.xlarge", {5}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"no flexibility for inf1", H, {0}, {{"inf1.2xlarge", {10}}, {"inf1.xlarge", {5}}}, {RUN(1, 0, H, 2)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    /* units of both: large 4 + xlarge 8 = 12 units for xlarge + large */
    {"two reserved sizes pool", H, {0}, {{"m5.xlarge", {8}}, {"m5.large", {4}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {RESERVED(0, 1, 5), RESERVED(1, 1, 3)}, {[CHARGE_COMMITMENT_USED] = 8}, 12},
    /* the zonal one first takes its zone's
     * large, the regional xlarge (8) takes two larges of the other zone */
    {"zonal, then by size", H, {0}, {{"m5.xlarge", {8}}, {"m5.large", {4}}},
     {RUN_IN(1, 1, 0, H, 1), RUN_IN(2, 1, 0, H, 2)}, {RESERVED(0, 1, 5), ZONAL(1, 1, 1, 3)},
     {[CHARGE_COMMITMENT_USED] = 8}, 12},
    /* ---- zonal ---- */
    {"in its zone", H, {0}, {{"m5.large", {10}}}, {RUN_IN(1, 0, 0, H, 1)}, {ZONAL(1, 0, 1, 4)},
     {[CHARGE_COMMITMENT_USED] = 4}, 10},
    {"in another zone", H, {0}, {{"m5.large", {10}}}, {RUN_IN(2, 0, 0, H, 1)}, {ZONAL(1, 0, 1, 4)},
     {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"a zone that is not told", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {ZONAL(1, 0, 1, 4)},
     {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"zonal has no other size", H, {0}, {{"m5.xlarge", {10}}, {"m5.large", {5}}}, {RUN_IN(1, 1, 0, H, 2)},
     {ZONAL(1, 0, 1, 4)}, {[CHARGE_COMMITMENT_UNUSED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    /* regional first would take half of each zone and leave half of both: 4 + 4 only with zonal first */
    {"zonal before regional", H, {0}, {{"m5.large", {10}}}, {RUN_IN(1, 0, 0, H, 1), RUN_IN(2, 0, 0, H, 1)},
     {RESERVED(0, 1, 4), ZONAL(1, 0, 1, 4)}, {[CHARGE_COMMITMENT_USED] = 8}, 20},
    /* ---- savings plans: dollars at plan rates ---- */
    /* re:Post: 13 / 4 = 3.25 instances; 0.75 x 10 = 7.50 */
    {"13 dollars at 4", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 4)}, {COMPUTE(13, 4)},
     {[CHARGE_COMMITMENT_USED] = 13, [CHARGE_ON_DEMAND] = 7.5}, 40},
    /* 3 x 4 = 12 of 13 used */
    {"a dollar is left", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 3)}, {COMPUTE(13, 4)},
     {[CHARGE_COMMITMENT_USED] = 12, [CHARGE_COMMITMENT_UNUSED] = 1}, 30},
    /* hour 0 idle: 8 lost; hour 1: 2 of 4 covered */
    {"plan dollars do not carry over", 2 * H, {0}, {{"m5.large", {10}}}, {RUN(0, H, 2 * H, 4)}, {COMPUTE(8, 4)},
     {[CHARGE_COMMITMENT_USED] = 8, [CHARGE_COMMITMENT_UNUSED] = 8, [CHARGE_ON_DEMAND] = 20}, 40},
    /* 0.003 $/h over 4 h of 0.0024: each hour 0.0024 used */
    {"small plans", 4 * H, {0}, {{"t3.nano", {0.0052}}}, {RUN(0, 0, 4 * H, 1)}, {COMPUTE(0.003, 0.0024)},
     {[CHARGE_COMMITMENT_USED] = 0.0096, [CHARGE_COMMITMENT_UNUSED] = 0.0024}, 0.0208},
    /* a saves 60 %, b 50 %: a first, 4 of 5; then 1/5 of b: 0.8 x 10 */
    {"the highest saving first", H, {0}, {{"m5.large", {10}}, {"c5.large", {10}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {COMPUTE(5, 4, 5)}, {[CHARGE_COMMITMENT_USED] = 5, [CHARGE_ON_DEMAND] = 8}, 20},
    /* both save half: the rate of 2 first, 1 $ covers half an hour of it: 0.5 x 4 + 8 */
    {"equal savings: the lower rate first", H, {0}, {{"m5.large", {8}}, {"c5.large", {4}}},
     {RUN(0, 0, H, 1), RUN(1, 0, H, 1)}, {COMPUTE(1, 4, 2)}, {[CHARGE_COMMITMENT_USED] = 1, [CHARGE_ON_DEMAND] = 10}, 12},
    /* 3 + 2 dollars are 5: one hour at 5 */
    {"plans of one kind pool", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {COMPUTE(3, 5), COMPUTE(2, 5)},
     {[CHARGE_COMMITMENT_USED] = 5}, 10},
    /* one and three years pool, the higher saving first: 4 of 4 at 4, and nothing is left for the 5 */
    {"plans of two rates", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {COMPUTE(5, 5), COMPUTE(4, 4)},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_COMMITMENT_UNUSED] = 5}, 10},
    /* 2 at 4 are half of the hour, the other half 2.50 of 5 */
    {"plans of two rates share an hour", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {COMPUTE(5, 5), COMPUTE(2, 4)},
     {[CHARGE_COMMITMENT_USED] = 4.5, [CHARGE_COMMITMENT_UNUSED] = 2.5}, 10},
    /* three launches of 10 s are billed 180 s: 180 / 3600 x 4 */
    {"a plan on the minimum", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, 10, 3)}, {COMPUTE(1, 4)},
     {[CHARGE_COMMITMENT_USED] = 0.2, [CHARGE_COMMITMENT_UNUSED] = 0.8}, 0.5},
    /* a plan that begins at half past has half its dollars: 4 x 0.5 cover half an hour; 1.5 x 10 */
    {"a plan begins within an hour", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 2)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 4, .rates = {4}, .from_s = 1800}},
     {[CHARGE_COMMITMENT_USED] = 2, [CHARGE_ON_DEMAND] = 15}, 20},
    /* the EC2 plan covers m5 whole (6); the Compute plan has nothing left to cover: 4 lost */
    {"EC2 Instance plans come first", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {COMPUTE(4, 4), EC2("m5", 6, 6)},
     {[CHARGE_COMMITMENT_USED] = 6, [CHARGE_COMMITMENT_UNUSED] = 4}, 10},
    {"an EC2 Instance plan and another family", H, {0}, {{"m5.large", {10}}, {"c5.large", {9}}}, {RUN(1, 0, H, 1)},
     {EC2("m5", 6, 6, 5)}, {[CHARGE_COMMITMENT_UNUSED] = 6, [CHARGE_ON_DEMAND] = 9}, 9},
    {"an EC2 Instance plan and another region", H, {0}, {{"m5.large", {10}}, {"m5.large", {9}, .region = "eu-west-1"}},
     {RUN(1, 0, H, 1)}, {EC2("m5", 6, 6, 5)}, {[CHARGE_COMMITMENT_UNUSED] = 6, [CHARGE_ON_DEMAND] = 9}, 9},
    /* a Compute plan reaches it: 5 */
    {"a Compute plan and another region", H, {0}, {{"m5.large", {10}}, {"m5.large", {9}, .region = "eu-west-1"}},
     {RUN(1, 0, H, 1)}, {COMPUTE(5, 6, 5)}, {[CHARGE_COMMITMENT_USED] = 5}, 9},
    /* any size of the family: 2 x 3 = 6 */
    {"an EC2 Instance plan and another size", H, {0}, {{"m5.large", {5}}, {"m5.xlarge", {10}}}, {RUN(1, 0, H, 1)},
     {EC2("m5", 6, 3, 6)}, {[CHARGE_COMMITMENT_USED] = 6}, 10},
    /* reserved takes one of three (4), the plan 1.5 of two (9 / 6), on demand 0.5 x 10 */
    {"reserved, then a plan, then on demand", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 3)},
     {COMPUTE(9, 6), RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_USED] = 13, [CHARGE_ON_DEMAND] = 5}, 30},
    /* reserved xlarge (8) takes the large (4) and half of the xlarge; the plan the other half: 4 at 8 */
    {"size flexibility, then a plan", H, {0}, {{"m5.xlarge", {10}}, {"m5.large", {5}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {COMPUTE(4, 8, 4), RESERVED(0, 1, 6)}, {[CHARGE_COMMITMENT_USED] = 10}, 15},
    {"no rate for what runs", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)}, {COMPUTE(5, 0)},
     {[CHARGE_COMMITMENT_UNUSED] = 5, [CHARGE_ON_DEMAND] = 10}, 10},
    /* EC2 plan: A1 5 of 5. Compute: A2 5/9.9 h. On demand (1 - 5/9.9) x 10 = 4.949494949 */
    {"across groups", H, {0}, {{"a1.large", {10}}, {"a1.medium", {10}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {EC2("a1", 5, 5, 5.1), COMPUTE(5, 5, 9.9)}, {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_ON_DEMAND] = 4.949494949}, 20},
    /* A2 at 10.50 saves more and goes first: 5/5.1 h; Compute: A1 5. On demand 0.1/5.1 x 10.5 */
    {"across groups, dearer and cheaper", H, {0}, {{"a1.large", {10}}, {"a1.medium", {10.5}}},
     {RUN(0, 0, H, 1), RUN(1, 0, H, 1)}, {EC2("a1", 5, 5, 5.1), COMPUTE(5, 5, 9.9)},
     {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_ON_DEMAND] = 0.205882353}, 20.5},
    /* ---- SageMaker: ml.* at 1.4 x EC2 (1.006 x 1.4 = 1.4084, listed 1.408) ---- */
    {"an endpoint for a day", DAY, {0}, {{"ml.g5.xlarge", {1.408}}}, {RUN(0, 0, DAY, 1)}, {{0}},
     {[CHARGE_ON_DEMAND] = 33.792}, 33.792},
    {"a SageMaker plan", H, {0}, {{"ml.g5.xlarge", {1.408}}, {"g5.xlarge", {1.006}}}, {RUN(0, 0, H, 1), RUN(1, 0, H, 1)},
     {SAGEMAKER(1, 0.9, 0.5)}, {[CHARGE_COMMITMENT_USED] = 0.9, [CHARGE_COMMITMENT_UNUSED] = 0.1,
     [CHARGE_ON_DEMAND] = 1.006}, 2.414},
    {"other plans on endpoints", H, {0}, {{"ml.g5.xlarge", {1.408}}}, {RUN(0, 0, H, 1)},
     {COMPUTE(1, 0.9), EC2("ml", 1, 0.9)}, {[CHARGE_COMMITMENT_UNUSED] = 2, [CHARGE_ON_DEMAND] = 1.408}, 1.408},
    /* ---- capacity blocks: second by second, paid as a whole ---- */
    {"a block that is used", 2 * H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, 2 * H, 2)}, {BLOCK(0, 2, 31)},
     {[CHARGE_COMMITMENT_USED] = 124}, 220},
    {"a block that is not", 2 * H, {0}, {{"p5.48xlarge", {55}}}, {{0}}, {BLOCK(0, 2, 31)},
     {[CHARGE_COMMITMENT_UNUSED] = 124}, 0},
    /* four for half an hour: two in the block (2 x 0.5 x 31), two on demand (2 x 0.5 x 55); a
     * reserved instance would have covered them all */
    {"a block holds no hours", H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, 1800, 4)}, {BLOCK(0, 2, 31)},
     {[CHARGE_COMMITMENT_USED] = 31, [CHARGE_COMMITMENT_UNUSED] = 31, [CHARGE_ON_DEMAND] = 55}, 110},
    /* the plan finds nothing to cover */
    {"no plan covers a block", H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, H, 1)}, {BLOCK(0, 1, 31), COMPUTE(20, 40)},
     {[CHARGE_COMMITMENT_USED] = 31, [CHARGE_COMMITMENT_UNUSED] = 20}, 55},
    /* nor does a reserved instance: 31 used, 36 for nothing */
    {"no reserved instance covers a block", H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, H, 1)}, {BLOCK(0, 1, 31), RESERVED(0, 1, 36)},
     {[CHARGE_COMMITMENT_USED] = 31, [CHARGE_COMMITMENT_UNUSED] = 36}, 55},
    /* in use from 0 to 1.5 h, the block from 1 h to 2 h: 55, then half of 31 used */
    {"a block begins", 2 * H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, 5400, 1)},
     {{.kind = COMMIT_CAPACITY_BLOCK, .amount = 1, .hourly = 31, .from_s = H}},
     {[CHARGE_COMMITMENT_USED] = 15.5, [CHARGE_COMMITMENT_UNUSED] = 15.5, [CHARGE_ON_DEMAND] = 55}, 82.5},
    /* ---- capacity reservations ---- */
    /* the guide's example: 20 reserved, 15 run: 15 x 2 and 5 x 2 unused */
    {"20 reserved, 15 run", H, {0}, {{"m5.large", {2}}}, {RUN(0, 0, H, 15)}, {ODCR(0, 20, 2)},
     {[CHARGE_ON_DEMAND] = 30, [CHARGE_CAPACITY_UNUSED] = 10}, 30},
    {"20 reserved, 25 run", H, {0}, {{"m5.large", {2}}}, {RUN(0, 0, H, 25)}, {ODCR(0, 20, 2)},
     {[CHARGE_ON_DEMAND] = 50}, 50},
    /* two for half an hour in a reservation of one: 2 x 0.5 x 2 run, the other half hour idle: 1 */
    {"a reservation holds no hours", H, {0}, {{"m5.large", {2}}}, {RUN(0, 0, 1800, 2)}, {ODCR(0, 1, 2)},
     {[CHARGE_ON_DEMAND] = 2, [CHARGE_CAPACITY_UNUSED] = 1}, 2},
    /* from 0:15 to 0:45: 1800 s x 2 / 3600 */
    {"a reservation by the second", H, {0}, {{"m5.large", {2}}}, {{0}},
     {{.kind = COMMIT_CAPACITY_RESERVATION, .amount = 1, .hourly = 2, .from_s = 900, .to_s = 2700}},
     {[CHARGE_CAPACITY_UNUSED] = 1}, 0},
    /* regional reserved instances: what runs first, 1 of 1; the second covers the idle one */
    {"reserved instances on a reservation", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {ODCR(0, 2, 10), RESERVED(0, 2, 4)}, {[CHARGE_COMMITMENT_USED] = 8}, 10},
    /* a plan of 6 at 4: the one that runs (4), then half of the idle one (2): 5 unused */
    {"a plan on a reservation: running first", H, {0}, {{"m5.large", {10}}}, {RUN(0, 0, H, 1)},
     {ODCR(0, 2, 10), COMPUTE(6, 4)}, {[CHARGE_COMMITMENT_USED] = 6, [CHARGE_CAPACITY_UNUSED] = 5}, 10},
    /* zonal does not reach into it: 10 on demand, 4 unused */
    {"a zonal reserved instance on a reservation", H, {0}, {{"m5.large", {10}}}, {RUN_IN(1, 0, 0, H, 1)},
     {ODCR(0, 1, 10), ZONAL(1, 0, 1, 4)}, {[CHARGE_ON_DEMAND] = 10, [CHARGE_COMMITMENT_UNUSED] = 4}, 10},
    /* of two that run one is outside of it */
    {"a zonal reserved instance beside a reservation", H, {0}, {{"m5.large", {10}}}, {RUN_IN(1, 0, 0, H, 2)},
     {ODCR(0, 1, 10), ZONAL(1, 0, 1, 4)}, {[CHARGE_ON_DEMAND] = 10, [CHARGE_COMMITMENT_USED] = 4}, 20},
    /* the block first: 31; the reservation has the second instance: 55 */
    {"a block, then a reservation", H, {0}, {{"p5.48xlarge", {55}}}, {RUN(0, 0, H, 2)}, {ODCR(0, 1, 55), BLOCK(0, 1, 31)},
     {[CHARGE_COMMITMENT_USED] = 31, [CHARGE_ON_DEMAND] = 55}, 110},
    /* ---- functions ---- */
    /* 2 GB x 1.5 s x 1,000,000 = 3,000,000 GB-s x 0.0000166667 = 50.0001; a million requests 0.20 */
    {"a million calls", H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 3000000 * GB_S), USE(FUNCTION_REQUESTS, 0, 0, 1000000)},
     {{0}}, {[CHARGE_FUNCTION] = 50.2001}, 50.2001},
    /* 128 MB x 1 ms = 0.000125 GB-s: 0.0000000020833, rounded to 2 nano-dollars */
    {"one millisecond", H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 128)}, {{0}}, {[CHARGE_FUNCTION] = 2e-9}, 2e-9},
    /* the same on Graviton: 3,000,000 x 0.0000133334 = 40.0002 */
    {"a million calls on Graviton", H, {0}, {ARM}, {USE(FUNCTION_MB_MS, 0, 0, 3000000 * GB_S), USE(FUNCTION_REQUESTS, 0, 0, 1000000)},
     {{0}}, {[CHARGE_FUNCTION] = 40.2002}, 40.2002},
    /* 7.5e9 x 0.0000133334 = 100,000.50, 1e6 x 0.0000120001 = 12.0001 */
    {"beyond the first tier on Graviton", 31 * DAY, {2027, 1, 1}, {ARM}, {USE(FUNCTION_MB_MS, 0, 9, 7501000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100012.5001}, 100012.5001},
    /* a full first tier of a month: 6e9 x 0.0000166667 = 100,000.20 */
    {"the first tier", 31 * DAY, {2027, 1, 1}, {X86}, {USE(FUNCTION_MB_MS, 0, 9, 6000000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100000.2}, 100000.2},
    /* a million GB-s beyond it: x 0.000015 = 15 */
    {"beyond the first tier", 31 * DAY, {2027, 1, 1}, {X86},
     {USE(FUNCTION_MB_MS, 0, 9, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 700, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100015.2}, 100015.2},
    /* 6e9 at the first, 9e9 x 0.000015 = 135,000, 1e6 x 0.0000133334 = 13.3334 */
    {"the third tier in one hour", 31 * DAY, {2027, 1, 1}, {X86}, {USE(FUNCTION_MB_MS, 0, 3, 15001000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 235013.5334}, 235013.5334},
    /* the month ends: 6e9 on 31 January, 1e6 on 1 February at the first rate again: 16.6667 */
    {"a month ends", 59 * DAY, {2027, 1, 1}, {X86},
     {USE(FUNCTION_MB_MS, 0, 31 * 24 - 1, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 31 * 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100016.8667}, 100016.8667},
    /* the ledger begins on 31 January: its second day is another month, 16.6667 */
    {"from the last day of a month", 2 * DAY, {2027, 1, 31}, {X86},
     {USE(FUNCTION_MB_MS, 0, 23, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100016.8667}, 100016.8667},
    {"a year ends", 2 * DAY, {2027, 12, 31}, {X86},
     {USE(FUNCTION_MB_MS, 0, 23, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100016.8667}, 100016.8667},
    /* 30 April is April, 15; the hour after it May */
    {"a month of 30 days", 61 * DAY, {2027, 4, 1}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 6000000000 * GB_S),
      USE(FUNCTION_MB_MS, 0, 30 * 24 - 1, 1000000 * GB_S), USE(FUNCTION_MB_MS, 0, 30 * 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100031.8667}, 100031.8667},
    /* the month of a switch is as long: 31 x 24 hours, the last of them in March, 15 */
    {"tiers as daylight saving begins", 62 * DAY, {2027, 3, 1}, {X86},
     {USE(FUNCTION_MB_MS, 0, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 31 * 24 - 1, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100015.2}, 100015.2},
    /* 29 February is February: second tier, 15; in 2027 that day is 1 March: 16.6667 */
    {"a leap day", 60 * DAY, {2028, 2, 1}, {X86},
     {USE(FUNCTION_MB_MS, 0, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 28 * 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100015.2}, 100015.2},
    {"no leap day", 60 * DAY, {2027, 2, 1}, {X86},
     {USE(FUNCTION_MB_MS, 0, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 28 * 24, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 100016.8667}, 100016.8667},
    /* a typical hour holds 1/730 of the tiers: bounds at 8,219,178.08 and 20,547,945.2 GB-s. 7.3 million
     * are below the first; x 0.0000166667 = 121.66691 */
    {"a typical hour", H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 7300000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 121.66691}, 121.66691},
    /* 73 typical hours hold a tenth: 6e8 GB-s, then 1e6 at 0.000015: 10,000.02 + 15 */
    {"a tenth of a typical month", 73 * H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 601000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 10015.02}, 10015.02},
    /* others used up the first tier: 1e6 at 0.000015, theirs is not billed here */
    {"others fill the tier", 31 * DAY, {2027, 1, 1}, {X86},
     {OTHERS_USE(FUNCTION_MB_MS, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 0, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 15}, 15},
    /* each architecture has tiers of its own: 1e6 of the second at its first rate, 13.3334 */
    {"tiers by architecture", 31 * DAY, {2027, 1, 1}, {X86, {"lambda-arm64", {0.0000133334, 0.2}, {{7500000000, 12000100}}}},
     {OTHERS_USE(FUNCTION_MB_MS, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 1, 0, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 13.3334}, 13.3334},
    /* and each region */
    {"tiers by region", 31 * DAY, {2027, 1, 1}, {X86, {"lambda-x86", {0.0000166667}, {{6000000000, 15000000}}, "eu-west-1"}},
     {OTHERS_USE(FUNCTION_MB_MS, 0, 6000000000 * GB_S), USE(FUNCTION_MB_MS, 1, 0, 1000000 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 16.6667}, 16.6667},
    /* 10 x 1536 MB held 3600 s = 54,000 GB-s x 0.0000041667 = 0.2250018; 3,000 GB-s on them x
     * 0.0000097222 = 0.0291666; 300 GB-s beside them x 0.0000166667 = 0.00500001 */
    {"provisioned copies", H, {0}, {X86}, {USE(FUNCTION_HELD_MB_S, 0, 0, 54000 * 1024),
      USE(FUNCTION_PROVISIONED_MB_MS, 0, 0, 3000 * GB_S), USE(FUNCTION_MB_MS, 0, 0, 300 * GB_S)}, {{0}},
     {[CHARGE_FUNCTION] = 0.25916841}, 0.25916841},
    /* plan rate 0.000015: 10 $ cover 666,666.67 GB-s of 1e6; 333,333.33 x 0.0000166667 = 5.555566667 */
    {"a Compute plan on a function", H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 1000000 * GB_S), USE(FUNCTION_REQUESTS, 0, 0, 1000000)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 10, .function_rates = {0.000015}}},
     {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_FUNCTION] = 5.755566667}, 16.8667},
    {"an EC2 Instance plan on a function", H, {0}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 1000000 * GB_S)},
     {{.kind = COMMIT_PLAN_EC2, .amount = 10, .function_rates = {0.000015}}},
     {[CHARGE_COMMITMENT_UNUSED] = 10, [CHARGE_FUNCTION] = 16.6667}, 16.6667},
    /* savings: duration 10 % (0.000015), provisioned duration 0.0000085/0.0000097222 12.6 %, held
     * 0.0000035/0.0000041667 16 %. All whole: 54,000 x 0.0000035 = 0.189, 3,000 x 0.0000085 = 0.0255,
     * 300 x 0.000015 = 0.0045: 0.219 of 1 */
    {"a Compute plan on provisioned copies", H, {0}, {X86}, {USE(FUNCTION_HELD_MB_S, 0, 0, 54000 * 1024),
      USE(FUNCTION_PROVISIONED_MB_MS, 0, 0, 3000 * GB_S), USE(FUNCTION_MB_MS, 0, 0, 300 * GB_S)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 1, .function_rates = {0.000015, 0.0000085, 0.0000035}}},
     {[CHARGE_COMMITMENT_USED] = 0.219, [CHARGE_COMMITMENT_UNUSED] = 0.781}, 0.25916841},
    /* the instance saves 40 %, the function 10 %: 6 for the instance, 4 for 266,666.67 GB-s; 733,333.33 x
     * 0.0000166667 = 12.222246667 */
    {"one plan on instances and functions", H, {0}, {X86, {"m5.large", {10}}},
     {USE(FUNCTION_MB_MS, 0, 0, 1000000 * GB_S), RUN(1, 0, H, 1)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 10, .rates = {0, 6}, .function_rates = {0.000015}}},
     {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_FUNCTION] = 12.222246667}, 26.6667},
    /* the plan covers 1e6 GB-s (15 $); only the rest fills the tier: 6e9 at the first rate */
    {"what a plan covers fills no tier", 31 * DAY, {2027, 1, 1}, {X86}, {USE(FUNCTION_MB_MS, 0, 0, 6001000000 * GB_S)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 15, .function_rates = {0.000015}, .to_s = H}},
     {[CHARGE_COMMITMENT_USED] = 15, [CHARGE_FUNCTION] = 100000.2}, 100016.8667},
    /* savings: the instance 40 %, the task 0.03304 / 0.23304 = 14 %, the function 10 %: 6, 0.20 and 0.80 of 7, which is
     * 53,333.33 GB-s; 946,666.67 x 0.0000166667 = 15.777809333 */
    {"one plan on an instance, a task and a function", H, {0}, {X86, {"m5.large", {10}}, {"fargate-x86.4vcpu-16gb", {0.23304}}},
     {USE(FUNCTION_MB_MS, 0, 0, 1000000 * GB_S), RUN(1, 0, H, 1), RUN(2, 0, H, 1)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 7, .rates = {0, 6, 0.2}, .function_rates = {0.000015}}},
     {[CHARGE_COMMITMENT_USED] = 7, [CHARGE_FUNCTION] = 15.777809333}, 26.89974},
    /* ---- tokens ---- */
    /* 2.5 M x 0.22 + 0.125 M x 0.88 + 4 M x 0.022 */
    {"tokens", H, {0}, {{"model", {0.22, 0.88, 0.022}}}, {USE(INPUT_TOKENS, 0, 0, 2500000), USE(OUTPUT_TOKENS, 0, 0, 125000),
      USE(CACHED_INPUT_TOKENS, 0, 0, 4000000)}, {{0}}, {[CHARGE_TOKENS] = 0.748}, 0.748},
    /* 2 units for 3 h at 39.60 */
    {"model units", 3 * H, {0}, {{"model", {0, 0, 0, 39.6}}}, {USE(MODEL_UNIT_S, 0, 0, 2 * H), USE(MODEL_UNIT_S, 0, 1, 2 * H),
      USE(MODEL_UNIT_S, 0, 2, 2 * H)}, {{0}}, {[CHARGE_TOKENS] = 237.6}, 237.6},
    /* a plan never covers tokens */
    {"a Compute plan on tokens", H, {0}, {{"model", {0.22}}}, {USE(INPUT_TOKENS, 0, 0, 1000000)}, {COMPUTE(1, 1)},
     {[CHARGE_TOKENS] = 0.22, [CHARGE_COMMITMENT_UNUSED] = 1}, 0.22},
    /* ---- transfer: a GB is 2^30 bytes, a TB of the price list 1024 of them ---- */
    /* a GiB is a GB: 0.09; 1e9 bytes are 0.931322574615 of one: x 0.09 = 0.083819032 */
    {"a GB out", H, {0}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 0, GB)}, {{0}}, {[CHARGE_TRANSFER] = 0.09}, 0.09},
    {"1e9 bytes out", H, {0}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 0, 1000000000)}, {{0}}, {[CHARGE_TRANSFER] = 0.083819032},
     0.083819032},
    /* a byte is 0.09 / 2^30 = 0.000000000084 USD, nothing; 6 of them 5.03e-10, a nano-dollar */
    {"6 bytes out", H, {0}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 0, 6)}, {{0}}, {[CHARGE_TRANSFER] = 1e-9}, 1e-9},
    /* 140e9 bytes of weights into 3 instances across zones, out of the one and into the other: 2 x 420e9 / 2^30 =
     * 782.310962677 x 0.01 */
    {"weights across zones", H, {0}, {{"cross-zone", {0.01}}}, {USE(TRANSFER_BYTES, 0, 0, 2 * 3 * 140000000000)}, {{0}},
     {[CHARGE_TRANSFER] = 7.823109627}, 7.823109627},
    /* through a NAT gateway: 391.155481339 x 0.045 */
    {"weights through a NAT gateway", H, {0}, {{"nat", {0.045}}}, {USE(TRANSFER_BYTES, 0, 0, 3 * 140000000000)}, {{0}},
     {[CHARGE_TRANSFER] = 17.601996660}, 17.601996660},
    /* 10,240 GB x 0.09 = 921.60, 40,960 GB x 0.085 = 3481.60, 1024 GB x 0.07 = 71.68 */
    {"egress of 51 TiB", 31 * DAY, {2027, 1, 1}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 0, 52224 * GB)}, {{0}},
     {[CHARGE_TRANSFER] = 4474.88}, 4474.88},
    /* 51e12 / 2^30 = 47,497.451305389 GB stay below the third tier: 921.60 + 37,257.451305389 x 0.085 */
    {"egress of 51 TB", 31 * DAY, {2027, 1, 1}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 0, 51000000000000)}, {{0}},
     {[CHARGE_TRANSFER] = 4088.483360958}, 4088.483360958},
    /* the first tier to its last byte, and one GB beyond it: 921.60 + 0.085 */
    {"egress at the bound", 31 * DAY, {2027, 1, 1}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 5, 10240 * GB)}, {{0}},
     {[CHARGE_TRANSFER] = 921.6}, 921.6},
    {"egress beyond the bound", 31 * DAY, {2027, 1, 1}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 5, 10240 * GB), USE(TRANSFER_BYTES, 0, 6, GB)},
     {{0}}, {[CHARGE_TRANSFER] = 921.685}, 921.685},
    /* 10 TiB in January, 10 TiB in February: 2 x 921.60 */
    {"egress of two months", 59 * DAY, {2027, 1, 1}, {EGRESS}, {USE(TRANSFER_BYTES, 0, 743, 10240 * GB),
      USE(TRANSFER_BYTES, 0, 744, 10240 * GB)}, {{0}}, {[CHARGE_TRANSFER] = 1843.2}, 1843.2},
    /* between two regions that have a rate of their own: 500e9 / 2^30 = 465.661287308 x 0.01 */
    {"weights from us-east-2", H, {0}, {{"cross-region/us-east-1", {0.01}, .region = "us-east-2"}},
     {USE(TRANSFER_BYTES, 0, 0, 500000000000)}, {{0}}, {[CHARGE_TRANSFER] = 4.656612873}, 4.656612873},
    /* ---- weights that launches load ---- */
    /* three launches of 16e9 bytes: 48e9 / 2^30 = 44.703483582 x 0.045 */
    {"weights over a NAT gateway", H, {0}, {{"nat-gateway", {0.045}}}, {USE(WEIGHT_BYTES, 0, 0, 48000000000)}, {{0}},
     {[CHARGE_WEIGHTS] = 2.011656761}, 2.011656761},
    /* 16e9 bytes are 1,908 ranges of 8 MiB, three times: 5,724 x 0.0004 / 1000 */
    {"weights in a bucket", H, {0}, {{"s3-standard", {0.0004}}}, {USE(WEIGHT_READS, 0, 0, 5724)}, {{0}},
     {[CHARGE_WEIGHTS] = 0.002289600}, 0.0022896},
    /* what goes out fills the first tier, 10 TiB: a GB of weights the same way is in the second */
    {"weights in the tiers of their way", 31 * DAY, {2027, 1, 1}, {EGRESS},
     {USE(WEIGHT_BYTES, 0, 5, GB), USE(TRANSFER_BYTES, 0, 5, 10240 * GB)}, {{0}},
     {[CHARGE_TRANSFER] = 921.6, [CHARGE_WEIGHTS] = 0.085}, 921.685},
    /* and fill it before what goes out in a later hour */
    {"weights fill the tiers of their way", 31 * DAY, {2027, 1, 1}, {EGRESS},
     {USE(WEIGHT_BYTES, 0, 4, 10240 * GB), USE(TRANSFER_BYTES, 0, 5, GB)}, {{0}},
     {[CHARGE_TRANSFER] = 0.085, [CHARGE_WEIGHTS] = 921.6}, 921.685},
    /* an instance that a reserved one pays for, beside its weights: 3 + 0.045 */
    {"nothing covers weights", H, {0}, {A, {"nat-gateway", {0.045}}}, {RUN(0, 0, H, 1), USE(WEIGHT_BYTES, 1, 0, GB)},
     {RESERVED(0, 1, 3)}, {[CHARGE_COMMITMENT_USED] = 3, [CHARGE_WEIGHTS] = 0.045}, 3.645},
    /* ---- volumes: GB-months of the calendar month's seconds ---- */
    /* 930 GB for an hour of January, which has 744: 930 / 744 x 0.08; 840 in February, of 672 */
    {"a volume over the end of a month", 59 * DAY, {2027, 1, 1}, {GP3}, {USE(VOLUME_GB_S, 0, 743, 930 * H), USE(VOLUME_GB_S, 0, 744, 840 * H)},
     {{0}}, {[CHARGE_VOLUME] = 0.2}, 0.2},
    /* a February of 29 days has 696 hours: 870 / 696 x 0.08 */
    {"a volume in a leap year", 29 * DAY, {2028, 2, 1}, {GP3}, {USE(VOLUME_GB_S, 0, 695, 870 * H)}, {{0}}, {[CHARGE_VOLUME] = 0.1}, 0.1},
    /* half an hour of 73 GB in a typical month: 0.5 x 73 / 730 x 0.08; 1460 IOPS and 73 MB/s beyond what is free, for an
       hour: 2 x 0.005 and 0.1 x 0.04 */
    {"size, IOPS and throughput", H, {0}, {GP3}, {USE(VOLUME_GB_S, 0, 0, 73 * H / 2), USE(VOLUME_IOPS_S, 0, 0, 1460 * H),
      USE(VOLUME_MBPS_S, 0, 0, 73 * H)}, {{0}}, {[CHARGE_VOLUME] = 0.018}, 0.018},
    /* a minute of 43800 GB: 43800 x 60 / 2628000 */
    {"a minute of a volume", H, {0}, {GP3}, {USE(VOLUME_GB_S, 0, 0, 43800 * 60)}, {{0}}, {[CHARGE_VOLUME] = 0.08}, 0.08},
    /* 73 GB for an hour beside an instance that a reserved one pays for, and a Compute plan that reaches neither: 3 + 1 unused + 0.008 */
    {"nothing covers a volume", H, {0}, {A, GP3}, {RUN(0, 0, H, 1), USE(VOLUME_GB_S, 1, 0, 73 * H)},
     {RESERVED(0, 1, 3), COMPUTE(1, 2, 0.01)}, {[CHARGE_COMMITMENT_USED] = 3, [CHARGE_COMMITMENT_UNUSED] = 1, [CHARGE_VOLUME] = 0.008}, 3.608},
    /* an instance on spot that is taken in its first hour is free, its volume is not: 0.5 x 73 / 730 x 0.08 */
    {"a volume in the free hour of spot", H, {0}, {{"m5.large", {3.6, 1}}, GP3}, {TAKEN(0, 0, H / 2, 1), USE(VOLUME_GB_S, 1, 0, 73 * H / 2)},
     {{0}}, {[CHARGE_VOLUME] = 0.004}, 1.804},
    /* ---- Fargate: a task of 4 vCPU and 16 GB is 4 x 0.04048 + 16 x 0.004445 = 0.23304 an hour ---- */
    /* two for half an hour */
    {"tasks", H, {0}, {{"fargate-x86.4vcpu-16gb", {0.23304}}}, {RUN(0, 0, H / 2, 2)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.23304},
     0.23304},
    /* a task of 30 s is billed 60: 0.23304 / 60 */
    {"a short task", H, {0}, {{"fargate-x86.4vcpu-16gb", {0.23304}}}, {RUN(0, 0, 30, 1)}, {{0}}, {[CHARGE_ON_DEMAND] = 0.003884},
     0.003884},
    /* a tenth of a dollar at 0.2 an hour is half the task; the rest 0.5 x 0.23304 */
    {"a Compute plan on a task", H, {0}, {{"fargate-x86.4vcpu-16gb", {0.23304}}}, {RUN(0, 0, H, 1)}, {COMPUTE(0.1, 0.2)},
     {[CHARGE_COMMITMENT_USED] = 0.1, [CHARGE_ON_DEMAND] = 0.11652}, 0.23304},
    /* an EC2 Instance plan has no rate for it: 1 unused */
    {"an EC2 Instance plan on a task", H, {0}, {{"fargate-x86.4vcpu-16gb", {0.23304}}}, {RUN(0, 0, H, 1)}, {EC2("m5", 1, 0.1)},
     {[CHARGE_COMMITMENT_UNUSED] = 1, [CHARGE_ON_DEMAND] = 0.23304}, 0.23304},
    /* tasks have no sizes of a family: a reserved one, if there were any, stays at its type */
    {"no size flexibility of tasks", H, {0}, {{"fargate-x86.4vcpu-16gb", {0.2}}, {"fargate-x86.2vcpu-8gb", {0.1}}},
     {RUN(1, 0, H, 2)}, {RESERVED(0, 1, 0.15)}, {[CHARGE_COMMITMENT_UNUSED] = 0.15, [CHARGE_ON_DEMAND] = 0.2}, 0.2},
    /* ---- others of the organisation ---- */
    /* the owned hour goes to them; ours is on demand, and theirs is not on this bill */
    {"others come first at what is owned", H, {0}, {{"m5.large", {10}}}, {OTHERS(0, 0, H, 1), RUN(0, 0, H, 1)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 1, .hourly = 4, .owned = true}},
     {[CHARGE_COMMITMENT_USED] = 4, [CHARGE_ON_DEMAND] = 10}, 10},
    {"others have no part in what is bought", H, {0}, {{"m5.large", {10}}}, {OTHERS(0, 0, H, 1), RUN(0, 0, H, 1)},
     {RESERVED(0, 1, 4)}, {[CHARGE_COMMITMENT_USED] = 4}, 10},
    /* 3 owned: they take 2, we 1 */
    {"what others leave", H, {0}, {{"m5.large", {10}}}, {OTHERS(0, 0, H, 2), RUN(0, 0, H, 2)},
     {{.kind = COMMIT_RESERVED_STANDARD, .amount = 3, .hourly = 4, .owned = true}},
     {[CHARGE_COMMITMENT_USED] = 12, [CHARGE_ON_DEMAND] = 10}, 20},
    /* a plan of 10 at 6 and 4: theirs 6, then ours at 4: all */
    {"others come first at an owned plan", H, {0}, {{"m5.large", {10}}, {"c5.large", {10}}},
     {OTHERS(0, 0, H, 1), RUN(1, 0, H, 1)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 8, .rates = {6, 4}, .owned = true}},
     {[CHARGE_COMMITMENT_USED] = 8, [CHARGE_ON_DEMAND] = 5}, 10},
    /* theirs take the plan's 6 of 10, 4 are left for 2/3 of ours: 1/3 x 10; they are half of the first tier, we its rest and more:
     * 3e9 x 0.0000166667 = 50,000.10, 1e6 x 0.000015 = 15 */
    {"others, a plan and tiers", 31 * DAY, {2027, 1, 1}, {X86, {"m5.large", {10}}},
     {OTHERS(1, 0, H, 1), RUN(1, 0, H, 1), OTHERS_USE(FUNCTION_MB_MS, 0, 3000000000 * GB_S), USE(FUNCTION_MB_MS, 0, 0, 3001000000 * GB_S)},
     {{.kind = COMMIT_PLAN_COMPUTE, .amount = 10, .rates = {0, 6}, .owned = true, .to_s = H}},
     {[CHARGE_COMMITMENT_USED] = 10, [CHARGE_ON_DEMAND] = 3.333333333, [CHARGE_FUNCTION] = 50015.1}, 50025.1},
    /* ---- all of it in one hour ---- */
    /* Larges: 6 run, 1 in the block (6), 2 in the reservation. The reserved xlarge (8) takes two larges (9). EC2 plan: larges save
     * 30 %, xlarges 25 %: two larges (14 of 14). Compute plan: xlarges 25 %, larges 20 %: 20 / 15 = 4/3 xlarges. On demand are a large (10) and 2/3 xlarge (13.333333333). Two on spot for half an hour: 3; the one taken is free. The function
     * 16.6667, 100 GB out 9. List: 60 + 40 + spot 10 + 2.50 + 16.6667 + 9 */
    {"everything at once", H, {2027, 1, 1}, {{"m5.large", {10, 3}}, {"m5.xlarge", {20}}, X86, EGRESS},
     {RUN(0, 0, H, 6), RUN(1, 0, H, 2), SPOT(0, 0, 1800, 2), TAKEN(0, 0, 900, 1), USE(FUNCTION_MB_MS, 2, 0, 1000000 * GB_S),
      USE(TRANSFER_BYTES, 3, 0, 100 * GB)},
     {COMPUTE(20, 8, 15), EC2("m5", 14, 7, 15), RESERVED(1, 1, 9), ODCR(0, 2, 10), BLOCK(0, 1, 6)},
     {[CHARGE_COMMITMENT_USED] = 49, [CHARGE_ON_DEMAND] = 23.333333333, [CHARGE_SPOT] = 3, [CHARGE_FUNCTION] = 16.6667,
      [CHARGE_TRANSFER] = 9}, 138.1667},
    {"only others run", H, {0}, {{"m5.large", {10}}}, {OTHERS(0, 0, H, 3)}, {{0}}, {0}, 0},
};
/* clang-format on */

static usd_nano nano(double usd) {
    return llround(usd * 1e9);
}

static struct quote quote_of(const struct hand_offer *spec, int i, bool tiered) {
    struct quote quote = fixture_quote(spec->usd[i]);
    while (tiered && quote.n_tiers < 2 && spec->tiers[quote.n_tiers].from > 0)
        quote.n_tiers++;
    quote.tiers = spec->tiers;
    return quote;
}

static struct offer offer_of(struct arena *arena, const struct hand_offer *spec) {
    const char *dot = strrchr(spec->sku, '.');
    struct offer offer = {.sku = spec->sku,
                          .region = spec->region ? spec->region : "us-east-1",
                          .family = dot ? arena_strndup(arena, spec->sku, (size_t)(dot - spec->sku))
                                        : ""};
    if (strncmp(spec->sku, "lambda", 6) == 0) {
        offer.kind = OFFER_FUNCTION;
        offer.gb_second = quote_of(spec, 0, true);
        offer.million_requests = quote_of(spec, 1, false);
        offer.provisioned_gb_second = quote_of(spec, 2, false);
        offer.held_gb_second = quote_of(spec, 3, false);
    } else if (strcmp(spec->sku, "model") == 0) {
        offer.kind = OFFER_TOKEN_API;
        offer.million_input_tokens = quote_of(spec, 0, false);
        offer.million_output_tokens = quote_of(spec, 1, false);
        offer.million_cached_tokens = quote_of(spec, 2, false);
        offer.unit_hour = quote_of(spec, 3, false);
    } else if (strncmp(spec->sku, "ebs", 3) == 0) {
        offer.kind = OFFER_STORAGE;
        offer.gb_month = quote_of(spec, 0, false);
        offer.iops_month = quote_of(spec, 1, false);
        offer.mbps_month = quote_of(spec, 2, false);
    } else if (strncmp(spec->sku, "s3", 2) == 0) {
        offer.kind = OFFER_STORAGE;
        offer.thousand_reads = quote_of(spec, 0, false);
    } else if (dot) {
        offer.on_demand = quote_of(spec, 0, false);
        offer.spot = quote_of(spec, 1, false);
    } else {
        offer.kind = OFFER_TRANSFER;
        offer.gigabyte = quote_of(spec, 0, true);
    }
    return offer;
}

static struct commitment held_of(struct arena *arena, const struct hand_held *spec) {
    bool plan = commitment_kind_is_plan(spec->kind);
    usd_pico *rates = arena_new(arena, usd_pico, OFFERS_MAX);
    struct function_plan_rates *functions =
        arena_new(arena, struct function_plan_rates, OFFERS_MAX);
    for (int i = 0; i < OFFERS_MAX; i++)
        rates[i] = money_rate_from_usd(spec->rates[i]);
    functions[0] = (struct function_plan_rates){money_rate_from_usd(spec->function_rates[0]),
                                                money_rate_from_usd(spec->function_rates[1]),
                                                money_rate_from_usd(spec->function_rates[2])};
    return (struct commitment){.name = "held",
                               .terms = {spec->kind, 1, PAY_NO_UPFRONT},
                               .owned = spec->owned,
                               .offer = plan ? -1 : spec->offer,
                               .zone = spec->zone,
                               .family = spec->family,
                               .region = spec->family ? "us-east-1" : NULL,
                               .count = plan ? 0 : spec->amount,
                               .plan_usd_per_hour = plan ? nano(spec->amount) : 0,
                               .hourly = money_rate_from_usd(spec->hourly),
                               .plan_rates = rates,
                               .function_rates = functions,
                               .from_s = spec->from_s,
                               .to_s = spec->to_s ? spec->to_s : INT64_MAX};
}

static struct bill bill_of(struct arena *arena, const struct hand_bill *hand) {
    struct offer *offers = arena_new(arena, struct offer, OFFERS_MAX);
    struct commitment *held = arena_new(arena, struct commitment, HELD_MAX);
    struct usage_ledger ledger = {.n_seconds = hand->n_seconds, .rows = hand->rows};
    struct bill_input input = {.offers = offers,
                               .parts = &ledger,
                               .n_parts = 1,
                               .commitments = held,
                               .start = hand->start};
    while (input.n_offers < OFFERS_MAX && hand->offers[input.n_offers].sku) {
        offers[input.n_offers] = offer_of(arena, &hand->offers[input.n_offers]);
        input.n_offers++;
    }
    while (ledger.n_rows < ROWS_MAX && hand->rows[ledger.n_rows].to_s > 0)
        ledger.n_rows++;
    while (input.n_commitments < HELD_MAX && hand->held[input.n_commitments].amount > 0) {
        held[input.n_commitments] = held_of(arena, &hand->held[input.n_commitments]);
        input.n_commitments++;
    }
    struct bill bill = {0};
    struct err err = {0};
    cr_assert(bill_compute(arena, &input, &bill, &err), "%s: %s", hand->name, err.what);
    return bill;
}

Test(hand_bills, are_what_the_biller_says) {
    for (size_t i = 0; i < sizeof bills / sizeof *bills; i++) {
        struct arena arena = {0};
        const struct hand_bill *hand = &bills[i];
        struct bill bill = bill_of(&arena, hand);
        usd_nano total = 0;
        for (int k = 0; k < CHARGE_KINDS; k++) {
            cr_expect(eq(i64, bill.total_by_kind[k], nano(hand->usd[k])), "%s: %s", hand->name,
                      charge_kind_word((enum charge_kind)k));
            total += nano(hand->usd[k]);
        }
        cr_expect(eq(i64, bill.total, total), "%s", hand->name);
        cr_expect(eq(i64, bill.list_total, nano(hand->list)), "%s: list", hand->name);
        arena_release(&arena);
    }
}

Test(hand_bills, are_at_least_sixty_and_named_once) {
    size_t n = sizeof bills / sizeof *bills;
    cr_assert(ge(sz, n, 60));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect(strcmp(bills[i].name, bills[j].name) != 0, "%s", bills[i].name);
}
