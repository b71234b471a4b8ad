/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/offset_tracker.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

/* --- a few cases by hand --- */

static struct offset_tracker *tracker;

static void begin(int64_t committed) {
    tracker = offset_tracker_new();
    ck_assert_ptr_nonnull(tracker);
    ck_assert(offset_tracker_restore(tracker, committed, NULL));
}

static void take(int64_t first, int64_t last) {
    for (int64_t offset = first; offset <= last; offset++)
        ck_assert(offset_tracker_take(tracker, offset));
}

START_TEST(the_watermark_waits_for_the_slowest) {
    begin(100);
    take(100, 104);
    ck_assert(offset_tracker_complete(tracker, 101));
    ck_assert(offset_tracker_complete(tracker, 102));
    ck_assert_int_eq(offset_tracker_watermark(tracker), 100);
    ck_assert(offset_tracker_complete(tracker, 100));
    ck_assert_int_eq(offset_tracker_watermark(tracker), 103);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(a_record_completes_once) {
    begin(0);
    take(0, 0);
    ck_assert(offset_tracker_complete(tracker, 0));
    ck_assert(!offset_tracker_complete(tracker, 0));
    ck_assert(!offset_tracker_complete(tracker, 7));
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(a_record_is_in_flight_until_a_commit_that_covers_it_is_acknowledged) {
    struct offset_commit commit;
    begin(0);
    take(0, 2);
    offset_tracker_complete(tracker, 0);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    offset_tracker_complete(tracker, 1);
    ck_assert_uint_eq(offset_tracker_in_flight(tracker), 3);
    offset_tracker_acknowledge(tracker, true);
    ck_assert_uint_eq(offset_tracker_in_flight(tracker), 2);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(one_snapshot_is_outstanding_and_a_refused_one_is_made_again) {
    struct offset_commit commit;
    begin(0);
    take(0, 1);
    offset_tracker_complete(tracker, 0);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    offset_tracker_complete(tracker, 1);
    ck_assert(!offset_tracker_snapshot(tracker, &commit));
    offset_tracker_acknowledge(tracker, false);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    ck_assert_int_eq(commit.offset, 2);
    ck_assert_str_eq(commit.metadata, "");
    offset_tracker_acknowledge(tracker, true);
    ck_assert(!offset_tracker_snapshot(tracker, &commit));
    ck_assert_uint_eq(offset_tracker_in_flight(tracker), 0);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(a_touched_tracker_says_again_what_it_said) {
    struct offset_commit first, again;
    begin(0);
    take(0, 2);
    offset_tracker_complete(tracker, 1);
    ck_assert(offset_tracker_snapshot(tracker, &first));
    offset_tracker_acknowledge(tracker, true);
    ck_assert(!offset_tracker_snapshot(tracker, &again));
    offset_tracker_touch(tracker);
    ck_assert(offset_tracker_snapshot(tracker, &again));
    ck_assert_int_eq(again.offset, first.offset);
    ck_assert_str_eq(again.metadata, first.metadata);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(a_successor_skips_what_was_complete_and_takes_the_rest) {
    struct offset_commit commit;
    begin(10);
    take(10, 14);
    offset_tracker_complete(tracker, 11);
    offset_tracker_complete(tracker, 13);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    offset_tracker_free(tracker);

    tracker = offset_tracker_new();
    ck_assert(offset_tracker_restore(tracker, commit.offset, commit.metadata));
    static const bool complete[] = {false, true, false, true, false};
    for (int64_t offset = 10; offset <= 14; offset++)
        ck_assert_int_eq(offset_tracker_was_complete(tracker, offset), complete[offset - 10]);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(records_that_retention_removed_do_not_hold_the_watermark_for_ever) {
    struct offset_commit commit;
    begin(10);
    take(10, 12);
    offset_tracker_complete(tracker, 12);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    offset_tracker_free(tracker);

    tracker = offset_tracker_new();
    ck_assert(offset_tracker_restore(tracker, commit.offset, commit.metadata));
    take(20, 20); /* 10 to 19 are gone from the log */
    offset_tracker_complete(tracker, 20);
    ck_assert_int_eq(offset_tracker_watermark(tracker), 21);
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(unreadable_metadata_leaves_the_offset_in_force) {
    tracker = offset_tracker_new();
    ck_assert(!offset_tracker_restore(tracker, 50, "1.AAAA.12345678"));
    ck_assert(offset_tracker_was_complete(tracker, 49));
    ck_assert(!offset_tracker_was_complete(tracker, 50));
    ck_assert(offset_tracker_take(tracker, 50));
    offset_tracker_free(tracker);
}
END_TEST

START_TEST(a_record_whose_state_would_not_fit_the_commit_is_not_taken) {
    begin(0);
    int64_t offset = 0;
    while (offset_tracker_has_room(tracker, offset) && offset < 100000) {
        ck_assert(offset_tracker_take(tracker, offset));
        offset += 1000; /* a gap of two bytes each */
    }
    ck_assert_int_lt(offset, 100000 * 1000);
    struct offset_commit commit;
    int64_t last = offset - 1000;
    offset_tracker_complete(tracker, last);
    ck_assert(offset_tracker_snapshot(tracker, &commit));
    ck_assert_str_ne(commit.metadata, "");
    ck_assert_uint_le(strlen(commit.metadata), COMMIT_METADATA_MAX);
    offset_tracker_free(tracker);
}
END_TEST

/* --- against a naive model, at random --- */

#define MODEL_OFFSETS 4000

/* ck_assert writes to a pipe each time it holds; in this loop of millions that would be all the time there
 * is. */
#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            ck_abort_msg("seed %u: %s", seed_of_run, #condition);                                            \
    } while (0)

static unsigned seed_of_run;

/* The truth of one partition, by arrays: the log has holes, as after compaction. */
struct model {
    bool in_log[MODEL_OFFSETS];
    bool taken[MODEL_OFFSETS]; /* in this assignment */
    bool complete[MODEL_OFFSETS];
    bool committed_complete[MODEL_OFFSETS]; /* by the last acknowledged commit */
    bool snapshot_complete[MODEL_OFFSETS];
    int64_t position;
    struct offset_commit committed, outstanding;
    bool is_outstanding;
};

static unsigned random_state;

static unsigned random_below(unsigned limit) {
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 8) % limit;
}

static bool has_complete_below_position(const struct model *model, int64_t watermark) {
    for (int64_t i = watermark; i < model->position; i++)
        if (model->in_log[i] && model->complete[i])
            return true;
    return false;
}

static void check_snapshot(const struct model *model, const struct offset_commit *commit) {
    /* Never ahead: everything below the committed offset is complete. */
    for (int64_t i = 0; i < commit->offset; i++)
        REQUIRE(!model->in_log[i] || model->complete[i]);
    REQUIRE(commit->metadata[0] != '\0' || !has_complete_below_position(model, commit->offset));
}

static void model_take(struct model *model) {
    while (model->position < MODEL_OFFSETS && !model->in_log[model->position])
        model->position++;
    if (model->position >= MODEL_OFFSETS)
        return;
    int64_t offset = model->position;
    bool skip = offset_tracker_was_complete(tracker, offset);
    REQUIRE(skip == model->committed_complete[offset]);
    if (!skip) {
        if (!offset_tracker_has_room(tracker, offset))
            return;
        REQUIRE(offset_tracker_take(tracker, offset));
        model->taken[offset] = true;
    }
    model->position++;
}

static void model_complete(struct model *model) {
    int64_t from = model->position > 300 ? model->position - 300 : 0;
    for (int tries = 0; tries < 10; tries++) {
        int64_t offset = from + random_below((unsigned)(model->position - from) + 1);
        if (offset < MODEL_OFFSETS && model->taken[offset] && !model->complete[offset]) {
            REQUIRE(offset_tracker_complete(tracker, offset));
            model->complete[offset] = true;
            return;
        }
    }
}

static void model_commit(struct model *model) {
    if (!model->is_outstanding && offset_tracker_snapshot(tracker, &model->outstanding)) {
        check_snapshot(model, &model->outstanding);
        memcpy(model->snapshot_complete, model->complete, sizeof model->complete);
        model->is_outstanding = true;
    }
}

static void model_acknowledge(struct model *model) {
    if (!model->is_outstanding)
        return;
    bool accepted = random_below(4) != 0;
    offset_tracker_acknowledge(tracker, accepted);
    model->is_outstanding = false;
    if (!accepted)
        return;
    model->committed = model->outstanding;
    memcpy(model->committed_complete, model->snapshot_complete, sizeof model->complete);
    size_t in_flight = 0;
    for (int64_t i = 0; i < model->position; i++)
        in_flight += model->taken[i] && !model->committed_complete[i];
    REQUIRE(offset_tracker_in_flight(tracker) == in_flight);
}

/* A crash or a rebalance: another tracker goes on from what was committed last. */
static void model_succeed(struct model *model) {
    offset_tracker_free(tracker);
    tracker = offset_tracker_new();
    REQUIRE(offset_tracker_restore(tracker, model->committed.offset, model->committed.metadata));
    model->is_outstanding = false;
    model->position = model->committed.offset;
    memset(model->taken, 0, sizeof model->taken);
    memcpy(model->complete, model->committed_complete, sizeof model->complete);
}

static void run_model(unsigned seed) {
    static struct model model;
    memset(&model, 0, sizeof model);
    random_state = seed_of_run = seed;
    for (int64_t i = 0; i < MODEL_OFFSETS; i++)
        model.in_log[i] = random_below(10) != 0;
    tracker = offset_tracker_new();
    REQUIRE(offset_tracker_restore(tracker, 0, ""));
    for (int step = 0; step < 20000; step++) {
        unsigned dice = random_below(100);
        if (dice < 45)
            model_take(&model);
        else if (dice < 85)
            model_complete(&model);
        else if (dice < 92)
            model_commit(&model);
        else if (dice < 99)
            model_acknowledge(&model);
        else if (random_below(5) == 0)
            model_succeed(&model);
    }
    offset_tracker_free(tracker);
}

START_TEST(it_agrees_with_a_naive_model_over_random_completions_refusals_and_crashes) {
    for (unsigned seed = 1; seed <= 40; seed++)
        run_model(seed);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_watermark_waits_for_the_slowest,
        a_record_completes_once,
        a_record_is_in_flight_until_a_commit_that_covers_it_is_acknowledged,
        one_snapshot_is_outstanding_and_a_refused_one_is_made_again,
        a_touched_tracker_says_again_what_it_said,
        a_successor_skips_what_was_complete_and_takes_the_rest,
        records_that_retention_removed_do_not_hold_the_watermark_for_ever,
        unreadable_metadata_leaves_the_offset_in_force,
        a_record_whose_state_would_not_fit_the_commit_is_not_taken,
        it_agrees_with_a_naive_model_over_random_completions_refusals_and_crashes,
    };
    return suite_run("offset_tracker", tests, SUITE_COUNT(tests));
}
