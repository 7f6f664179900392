/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/typeset.h"

#include <fontconfig/fontconfig.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <pthread.h>
#include <string.h>

struct typeset {
    FcConfig *config;
    PangoFontMap *map;
    PangoContext *context;
    PangoLayout *layout;
    PangoFontDescription *fonts[WEIGHTS];
    FcCharSet *letters; /* of the regular weight; owned by config */
    struct arena *arena;
    uint32_t *missing; /* [n_missing] */
    size_t n_missing;
    struct lacking *lacking; /* [n_lacking] */
    size_t n_lacking;
};

/* A text, and how many letters of it are missing. */
struct lacking {
    const char *text;
    int n;
};

enum { NAMED_LETTERS = 8, NAMED_TEXTS = 4 }; /* of what is missing, in words */

static const struct {
    const char *file;
    PangoWeight weight;
} faces[WEIGHTS] = {
    [WEIGHT_REGULAR] = {"Inter-Regular.otf", PANGO_WEIGHT_NORMAL},
    [WEIGHT_SEMIBOLD] = {"Inter-SemiBold.otf", PANGO_WEIGHT_SEMIBOLD},
    [WEIGHT_BOLD] = {"Inter-Bold.otf", PANGO_WEIGHT_BOLD},
};

/* A new font map of pango calls FcInit on a thread of its own, which reads the host's configuration
 * and fonts (and complains on stderr where there are none) unless a current configuration is set:
 * an empty one keeps the host out. */
static void keep_host_out(void) {
    FcConfig *empty = FcConfigCreate();
    FcConfigSetCurrent(empty);
    FcConfigDestroy(empty); /* fontconfig holds its own reference */
}

static bool load_faces(struct typeset *type, struct arena *arena, const char *folder,
                       struct err *err) {
    keep_host_out();
    type->config = FcConfigCreate();
    for (int i = 0; i < WEIGHTS; i++) {
        const char *path = arena_printf(arena, "%s/%s", folder, faces[i].file);
        if (!FcConfigAppFontAddFile(type->config, (const FcChar8 *)path)) {
            err_set(err, ERR_SYSTEM, "cannot load the report's typeface %s", path);
            err_hint(err, "install the package fonts-inter");
            return false;
        }
    }
    FcFontSet *set = FcConfigGetFonts(type->config, FcSetApplication);
    if (!set || set->nfont < 1 ||
        FcPatternGetCharSet(set->fonts[0], FC_CHARSET, 0, &type->letters) != FcResultMatch)
        return err_set(err, ERR_SYSTEM, "the typeface in %s lists no characters", folder);
    return true;
}

static PangoContext *plain_context(PangoFontMap *map) {
    PangoContext *context = pango_font_map_create_context(map);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("en"));
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    return context;
}

static PangoLayout *plain_layout(PangoContext *context) {
    PangoLayout *layout = pango_layout_new(context);
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(
        attributes, pango_attr_font_features_new("liga=0,clig=0,dlig=0,calt=0,tnum=1,kern=1"));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_auto_dir(layout, FALSE);
    return layout;
}

struct typeset *typeset_open(struct arena *arena, const char *folder, struct err *err) {
    struct typeset *type = arena_new(arena, struct typeset, 1);
    type->arena = arena;
    if (!load_faces(type, arena, folder, err)) {
        typeset_close(type);
        return NULL;
    }
    type->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(type->map), type->config);
    type->context = plain_context(type->map);
    type->layout = plain_layout(type->context);
    for (int i = 0; i < WEIGHTS; i++) {
        type->fonts[i] = pango_font_description_new();
        pango_font_description_set_family_static(type->fonts[i], "Inter");
        pango_font_description_set_weight(type->fonts[i], faces[i].weight);
    }
    return type;
}

