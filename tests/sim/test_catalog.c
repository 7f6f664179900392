/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped catalogues: parameters computed again from the architecture, memory and rates that
 * every row must have; and the reader: broken files with their exact messages and places. */
#include "sim/catalog.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

static struct catalog shipped(struct arena *arena) {
    struct catalog catalog;
    struct err err = {0};
    cr_assert(catalog_shipped(arena, &catalog, &err), "%s:%d:%d: %s", err.file, err.line,
              err.column, err.what);
    return catalog;
}

/* What models.csv does not hold but the weights depend on: the width of the feed-forward layers,
 * and for Qwen3 a norm of queries and keys. */
static const struct {
    const char *name;
    double feed_forward;
    bool query_norm;
} shapes[] = {
    {"llama-3.1-8b", 14336, false},    {"llama-3.1-70b", 28672, false},
    {"llama-3.2-1b", 8192, false},     {"llama-3.2-3b", 8192, false},
    {"mistral-7b", 14336, false},      {"qwen3-8b", 12288, true},
    {"qwen3-32b", 25600, true},        {"bert-base", 3072, false},
    {"bert-large", 4096, false},       {"bge-base-en-v1.5", 3072, false},
    {"all-minilm-l6-v2", 1536, false},
};

/* Attention, gated feed-forward and two norms a layer, embeddings, last norm. */
static double decoder_weights(const struct model *m, double feed_forward, bool query_norm) {
    double h = m->hidden, q = (double)m->heads * m->head_dim,
           kv = (double)m->kv_heads * m->head_dim;
    double layer = 2 * h * q + 2 * h * kv + 3 * h * feed_forward + 2 * h;
    if (query_norm)
        layer += 2 * m->head_dim;
    return m->layers * layer + (m->tied_embeddings ? 1 : 2) * (double)m->vocabulary * h + h;
}

/* Biases everywhere; word, 512 position and 2 segment embeddings; a pooler. */
static double encoder_weights(const struct model *m, double feed_forward) {
    double h = m->hidden;
    double layer = 4 * (h * h + h) + 2 * h * feed_forward + feed_forward + h + 4 * h;
    return m->layers * layer + (m->vocabulary + 512 + 2) * h + 2 * h + h * h + h;
}

Test(catalog, parameters_follow_from_the_architecture) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    int n = (int)(sizeof shapes / sizeof shapes[0]);
    cr_assert(eq(int, catalog.n_models, n));
    for (int i = 0; i < n; i++) {
        const struct model *model = catalog_model(&catalog, bytes_of(shapes[i].name));
        cr_assert(ne(ptr, (void *)model, NULL), "%s", shapes[i].name);
        double weights = model->kind == MODEL_DECODER
                             ? decoder_weights(model, shapes[i].feed_forward, shapes[i].query_norm)
                             : encoder_weights(model, shapes[i].feed_forward);
        cr_assert(epsilon_eq(dbl, model->parameters, weights, 0.5), "%s", model->name);
    }
    arena_release(&arena);
}

Test(catalog, instance_types_are_complete) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    static const char *const groups[] = {"G", "P", "Inf", "Trn", "Standard", "X"};
    for (int i = 0; i < catalog.n_instances; i++) {
        const struct instance_type *type = &catalog.instances[i];
        size_t family = strlen(type->family);
        cr_assert(zero(int, strncmp(type->name, type->family, family)), "%s", type->name);
        cr_assert(eq(chr, type->name[family], '.'), "%s", type->name);
        int found = 0;
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
            found += strcmp(groups[g], type->quota_group) == 0;
        cr_assert(eq(int, found, 1), "%s", type->name);
    }
    cr_assert(ge(int, catalog.n_instances, 95));
    arena_release(&arena);
}

