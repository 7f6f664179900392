/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A measured profile in place of a rule, where the catalogue has one for exactly the setup of a
 * candidate: model, accelerator, precision, precision of the cache, accelerators of a replica. */
#ifndef HEADROOM_SIM_SERVICE_PROFILE_H
#define HEADROOM_SIM_SERVICE_PROFILE_H

#include "sim/sizing.h"

/** Put the profile's times, cache blocks and band into a service that was built by rule.
 *
 *  - Cache blocks: those measured, unless the options state blocks, a share of the memory or
 *    adapters, which all mean another cache; the longest request follows from them.
 *  - t0: the stated one, else the profile's; without asynchronous scheduling at least 1 ms and 10
 *    us a layer.
 *  - Neuron programs are compiled for one length, and a step reads all of it for each sequence:
 *    where the service's length differs from the profile's, those terms are scaled to it.
 *  - The basis names the profile; extrapolated is set, and the basis says above what, when the
 *    engine's limits reach beyond what was measured.
 *
 *  @return whether there was one; without, nothing changes */
bool service_profile_apply(const struct catalog *catalog, const struct instance_type *instance,
                           const struct serving_options *options, struct candidate *candidate,
                           struct capacity *capacity);

#endif
