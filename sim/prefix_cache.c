/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree of nodes, each a run of blocks that always come together, found by a hash of (first id,
 * edition, adapter); and the list of free blocks, whose entries are parts of a node, a preempted
 * request's own content, or blocks that hold nothing.
 *
 * Of a node's n blocks the first `present` are there and the first in_use(node) of these are held.
 * That they are prefixes, and that a node is whole as long as a deeper one is there, follows from
 * freeing last blocks first: what is deeper is never freed later and so is taken earlier. The free
 * part of a node may have been freed in pieces: its entries are chained from shallow to deep. */
#include "sim/prefix_cache.h"

#include "base/err.h"

enum { NONE = -1, FIRST_CAPACITY = 64 };

struct node {
    uint32_t id; /* the first of its run; with the next two the key */
    int32_t edition, adapter;
    int32_t n, present;
    int32_t whole;   /* sequences that hold all n */
    int32_t short_1; /* sequences that hold all but the last, of which they have a copy */
    int32_t begun;   /* blocks held by the one sequence whose prompt is under way; 0: none */
    int32_t parent;  /* NONE at the root */
    int32_t shallowest, deepest; /* entries of the free list */
    int32_t next;                /* in its bucket, or among unused nodes */
};

enum entry_kind { ENTRY_NOTHING, ENTRY_NODE, ENTRY_RETURNING };

/* Part of the free list, first to be taken at its end. */
struct entry {
    enum entry_kind kind;
    int32_t before, after;     /* in the list; an unused entry links through after */
    int32_t node;              /* ENTRY_NODE */
    int32_t shallower, deeper; /* of the same node */
    int64_t n;                 /* blocks; 0: not in the list */
};

struct prefix_cache {
    struct arena *arena;
    const struct prompt_blocks *prompts;
    int64_t block_tokens, kv_blocks;
    struct node *nodes;
    struct entry *entries;
    int32_t nodes_capacity, entries_capacity;
    int32_t unused_node, unused_entry;
    int32_t head, tail;
    int32_t *buckets; /* [n_buckets], a power of two */
    uint32_t n_buckets, n_nodes;
};

/* --- the list of free blocks --- */

static int32_t new_entry(struct prefix_cache *cache, enum entry_kind kind, int64_t n) {
    if (cache->unused_entry == NONE) {
        int32_t old = cache->entries_capacity;
        cache->entries_capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
        cache->entries = arena_grow(cache->arena, cache->entries, (size_t)old,
                                    (size_t)cache->entries_capacity, sizeof *cache->entries);
        for (int32_t i = cache->entries_capacity; i-- > old;) {
            cache->entries[i].after = cache->unused_entry;
            cache->unused_entry = i;
        }
    }
    int32_t index = cache->unused_entry;
    cache->unused_entry = cache->entries[index].after;
    cache->entries[index] = (struct entry){kind, NONE, NONE, NONE, NONE, NONE, n};
    return index;
}

static void drop_entry(struct prefix_cache *cache, int32_t index) {
    cache->entries[index].after = cache->unused_entry;
    cache->unused_entry = index;
}

static void append(struct prefix_cache *cache, int32_t index) {
    cache->entries[index].before = cache->tail;
    *(cache->tail == NONE ? &cache->head : &cache->entries[cache->tail].after) = index;
    cache->tail = index;
}

static void unlink_entry(struct prefix_cache *cache, int32_t index) {
    const struct entry *e = &cache->entries[index];
    *(e->before == NONE ? &cache->head : &cache->entries[e->before].after) = e->after;
    *(e->after == NONE ? &cache->tail : &cache->entries[e->after].before) = e->before;
    if (e->kind == ENTRY_NODE) {
        struct node *node = &cache->nodes[e->node];
        *(e->shallower == NONE ? &node->shallowest : &cache->entries[e->shallower].deeper) =
            e->deeper;
        *(e->deeper == NONE ? &node->deepest : &cache->entries[e->deeper].shallower) = e->shallower;
    }
}

static void free_nothing(struct prefix_cache *cache, int64_t n) {
    if (n == 0)
        return;
    if (cache->tail != NONE && cache->entries[cache->tail].kind == ENTRY_NOTHING)
        cache->entries[cache->tail].n += n;
    else
        append(cache, new_entry(cache, ENTRY_NOTHING, n));
}

