/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First what differs by a name alone becomes one sentence; then of a kind that still has many
 * sentences the gravest is kept and the others are counted. */
#include "scenarios/notice_groups.h"

#include <string.h>

#include "base/number.h"

enum {
    SENTENCES_MAX = 4, /* of a kind that are told one by one */
    NAMES_MAX = 4,     /* that are told in full; of more: */
    NAMES_TOLD = 3,
};

/* Notices that differ by the name alone. */
struct sentence {
    const struct study_notice *first;
    const char **names; /* [n]; where it names nobody, one that is NULL */
    int n;
    double weight;
    bool taken; /* by a group */
};

static const char *after_name(const struct study_notice *notice) {
    return notice->text + notice->n_before + strlen(notice->about);
}

static bool differ_by_name(const struct study_notice *a, const struct study_notice *b) {
    return a->about && b->about && strcmp(a->id, b->id) == 0 && a->n_before == b->n_before &&
           memcmp(a->text, b->text, a->n_before) == 0 && strcmp(after_name(a), after_name(b)) == 0;
}

static int join(struct arena *arena, const struct study_notice *notices, int n,
                struct sentence **out) {
    struct sentence *sentences = arena_new(arena, struct sentence, n);
    int n_sentences = 0;
    for (int i = 0; i < n; i++) {
        const struct study_notice *notice = &notices[i];
        int at = 0;
        while (at < n_sentences && !differ_by_name(sentences[at].first, notice))
            at++;
        struct sentence *s = &sentences[at];
        if (at == n_sentences) {
            *s = (struct sentence){.first = notice, .names = arena_new(arena, const char *, n - i)};
            n_sentences++;
        }
        s->names[s->n++] = notice->about;
        s->weight = notice->weight > s->weight ? notice->weight : s->weight;
    }
    *out = sentences;
    return n_sentences;
}

/* "a, b and c"; of more than `most` the first of them, "and 37 others". */
static const char *names_words(struct arena *arena, const char *const *names, int n, int most) {
    struct text out = {.arena = arena};
    int told = n <= most ? n : NAMES_TOLD;
    for (int i = 0; i < told; i++)
        text_printf(&out, "%s%s", i == 0 ? "" : i == n - 1 ? " and " : ", ", names[i]);
    if (told < n)
        text_printf(&out, " and %d others", n - told);
    return out.data;
}

static const char *sentence_words(struct arena *arena, const struct sentence *s, int most) {
    if (s->n == 1)
        return s->first->text;
    return arena_printf(arena, "%.*s%s%s", (int)s->first->n_before, s->first->text,
                        names_words(arena, s->names, s->n, most), after_name(s->first));
}

static bool is_of_kind(const struct sentence *s, const char *id) {
    return !s->taken && strcmp(s->first->id, id) == 0;
}

static struct notice_group group_of_one(struct arena *arena, struct sentence *s) {
    bool cut = s->n > NAMES_MAX;
    struct notice_group group = {.id = s->first->id,
                                 .text = sentence_words(arena, s, NAMES_MAX),
                                 .n = s->n,
                                 .n_left_out = cut ? s->n - NAMES_TOLD : 0,
                                 .n_more = cut};
    if (cut) {
        const char **more = arena_new(arena, const char *, 1);
        more[0] = sentence_words(arena, s, s->n);
        group.more = more;
    }
    s->taken = true;
    return group;
}

static struct notice_group group_of_kind(struct arena *arena, struct sentence *sentences,
                                         int n_sentences, const char *id) {
    struct sentence *gravest = NULL;
    struct notice_group group = {.id = id};
    int n_names = 0;
    for (int i = 0; i < n_sentences; i++)
        if (is_of_kind(&sentences[i], id)) {
            if (!gravest || sentences[i].weight > gravest->weight)
                gravest = &sentences[i];
            group.n += sentences[i].n;
        }
    const char **more = arena_new(arena, const char *, n_sentences),
               **names = arena_new(arena, const char *, group.n);
    if (gravest->n > NAMES_MAX) /* or its names would be nowhere */
        more[group.n_more++] = sentence_words(arena, gravest, gravest->n);
    for (int i = 0; i < n_sentences; i++) {
        struct sentence *s = &sentences[i];
        if (!is_of_kind(s, id))
            continue;
        for (int k = 0; s != gravest && k < s->n; k++)
            if (s->names[k])
                names[n_names++] = s->names[k];
        if (s != gravest)
            more[group.n_more++] = sentence_words(arena, s, s->n);
        s->taken = true;
    }
    int others = group.n - gravest->n;
    group.n_left_out = others + (gravest->n > NAMES_MAX ? gravest->n - NAMES_TOLD : 0);
    group.more = more;
    group.text = arena_printf(
        arena, "%s; %s%s%s", sentence_words(arena, gravest, NAMES_MAX),
        number_counted(arena, others, "more such warning"), n_names == others ? ", of " : "",
        n_names == others ? names_words(arena, names, n_names, NAMES_MAX) : "");
    return group;
}

int notice_groups_of(struct arena *arena, const struct study_notice *notices, int n,
                     struct notice_group **out) {
    struct sentence *sentences;
    int n_sentences = join(arena, notices, n, &sentences), n_groups = 0;
    struct notice_group *groups = arena_new(arena, struct notice_group, n_sentences);
    for (int i = 0; i < n_sentences; i++) {
        int alike = 0;
        if (sentences[i].taken)
            continue;
        const char *id = sentences[i].first->id;
        for (int k = 0; k < n_sentences; k++)
            alike += strcmp(sentences[k].first->id, id) == 0;
        groups[n_groups++] = alike > SENTENCES_MAX
                                 ? group_of_kind(arena, sentences, n_sentences, id)
                                 : group_of_one(arena, &sentences[i]);
    }
    *out = groups;
    return n_groups;
}
