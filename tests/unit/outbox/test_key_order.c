/* SPDX-License-Identifier: Apache-2.0 */
#include "key_order.h"
#include "suite.h"

#include <stdio.h>

static struct key_order *order;
static const int users, orders; /* Scopes are told apart by their address. */

static void set_up(void) {
    order = key_order_new();
    ck_assert_ptr_nonnull(order);
}

static void tear_down(void) {
    order = key_order_free(order);
}

START_TEST(a_key_is_found_while_its_chain_is_open) {
    ck_assert_ptr_null(key_order_find(order, &users, "ada"));
    struct key_chain *chain = key_order_open(order, &users, "ada");
    ck_assert_ptr_nonnull(chain);
    ck_assert_ptr_eq(key_order_find(order, &users, "ada"), chain);
    ck_assert_ptr_null(key_order_find(order, &users, "adam"));
    ck_assert_ptr_null(key_order_find(order, &orders, "ada"));
    key_order_close(order, chain);
    ck_assert_ptr_null(key_order_find(order, &users, "ada"));
}
END_TEST

START_TEST(held_rows_come_back_in_order) {
    struct key_chain *chain = key_order_open(order, &users, "ada");
    int64_t id;
    ck_assert(!key_chain_pop(chain, &id));
    for (int64_t i = 1; i <= 3; i++)
        ck_assert(key_chain_hold(chain, i));
    ck_assert(key_chain_pop(chain, &id) && id == 1);
    ck_assert(key_chain_hold(chain, 4));
    for (int64_t i = 2; i <= 4; i++)
        ck_assert(key_chain_pop(chain, &id) && id == i);
    ck_assert(!key_chain_pop(chain, &id));
    ck_assert(key_chain_hold(chain, 5));
    ck_assert(key_chain_pop(chain, &id) && id == 5);
}
END_TEST

START_TEST(many_keys_in_one_table_do_not_mix) {
    char key[32];
    int64_t id;
    for (int64_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key-%lld", (long long)i);
        ck_assert(key_chain_hold(key_order_open(order, &users, key), i));
    }
    for (int64_t i = 4999; i >= 0; i--) {
        snprintf(key, sizeof key, "key-%lld", (long long)i);
        struct key_chain *chain = key_order_find(order, &users, key);
        ck_assert_ptr_nonnull(chain);
        ck_assert(key_chain_pop(chain, &id) && id == i);
        if (i % 2 == 0) /* The others are left for key_order_free(). */
            key_order_close(order, chain);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_key_is_found_while_its_chain_is_open,
        held_rows_come_back_in_order,
        many_keys_in_one_table_do_not_mix,
    };
    return suite_run_with_fixture("outbox key order", tests, SUITE_COUNT(tests), set_up, tear_down);
}
