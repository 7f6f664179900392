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

/* What models.csv does not hold but the weights depend on, from the same config.json. */
struct shape {
    const char *name;
    double feed_forward;            /* of a dense layer */
    double expert_feed_forward;     /* of one expert */
    double latent_query, latent_kv; /* MLA: ranks of the queries', and of the keys' and values' */
    int norms;                      /* of `hidden` values in a layer; 0: two */
    int shared_experts;             /* that every token passes through */
    bool query_norm;                /* queries and keys are normalised, head by head */
    bool biases;                    /* of attention, router and experts; and a sink a head */
    bool router_biases;             /* of the router alone */
    bool no_segments_or_pooler;     /* encoders: DistilBERT */
};

static const struct shape shapes[] = {
    {"llama-3.1-8b", 14336},
    {"llama-3.1-70b", 28672},
    {"llama-3.1-405b", 53248},
    {"llama-3.2-1b", 8192},
    {"llama-3.2-3b", 8192},
    {"llama-3-8b", 14336},
    {"llama-3-70b", 28672},
    {"llama-2-7b", 11008},
    {"llama-2-13b", 13824},
    {"llama-2-70b", 28672},
    {"codellama-13b", 13824},
    {"codellama-34b", 22016},
    {"mistral-7b", 14336},
    {"mistral-7b-v0.2", 14336},
    {"mixtral-8x7b", .expert_feed_forward = 14336},
    {"qwen3-8b", 12288, .query_norm = true},
    {"qwen3-32b", 25600, .query_norm = true},
    {"qwen3-30b-a3b", .expert_feed_forward = 768, .query_norm = true},
    {"qwen3-235b-a22b", .expert_feed_forward = 1536, .query_norm = true},
    {"deepseek-r1", 18432, 2048, 1536, 512, .shared_experts = 1, .router_biases = true},
    {"gemma-3-27b", 21504, .norms = 4, .query_norm = true},
    {"gpt-oss-20b", .expert_feed_forward = 2880, .biases = true},
    {"gpt-oss-120b", .expert_feed_forward = 2880, .biases = true},
    {"bert-base", 3072},
    {"bert-large", 4096},
    {"distilbert-base", 3072, .no_segments_or_pooler = true},
    {"bge-base-en-v1.5", 3072},
    {"bge-large-en-v1.5", 4096},
    {"all-minilm-l6-v2", 1536},
};

/* DeepSeek's attention (MLA): 128 + 64 values of each query and key, 128 of each value, through
 * ranks that are normalised. */
static double latent_attention(const struct model *m, const struct shape *s) {
    double h = m->hidden, heads = m->heads, position = m->latent_values - s->latent_kv;
    return h * s->latent_query + s->latent_query + s->latent_query * heads * (128 + position) +
           h * m->latent_values + s->latent_kv + s->latent_kv * heads * (128 + 128) +
           heads * 128 * h;
}

static double attention(const struct model *m, const struct shape *s) {
    double h = m->hidden, q = (double)m->heads * m->head_dim,
           kv = (double)m->kv_heads * m->head_dim;
    if (m->latent_values)
        return latent_attention(m, s);
    return 2 * h * q + 2 * h * kv + (s->query_norm ? 2 * m->head_dim : 0) +
           (s->biases ? q + 2 * kv + h + m->heads : 0);
}

static double expert(const struct model *m, const struct shape *s) {
    double h = m->hidden, ff = s->expert_feed_forward;
    return 3 * h * ff + (s->biases ? 2 * ff + h : 0);
}

/* Attention, norms, and gated feed-forward or router and experts; embeddings, last norm. */
static double decoder_weights(const struct model *m, const struct shape *s) {
    double h = m->hidden;
    double layers = m->layers * (attention(m, s) + (s->norms ? s->norms : 2) * h);
    double dense = (m->layers - m->moe_layers) * 3 * h * s->feed_forward;
    double router = m->experts * (h + (s->biases || s->router_biases ? 1 : 0));
    double moe = m->moe_layers * ((m->experts + s->shared_experts) * expert(m, s) + router);
    return layers + dense + moe + (m->tied_embeddings ? 1 : 2) * (double)m->vocabulary * h + h;
}