Test(catalog, look_ups) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    const struct instance_type *type = catalog_instance(&catalog, bytes_of("inf2.48xlarge"));
    cr_assert(eq(int, type->accelerators, 12));
    cr_assert(eq(int, type->vcpu, 192));
    cr_assert(eq(str, (char *)type->accelerator, "Inferentia2"));
    cr_assert(eq(str, (char *)type->quota_group, "Inf"));
    cr_assert(epsilon_eq(dbl, catalog_accelerator(&catalog, "H100")->bandwidth_gbps, 3350, 0));
    cr_assert(eq(ptr, (void *)catalog_instance(&catalog, bytes_of("inf2.48xlarg")), NULL));
    cr_assert(eq(ptr, (void *)catalog_model(&catalog, bytes_of("")), NULL));
    int n = 0;
    const char *const *names = catalog_instance_names(&catalog, &arena, &n);
    cr_assert(
        eq(str, (char *)text_nearest(bytes_of("inf2.48xlarg"), names, (size_t)n), "inf2.48xlarge"));
    names = catalog_model_names(&catalog, &arena, &n);
    cr_assert(
        eq(str, (char *)text_nearest(bytes_of("llama-3.1-8"), names, (size_t)n), "llama-3.1-8b"));
    arena_release(&arena);
}

Test(catalog, precisions) {
    static const char *const words[] = {"fp32", "bf16", "fp8", "int8", "fp4", "int4"};
    static const double bytes[] = {4, 2, 1, 1, 0.5, 0.5};
    for (int i = 0; i < PRECISIONS; i++) {
        enum precision precision;
        cr_assert(precision_parse(bytes_of(words[i]), &precision));
        cr_assert(eq(str, (char *)precision_word(precision), (char *)words[i]));
        cr_assert(epsilon_eq(dbl, precision_bytes(precision), bytes[i], 0));
    }
    enum precision precision;
    cr_assert(not(precision_parse(bytes_of("fp6"), &precision)));
}

/* ---- broken files ---- */

#define MODELS                                                                                     \
    "headroom_models,1\n"                                                                          \
    "name,kind,layers,hidden,heads,kv_heads,head_dim,vocabulary,tied_embeddings,context_max,"      \
    "parameters,source\n"
#define MODEL_ROW "tiny,decoder,2,64,4,2,16,1000,no,512,1000000,test\n"
#define ACCELERATORS                                                                               \
    "headroom_accelerators,1\n"                                                                    \
    "name,memory_gib,bandwidth_gbps,bf16_tflops,fp8_tflops,int8_tops,link_gbps,neuron_cores,"      \
    "source\n"
#define ACCELERATOR_ROW "A,16,300,65,,,,0,test\n"
#define INSTANCES                                                                                  \
    "headroom_instances,1\n"                                                                       \
    "name,family,quota_group,vcpu,memory_gib,accelerator,accelerators,cpu,source\n"
#define INSTANCE_ROW "a.large,a,G,4,16,A,1,,test\n"

static bool read_three(struct arena *arena, const char *const *texts, struct catalog *out,
                       struct err_list *errs) {
    static const char *const names[] = {"models.csv", "accelerators.csv", "instances.csv"};
    struct source *sources[3];
    for (int i = 0; i < 3; i++)
        sources[i] = source_open_memory(arena, bytes_of(texts[i]), names[i], NULL);
    bool ok = catalog_read(arena, sources[0], sources[1], sources[2], out, errs);
    for (int i = 0; i < 3; i++)
        source_close(sources[i]);
    return ok;
}

