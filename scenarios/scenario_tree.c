/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_tree.h"

#include <string.h>

/* ---- from a document ---- */

static struct tree *tree_of_node(struct arena *arena, const struct yaml_document *document,
                                 const struct yaml_node *node) {
    struct tree *tree = arena_new(arena, struct tree, 1);
    *tree = (struct tree){.kind = node->kind,
                          .place = {document, node},
                          .name = "",
                          .text = node->text,
                          .quoted = node->quoted,
                          .n = node->n};
    tree->items = arena_new(arena, struct tree *, node->n);
    for (int i = 0; i < node->n; i++) {
        tree->items[i] = tree_of_node(arena, document, node->items[i]);
        if (node->kind != YAML_NODE_MAP)
            continue;
        tree->items[i]->key = (struct place){document, node->keys[i]};
        tree->items[i]->name = text_printable(arena, node->keys[i]->text);
    }
    return tree;
}

static int tree_index(const struct tree *map, const char *key) {
    for (int i = 0; map && map->kind == YAML_NODE_MAP && i < map->n; i++)
        if (strcmp(map->items[i]->name, key) == 0)
            return i;
    return -1;
}

const struct tree *tree_get(const struct tree *map, const char *key) {
    int i = tree_index(map, key);
    return i < 0 ? NULL : map->items[i];
}

struct place tree_place(const struct tree *tree) {
    return tree->key.node ? tree->key : tree->place;
}

static void tree_append(struct arena *arena, struct tree *tree, struct tree *item) {
    size_t n = (size_t)tree->n;
    tree->items = arena_grow(arena, tree->items, n, n + 1, sizeof *tree->items);
    tree->items[tree->n++] = item;
}

static void tree_remove(struct tree *tree, int index) {
    for (int i = index; i + 1 < tree->n; i++)
        tree->items[i] = tree->items[i + 1];
    tree->n--;
}

static const char *kind_words(enum yaml_kind kind) {
    return kind == YAML_NODE_MAP ? "a map" : kind == YAML_NODE_LIST ? "a list" : "a single value";
}

/* ---- merging ---- */

static struct tree *merge_maps(struct tree_input *input, struct tree *base, struct tree *over,
                               const char *path, bool siblings);

/* One key that both sides have. Siblings are two files included side by side: none of them wins. */
static struct tree *merge(struct tree_input *input, struct tree *base, struct tree *over,
                          const char *path, bool siblings) {
    const char *first = base->place.document->file, *second = over->place.document->file;
    if (base->kind != over->kind)
        mistakes_at(input->mistakes, tree_place(over), "write it the same way in both files",
                    "'%s' is %s here and %s in %s", path, kind_words(over->kind),
                    kind_words(base->kind), first);
    else if (over->kind == YAML_NODE_MAP)
        return merge_maps(input, base, over, path, siblings);
    else if (over->kind == YAML_NODE_LIST)
        mistakes_at(input->mistakes, tree_place(over),
                    "lists are not merged: keep the whole list in one file",
                    "'%s' is a list in both %s and %s", path, first, second);
    else if (siblings && !bytes_equal(base->text, over->text))
        mistakes_at(input->mistakes, tree_place(over),
                    "keep one of them, or set it in the file that includes both",
                    "'%s' is '%s' here and '%s' in %s", path,
                    mistakes_shown(input->arena, over->text),
                    mistakes_shown(input->arena, base->text), first);
    return over;
}

static struct tree *merge_maps(struct tree_input *input, struct tree *base, struct tree *over,
                               const char *path, bool siblings) {
    for (int i = 0; i < base->n; i++) {
        struct tree *item = base->items[i];
        int same = tree_index(over, item->name);
        const char *at = arena_printf(input->arena, "%s%s%s", path, path[0] ? "." : "", item->name);
        if (same < 0)
            tree_append(input->arena, over, item);
        else
            over->items[same] = merge(input, item, over->items[same], at, siblings);
    }
    return over;
}

