/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A study as data: result.json (schema_version 1), and tidy CSV files, one a table. Every number
 * on the report is in them. Money in USD with nano-dollar digits where it is billed; plain numbers
 * elsewhere; unknown is null or empty. */
#ifndef HEADROOM_SCENARIOS_RESULT_H
#define HEADROOM_SCENARIOS_RESULT_H

#include "base/text.h"
#include "scenarios/study.h"

enum { RESULT_SCHEMA_VERSION = 1 };

void result_append_json(const struct study *study, struct text *out);
/** The same with the member `report`, which is JSON already: what draws the report again. */
void result_append_json_with_report(const struct study *study, struct bytes report,
                                    struct text *out);

/* name of the file, one line on what its rows are, writer */
#define RESULT_TABLES(X)                                                                           \
    X(candidates, "every candidate with its simulated capacity, unit cost, or why not")            \
    X(hours, "every planning hour and candidate in use: demand, instances by purchase option")     \
    X(costs, "every planning hour: cost of the plan and of the theoretical minimum")               \
    X(latency, "latencies of the plan's replay by workload, pool, class of priority and hour")     \
    X(fleet, "the plan's fleet hour by hour: replicas, requests, cache, mean and highest minute")  \
    X(commitments, "what is committed to, with utilisation, break-even and liability")             \
    X(charges, "the bill of the replay by planning week, kind, SKU and workload")                  \
    X(carbon, "energy and carbon a month by fleet and workload, with their ranges")                \
    X(storage, "every class of stored data: tiers by age, cost, and the cost in the warmest tier") \
    X(cash, "payments by month, and the amortised cost of the same month")                         \
    X(amortisation, "what each commitment costs and is paid by month and payer")                   \
    X(showback, "who pays over the horizon: used, idle and unused; adds up to the bill")           \
    X(chargeback, "who pays by month, kind and SKU, amortised and in cash; adds up to the bill")   \
    X(units, "cost of a token, a request and a business unit by workload; energy and carbon")      \
    X(budgets, "each budget by fiscal period: limit, cost and what is left")                       \
    X(focus,                                                                                       \
      "the bill of the horizon in the FOCUS 1.2 format, by month, SKU, workload, commitment")      \
    X(recommendations,                                                                             \
      "each purchase in the provider's own fields, and its guardrails; look-backs where asked")    \
    X(curve, "cost against how much is committed to, for the plan's main commitments")             \
    X(worth, "what one step more, and one less, of each limit is worth a month")                   \
    X(levers, "what engineering could change: money a month alone and in sequence, payback")       \
    X(rejections, "purchase options and candidates not used, and why")                             \
    X(actions, "recommended actions, ranked by money")                                             \
    X(jobs, "every way to run each job: cost, time, share of runs in time, or why not")            \
    X(stations,                                                                                    \
      "stations of flows: cost, calls, waiting, in the baseline's and the plan's replay")          \
    X(tasks, "tasks of flows: share within target, latency, cost of one that completed")           \
    X(futures, "what each plan costs in each future that may come, and what that future is")       \
    X(regret, "each plan in the named futures: cost, and what the cheapest there would save")      \
    X(sensitivities,                                                                               \
      "each unknown alone at both ends: cost, and whether commitments would change")               \
    X(numbers, "headline numbers of today's fleet and the plan, and the gaps between them")

#define X(name, doc) void result_append_##name##_csv(const struct study *study, struct text *out);
RESULT_TABLES(X)
#undef X

/** What happened to the plan's fleet, one JSON object a line: workload, month, second of the
 * planning week, event (sim/observer.h), pool, zone, option, number. */
void result_append_events(const struct study *study, struct text *out);

struct result_table {
    const char *name; /* "candidates" */
    const char *doc;
    void (*append)(const struct study *study, struct text *out);
};
/** NULL-name ended. */
extern const struct result_table result_tables[];

/** Cost of one candidate at full load on demand: USD per 1,000 requests; NaN when it cannot serve
 * or has no rate. */
double result_usd_per_thousand_requests(const struct study *study, int candidate);

/** How far off a candidate's service times, and its capacity with them, are known to be: as in
 * struct capacity, but NaN where no error is known. */
struct band {
    double error_low, error_high; /* of service times */
    double rate_low, rate_high;   /* of the capacity; NaN too when there is none */
};
struct band result_band(const struct capacity *capacity);

#endif
