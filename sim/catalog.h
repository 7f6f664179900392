/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Catalogues: models, accelerators and instance types, each row with its source. Shipped in the
 * binary from sim/catalog/{models,accelerators,instances}.csv.
 *
 *  Each file begins with its kind and format version (`headroom_models,1`), then a header row that
 * names the columns of the struct below in any order, then one row a thing. Numbers are checked for
 * range, names for being unique, and accelerators of instance types for being in the catalogue. */
#ifndef HEADROOM_SIM_CATALOG_H
#define HEADROOM_SIM_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"
#include "base/text.h"

enum model_kind { MODEL_DECODER, MODEL_ENCODER, MODEL_VISION, MODEL_DIFFUSION };
const char *model_kind_word(enum model_kind kind); /* "decoder" */
enum precision {
    PRECISION_FP32,
    PRECISION_BF16,
    PRECISION_FP8,
    PRECISION_INT8,
    PRECISION_FP4,
    PRECISION_INT4,
    PRECISIONS
};

struct model {
    const char *name; /* "llama-3.1-8b" */
    enum model_kind kind;
    /* decoders and encoders; vision and diffusion models may leave all of these empty */
    int layers, hidden, heads, kv_heads, head_dim, vocabulary, context_max;
    bool tied_embeddings; /* the output head is the input embedding: one matrix, not two */
    double parameters;    /* all weights */
    /* mixture of experts; experts = 0: dense */
    int experts, experts_chosen, moe_layers;
    double expert_parameters; /* of one expert in one layer */
    /* attention that keeps less than 2 kv_heads head_dim values a token and layer */
    int latent_values;         /* MLA: values kept for a token in a layer; 0: keys and values */
    int window, window_layers; /* sliding window: its tokens, and how many layers have it */
    double gflop_per_item;     /* vision: one image; diffusion: one image, all its steps */
    const char *source;
};

struct accelerator {
    const char *name;                                      /* as in instances.csv */
    double memory_gib;                                     /* usable by one device */
    double bandwidth_gbps;                                 /* 1e9 bytes per second */
    double bf16_tflops, fp8_tflops, int8_tops, fp4_tflops; /* dense; 0 = not stated */
    double link_gbps; /* to its peers, 1e9 bytes per second both directions; 0 = not stated */
    int neuron_cores; /* of one AWS Inferentia or Trainium chip; 0 = a GPU */
    const char *source;
};

struct instance_type {
    const char *name, *family, *quota_group;
    double vcpu; /* > 0; tasks have parts of one */
    double memory_gib;
    const char *accelerator; /* "" for CPU types */
    int accelerators;
    const char *cpu; /* "Graviton3", ... for CPU types, "" otherwise */
    const char *source;
};

struct profile; /* sim/profile.h */

struct catalog {
    int n_models, n_accelerators, n_instances;
    const struct model *models;
    const struct accelerator *accelerators;
    const struct instance_type *instances;
    /* Measured setups; the first that matches is used, so a user's own come before the shipped. */
    int n_profiles;
    const struct profile *profiles;
};

/** The catalogue and the profiles in the binary; false only when the build shipped a damaged one.
 */
bool catalog_shipped(struct arena *arena, struct catalog *out, struct err *err);

/** A catalogue from three files, read to their ends, not closed. All mistakes of a file are listed;
 * the first file with mistakes ends the reading. Without profiles. */
bool catalog_read(struct arena *arena, struct source *models, struct source *accelerators,
                  struct source *instances, struct catalog *out, struct err_list *errs);

/** NULL when there is none. */
const struct model *catalog_model(const struct catalog *catalog, struct bytes name);
const struct accelerator *catalog_accelerator(const struct catalog *catalog, const char *name);
const struct instance_type *catalog_instance(const struct catalog *catalog, struct bytes name);
/** [*n] names for "did you mean". */
const char *const *catalog_model_names(const struct catalog *catalog, struct arena *arena, int *n);
const char *const *catalog_instance_names(const struct catalog *catalog, struct arena *arena,
                                          int *n);

bool precision_parse(struct bytes in, enum precision *out); /* fp32 bf16 fp8 int8 fp4 int4 */
const char *precision_word(enum precision precision);
/** Of one weight; those of 4 bits with their scales. */
double precision_bytes(enum precision precision);

#endif