static void free_of_node(struct prefix_cache *cache, int32_t index, int32_t n) {
    int32_t e = new_entry(cache, ENTRY_NODE, n);
    struct node *node = &cache->nodes[index];
    cache->entries[e].node = index;
    cache->entries[e].deeper = node->shallowest;
    *(node->shallowest == NONE ? &node->deepest : &cache->entries[node->shallowest].shallower) = e;
    node->shallowest = e;
    append(cache, e);
}

/* The shallowest n of the node's free blocks are found. */
static void claim(struct prefix_cache *cache, int32_t index, int32_t n) {
    while (n > 0) {
        int32_t at = cache->nodes[index].shallowest;
        struct entry *e = &cache->entries[at];
        int32_t found = n < e->n ? n : (int32_t)e->n;
        n -= found;
        e->n -= found;
        if (e->n == 0) {
            unlink_entry(cache, at);
            drop_entry(cache, at);
        }
    }
}

/* --- nodes --- */

static uint32_t bucket_of(const struct prefix_cache *cache, uint32_t id, int32_t edition,
                          int32_t adapter) {
    uint64_t key = ((uint64_t)(uint32_t)edition << 32 | id) * 0x9E3779B97F4A7C15ULL;
    key = (key ^ key >> 29 ^ (uint32_t)adapter) * 0xBF58476D1CE4E5B9ULL;
    return (uint32_t)(key >> 32) & (cache->n_buckets - 1);
}

static int32_t find_node(const struct prefix_cache *cache, uint32_t id, int32_t edition,
                         int32_t adapter) {
    int32_t at = cache->buckets[bucket_of(cache, id, edition, adapter)];
    for (; at != NONE; at = cache->nodes[at].next) {
        const struct node *node = &cache->nodes[at];
        if (node->id == id && node->edition == edition && node->adapter == adapter)
            break;
    }
    return at;
}

static void put_in_bucket(struct prefix_cache *cache, int32_t index) {
    struct node *node = &cache->nodes[index];
    uint32_t bucket = bucket_of(cache, node->id, node->edition, node->adapter);
    node->next = cache->buckets[bucket];
    cache->buckets[bucket] = index;
}

static void clear_buckets(struct prefix_cache *cache) {
    for (uint32_t i = 0; i < cache->n_buckets; i++)
        cache->buckets[i] = NONE;
}

/* All nodes are in use: room for as many again, in twice the buckets. */
static void grow_nodes(struct prefix_cache *cache) {
    int32_t old = cache->nodes_capacity;
    cache->nodes_capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
    cache->nodes = arena_grow(cache->arena, cache->nodes, (size_t)old,
                              (size_t)cache->nodes_capacity, sizeof *cache->nodes);
    cache->n_buckets = (uint32_t)cache->nodes_capacity;
    cache->buckets = arena_new(cache->arena, int32_t, cache->n_buckets);
    clear_buckets(cache);
    for (int32_t i = 0; i < old; i++)
        put_in_bucket(cache, i);
    for (int32_t i = cache->nodes_capacity; i-- > old;) {
        cache->nodes[i].next = cache->unused_node;
        cache->unused_node = i;
    }
}

static int32_t add_node(struct prefix_cache *cache, const struct node *node) {
    if (cache->unused_node == NONE)
        grow_nodes(cache);
    int32_t index = cache->unused_node;
    cache->unused_node = cache->nodes[index].next;
    cache->nodes[index] = *node;
    put_in_bucket(cache, index);
    return index;
}

static void remove_node(struct prefix_cache *cache, int32_t index) {
    struct node *node = &cache->nodes[index];
    int32_t *link = &cache->buckets[bucket_of(cache, node->id, node->edition, node->adapter)];
    while (*link != index)
        link = &cache->nodes[*link].next;
    *link = node->next;
    node->next = cache->unused_node;
    cache->unused_node = index;
}

static int32_t in_use(const struct node *node) {
    if (node->whole > 0)
        return node->n;
    int32_t least = node->short_1 > 0 ? node->n - 1 : 0;
    return least > node->begun ? least : node->begun;
}

/* --- walking a prompt --- */

static uint32_t ids_of(const struct prefix_cache *cache, const struct work *work) {
    const struct prompt_blocks *prompts = cache->prompts;
    return prompts && work->row >= 0 ? prompts->first[work->row + 1] - prompts->first[work->row]
                                     : 0;
}