/* Biases everywhere; word, position and 2 segment embeddings; a pooler. */
static double encoder_weights(const struct model *m, const struct shape *s) {
    double h = m->hidden, ff = s->feed_forward;
    double layer = 4 * (h * h + h) + 2 * h * ff + ff + h + 4 * h;
    double rest = s->no_segments_or_pooler ? 0 : 2 * h + h * h + h;
    return m->layers * layer + (m->vocabulary + m->context_max) * h + 2 * h + rest;
}

Test(catalog, parameters_follow_from_the_architecture) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    int n = (int)(sizeof shapes / sizeof shapes[0]), n_language = 0;
    for (int i = 0; i < catalog.n_models; i++)
        n_language += catalog.models[i].layers > 0;
    cr_assert(eq(int, n_language, n), "test_catalog_images.c has the others");
    for (int i = 0; i < n; i++) {
        const struct model *model = catalog_model(&catalog, bytes_of(shapes[i].name));
        cr_assert(ne(ptr, (void *)model, NULL), "%s", shapes[i].name);
        double weights = model->kind == MODEL_DECODER ? decoder_weights(model, &shapes[i])
                                                      : encoder_weights(model, &shapes[i]);
        cr_assert(epsilon_eq(dbl, model->parameters, weights, 0.5), "%s: %.0f", model->name,
                  weights);
        if (model->experts)
            cr_assert(epsilon_eq(dbl, model->expert_parameters, expert(model, &shapes[i]), 0.5),
                      "%s", model->name);
    }
    arena_release(&arena);
}

/* Weights that one token passes through, as the models' authors state them (billions):
 * Mixtral 12.9, Qwen3 3.3 and 22, DeepSeek-R1 37, gpt-oss 3.6 and 5.1 (without the input
 * embedding). */
static const struct {
    const char *name;
    double active_billions;
} active[] = {{"mixtral-8x7b", 12.9}, {"qwen3-30b-a3b", 3.3}, {"qwen3-235b-a22b", 22},
              {"deepseek-r1", 37},    {"gpt-oss-20b", 3.6},   {"gpt-oss-120b", 5.1}};

Test(catalog, experts_leave_the_active_weights_that_are_published) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    for (size_t i = 0; i < sizeof active / sizeof active[0]; i++) {
        const struct model *m = catalog_model(&catalog, bytes_of(active[i].name));
        double idle = (double)(m->experts - m->experts_chosen) * m->moe_layers;
        double billions = (m->parameters - idle * m->expert_parameters) / 1e9;
        if (strncmp(m->name, "gpt-oss", 7) == 0)
            billions -= (double)m->vocabulary * m->hidden / 1e9;
        cr_assert(
            epsilon_eq(dbl, billions, active[i].active_billions, 0.03 * active[i].active_billions),
            "%s: %.2f", m->name, billions);
    }
    arena_release(&arena);
}

Test(catalog, windows_and_latent_values) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    const struct model *gemma = catalog_model(&catalog, bytes_of("gemma-3-27b"));
    cr_assert(eq(int, gemma->window, 1024));
    cr_assert(eq(int, gemma->window_layers, 62 - 62 / 6)); /* every sixth sees all */
    const struct model *oss = catalog_model(&catalog, bytes_of("gpt-oss-120b"));
    cr_assert(eq(int, oss->window, 128));
    cr_assert(eq(int, oss->window_layers, oss->layers / 2));
    cr_assert(eq(int, catalog_model(&catalog, bytes_of("deepseek-r1"))->latent_values, 512 + 64));
    arena_release(&arena);
}

Test(catalog, instance_types_are_complete) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    static const char *const groups[] = {"G", "P", "Inf", "Trn", "Standard", "X", "Fargate"};
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

