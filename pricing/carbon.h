/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Energy and carbon of an hour of an instance, beside its price.
 *
 *      watts   = (vCPU idle + busy (full - idle)) vCPUs + memory GiB + the same for each
 * accelerator kWh     = watts / 1000 x PUE kg CO2e = kWh x grid intensity of the region,
 * location-based
 *              + embodied: kg of the server / hours of its life x the instance's share of its vCPUs
 *
 *  `busy` is the share of time in which the replicas have work. What an accelerator draws then is
 * its full power at most: decoding is bound by memory. So the low end of a range counts half of
 * `busy`, its middle three quarters, the high end all of it, beside the ranges of the figures.
 *
 *  Figures come from a book (`pricing/books/carbon-2026.csv`), each row with source, day and
 * status. A region or an accelerator without a figure is unknown with its reason, never zero.
 * Functions and token APIs are unknown: no provider says what serves them. Not modelled: storage,
 * network, hours of the day in the grid. Method of cloud-carbon-footprint (docs/model.md section
 * 9). */
#ifndef HEADROOM_PRICING_CARBON_H
#define HEADROOM_PRICING_CARBON_H

#include "base/arena.h"
#include "base/err.h"
#include "pricing/book_table.h"

/** Significant digits that the figures behind carbon and energy allow. */
enum { CARBON_DIGITS = 2 };

struct carbon_range {
    double low, value, high; /* low <= value <= high */
};

struct carbon_figure {
    const char *kind, *name;
    struct carbon_range range;
    struct book_origin origin;
};

struct carbon_book {
    const char *name; /* "carbon-2026" */
    int n_figures;
    const struct carbon_figure *figures;
};

/** What stands in the rack. */
struct carbon_hardware {
    const char *family, *cpu; /* "g6e"; "Graviton3", "" where the catalogue does not say */
    double vcpu, server_vcpu; /* of the instance; of the largest of its family, >= vcpu */
    double memory_gib;
    const char *accelerator; /* "" for none */
    int accelerators;
};

/** One instance for one hour. */
struct carbon_hour {
    bool known, estimated;
    const char *reason; /* why not known; "" */
    struct carbon_range kwh, kg_operation, kg_embodied;
};

/** A book: `headroom_carbon,1,NAME`, a header, a row a figure. All mistakes in one pass. */
bool carbon_book_read(struct arena *arena, struct source *source, struct carbon_book *out,
                      struct err_list *errs);
/** The one in the binary. */
struct source *carbon_book_shipped(struct arena *arena, struct err *err);

/** @param busy  share of the hour with work, 0 .. 1 */
struct carbon_hour carbon_instance_hour(const struct carbon_book *book,
                                        const struct carbon_hardware *hardware, const char *region,
                                        double busy, struct arena *arena);

#endif
