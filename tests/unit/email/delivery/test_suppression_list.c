/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/suppression_list.h"
#include "suite.h"
#include <string.h>

#define NOW INT64_C(1000000)

static struct suppression_list *list;

static void set_up(void) {
    list = suppression_list_new();
    ck_assert_ptr_nonnull(list);
}

/* near: where in a table keys begin to look for a place; those of one value get into each other's way. */
static struct suppression_key key_of(unsigned near, uint32_t number) {
    struct suppression_key key = {.bytes = {(uint8_t)near}};
    memcpy(key.bytes + 16, &number, sizeof number);
    return key;
}

START_TEST(an_address_is_on_the_list_until_its_time) {
    set_up();
    struct suppression_key key = key_of(1, 1), other = key_of(1, 2);
    ck_assert(!suppression_list_has(list, &key, NOW));
    ck_assert(suppression_list_put(list, &key, NOW + 10, NOW));
    ck_assert(suppression_list_has(list, &key, NOW));
    ck_assert(suppression_list_has(list, &key, NOW + 9));
    ck_assert(!suppression_list_has(list, &key, NOW + 10));
    ck_assert(!suppression_list_has(list, &other, NOW));
    suppression_list_free(list);
}
END_TEST

START_TEST(what_is_said_last_of_an_address_counts) {
    set_up();
    struct suppression_key key = key_of(1, 1);
    suppression_list_put(list, &key, NOW + 10, NOW);
    suppression_list_put(list, &key, NOW + 100, NOW);
    ck_assert(suppression_list_has(list, &key, NOW + 50));
    ck_assert_uint_eq(suppression_list_count(list), 1);
    suppression_list_put(list, &key, NOW + 5, NOW);
    ck_assert(!suppression_list_has(list, &key, NOW + 50));
    suppression_list_remove(list, &key);
    suppression_list_remove(list, &key);
    ck_assert(!suppression_list_has(list, &key, NOW));
    ck_assert_uint_eq(suppression_list_count(list), 0);
    suppression_list_free(list);
}
END_TEST

START_TEST(an_entry_that_has_ended_already_is_not_kept_and_ends_an_earlier_one) {
    set_up();
    struct suppression_key key = key_of(1, 1);
    ck_assert(suppression_list_put(list, &key, NOW, NOW));
    ck_assert_uint_eq(suppression_list_count(list), 0);
    suppression_list_put(list, &key, NOW + 10, NOW);
    ck_assert(suppression_list_put(list, &key, -1, NOW));
    ck_assert(!suppression_list_has(list, &key, NOW));
    suppression_list_free(list);
}
END_TEST

/* The model: a time for each of some keys. The keys crowd at the end of the table and around its first slot.
 */
START_TEST(a_random_history_is_kept_as_by_a_plain_table) {
    enum { KEYS = 300, STEPS = 40000 };
    static int64_t ends[KEYS];
    static struct suppression_key keys[KEYS];
    static const unsigned places[] = {0, 1, 2, 61, 62, 63, 127, 255};
    set_up();
    srand(815);
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = key_of(places[i % 8], i);
    int64_t now = NOW;
    for (int step = 0; step < STEPS; step++) {
        int chosen = rand() % (step / 10000 % 2 == 0 ? KEYS : KEYS / 10); /* the crowd grows and shrinks */
        int what = rand() % 10;
        if (what < 5) {
            ends[chosen] = now + rand() % 300;
            ck_assert(suppression_list_put(list, &keys[chosen], ends[chosen], now));
        } else if (what < 9) {
            ends[chosen] = 0;
            suppression_list_remove(list, &keys[chosen]);
        } else {
            now += rand() % 5;
        }
        ck_assert(suppression_list_has(list, &keys[chosen], now) == (ends[chosen] > now));
        if (step % 20 != 0)
            continue; /* looking at all of them takes its time */
        size_t living = 0;
        for (int i = 0; i < KEYS; i++) {
            living += ends[i] > now;
            if (suppression_list_has(list, &keys[i], now) != (ends[i] > now))
                ck_abort_msg("step %d: key %d", step, i);
        }
        ck_assert_uint_ge(suppression_list_count(list), living);
        ck_assert_uint_le(suppression_list_count(list), KEYS);
    }
    suppression_list_free(list);
}
END_TEST

START_TEST(what_has_ended_does_not_pile_up) {
    enum { A_TIME = 1000, TIMES = 200 };
    set_up();
    for (uint32_t number = 0; number < A_TIME * TIMES; number++) {
        int64_t now = NOW + number / A_TIME * 100;
        uint32_t mixed = number * UINT32_C(2654435761);
        struct suppression_key key = key_of(0, number);
        memcpy(key.bytes, &mixed, sizeof mixed);
        ck_assert(suppression_list_put(list, &key, now + 100, now));
    }
    ck_assert_uint_le(suppression_list_count(list), 5 * A_TIME);
    suppression_list_free(list);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        an_address_is_on_the_list_until_its_time,
        what_is_said_last_of_an_address_counts,
        an_entry_that_has_ended_already_is_not_kept_and_ends_an_earlier_one,
        a_random_history_is_kept_as_by_a_plain_table,
        what_has_ended_does_not_pile_up,
    };
    return suite_run("suppression_list", tests, SUITE_COUNT(tests));
}