/* Tasks that AWS sells (ECS developer guide, task CPU and memory): from the least to the most
 * memory of so many vCPU, in steps. */
Test(catalog, tasks_of_fargate_are_of_a_size_that_is_sold) {
    static const struct {
        double vcpu, least, most, step;
    } sizes[] = {{0.25, 0.5, 0.5, 1}, {0.25, 1, 2, 1}, {0.5, 1, 4, 1}, {1, 2, 8, 1},
                 {2, 4, 16, 1},       {4, 8, 30, 1},   {8, 16, 60, 4}, {16, 32, 120, 8}};
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    int found = 0;
    for (int i = 0; i < catalog.n_instances; i++) {
        const struct instance_type *type = &catalog.instances[i];
        if (strcmp(type->quota_group, "Fargate") != 0)
            continue;
        int sold = 0;
        double gb = type->memory_gib;
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            sold += sizes[s].vcpu == type->vcpu && gb >= sizes[s].least && gb <= sizes[s].most &&
                    fmod(gb - sizes[s].least, sizes[s].step) == 0;
        cr_expect(eq(int, sold, 1), "%s", type->name);
        found++;
    }
    cr_expect(eq(int, found, 2 * 3 * 7));
    arena_release(&arena);
}

Test(catalog, look_ups) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    const struct instance_type *type = catalog_instance(&catalog, bytes_of("inf2.48xlarge"));
    cr_assert(eq(int, type->accelerators, 12));
    cr_assert(eq(dbl, type->vcpu, 192));
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
    static const double bytes[] = {4, 2, 1, 1, 4.25 / 8, 4.25 / 8}; /* 4 bits and their scales */
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
    "parameters,experts,experts_chosen,moe_layers,expert_parameters,latent_values,window,"         \
    "window_layers,gflop_per_item,source\n"
#define MODEL_ROW "tiny,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,,,,,test\n"
#define MOE_ROW "moe,decoder,2,64,4,2,16,1000,no,512,1000000,8,2,1,1000,,,,,test\n"
#define WINDOW_ROW "window,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,32,128,1,,test\n"
#define VISION_ROW "image,vision,,,,,,,,,1000000,,,,,,,,4.5,test\n"
#define ACCELERATORS                                                                               \
    "headroom_accelerators,1\n"                                                                    \
    "name,memory_gib,bandwidth_gbps,bf16_tflops,fp8_tflops,int8_tops,fp4_tflops,link_gbps,"        \
    "neuron_cores,source\n"
