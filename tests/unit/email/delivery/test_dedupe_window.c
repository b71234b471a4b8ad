/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle is a plain list of what was noted, searched from end to end. */
#include "delivery/dedupe_window.h"
#include "suite.h"
#include <malloc.h>
#include <string.h>

/* Evenly spread, as the keys must be; different for different numbers (a bijection: splitmix64's finish). */
static uint64_t key_of(uint64_t number) {
    uint64_t key = number + UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return key ^ key >> 31;
}

/* --- the model --- */

struct noted {
    int64_t offset;
    uint64_t key;
};

struct model {
    size_t size, count;
    struct noted list[20000];
};

static bool model_note(struct model *model, int64_t offset, uint64_t key) {
    bool duplicate = false;
    if (model->count > 0 && offset <= model->list[model->count - 1].offset)
        model->count = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->list[i].key == key && model->list[i].offset >= offset - (int64_t)model->size)
            duplicate = true;
    ck_assert_uint_lt(model->count, SUITE_COUNT(model->list));
    model->list[model->count++] = (struct noted){offset, key};
    return duplicate;
}

/* --- some cases by hand --- */

START_TEST(a_copy_within_the_window_is_a_duplicate_and_one_beyond_is_not) {
    struct dedupe_window *window = dedupe_window_new(3);
    ck_assert(!dedupe_window_note(window, 10, 1));
    ck_assert(!dedupe_window_note(window, 11, 2));
    ck_assert(dedupe_window_note(window, 13, 1)); /* 10 = 13 - 3 */
    ck_assert(!dedupe_window_note(window, 15, 2));
    dedupe_window_free(window);
}
END_TEST

START_TEST(a_duplicate_counts_for_the_next_one) {
    struct dedupe_window *window = dedupe_window_new(3);
    ck_assert(!dedupe_window_note(window, 0, 7));
    for (int64_t offset = 3; offset < 300; offset += 3)
        ck_assert(dedupe_window_note(window, offset, 7));
    ck_assert(!dedupe_window_note(window, 1000, 7));
    dedupe_window_free(window);
}
END_TEST

START_TEST(reading_that_begins_anew_below_finds_nothing) {
    struct dedupe_window *window = dedupe_window_new(100);
    for (int64_t offset = 0; offset < 50; offset++)
        ck_assert(!dedupe_window_note(window, offset, key_of((uint64_t)offset)));
    for (int64_t offset = 20; offset < 50; offset++)
        ck_assert(!dedupe_window_note(window, offset, key_of((uint64_t)offset)));
    ck_assert(dedupe_window_note(window, 50, key_of(20)));
    ck_assert(!dedupe_window_note(window, 51, key_of(19)));
    dedupe_window_free(window);
}
END_TEST

START_TEST(offsets_may_be_far_apart_and_large) {
    struct dedupe_window *window = dedupe_window_new(10000);
    int64_t far = INT64_MAX - 20000;
    ck_assert(!dedupe_window_note(window, 0, 5));
    ck_assert(!dedupe_window_note(window, far, 5));
    ck_assert(dedupe_window_note(window, far + 10000, 5));
    ck_assert(!dedupe_window_note(window, far + 20000, 6));
    dedupe_window_free(window);
}
END_TEST

START_TEST(the_keys_zero_and_one_are_taken_for_the_same) {
    struct dedupe_window *window = dedupe_window_new(10);
    ck_assert(!dedupe_window_note(window, 0, 0));
    ck_assert(dedupe_window_note(window, 1, 1));
    dedupe_window_free(window);
}
END_TEST

/* --- at random --- */

struct habits {
    uint64_t keys;         /* so many different ones */
    int most_gap;          /* between two offsets */
    int goes_back_once_in; /* notes */
    uint64_t bits_of_key;  /* few of them: keys that meet in one slot */
};

