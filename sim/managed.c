/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/managed.h"

const struct managed_model *managed_model_of(enum service_kind kind) {
    switch (kind) {
    case SERVICE_FUNCTION:
        return &function_pool_model;
    case SERVICE_TOKEN_API:
        return &token_api_model;
    case SERVICE_QUEUE:
    case SERVICE_LLM:
    case SERVICE_BATCHED:
    case SERVICE_SPLIT:
        break;
    }
    return NULL;
}