/* Whole blocks of the engine in the first so many ids. */
static int64_t blocks_in(const struct prefix_cache *cache, uint32_t n_ids) {
    return n_ids == 0 ? 0 : (int64_t)n_ids * cache->prompts->block_tokens / cache->block_tokens;
}

struct step {
    uint32_t id, next; /* of the run; the prompt's id after it */
    int32_t n;         /* blocks; 0: the prompt has no further ones */
};

/* The run of blocks at the prompt's id number `at`; runs without a whole block are passed over. */
static struct step step_at(const struct prefix_cache *cache, const struct work *work, uint32_t at) {
    uint32_t end = ids_of(cache, work);
    while (at < end) {
        uint32_t id = cache->prompts->ids[cache->prompts->first[work->row] + at];
        uint32_t next = at + cache->prompts->runs[id];
        int64_t n = blocks_in(cache, next) - blocks_in(cache, at);
        if (n > 0)
            return (struct step){id, next, (int32_t)n};
        at = next;
    }
    return (struct step){0};
}

struct prefix_hit prefix_cache_find(const struct prefix_cache *cache, const struct work *work,
                                    int32_t adapter, int32_t returning, int64_t blocks_max) {
    struct prefix_hit hit = {.hold = {.node = NONE}};
    struct step step;
    while ((step = step_at(cache, work, hit.hold.next)).n > 0 && hit.blocks < blocks_max) {
        int32_t index = find_node(cache, step.id, work->edition, adapter);
        if (index == NONE)
            return hit;
        const struct node *node = &cache->nodes[index];
        int64_t left = blocks_max - hit.blocks;
        int32_t found = node->present < left ? node->present : (int32_t)left;
        int32_t held = in_use(node);
        hit.blocks += found;
        hit.in_use += held < found ? held : found;
        hit.hold = (struct prefix_hold){index, found, (int32_t)hit.blocks, step.next, false};
        if (found < step.n)
            return hit;
    }
    if (returning != NONE && step.n == 0)
        hit.blocks += cache->entries[returning].n;
    return hit;
}

void prefix_cache_share(struct prefix_cache *cache, const struct prefix_hit *hit,
                        int32_t returning) {
    int32_t index = hit->hold.node;
    for (int32_t found = hit->hold.in_node; index != NONE;) {
        struct node *node = &cache->nodes[index];
        int32_t held = in_use(node);
        if (found == node->n)
            node->whole++;
        else
            node->begun = found;
        if (found > held)
            claim(cache, index, found - held);
        index = node->parent;
        found = index == NONE ? 0 : cache->nodes[index].n;
    }
    if (returning == NONE)
        return;
    if (cache->entries[returning].n > 0) {
        ENSURE(hit->blocks == hit->hold.blocks + cache->entries[returning].n);
        unlink_entry(cache, returning);
    }
    drop_entry(cache, returning);
}

/* The rest of a node holds new content. */
static void fill(struct prefix_cache *cache, struct prefix_hold *hold, int32_t more) {
    struct node *node = &cache->nodes[hold->node];
    if (hold->in_node > 0)
        node->begun = 0;
    hold->in_node += more;
    hold->blocks += more;
    node->present = hold->in_node;
    if (hold->in_node == node->n)
        node->whole++;
    else
        node->begun = hold->in_node;
}

/* The next block is there already: this sequence has a copy. It was found but for the token that
 * is always computed, so it is the last of its prompt's known ones. */
static void keep_copy(struct prefix_cache *cache, struct prefix_hold *hold) {
    hold->copied = true;
    if (hold->node == NONE || hold->in_node == cache->nodes[hold->node].n)
        return;
    struct node *node = &cache->nodes[hold->node];
    ENSURE(hold->in_node == node->n - 1);
    node->begun = 0;
    node->short_1++;
}

