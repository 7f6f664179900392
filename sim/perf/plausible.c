/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/plausible.h"

#include <math.h>

#include "sim/datasheet.h"

#define GIB 1073741824.0
/* Fits and datasheets are both a little off; what is faster than the peak by more is wrong. */
#define TOLERANCE 0.75

enum { BLOCK_TOKENS = 16 };

static struct device device_of(const struct fit_setup *setup) {
    struct device device = datasheet_accelerator(setup->accelerator, setup->precision);
    if (setup->kv_precision == PRECISION_FP8)
        device.cache_value_bytes = 1;
    return device;
}

bool plausible_setup(const struct fit_setup *setup, struct err *err) {
    const char *format = precision_word(setup->precision);
    struct device device = device_of(setup);
    if (device.flops <= 0) {
        err_set(err, ERR_INPUT,
                "%s has no %s rate in the catalogue, so nothing would use the profile", device.name,
                format);
        err_hint(err, "headroom explain accelerators lists the formats of each");
        return false;
    }
    double share = datasheet_weight_bytes(setup->model, setup->precision) / setup->tensor_parallel;
    if (share >= device.memory_bytes) {
        err_set(err, ERR_INPUT, "%s in %s does not fit %d x %s: %.1f GiB of weights in %.1f GiB",
                setup->model->name, format, setup->tensor_parallel, device.name, share / GIB,
                device.memory_bytes / GIB);
        err_hint(err, "state the --precision and --tensor-parallel of the measurement");
        return false;
    }
    int64_t most = datasheet_kv_blocks_most(setup->model, setup->precision, &device,
                                            setup->tensor_parallel, BLOCK_TOKENS);
    if (setup->kv_blocks <= most)
        return true;
    err_set(err, ERR_INPUT, "--kv-blocks %lld are more than fit beside the weights on %s: %lld",
            (long long)setup->kv_blocks, device.name, (long long)most);
    err_hint(err, "vLLM prints their number when it starts, blocks of %d tokens", BLOCK_TOKENS);
    return false;
}

/* A term that cannot be: measured below what the peak allows. */
static void check_term(struct arena *arena, struct fit *fit, const char *what, double fitted,
                       double least, const char *limit) {
    if (fitted < TOLERANCE * least)
        fit_add_note(fit, arena,
                     "Warning: %s takes %.4g us, and by the %s of the device at least %.4g: check "
                     "the table, and that its kernels did not run from a warm cache.",
                     what, fitted, limit, least);
}

/* The same model at the device's peak. */
static struct iteration_time peak_time(const struct fit_setup *setup) {
    struct device device = device_of(setup);
    device.weight_share = device.cache_share = device.compute_share = 1;
    return datasheet_iteration_time(setup->model, setup->precision, &device,
                                    setup->tensor_parallel);
}

static void check_terms(struct arena *arena, const struct fit_setup *setup, struct fit *fit) {
    struct iteration_time peak = peak_time(setup);
    const struct iteration_time *t = &fit->profile.time;
    check_term(arena, fit, "a layer's linear part for one token",
               fmax(t->a0 + t->a1, t->b0 + t->b1), peak.a0, "bandwidth");
    check_term(arena, fit, "each token more in a layer's linear part", fmax(t->a1, t->b1), peak.b1,
               "arithmetic");
    if (t->experts > 0)
        check_term(arena, fit, "each expert hit in a layer", t->x1, peak.x1, "bandwidth");
    check_term(arena, fit, "the head for one sequence", t->h0 + t->h1, peak.h0, "bandwidth");
    check_term(arena, fit, "each cached token in decode attention", t->d2, peak.d2, "bandwidth");
    check_term(arena, fit, "each cached token in mixed attention", t->m5, peak.d2, "bandwidth");
    if (peak.p2 > 0 && t->p2 <= 0)
        fit_add_note(fit, arena,
                     "Warning: prefill attention does not grow with the square of the chunk: check "
                     "the table.");
}

void plausible_warn(struct arena *arena, const struct fit_setup *setup,
                    const struct kernel_tables *tables, struct fit *fit) {
    if (datasheet_weights_only(setup->accelerator, setup->precision))
        fit_add_note(fit, arena, "%s does not compute in %s: the profile is of weights in it.",
                     setup->accelerator->name, precision_word(setup->precision));
    if (tables && tables->missing_layers[0])
        fit_add_note(fit, arena,
                     "Warning: the dense table has no %s: steps come out too fast unless another "
                     "row holds it.",
                     tables->missing_layers);
    if (tables && setup->accelerator->neuron_cores == 0)
        check_terms(arena, setup, fit);
}