#define ACCELERATOR_ROW "A,16,300,65,,,120,,0,test\n"
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
    {MODELS "tiny,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,,,,test\n", 0, 0, "models.csv", 3, 1,
     1, "this row has 19 cells, the header 20"},
    {MODELS "tiny,both,2,64,4,2,16,1000,no,512,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3, 6, 1,
     "kind must be decoder, encoder, vision or diffusion, not 'both'"},
    {MODELS "tiny,decoder,2.5,64,4,2,16,1000,no,512,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3,
     14, 1, "layers must be a whole number from 1 to 1000, not '2.5'"},
    {MODELS "tiny,decoder,2,64,4,3,16,1000,no,512,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3,
     21, 1, "kv_heads must divide the 4 heads"},
    {MODELS "tiny,decoder,2,64,4,2,16,100000,no,512,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3,
     40, 1, "the embeddings alone are more than all parameters"},
    {MODELS "tiny,decoder,,64,4,2,16,1000,no,512,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3, 14,
     1, "the layers is missing"},
    {MODELS "tiny,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,,,,4.5,test\n", 0, 0, "models.csv", 3,
     53, 1, "gflop_per_item is for vision and diffusion models"},
    {MODELS "moe,decoder,2,64,4,2,16,1000,no,512,1000000,8,9,1,1000,,,,,test\n", 0, 0, "models.csv",
     3, 47, 1, "9 experts cannot be chosen of 8"},
    {MODELS "moe,decoder,2,64,4,2,16,1000,no,512,1000000,8,2,3,1000,,,,,test\n", 0, 0, "models.csv",
     3, 49, 1, "the model has 2 layers, so not 3 with experts"},
    {MODELS "moe,decoder,2,64,4,2,16,1000,no,512,1000000,8,2,1,109000,,,,,test\n", 0, 0,
     "models.csv", 3, 51, 1, "the experts and embeddings alone are more than all parameters"},
    {MODELS "moe,decoder,2,64,4,2,16,1000,no,512,1000000,8,2,,1000,,,,,test\n", 0, 0, "models.csv",
     3, 49, 1, "the moe_layers is missing"},
    {MODELS "moe,decoder,2,64,4,2,16,1000,no,512,1000000,1,2,1,1000,,,,,test\n", 0, 0, "models.csv",
     3, 45, 1, "experts must be a whole number from 2 to 10000, not '1'"},
    {MODELS "window,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,64,128,1,,test\n", 0, 0,
     "models.csv", 3, 52, 1, "latent_values must be fewer than the keys and values it stands for"},
    {MODELS "window,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,32,512,1,,test\n", 0, 0,
     "models.csv", 3, 55, 1, "a window is shorter than the context"},
    {MODELS "window,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,32,128,,,test\n", 0, 0,
     "models.csv", 3, 59, 1, "the window_layers is missing"},
    {MODELS "window,decoder,2,64,4,2,16,1000,no,512,1000000,,,,,32,128,3,,test\n", 0, 0,
     "models.csv", 3, 59, 1, "the model has 2 layers, so not 3 with a window"},
    {MODELS "image,vision,,,,,,,,,1000000,,,,,,,,,test\n", 0, 0, "models.csv", 3, 37, 1,
     "the gflop_per_item is missing"},
    {MODELS "image,vision,,,,,,,,,1000000,8,,,,,,,4.5,test\n", 0, 0, "models.csv", 3, 30, 1,
     "experts is for decoders, not for vision models"},
    {MODELS "tiny,encoder,2,64,4,2,16,1000,no,512,1000000,,,,,,128,,,test\n", 0, 0, "models.csv", 3,
     51, 1, "window is for decoders, not for encoder models"},
    {MODELS MODEL_ROW MODEL_ROW, 0, 0, "models.csv", 4, 1, 1, "'tiny' is listed twice"},
    {MODELS ",decoder,2,64,4,2,16,1000,perhaps,512,nan,,,,,,,,,test\n", 0, 0, "models.csv", 3, 1, 3,
     "the name is missing"},
    {0, ACCELERATORS "A,-1,300,65,,,,,0,test\n", 0, "accelerators.csv", 3, 3, 1,
     "memory_gib must be a number from 0.1 to 100000, not '-1'"},
    {0, ACCELERATORS "A,16,300,65,,,0,,0,test\n", 0, "accelerators.csv", 3, 15, 1,
     "fp4_tflops must be a number from 0.01 to 1000000, not '0'"},
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
    const char *texts[3] = {MODELS MODEL_ROW MOE_ROW WINDOW_ROW VISION_ROW,
                            ACCELERATORS ACCELERATOR_ROW, INSTANCES INSTANCE_ROW};
    cr_assert(read_three(&arena, texts, &catalog, &errs));
    cr_assert(eq(int, catalog.models[0].experts, 0));
    cr_assert(eq(int, catalog.models[1].experts_chosen, 2));
    cr_assert(eq(int, catalog.models[2].window, 128));
    cr_assert(eq(int, catalog.models[3].kind, MODEL_VISION));
    cr_assert(epsilon_eq(dbl, catalog.models[3].gflop_per_item, 4.5, 0));
    cr_assert(epsilon_eq(dbl, catalog.accelerators[0].fp4_tflops, 120, 0));
    cr_assert(epsilon_eq(dbl, catalog.accelerators[0].fp8_tflops, 0, 0));
    cr_assert(eq(str, (char *)catalog.instances[0].cpu, ""));
    arena_release(&arena);
}
