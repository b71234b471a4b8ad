/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/key_order.h"
#include "suite.h"

static struct key_order *order;

static void set_up(void) {
    order = key_order_new(4);
    ck_assert_ptr_nonnull(order);
}

START_TEST(records_of_one_key_go_one_after_the_other) {
    set_up();
    struct key_order_link links[4];
    ck_assert(key_order_enter(order, &links[0], 7));
    for (int i = 1; i < 4; i++)
        ck_assert(!key_order_enter(order, &links[i], 7));
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(key_order_leave(order, &links[i]), &links[i + 1]);
    ck_assert_ptr_null(key_order_leave(order, &links[3]));
    ck_assert(key_order_enter(order, &links[0], 7));
    key_order_free(order);
}
END_TEST

START_TEST(records_of_other_keys_and_without_a_key_do_not_wait) {
    set_up();
    struct key_order_link links[4];
    ck_assert(key_order_enter(order, &links[0], 7));
    ck_assert(key_order_enter(order, &links[1], 8));
    ck_assert(key_order_enter(order, &links[2], 0));
    ck_assert(key_order_enter(order, &links[3], 0));
    ck_assert_ptr_null(key_order_leave(order, &links[2]));
    key_order_free(order);
}
END_TEST

START_TEST(keys_that_share_a_bucket_stay_apart) {
    set_up();
    struct key_order_link first, second, third;
    ck_assert(key_order_enter(order, &first, 5));
    ck_assert(key_order_enter(order, &second, 5 + 64 * 1024));
    ck_assert(!key_order_enter(order, &third, 5 + 64 * 1024));
    ck_assert_ptr_null(key_order_leave(order, &first));
    ck_assert_ptr_eq(key_order_leave(order, &second), &third);
    key_order_free(order);
}
END_TEST

START_TEST(after_a_revoke_nothing_waits_behind_what_is_still_on_the_wire) {
    set_up();
    struct key_order_link busy, waiting, again;
    key_order_enter(order, &busy, 7);
    key_order_enter(order, &waiting, 7);
    key_order_forget_waiting(order);
    ck_assert(!key_order_enter(order, &again, 7));
    ck_assert_ptr_eq(key_order_leave(order, &busy), &again);
    key_order_free(order);
}
END_TEST

/* The oracle: one counter for each key, of which a record must be the next. */
START_TEST(random_traffic_keeps_the_order_of_every_key) {
    enum { RECORDS = 20000, KEYS = 50, BUSY = 200 };
    static struct key_order_link links[RECORDS];
    static int sequence[RECORDS], key_of[RECORDS];
    static int entered[KEYS], left[KEYS];
    static struct key_order_link *busy[BUSY + KEYS];
    int busy_count = 0, next = 0, done = 0;
    set_up();
    srand(4711);
    while (done < RECORDS) {
        if (next < RECORDS && busy_count < BUSY && rand() % 2 == 0) {
            int key = rand() % KEYS;
            key_of[next] = key;
            sequence[next] = entered[key]++;
            if (key_order_enter(order, &links[next], (uint64_t)key * 64 + 1))
                busy[busy_count++] = &links[next];
            next++;
        } else if (busy_count > 0) {
            int chosen = rand() % busy_count;
            struct key_order_link *link = busy[chosen];
            int index = (int)(link - links);
            if (sequence[index] != left[key_of[index]]++)
                ck_abort_msg("record %d of key %d left out of turn", sequence[index], key_of[index]);
            busy[chosen] = busy[--busy_count];
            struct key_order_link *successor = key_order_leave(order, link);
            if (successor != NULL)
                busy[busy_count++] = successor;
            done++;
        }
    }
    key_order_free(order);
}
END_TEST

START_TEST(the_hash_tells_topics_and_keys_apart_and_is_never_zero) {
    ck_assert_uint_ne(key_order_hash("a", "bc", 2), key_order_hash("ab", "c", 1));
    ck_assert_uint_ne(key_order_hash("a", "b", 1), key_order_hash("a", "c", 1));
    ck_assert_uint_ne(key_order_hash("", "", 0), 0);
    /* FNV-1a's published vector for "a" is 0xaf63dc4c8601ec8c; a topic's NUL comes before the key. */
    ck_assert_uint_eq(key_order_hash("a", "", 0),
                      (UINT64_C(0xaf63dc4c8601ec8c) ^ 0) * UINT64_C(0x100000001b3));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        records_of_one_key_go_one_after_the_other,
        records_of_other_keys_and_without_a_key_do_not_wait,
        keys_that_share_a_bucket_stay_apart,
        after_a_revoke_nothing_waits_behind_what_is_still_on_the_wire,
        random_traffic_keeps_the_order_of_every_key,
        the_hash_tells_topics_and_keys_apart_and_is_never_zero,
    };
    return suite_run("key_order", tests, SUITE_COUNT(tests));
}