/* Pango (1.50) matches and sorts the fonts of each pattern on two threads of their own and waits
 * only for what it needs. The rest work on after the last text is set, and when they end they
 * change the map's tables without a lock: a map taken down at that moment corrupts the heap. Each
 * thread holds a reference to the map and gives it back as its last act, so the map is left alone
 * when the watch's is the only reference. */
struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool alone; /* no other reference is left */
};

static void note_alone(gpointer context, GObject *map, gboolean alone) {
    (void)map;
    struct watch *watch = context;
    pthread_mutex_lock(&watch->lock);
    watch->alone = alone;
    pthread_cond_signal(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
}

/* Nothing else of ours may refer to the map any more. */
static void release_map(PangoFontMap *map) {
    struct watch watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    g_object_add_toggle_ref(G_OBJECT(map), note_alone, &watch);
    g_object_unref(map);
    pthread_mutex_lock(&watch.lock);
    while (!watch.alone)
        pthread_cond_wait(&watch.changed, &watch.lock);
    pthread_mutex_unlock(&watch.lock);
    /* Else the map keeps its reference to the configuration for ever (pango 1.50). */
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), NULL);
    g_object_remove_toggle_ref(G_OBJECT(map), note_alone, &watch);
    pthread_cond_destroy(&watch.changed);
    pthread_mutex_destroy(&watch.lock);
}

void typeset_close(struct typeset *type) {
    if (!type)
        return;
    for (int i = 0; i < WEIGHTS; i++)
        if (type->fonts[i])
            pango_font_description_free(type->fonts[i]);
    if (type->layout)
        g_object_unref(type->layout);
    if (type->context)
        g_object_unref(type->context);
    if (type->map)
        release_map(type->map);
    if (type->config)
        FcConfigDestroy(type->config);
    *type = (struct typeset){0};
}