/* ---- includes ---- */

/* A file being read and the files that include it. */
struct chain {
    const struct chain *outer;
    const char *file;
    int depth;
};

static struct tree *read_document(struct tree_input *input, struct source *source,
                                  const struct chain *chain);

static bool leaves_folder(const char *path) {
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return true;
    }
    return false;
}

/* "a/b.yaml" seen from "dir/c.yaml" is "dir/a/b.yaml". */
static const char *beside(struct arena *arena, const char *file, const char *path) {
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    const char *slash = strrchr(file, '/');
    int folder = slash ? (int)(slash - file) + 1 : 0;
    return arena_printf(arena, "%.*s%s", folder, file, path);
}

static bool include_refused(struct tree_input *input, const struct tree *item, const char *path,
                            const char *file, const struct chain *chain) {
    struct mistakes *mistakes = input->mistakes;
    bool plain = path[0] != '\0' && bytes_are(item->text, path);
    if (!plain || path[0] == '/' || strchr(path, '\\') || leaves_folder(path)) {
        mistakes_at(mistakes, item->place,
                    "write a path below the folder of this file, such as estate.yaml",
                    "cannot include '%s': not a path below this folder",
                    mistakes_shown(input->arena, item->text));
        return true;
    }
    for (const struct chain *link = chain; link; link = link->outer)
        if (strcmp(link->file, file) == 0) {
            mistakes_at(mistakes, item->place, "take one of the includes out",
                        "'%s' includes itself", file);
            return true;
        }
    if (chain->depth >= TREE_INCLUDE_DEPTH_MAX) {
        mistakes_at(mistakes, item->place, "include the file from the first file",
                    "includes are nested deeper than %d files", TREE_INCLUDE_DEPTH_MAX);
        return true;
    }
    if (input->n_documents >= TREE_DOCUMENTS_MAX) {
        mistakes_at(mistakes, item->place, "put the contents of some files together",
                    "more than %d files included", TREE_DOCUMENTS_MAX - 1);
        return true;
    }
    return false;
}

static struct tree *read_include(struct tree_input *input, const struct tree *item,
                                 const struct chain *chain) {
    const char *path = text_printable(input->arena, item->text);
    const char *file = beside(input->arena, chain->file, path);
    struct err err = {0};
    if (include_refused(input, item, path, file, chain))
        return NULL;
    struct source *source =
        input->files->open(input->files->context, input->arena, path, chain->file, &err);
    if (!source) {
        mistakes_at(input->mistakes, item->place, err.hint, "cannot include '%s': %s",
                    mistakes_shown(input->arena, item->text), err.what);
        return NULL;
    }
    struct chain link = {chain, file, chain->depth + 1};
    struct tree *tree = read_document(input, source, &link);
    source_close(source);
    return tree;
}

/* Everything the root's `include` names, merged; the key is taken out of the tree. */
static struct tree *merge_includes(struct tree_input *input, struct tree *root,
                                   const struct chain *chain) {
    int index = tree_index(root, "include");
    if (index < 0)
        return root;
    struct tree *include = root->items[index], *merged = NULL;
    struct tree *const *names = include->kind == YAML_NODE_LIST ? include->items : &include;
    int n = include->kind == YAML_NODE_LIST ? include->n : 1;
    bool fine = true;
    tree_remove(root, index);
    if (!input->files) {
        mistakes_at(input->mistakes, include->key, "write it all into one file",
                    "'include' needs a file to be relative to");
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        if (names[i]->kind != YAML_NODE_SCALAR) {
            mistakes_at(input->mistakes, names[i]->place, "write: include: [ estate.yaml ]",
                        "'include' is a file name or a list of them, not %s",
                        kind_words(names[i]->kind));
            fine = false;
            continue;
        }
        struct tree *tree = read_include(input, names[i], chain);
        fine = fine && tree;
        if (tree)
            merged = merged ? merge_maps(input, merged, tree, "", true) : tree;
    }
    if (!fine)
        return NULL;
    return merged ? merge_maps(input, merged, root, "", false) : root;
}

