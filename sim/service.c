/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/service.h"

const char *service_kind_word(enum service_kind kind) {
    static const char *const words[] = {
        [SERVICE_QUEUE] = "queue",         [SERVICE_LLM] = "llm",
        [SERVICE_BATCHED] = "batched",     [SERVICE_FUNCTION] = "function",
        [SERVICE_TOKEN_API] = "token_api",
    };
    return words[kind];
}
