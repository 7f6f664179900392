/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One row of a bill, and the formats that it may have; for pricing/cloud_bill.c alone. */
#ifndef HEADROOM_PRICING_CLOUD_BILL_ROW_H
#define HEADROOM_PRICING_CLOUD_BILL_ROW_H

#include "base/csv.h"
#include "pricing/cloud_bill.h"

enum { BILL_COLUMNS_MAX = 32 };

/** The row that is read, and where its columns are. */
struct bill_cells {
    struct csv_reader *csv;
    struct csv_row row;
    int index[BILL_COLUMNS_MAX]; /* by column of the format; -1: the file does not have it */
};

/** What a row says of instances. */
struct bill_instances {
    struct bytes instance, region;
    enum cloud_bill_option option;
    double hours;
    int column;       /* of the quantity */
    bool correction;  /* may take back what an earlier row has */
    const char *skip; /* why the row has no time of instances */
};

/** What a row says of a commitment: that it covered usage of whatever kind, or that a part of it
 * was not used. */
struct bill_owed {
    bool told, unused;
    struct bytes commitment; /* "" : the bill does not name it */
    enum cloud_bill_commitment_kind kind;
    struct bytes instance; /* of what was not used; "" */
};

struct bill_money {
    double billed, effective; /* USD */
};

/** A format: its columns by name ('?' before the name: may be missing), which of them all formats
 * have, and what reads a row. */
struct bill_format {
    const char *const *names; /* [n_names] */
    int n_names;
    int start, end, period_start, period_end, currency;
    bool calendar_months; /* a period whose end is missing is the calendar month that it begins */
    /** The time is read where `skip` is not set; texts are the row's. False, *err set: a cell that
     * is no number. */
    bool (*row)(const struct bill_cells *cells, struct bill_money *money,
                struct bill_instances *out, struct bill_owed *owed, struct err *err);
};

extern const struct bill_format bill_format_focus, bill_format_cur;

/** Without spaces around it; "" where the file does not have the column. */
struct bytes bill_cell(const struct bill_cells *cells, int column);
/** An empty cell is 0. */
bool bill_read_number(const struct bill_cells *cells, int column, double *out, struct err *err);
/** m5.xlarge of USW2-BoxUsage:m5.xlarge, of SpotUsage and of the HeavyUsage of a reservation's fee;
 * "": another usage type. */
struct bytes bill_type_of_usage(struct bytes usage);

#endif