static const struct {
    const char *models, *accelerators, *instances; /* NULL: a good one */
    const char *file;
    int line, column, n_total;
    const char *what;
} broken[] = {
    {"", 0, 0, "", 0, 0, 1, "the file is empty"},
    {"headroom_models,2\n", 0, 0, "models.csv", 1, 1, 1, "unknown format version"},
    {"headroom_instances,1\n", 0, 0, "models.csv", 1, 1, 1, "not a models file"},
    {MODELS, 0, 0, "models.csv", 0, 0, 1, "the file has no rows"},
    {MODELS "tiny,decoder,2,64,4,2,16,1000,no,512,1000000\n", 0, 0, "models.csv", 3, 1, 1,
     "this row has 11 cells, the header 12"},
    {MODELS "tiny,both,2,64,4,2,16,1000,no,512,1000000,test\n", 0, 0, "models.csv", 3, 6, 1,
     "kind must be decoder or encoder, not 'both'"},
    {MODELS "tiny,decoder,2.5,64,4,2,16,1000,no,512,1000000,test\n", 0, 0, "models.csv", 3, 14, 1,
     "layers must be a whole number from 1 to 1000, not '2.5'"},
    {MODELS "tiny,decoder,2,64,4,3,16,1000,no,512,1000000,test\n", 0, 0, "models.csv", 3, 21, 1,
     "kv_heads must divide the 4 heads"},
    {MODELS "tiny,decoder,2,64,4,2,16,100000,no,512,1000000,test\n", 0, 0, "models.csv", 3, 40, 1,
     "the embeddings alone are more than all parameters"},
    {MODELS MODEL_ROW MODEL_ROW, 0, 0, "models.csv", 4, 1, 1, "'tiny' is listed twice"},
    {MODELS ",decoder,2,64,4,2,16,1000,perhaps,512,nan,test\n", 0, 0, "models.csv", 3, 1, 3,
     "the name is missing"},
    {0, ACCELERATORS "A,-1,300,65,,,,0,test\n", 0, "accelerators.csv", 3, 3, 1,
     "memory_gib must be a number from 0.1 to 100000, not '-1'"},
    {0, 0, INSTANCES "a.large,a,G,4,16,B,1,,test\n", "instances.csv", 3, 18, 1,
     "unknown accelerator 'B'"},
    {0, 0, INSTANCES "a.large,a,G,4,16,A,0,,test\n", "instances.csv", 3, 20, 1,
     "a type with an accelerator has at least one of it"},
    {0, 0, INSTANCES "a.large,a,G,4,16,,1,Graviton3,test\n", "instances.csv", 3, 19, 1,
     "a type without an accelerator has 0 of it"},
    {0, 0, INSTANCES "a.large,a,G,4,16,A,1,Graviton3,test\n", "instances.csv", 3, 22, 1,
     "a type names either its accelerator or its cpu"},
};

Test(catalog, broken_files) {
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct arena arena = {0};
        struct catalog catalog = {.n_models = -7};
        struct err_list errs = {0};
        const char *texts[3] = {
            broken[i].models ? broken[i].models : MODELS MODEL_ROW,
            broken[i].accelerators ? broken[i].accelerators : ACCELERATORS ACCELERATOR_ROW,
            broken[i].instances ? broken[i].instances : INSTANCES INSTANCE_ROW,
        };
        cr_assert(not(read_three(&arena, texts, &catalog, &errs)), "case %zu", i);
        cr_assert(eq(int, catalog.n_models, -7), "case %zu: the output is untouched", i);
        const struct err *err = &errs.items[0];
        cr_expect(eq(str, (char *)err->what, (char *)broken[i].what), "case %zu", i);
        cr_expect(eq(str, (char *)(err->file ? err->file : ""), (char *)broken[i].file), "case %zu",
                  i);
        cr_expect(eq(int, err->line, broken[i].line), "case %zu", i);
        cr_expect(eq(int, err->column, broken[i].column), "case %zu", i);
        cr_expect(eq(int, errs.n_total, broken[i].n_total), "case %zu", i);
        arena_release(&arena);
    }
}

Test(catalog, a_good_one_reads) {
    struct arena arena = {0};
    struct catalog catalog;
    struct err_list errs = {0};
    const char *texts[3] = {MODELS MODEL_ROW, ACCELERATORS ACCELERATOR_ROW, INSTANCES INSTANCE_ROW};
    cr_assert(read_three(&arena, texts, &catalog, &errs));
    cr_assert(epsilon_eq(dbl, catalog.accelerators[0].fp8_tflops, 0, 0));
    cr_assert(eq(str, (char *)catalog.instances[0].cpu, ""));
    arena_release(&arena);
}
