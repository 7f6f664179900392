/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vision and diffusion models of the shipped catalogue: their networks laid out layer by layer from
 * the public configs, weights counted exactly and arithmetic (2 FLOP a multiplication) to the
 * digits that the catalogue gives. A wrong block, resolution or number of passes shows. */
#include "sim/catalog.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct count {
    double weights, products; /* multiplications of one pass */
};

static void linear(struct count *c, double in, double out, double rows, bool bias) {
    c->weights += in * out + (bias ? out : 0);
    c->products += in * out * rows;
}

/* Square kernels; `side` is that of the output. */
static void convolution(struct count *c, double in, double out, double kernel, double side,
                        bool bias) {
    linear(c, in * kernel * kernel, out, side * side, bias);
}

static void norm(struct count *c, double channels) {
    c->weights += 2 * channels;
}

/* Scores and weighted values of `queries` on `keys`, no weights. */
static void attend(struct count *c, double queries, double keys, double width) {
    c->products += 2 * queries * keys * width;
}

/* ---- ResNet-50: bottlenecks, the stride in the 3 x 3 convolution ---- */

static void normed(struct count *c, double in, double out, double kernel, double side) {
    convolution(c, in, out, kernel, side, false);
    norm(c, out);
}

static struct count resnet_50(void) {
    static const int blocks[] = {3, 4, 6, 3};
    struct count c = {0};
    double in = 64, side = 56;
    normed(&c, 3, 64, 7, 112);
    for (int stage = 0; stage < 4; stage++) {
        double width = 64 << stage, side_before = side;
        side = 56 >> stage;
        for (int i = 0; i < blocks[stage]; i++, in = 4 * width) {
            normed(&c, in, width, 1, i == 0 ? side_before : side);
            normed(&c, width, width, 3, side);
            normed(&c, width, 4 * width, 1, side);
            if (i == 0)
                normed(&c, in, 4 * width, 1, side);
        }
    }
    linear(&c, in, 1000, 1, true);
    return c;
}

/* ---- transformers: ViT and CLIP's text encoder ---- */

static void transformer(struct count *c, int layers, double width, double tokens) {
    for (int i = 0; i < layers; i++) {
        for (int j = 0; j < 4; j++)
            linear(c, width, width, tokens, true);
        attend(c, tokens, tokens, width);
        linear(c, width, 4 * width, tokens, true);
        linear(c, 4 * width, width, tokens, true);
        norm(c, 2 * width);
    }
    norm(c, width);
}

/* 14 x 14 patches of 16 x 16 pixels and a class token. */
static struct count vit_base(void) {
    struct count c = {0};
    convolution(&c, 3, 768, 16, 14, true);
    c.weights += 768 + 197 * 768;
    transformer(&c, 12, 768, 197);
    linear(&c, 768, 1000, 1, true);
    return c;
}

static void text_encoder(struct count *c, int layers, double width, bool projects) {
    c->weights += (49408 + 77) * width;
    transformer(c, layers, width, 77);
    if (projects)
        linear(c, width, width, 1, false);
}

/* ---- latent diffusion ---- */

static void residual(struct count *c, double in, double out, double side, double time) {
    norm(c, in);
    convolution(c, in, out, 3, side, true);
    if (time > 0)
        linear(c, time, out, 1, true);
    norm(c, out);
    convolution(c, out, out, 3, side, true);
    if (in != out)
        convolution(c, in, out, 1, side, true);
}

/* Self-attention, attention to the prompt's 77 tokens, gated feed-forward. */
static void prompted(struct count *c, double width, double side, int depth, double prompt) {
    double tokens = side * side;
    norm(c, width);
    linear(c, width, width, tokens, true);
    for (int i = 0; i < depth; i++) {
        for (int j = 0; j < 3; j++)
            linear(c, width, width, tokens, false);
        attend(c, tokens, tokens, width);
        linear(c, width, width, tokens, true);
        linear(c, width, width, tokens, false);
        linear(c, prompt, width, 77, false);
        linear(c, prompt, width, 77, false);
        attend(c, tokens, 77, width);
        linear(c, width, width, tokens, true);
        linear(c, width, 8 * width, tokens, true);
        linear(c, 4 * width, width, tokens, true);
        norm(c, 3 * width);
    }
    linear(c, width, width, tokens, true);
}

struct unet {
    int n, channels[4], depths[4], middle_depth;
    double side, prompt, added; /* latents, width of the prompt's tokens, of the added condition */
};

static struct count unet(const struct unet *u) {
    struct count c = {0};
    double time = 4 * u->channels[0], in = u->channels[0], side = u->side, skips[16];
    int n_skips = 0;
    linear(&c, u->channels[0], time, 1, true);
    linear(&c, time, time, 1, true);
    if (u->added > 0) {
        linear(&c, u->added, time, 1, true);
        linear(&c, time, time, 1, true);
    }
    convolution(&c, 4, in, 3, side, true);
    skips[n_skips++] = in;
    for (int level = 0; level < u->n; level++) {
        double out = u->channels[level];
        for (int i = 0; i < 2; i++, in = out) {
            residual(&c, in, out, side, time);
            if (u->depths[level])
                prompted(&c, out, side, u->depths[level], u->prompt);
            skips[n_skips++] = out;
        }
        if (level + 1 < u->n) {
            side /= 2;
            convolution(&c, out, out, 3, side, true);
            skips[n_skips++] = out;
        }
    }
    residual(&c, in, in, side, time);
    prompted(&c, in, side, u->middle_depth, u->prompt);
    residual(&c, in, in, side, time);
    for (int level = u->n - 1; level >= 0; level--) {
        double out = u->channels[level];
        for (int i = 0; i < 3; i++, in = out) {
            residual(&c, in + skips[--n_skips], out, side, time);
            if (u->depths[level])
                prompted(&c, out, side, u->depths[level], u->prompt);
        }
        if (level > 0) {
            side *= 2;
            convolution(&c, out, out, 3, side, true);
        }
    }
    norm(&c, in);
    convolution(&c, in, 4, 3, side, true);
    cr_assert(eq(int, n_skips, 0));
    return c;
}

