/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What an llm service can be, and what it can ever serve: as struct replica_model asks. */
#ifndef HEADROOM_SIM_LLM_SERVICE_H
#define HEADROOM_SIM_LLM_SERVICE_H

#include "base/err.h"
#include "sim/service.h"
#include "sim/work.h"

bool llm_service_check(const struct service *service, struct err *err);
bool llm_service_can_serve(const struct service *service, const struct work *work);

#endif