static void assert_same_as_model(size_t size, const struct habits *habits, unsigned seed) {
    static struct model model;
    struct dedupe_window *window = dedupe_window_new(size);
    ck_assert_ptr_nonnull(window);
    model.size = size;
    model.count = 0;
    srand(seed);
    int64_t offset = rand() % 1000;
    for (int i = 0; i < 5000; i++) {
        uint64_t key = key_of((uint64_t)rand() % habits->keys) & habits->bits_of_key;
        key = key == 0 ? 1 : key;
        if (rand() % habits->goes_back_once_in == 0)
            offset -= rand() % 200;
        if (offset < 0)
            offset = 0;
        bool expected = model_note(&model, offset, key);
        if (dedupe_window_note(window, offset, key) != expected)
            ck_abort_msg("seed %u, window %zu, note %d at offset %lld: %s", seed, size, i, (long long)offset,
                         expected ? "a duplicate was not told" : "what is no duplicate was told as one");
        offset += 1 + rand() % habits->most_gap;
    }
    dedupe_window_free(window);
}

START_TEST(it_says_the_same_as_a_plain_list) {
    static const struct habits habits[] = {
        {1000, 1, 1000, UINT64_MAX}, {30, 1, 5000, UINT64_MAX},   {500, 3, 300, UINT64_MAX},
        {300, 100, 500, UINT64_MAX}, {2000, 2, 1000, 0xff00003f}, {1000000, 1, 100000, UINT64_MAX},
        {100, 1, 20, 0x3f},
    };
    static const size_t sizes[] = {1, 2, 3, 63, 64, 65, 100, 127, 500, 1000, 10000};
    unsigned seed = 1;
    for (size_t i = 0; i < SUITE_COUNT(habits); i++)
        for (size_t j = 0; j < SUITE_COUNT(sizes); j++)
            assert_same_as_model(sizes[j], &habits[i], seed++);
}
END_TEST

/* A restart: the successor is shown what stands below the commit, no more than the window, and then says of
 * every record what a window that never ended says. */
START_TEST(a_window_filled_anew_goes_on_as_the_one_before) {
    enum { RECORDS = 4000 };
    static uint64_t log[RECORDS];
    static bool expected[RECORDS];
    for (unsigned seed = 1; seed <= 40; seed++) {
        srand(seed);
        size_t size = 1 + (size_t)rand() % 700;
        struct dedupe_window *endless = dedupe_window_new(size);
        for (int64_t offset = 0; offset < RECORDS; offset++) {
            log[offset] = key_of((uint64_t)rand() % 900);
            expected[offset] = dedupe_window_note(endless, offset, log[offset]);
        }
        dedupe_window_free(endless);
        for (int64_t begin = 0; begin < RECORDS;) {
            struct dedupe_window *window = dedupe_window_new(size);
            int64_t end = begin + 1 + rand() % 500;
            for (int64_t offset = begin > (int64_t)size ? begin - (int64_t)size : 0; offset < begin; offset++)
                (void)dedupe_window_note(window, offset, log[offset]);
            for (; begin < end && begin < RECORDS; begin++)
                if (dedupe_window_note(window, begin, log[begin]) != expected[begin])
                    ck_abort_msg("seed %u, window %zu, offset %lld", seed, size, (long long)begin);
            dedupe_window_free(window);
        }
    }
}
END_TEST

/* --- memory --- */

static size_t bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static size_t bytes_after(size_t size, int64_t records) {
    size_t before = bytes_in_use();
    struct dedupe_window *window = dedupe_window_new(size);
    for (int64_t offset = 0; offset < records; offset++)
        (void)dedupe_window_note(window, offset, key_of((uint64_t)offset));
    size_t bytes = bytes_in_use() - before;
    dedupe_window_free(window);
    return bytes;
}

START_TEST(it_keeps_to_its_memory_and_takes_it_only_when_it_is_needed) {
    ck_assert_uint_le(bytes_after(10000, 100000), 160000);
    ck_assert_uint_le(bytes_after(10000, 100), 4000);
    ck_assert_uint_le(bytes_after(10000, 0), 200);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_copy_within_the_window_is_a_duplicate_and_one_beyond_is_not,
        a_duplicate_counts_for_the_next_one,
        reading_that_begins_anew_below_finds_nothing,
        offsets_may_be_far_apart_and_large,
        the_keys_zero_and_one_are_taken_for_the_same,
        it_says_the_same_as_a_plain_list,
        a_window_filled_anew_goes_on_as_the_one_before,
        it_keeps_to_its_memory_and_takes_it_only_when_it_is_needed,
    };
    return suite_run("dedupe_window", tests, SUITE_COUNT(tests));
}