void prefix_cache_learn(struct prefix_cache *cache, const struct work *work, int32_t adapter,
                        struct prefix_hold *hold, int64_t blocks) {
    while (hold->blocks < blocks && !hold->copied) {
        if (hold->node != NONE && hold->in_node < cache->nodes[hold->node].n) {
            if (cache->nodes[hold->node].present > hold->in_node) {
                keep_copy(cache, hold);
                return;
            }
        } else {
            struct step step = step_at(cache, work, hold->next);
            if (step.n == 0)
                return;
            if (find_node(cache, step.id, work->edition, adapter) != NONE) {
                keep_copy(cache, hold);
                return;
            }
            hold->node = add_node(cache, &(struct node){.id = step.id,
                                                        .edition = work->edition,
                                                        .adapter = adapter,
                                                        .n = step.n,
                                                        .parent = hold->node,
                                                        .shallowest = NONE,
                                                        .deepest = NONE});
            hold->in_node = 0;
            hold->next = step.next;
        }
        int64_t left = blocks - hold->blocks;
        int32_t rest = cache->nodes[hold->node].n - hold->in_node;
        fill(cache, hold, rest < left ? rest : (int32_t)left);
    }
}

/* --- giving back --- */

/* Returns how many are free now: those that no other sequence holds. */
static int64_t give_back_known(struct prefix_cache *cache, const struct prefix_hold *hold) {
    int64_t freed = 0;
    int32_t held = hold->in_node;
    for (int32_t index = hold->node; index != NONE;) {
        struct node *node = &cache->nodes[index];
        int32_t before = in_use(node);
        if (held == node->n)
            node->whole--;
        else if (hold->copied)
            node->short_1--;
        else
            node->begun = 0;
        int32_t after = in_use(node);
        if (after < before)
            free_of_node(cache, index, before - after);
        freed += before - after;
        index = cache->nodes[index].parent;
        held = index == NONE ? 0 : cache->nodes[index].n;
    }
    return freed;
}

int64_t prefix_cache_finish(struct prefix_cache *cache, const struct prefix_hold *hold, int64_t n) {
    free_nothing(cache, n - hold->blocks);
    return n - hold->blocks + give_back_known(cache, hold);
}

int64_t prefix_cache_preempt(struct prefix_cache *cache, const struct work *work, int32_t adapter,
                             struct prefix_hold *hold, int64_t full, int64_t n,
                             int32_t *returning) {
    prefix_cache_learn(cache, work, adapter, hold, full);
    int64_t known = blocks_in(cache, ids_of(cache, work));
    int64_t own = !hold->copied && full > known ? full - known : 0;
    free_nothing(cache, n - hold->blocks - own);
    *returning = PREFIX_CACHE_NO_RETURN;
    if (own > 0) {
        *returning = new_entry(cache, ENTRY_RETURNING, own);
        append(cache, *returning);
    }
    return n - hold->blocks + give_back_known(cache, hold);
}

void prefix_cache_take(struct prefix_cache *cache, int64_t n) {
    while (n > 0) {
        int32_t at = cache->head;
        ENSURE(at != NONE);
        struct entry *e = &cache->entries[at];
        int64_t taken = n < e->n ? n : e->n;
        n -= taken;
        e->n -= taken;
        int32_t index = e->node;
        if (e->kind == ENTRY_NODE)
            cache->nodes[index].present -= (int32_t)taken;
        if (e->n > 0)
            return;
        unlink_entry(cache, at);
        if (e->kind == ENTRY_NODE && cache->nodes[index].present == 0)
            remove_node(cache, index);
        if (e->kind != ENTRY_RETURNING) /* its request will ask */
            drop_entry(cache, at);
    }
}

/* --- opening --- */

void prefix_cache_reset(struct prefix_cache *cache) {
    cache->unused_node = cache->unused_entry = cache->head = cache->tail = NONE;
    for (int32_t i = cache->nodes_capacity; i-- > 0;) {
        cache->nodes[i].next = cache->unused_node;
        cache->unused_node = i;
    }
    for (int32_t i = cache->entries_capacity; i-- > 0;) {
        cache->entries[i].after = cache->unused_entry;
        cache->unused_entry = i;
    }
    clear_buckets(cache);
    free_nothing(cache, cache->kv_blocks);
}

struct prefix_cache *prefix_cache_open(struct arena *arena, const struct prompt_blocks *prompts,
                                       int32_t block_tokens, int64_t kv_blocks) {
    ENSURE(!prompts || prompts->runs);
    struct prefix_cache *cache = arena_new(arena, struct prefix_cache, 1);
    *cache = (struct prefix_cache){
        .arena = arena,
        .prompts = prompts,
        .block_tokens = block_tokens,
        .kv_blocks = kv_blocks,
        .unused_node = NONE,
        .unused_entry = NONE,
    };
    grow_nodes(cache);
    prefix_cache_reset(cache);
    return cache;
}
