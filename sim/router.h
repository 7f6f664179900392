/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which replica a request goes to. One row a policy; adding one is one row and one function
 * (docs/extending.md). */
#ifndef HEADROOM_SIM_ROUTER_H
#define HEADROOM_SIM_ROUTER_H

enum router_policy { ROUTER_ROUND_ROBIN, ROUTER_LEAST_OUTSTANDING, ROUTER_POLICIES };

/** "round_robin", "least_outstanding". */
const char *router_policy_name(enum router_policy policy);
const char *router_policy_doc(enum router_policy policy);

#endif
