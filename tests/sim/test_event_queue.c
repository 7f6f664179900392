/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event queue against a sorted list that cannot be wrong: thousands of random operations, every
 * answer compared. Then the tie rules, and misuse, which must end the program. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/err.h"
#include "base/rng.h"
#include "sim/event_queue.h"

enum { N_SLOTS = 300, OPERATIONS = 20000 };

struct listed {
    struct event event;
    int64_t sequence;
};

struct list {
    struct listed items[N_SLOTS];
    int n;
    int64_t sequence;
};

static bool goes_before(const struct listed *a, const struct listed *b) {
    if (a->event.time != b->event.time)
        return a->event.time < b->event.time;
    if (a->event.event_class != b->event.event_class)
        return a->event.event_class < b->event.event_class;
    return a->sequence < b->sequence;
}

static void list_insert(struct list *list, struct event event) {
    struct listed item = {event, list->sequence++};
    int at = list->n++;
    for (; at > 0 && goes_before(&item, &list->items[at - 1]); at--)
        list->items[at] = list->items[at - 1];
    list->items[at] = item;
}

static struct event list_remove(struct list *list, int at) {
    struct event event = list->items[at].event;
    for (list->n--; at < list->n; at++)
        list->items[at] = list->items[at + 1];
    return event;
}

static int list_find(const struct list *list, uint32_t slot) {
    for (int i = 0; i < list->n; i++)
        if (list->items[i].event.slot == slot)
            return i;
    return -1;
}

static void same_event(struct event got, struct event want) {
    cr_assert(eq(i64, got.time, want.time));
    cr_assert(eq(u32, got.slot, want.slot));
    cr_assert(eq(u32, got.event_class, want.event_class));
}

/* Times from a small range, so that ties are common. */
static struct event random_event(struct rng *rng, sim_ticks now, uint32_t slot) {
    return (struct event){now + (sim_ticks)rng_below(rng, 40), (unsigned)rng_below(rng, 4), slot};
}

static void one_operation(struct event_queue *queue, struct list *list, struct rng *rng) {
    uint32_t slot = (uint32_t)rng_below(rng, N_SLOTS);
    sim_ticks now = event_queue_now(queue);
    struct event event = random_event(rng, now, slot);
    int found = list_find(list, slot);
    cr_assert(eq(int, event_queue_is_pending(queue, slot), found >= 0));
    switch (rng_below(rng, 6)) {
    case 0:
    case 1:
        if (found >= 0)
            break;
        event_queue_push(queue, event);
        list_insert(list, event);
        break;
    case 2:
        if (list->n > 0)
            same_event(event_queue_pop(queue), list_remove(list, 0));
        break;
    case 3:
        if (found < 0)
            break;
        event_queue_reschedule(queue, event);
        list_remove(list, found);
        list_insert(list, event);
        break;
    case 4:
        event_queue_cancel(queue, slot);
        if (found >= 0)
            list_remove(list, found);
        break;
    default:
        if (list->n == 0)
            break;
        event.slot = list->items[0].event.slot; /* the head is handled in place */
        event.time += list->items[0].event.time - now;
        event_queue_advance(queue, list->items[0].event.time);
        event_queue_reschedule(queue, event);
        list_remove(list, 0);
        list_insert(list, event);
    }
}

Test(event_queue, equals_a_sorted_list) {
    struct arena arena = {0};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
        struct event_queue *queue = event_queue_open(&arena);
        struct list list = {0};
        for (int i = 0; i < OPERATIONS; i++) {
            one_operation(queue, &list, &rng);
            struct event head;
            cr_assert(eq(u32, event_queue_length(queue), (uint32_t)list.n));
            cr_assert(eq(int, event_queue_peek(queue, &head), list.n > 0));
            if (list.n > 0)
                same_event(head, list.items[0].event);
        }
    }
    arena_release(&arena);
}

Test(event_queue, ties_go_by_class_then_by_order_of_scheduling) {
    struct arena arena = {0};
    struct event_queue *queue = event_queue_open(&arena);
    event_queue_push(queue, (struct event){5, 3, 0});
    event_queue_push(queue, (struct event){5, 1, 9});
    event_queue_push(queue, (struct event){5, 1, 2});
    event_queue_push(queue, (struct event){5, 0, 7});
    event_queue_reschedule(queue, (struct event){5, 1, 9}); /* now after slot 2 */
    const uint32_t order[] = {7, 2, 9, 0};
    for (int i = 0; i < 4; i++)
        cr_assert(eq(u32, event_queue_pop(queue).slot, order[i]));
    arena_release(&arena);
}

Test(event_queue, holds_many_events) {
    struct arena arena = {0};
    struct event_queue *queue = event_queue_open(&arena);
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    enum { MANY = 100000 };
    for (uint32_t slot = 0; slot < MANY; slot++)
        event_queue_push(queue, (struct event){(sim_ticks)(rng_next(&rng) >> 3), 0, slot});
    sim_ticks last = 0;
    for (int i = 0; i < MANY; i++) {
        struct event event = event_queue_pop(queue);
        cr_assert(ge(i64, event.time, last));
        last = event.time;
    }
    cr_assert(eq(u32, event_queue_length(queue), 0));
    arena_release(&arena);
}

static struct event_queue *at_time_ten(struct arena *arena) {
    struct event_queue *queue = event_queue_open(arena);
    event_queue_push(queue, (struct event){10, 0, 1});
    event_queue_pop(queue);
    return queue;
}

Test(event_queue, past_event_ends_the_program, .exit_code = 70) {
    struct arena arena = {0};
    event_queue_push(at_time_ten(&arena), (struct event){9, 0, 1});
}

Test(event_queue, time_does_not_run_backwards, .exit_code = 70) {
    struct arena arena = {0};
    event_queue_advance(at_time_ten(&arena), 9);
}

Test(event_queue, second_event_of_a_slot_ends_the_program, .exit_code = 70) {
    struct arena arena = {0};
    struct event_queue *queue = at_time_ten(&arena);
    event_queue_push(queue, (struct event){11, 0, 1});
    event_queue_push(queue, (struct event){12, 0, 1});
}

Test(event_queue, pop_of_nothing_ends_the_program, .exit_code = 70) {
    struct arena arena = {0};
    event_queue_pop(event_queue_open(&arena));
}
