/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Fargate: price lists have a rate of a vCPU and one of a gigabyte, a book has tasks. As both
 * rates of a region, a processor and a way to buy are read, they wait here; in the end each pair
 * becomes the hourly rates of tasks of these sizes, as instance types:
 *
 *      fargate-x86.4vcpu-16gb, fargate-arm64.0.25vcpu-0.5gb
 *
 *  For each number of vCPUs that AWS offers (0.25, 0.5, 1, 2, 4, 8, 16) the smallest and the
 * largest memory, and four times the vCPUs. The memory of a size is from "Task CPU and memory",
 * Amazon ECS developer guide, 2026. */
#ifndef HEADROOM_PRICING_IMPORT_FARGATE_H
#define HEADROOM_PRICING_IMPORT_FARGATE_H

#include "pricing/import_reader.h"

enum fargate_part { FARGATE_NONE, FARGATE_VCPU, FARGATE_GB };

/** What a usage type such as USE1-Fargate-ARM-vCPU-Hours:perCPU prices: FARGATE_NONE for Windows,
 * spot, disk and what is not Fargate.
 *
 *  @param family  "fargate-x86" or "fargate-arm64" */
enum fargate_part fargate_part_of(struct bytes usage, const char **family);

/** Keep one of the two rates, in USD an hour. `price` says the family (as its sku), the region, the
 * option, term and payment; of its rate the part. False: a second price, or one of zero. */
bool import_keep_fargate(struct import *import, enum fargate_part part, const struct price *price,
                         struct json_place place, struct err *err);

/** Make the rates of the tasks; a rate without the other one is skipped. */
bool import_take_fargate(struct import *import, struct err *err);

#endif
