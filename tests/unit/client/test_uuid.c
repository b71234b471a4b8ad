/* SPDX-License-Identifier: Apache-2.0 */
#include "uuid.h"

#include <check.h>
#include <notify-client.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define IDS_PER_THREAD 5000

/* RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F. */
START_TEST(the_example_of_rfc_9562_comes_out) {
    const uint8_t random[8] = {0x98, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
    char id[UUID_SIZE];
    uuid_format_v7(UINT64_C(0x017F22E279B0) << 12 | 0xCC3, random, id);
    ck_assert_str_eq(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}
END_TEST

START_TEST(version_and_variant_hold_whatever_the_random_bits) {
    const uint8_t ones[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint8_t zeros[8] = {0};
    char id[UUID_SIZE];
    uuid_format_v7(UINT64_MAX >> 4, ones, id);
    ck_assert_str_eq(id, "ffffffff-ffff-7fff-bfff-ffffffffffff");
    uuid_format_v7(0, zeros, id);
    ck_assert_str_eq(id, "00000000-0000-7000-8000-000000000000");
}
END_TEST

START_TEST(stamps_grow_when_the_clock_stands_still_and_when_it_goes_back) {
    uint64_t first = uuid_next_stamp(5000, 0x7FF);
    uint64_t second = uuid_next_stamp(5000, 0x001);
    uint64_t third = uuid_next_stamp(4000, 0x001);
    ck_assert_uint_eq(second, first + 1);
    ck_assert_uint_eq(third, second + 1);
}
END_TEST

START_TEST(a_full_counter_carries_into_the_time) {
    uint64_t stamp = uuid_next_stamp(9000, 0);
    for (int i = 0; i < 4096; i++)
        stamp = uuid_next_stamp(9000, 0);
    ck_assert_uint_eq(stamp, UINT64_C(9001) << 12);
}
END_TEST

static void *make_ids(void *ids_of_thread) {
    char(*ids)[UUID_SIZE] = ids_of_thread;
    for (int i = 0; i < IDS_PER_THREAD; i++) {
        if (notify_event_new_id(ids[i]) != NOTIFY_OK)
            return ids;
    }
    return NULL;
}

static int compare_ids(const void *left, const void *right) {
    return strcmp(left, right);
}

START_TEST(ids_of_many_threads_are_unique_and_grow_within_each) {
    char(*ids)[UUID_SIZE] = calloc(THREADS * IDS_PER_THREAD, UUID_SIZE);
    ck_assert_ptr_nonnull(ids);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_ids, ids + (ptrdiff_t)i * IDS_PER_THREAD), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    for (int i = 0; i < THREADS * IDS_PER_THREAD; i++) {
        if (i % IDS_PER_THREAD != 0)
            ck_assert_str_lt(ids[i - 1], ids[i]);
    }
    qsort(ids, THREADS * IDS_PER_THREAD, UUID_SIZE, compare_ids);
    for (int i = 1; i < THREADS * IDS_PER_THREAD; i++)
        ck_assert_str_ne(ids[i - 1], ids[i]);
    free(ids);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("uuid");
    TCase *test_case = tcase_create("uuid");
    tcase_add_test(test_case, the_example_of_rfc_9562_comes_out);
    tcase_add_test(test_case, version_and_variant_hold_whatever_the_random_bits);
    tcase_add_test(test_case, stamps_grow_when_the_clock_stands_still_and_when_it_goes_back);
    tcase_add_test(test_case, a_full_counter_carries_into_the_time);
    tcase_add_test(test_case, ids_of_many_threads_are_unique_and_grow_within_each);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