static struct tree *read_document(struct tree_input *input, struct source *source,
                                  const struct chain *chain) {
    struct bytes text;
    struct err err = {0};
    int index = input->n_documents++;
    struct yaml_document *document = &input->documents[index];
    document->file = chain->file;
    if (chain->depth > 0)
        mistakes_add_file(input->mistakes, chain->file);
    bool fine = source_read_all(input->arena, source, YAML_BYTES_MAX, &text, &err);
    if (fine)
        source_sha256(source, input->sha256[index]);
    if (!fine || !yaml_parse(input->arena, text, chain->file, document, &err)) {
        if (!err.file)
            err.file = chain->file;
        mistakes_add(input->mistakes, &err);
        return NULL;
    }
    struct tree *root = tree_of_node(input->arena, document, document->root);
    if (root->kind != YAML_NODE_MAP) {
        mistakes_at(input->mistakes, root->place, "begin with: headroom: 1",
                    "a scenario is a map of keys, not %s", kind_words(root->kind));
        return NULL;
    }
    return merge_includes(input, root, chain);
}

struct tree_input tree_input_new(struct arena *arena, const struct file_system *files,
                                 struct mistakes *mistakes) {
    struct tree_input input = {.arena = arena, .files = files, .mistakes = mistakes};
    input.documents = arena_new(arena, struct yaml_document, TREE_DOCUMENTS_MAX);
    input.sha256 = arena_alloc(arena, TREE_DOCUMENTS_MAX, sizeof *input.sha256);
    return input;
}

struct tree *tree_read(struct tree_input *input, struct source *source, const char *file) {
    struct chain chain = {NULL, file, 0};
    return read_document(input, source, &chain);
}

/* ---- overrides ---- */

/* An override being applied: its text is a document of one line, so that mistakes in it have a
 * place like any other. */
struct setting {
    struct tree_input *input;
    struct yaml_document *document;
    size_t key_length; /* bytes before '=' */
};

static struct place setting_place(const struct setting *setting, size_t offset, size_t n) {
    struct yaml_node *node = arena_new(setting->input->arena, struct yaml_node, 1);
    *node = (struct yaml_node){.kind = YAML_NODE_SCALAR,
                               .line = 1,
                               .column = (int)offset + 1,
                               .length = (int)n,
                               .text = {setting->document->text.data + offset, n}};
    return (struct place){setting->document, node};
}

static struct tree *setting_step(const struct setting *setting, struct tree *at, size_t offset,
                                 size_t n) {
    struct arena *arena = setting->input->arena;
    struct place place = setting_place(setting, offset, n);
    const char *name = text_printable(arena, place.node->text);
    int64_t item;
    if (at->kind == YAML_NODE_LIST) {
        if (text_parse_int64(place.node->text, &item) && item >= 0 && item < at->n)
            return at->items[item];
        mistakes_at(setting->input->mistakes, place, "items are counted from 0",
                    "there is no item '%s' in this list of %d", name, at->n);
        return NULL;
    }
    int index = tree_index(at, name);
    if (index >= 0)
        return at->items[index];
    if (at->kind != YAML_NODE_MAP) {
        mistakes_at(setting->input->mistakes, place, "set the key before it",
                    "'%s' is below a single value", name);
        return NULL;
    }
    struct tree *child = arena_new(arena, struct tree, 1);
    *child = (struct tree){.kind = YAML_NODE_MAP, .place = place, .key = place, .name = name};
    tree_append(arena, at, child);
    return child;
}