static bool is_plain(const char *text) {
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void note_missing(struct typeset *type, uint32_t letter) {
    for (size_t i = 0; i < type->n_missing; i++)
        if (type->missing[i] == letter)
            return;
    type->missing = arena_grow(type->arena, type->missing, type->n_missing, type->n_missing + 1,
                               sizeof *type->missing);
    type->missing[type->n_missing++] = letter;
}

/* Names come again inside longer texts, which are kept only where they lack more. */
static void note_lacking(struct typeset *type, const char *text, int n_letters) {
    size_t n = 0;
    for (size_t i = 0; i < type->n_lacking; i++) {
        const struct lacking *kept = &type->lacking[i];
        if (n_letters <= kept->n && strstr(text, kept->text))
            return;
        if (kept->n > n_letters || !strstr(kept->text, text))
            type->lacking[n++] = *kept;
    }
    type->lacking = arena_grow(type->arena, type->lacking, n, n + 1, sizeof *type->lacking);
    type->lacking[n] = (struct lacking){arena_strdup(type->arena, text), n_letters};
    type->n_lacking = n + 1;
}

/* Characters that change how others are shown, and are not seen themselves. */
static bool is_unseen(gunichar letter) {
    bool selector = (letter >= 0xFE00 && letter <= 0xFE0F) ||
                    (letter >= 0xE0100 && letter <= 0xE01EF) || letter == 0x034F;
    GUnicodeType type = g_unichar_type(letter);
    return selector || type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL ||
           (letter >= 0x200B && letter <= 0x200F);
}

/* Letters and the marks over them as one character, where there is one (NFC): a typeface lacks many
 * marks whose letters it has. */
static const char *composed(struct arena *arena, const char *text) {
    char *normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
    const char *out = normal ? arena_strdup(arena, normal) : text;
    g_free(normal);
    return out;
}

const char *typeset_clean(struct typeset *type, struct arena *arena, const char *text) {
    if (is_plain(text))
        return text;
    const char *printable = composed(arena, text_printable(arena, bytes_of(text)));
    struct text out = {.arena = arena};
    int lacks = 0;
    text_append_string(&out, "");
    for (const char *at = printable; *at; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (is_unseen(letter))
            continue;
        if (FcCharSetHasChar(type->letters, letter)) {
            text_append(&out, at, (size_t)(g_utf8_next_char(at) - at));
        } else {
            text_append_string(&out, "?");
            note_missing(type, letter);
            lacks++;
        }
    }
    if (lacks > 0)
        note_lacking(type, printable, lacks);
    return out.data;
}

int typeset_missing(const struct typeset *type) {
    return (int)type->n_missing;
}

const char *typeset_missing_words(const struct typeset *type, struct arena *arena) {
    size_t n = type->n_missing, n_texts = type->n_lacking;
    if (n == 0)
        return NULL;
    struct text out = {.arena = arena};
    text_printf(&out, "%zu character%s printed as ?, because the report's typeface lacks %s: ", n,
                n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
    for (size_t i = 0; i < n && i < NAMED_LETTERS; i++) {
        char letter[8] = "";
        letter[g_unichar_to_utf8(type->missing[i], letter)] = '\0';
        text_printf(&out, "%s%s (U+%04X)", i ? ", " : "", letter, (unsigned)type->missing[i]);
    }
    if (n > NAMED_LETTERS)
        text_printf(&out, " and %zu more", n - NAMED_LETTERS);
    for (size_t i = 0; i < n_texts && i < NAMED_TEXTS; i++)
        text_printf(&out, "%s'%s'", i ? ", " : "; in ", type->lacking[i].text);
    if (n_texts > NAMED_TEXTS)
        text_printf(&out, " and %zu more texts", n_texts - NAMED_TEXTS);
    return out.data;
}

static PangoLayout *lay_out(struct typeset *type, const char *text, struct style style,
                            double width) {
    PangoFontDescription *font = type->fonts[style.weight];
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    pango_layout_set_font_description(type->layout, font);
    pango_layout_set_width(type->layout, width < 0 ? -1 : (int)floor(width * PANGO_SCALE));
    pango_layout_set_wrap(type->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(type->layout, text, -1);
    return type->layout;
}

double typeset_width(struct typeset *type, const char *text, struct style style) {
    PangoRectangle logical;
    text = typeset_clean(type, type->arena, text);
    pango_layout_get_extents(lay_out(type, text, style, -1), NULL, &logical);
    return (double)logical.width / PANGO_SCALE;
}

int typeset_wrap(struct typeset *type, struct arena *arena, const char *text, struct style style,
                 double width, const char *const **lines) {
    text = typeset_clean(type, arena, text);
    PangoLayout *layout = lay_out(type, text, style, fmax(width, style.size));
    int n = pango_layout_get_line_count(layout);
    const char **out = arena_new(arena, const char *, n);
    for (int i = 0; i < n; i++) {
        const PangoLayoutLine *line = pango_layout_get_line_readonly(layout, i);
        struct bytes part = {text + line->start_index, (size_t)line->length};
        part = bytes_trim(part);
        out[i] = arena_strndup(arena, part.data, part.n);
    }
    *lines = out;
    return n;
}

const char *typeset_fit(struct typeset *type, struct arena *arena, const char *text,
                        struct style style, double width) {
    text = typeset_clean(type, arena, text);
    if (typeset_width(type, text, style) <= width)
        return text;
    /* The longest beginning that fits, by bisection over characters. */
    long low = 0, high = g_utf8_strlen(text, -1);
    const char *best = "…";
    while (low < high) {
        long middle = (low + high + 1) / 2;
        struct bytes head = {text, (size_t)(g_utf8_offset_to_pointer(text, middle) - text)};
        head = bytes_trim(head);
        const char *cut = arena_printf(arena, "%.*s…", (int)head.n, head.data);
        if (typeset_width(type, cut, style) <= width) {
            best = cut;
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return best;
}

void typeset_draw(struct typeset *type, void *cairo, const char *text, struct style style, double x,
                  double y) {
    PangoLayout *layout = lay_out(type, text, style, -1);
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout_line(cairo, pango_layout_get_line_readonly(layout, 0));
}