static void image_attention(struct count *c, double side) {
    double tokens = side * side;
    norm(c, 512);
    for (int i = 0; i < 4; i++)
        linear(c, 512, 512, tokens, true);
    attend(c, tokens, tokens, 512);
}

static struct count image_decoder(double side) {
    static const int channels[] = {512, 512, 256, 128};
    struct count c = {0};
    double in = 512;
    convolution(&c, 4, 4, 1, side, true);
    convolution(&c, 4, 512, 3, side, true);
    residual(&c, 512, 512, side, 0);
    image_attention(&c, side);
    residual(&c, 512, 512, side, 0);
    for (int level = 0; level < 4; level++) {
        for (int i = 0; i < 3; i++, in = channels[level])
            residual(&c, in, channels[level], side, 0);
        if (level < 3) {
            side *= 2;
            convolution(&c, in, in, 3, side, true);
        }
    }
    norm(&c, 128);
    convolution(&c, 128, 3, 3, side, true);
    return c;
}

/* Only its weights are there: making an image from text decodes. */
static double image_encoder_weights(void) {
    static const int channels[] = {128, 256, 512, 512};
    struct count c = {0};
    double in = 128;
    convolution(&c, 3, 128, 3, 1, true);
    for (int level = 0; level < 4; level++) {
        for (int i = 0; i < 2; i++, in = channels[level])
            residual(&c, in, channels[level], 1, 0);
        if (level < 3)
            convolution(&c, in, in, 3, 1, true);
    }
    residual(&c, 512, 512, 1, 0);
    image_attention(&c, 1);
    residual(&c, 512, 512, 1, 0);
    norm(&c, 512);
    convolution(&c, 512, 8, 3, 1, true);
    convolution(&c, 8, 8, 1, 1, true);
    return c.weights;
}

/* 50 steps, each once with and once without the prompt; both prompts encoded, one image decoded. */
static struct count text_to_image(const struct unet *u, struct count text) {
    struct count denoise = unet(u), decode = image_decoder(u->side);
    return (struct count){denoise.weights + decode.weights + image_encoder_weights() + text.weights,
                          100 * denoise.products + decode.products + 2 * text.products};
}

static struct count sd_15(void) {
    static const struct unet u = {4, {320, 640, 1280, 1280}, {1, 1, 1, 0}, 1, 64, 768, 0};
    struct count text = {0};
    text_encoder(&text, 12, 768, false);
    return text_to_image(&u, text);
}

/* The added condition: the pooled prompt (1280) and six sizes of 256. */
static struct count sdxl(void) {
    static const struct unet u = {3, {320, 640, 1280}, {0, 2, 10}, 10, 128, 2048, 1280 + 6 * 256};
    struct count text = {0};
    text_encoder(&text, 12, 768, false);
    text_encoder(&text, 32, 1280, true);
    return text_to_image(&u, text);
}

static const struct {
    const char *name;
    struct count (*count)(void);
} models[] = {
    {"resnet-50", resnet_50}, {"vit-base", vit_base}, {"sd-1.5", sd_15}, {"sdxl-1.0", sdxl}};

Test(catalog_images, weights_and_arithmetic_follow_from_the_network) {
    struct arena arena = {0};
    struct catalog catalog;
    cr_assert(catalog_shipped(&arena, &catalog, NULL));
    int n = (int)(sizeof models / sizeof models[0]), n_images = 0;
    for (int i = 0; i < catalog.n_models; i++)
        n_images += catalog.models[i].gflop_per_item > 0;
    cr_assert(eq(int, n_images, n));
    for (int i = 0; i < n; i++) {
        const struct model *model = catalog_model(&catalog, bytes_of(models[i].name));
        cr_assert(ne(ptr, (void *)model, NULL), "%s", models[i].name);
        struct count c = models[i].count();
        cr_assert(epsilon_eq(dbl, model->parameters, c.weights, 0.5), "%s: %.0f", model->name,
                  c.weights);
        double gflop = 2 * c.products / 1e9;
        cr_assert(epsilon_eq(dbl, model->gflop_per_item, gflop, 0.001 * gflop), "%s: %.4g",
                  model->name, gflop);
    }
    arena_release(&arena);
}

/* What others counted, in multiplications of one pass without attention's products: the U-Net of
 * Stable Diffusion 1.5 339e9 (DeepCache, arXiv 2312.00858); ResNet-50 4.09e9 (torchvision). */
Test(catalog_images, published_counts) {
    static const struct unet u = {4, {320, 640, 1280, 1280}, {1, 1, 1, 0}, 1, 64, 768, 0};
    struct count c = unet(&u);
    cr_assert(epsilon_eq(dbl, c.weights, 859520964, 0.5));
    cr_assert(ge(dbl, c.products, 339e9));
    cr_assert(le(dbl, c.products, 1.2 * 339e9));
    cr_assert(epsilon_eq(dbl, resnet_50().products, 4.09e9, 0.005e9));
}