/* The value is parsed behind as many blanks as the key is long, so that its columns are true. */
static bool setting_value(const struct setting *setting, struct tree **out) {
    struct tree_input *input = setting->input;
    struct bytes text = setting->document->text;
    char *padded = arena_strndup(input->arena, text.data, text.n);
    struct yaml_document parsed;
    struct err err = {0};
    memset(padded, ' ', setting->key_length + 1);
    if (!yaml_parse(input->arena, (struct bytes){padded, text.n}, setting->document->file, &parsed,
                    &err)) {
        err_excerpt(&err, text.data, text.n);
        mistakes_add(input->mistakes, &err);
        return false;
    }
    setting->document->root = parsed.root;
    *out = tree_of_node(input->arena, setting->document, parsed.root);
    return true;
}

void tree_set(struct tree_input *input, struct tree *root, const char *override) {
    struct arena *arena = input->arena;
    const char *equals = strchr(override, '=');
    struct yaml_document *document = arena_new(arena, struct yaml_document, 1);
    document->file = arena_printf(arena, "--set %s", text_printable(arena, bytes_of(override)));
    document->text = bytes_of(arena_strdup(arena, override));
    mistakes_add_file(input->mistakes, document->file);
    struct setting setting = {input, document, equals ? (size_t)(equals - override) : 0};
    struct tree *at = root, *value;
    if (setting.key_length == 0 || bytes_trim(bytes_of(equals + 1)).n == 0) {
        mistakes_at(input->mistakes, setting_place(&setting, 0, document->text.n),
                    "write a key and a value, such as --set policy.max_term=1y",
                    "an override is KEY=VALUE");
        return;
    }
    if (strncmp(override, "include", 7) == 0 && strcspn(override, ".=") == 7) {
        mistakes_at(input->mistakes, setting_place(&setting, 0, 7), "write it into the file",
                    "'include' cannot be set from the command line");
        return;
    }
    if (!setting_value(&setting, &value))
        return;
    size_t last = 0, n = 0;
    for (size_t i = 0; at && i < setting.key_length; i += n + 1) {
        last = i;
        n = strcspn(override + i, ".=");
        at = setting_step(&setting, at, i, n);
    }
    if (!at)
        return;
    /* The place keeps its name; the key is the last word of the override's. */
    value->name = at->name;
    value->key = at->key.node ? setting_place(&setting, last, n) : at->key;
    *at = *value;
}

/* ---- what it says, line by line ---- */

struct lines {
    struct arena *arena;
    struct scenario_line *items;
    size_t n;
};

static void add_line(struct lines *lines, const char *path, const char *value,
                     const struct tree *tree) {
    lines->items =
        arena_grow(lines->arena, lines->items, lines->n, lines->n + 1, sizeof *lines->items);
    lines->items[lines->n++] = (struct scenario_line){path, value, tree->place};
}

static bool is_plain_list(const struct tree *tree) {
    for (int i = 0; i < tree->n; i++)
        if (tree->items[i]->kind != YAML_NODE_SCALAR)
            return false;
    return tree->kind == YAML_NODE_LIST;
}

static void add_lines(struct lines *lines, const struct tree *tree, const char *path) {
    struct arena *arena = lines->arena;
    if (tree->kind == YAML_NODE_SCALAR) {
        add_line(lines, path, text_printable(arena, tree->text), tree);
    } else if (is_plain_list(tree)) {
        struct text value = {.arena = arena};
        for (int i = 0; i < tree->n; i++)
            text_printf(&value, "%s%s", i ? ", " : "", text_printable(arena, tree->items[i]->text));
        add_line(lines, path, arena_printf(arena, "[%s]", value.n ? value.data : ""), tree);
    } else {
        for (int i = 0; i < tree->n; i++) {
            const struct tree *item = tree->items[i];
            const char *name =
                tree->kind == YAML_NODE_MAP ? item->name : arena_printf(arena, "%d", i);
            add_lines(lines, item, path[0] ? arena_printf(arena, "%s.%s", path, name) : name);
        }
    }
}

const struct scenario_line *tree_lines(struct arena *arena, const struct tree *root, int *n) {
    struct lines lines = {.arena = arena};
    add_lines(&lines, root, "");
    *n = (int)lines.n;
    return lines.items;
}
