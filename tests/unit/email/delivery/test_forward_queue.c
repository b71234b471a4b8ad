/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/forward_queue.h"
#include "suite.h"

#define COUNT 4

static struct forward forwards[COUNT];

static struct forward_queue queue_of_all(void) {
    struct forward_queue queue = {0};
    for (size_t i = 0; i < COUNT; i++)
        forward_queue_push(&queue, &forwards[i]);
    return queue;
}

START_TEST(what_failed_first_goes_first) {
    struct forward_queue queue = queue_of_all();
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(forward_queue_pop(&queue), &forwards[i]);
    ck_assert_ptr_null(forward_queue_pop(&queue));
}
END_TEST

START_TEST(what_fails_again_keeps_its_order_and_waits_for_the_next_turn) {
    struct forward_queue queue = queue_of_all();
    struct forward_queue turn = forward_queue_take_all(&queue);
    ck_assert_ptr_null(queue.head);
    size_t tried = 0;
    for (struct forward *forward; (forward = forward_queue_pop(&turn)) != NULL; tried++)
        if (forward != &forwards[1]) /* this one was sent */
            forward_queue_push(&queue, forward);
    ck_assert_uint_eq(tried, COUNT);
    ck_assert_ptr_eq(forward_queue_pop(&queue), &forwards[0]);
    ck_assert_ptr_eq(forward_queue_pop(&queue), &forwards[2]);
    ck_assert_ptr_eq(forward_queue_pop(&queue), &forwards[3]);
    ck_assert_ptr_null(forward_queue_pop(&queue));
}
END_TEST

START_TEST(an_emptied_queue_takes_the_next_one) {
    struct forward_queue queue = {0};
    for (size_t i = 0; i < COUNT; i++) {
        forward_queue_push(&queue, &forwards[i]);
        ck_assert_ptr_eq(forward_queue_pop(&queue), &forwards[i]);
        ck_assert_ptr_null(forward_queue_pop(&queue));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        what_failed_first_goes_first,
        what_fails_again_keeps_its_order_and_waits_for_the_next_turn,
        an_emptied_queue_takes_the_next_one,
    };
    return suite_run("forward_queue", tests, SUITE_COUNT(tests));
}
