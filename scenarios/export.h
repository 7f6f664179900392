/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The instances of a plan as the tools that run them read it: one group for each workload and
 * instance type, between its least and its most instances, with its share of spot. Written from
 * result.json, marked "review before apply": a draft, without subnets, images and permissions.
 *
 *  Counts and schedules are those of the plan's first week (UTC); maxima those of the horizon.
 * Commitments are bought apart and stand in comments where a format has them. Not written:
 * functions, token APIs, jobs, stations. */
#ifndef HEADROOM_SCENARIOS_EXPORT_H
#define HEADROOM_SCENARIOS_EXPORT_H

#include "scenarios/result_read.h"

/* id, name, what is written */
#define EXPORT_FORMATS(X)                                                                          \
    X(KARPENTER, "karpenter") /* NodePools of Karpenter (YAML), one a workload */                  \
    X(TERRAFORM, "terraform") /* Auto Scaling groups with their schedules (HCL) */                 \
    X(ASG, "asg")             /* CreateAutoScalingGroup requests with scheduled actions (JSON) */  \
    X(EC2_FLEET, "ec2-fleet") /* CreateFleet requests for the peak of the first week (JSON) */

enum export_format {
#define X(id, name) EXPORT_##id,
    EXPORT_FORMATS(X)
#undef X
        EXPORT_FORMAT_COUNT,
};
const char *export_format_name(enum export_format format);

/** @param workload  NULL: all
 *  @return false: *err, ERR_INPUT: there is no fleet of that workload, or a part of it is not what
 * it must be */
bool export_append(const struct result_file *result, enum export_format format,
                   const char *workload, struct text *out, struct err *err);

#endif
