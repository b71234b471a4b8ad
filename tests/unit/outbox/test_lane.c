/* SPDX-License-Identifier: Apache-2.0 */
#include "lane.h"
#include "suite.h"
#include "verdict.h"

static struct lane *lane;

static void set_up(void) {
    lane = lane_new("users");
    ck_assert_ptr_nonnull(lane);
    lane->unread = true;
}

static void tear_down(void) {
    lane = lane_free(lane);
}

/* As the relay does when a row goes out. */
static void send_to(int64_t id) {
    while (lane->cursor < id) {
        lane->cursor++;
        lane->in_flight++;
        lane->ahead++;
    }
}

/* Reported well and settled. */
static bool deliver(void) {
    lane->in_flight--;
    bool accepts_again = lane_delivered(lane);
    lane_landed(lane);
    return accepts_again;
}

static bool refuse(int64_t id, enum notify_error error, int64_t now) {
    lane->in_flight--;
    bool is_news = lane_refused(lane, id, error, now);
    lane_landed(lane);
    return is_news;
}

static void suspect(int64_t id) {
    lane->in_flight--;
    lane_suspect(lane, id);
    lane_landed(lane);
}

START_TEST(a_new_topic_gets_little_room_until_it_has_accepted) {
    ck_assert_uint_eq(lane_room(lane, 0), LANE_FIRST_ALLOWANCE);
    send_to(1);
    ck_assert_uint_eq(lane_room(lane, 0), LANE_FIRST_ALLOWANCE - 1);
    ck_assert(!deliver());
    ck_assert_uint_eq(lane_room(lane, 0), LANE_FULL_ALLOWANCE);
}
END_TEST

START_TEST(rows_that_are_reported_but_not_settled_take_room) {
    send_to(1);
    deliver();
    send_to(1 + LANE_FULL_ALLOWANCE);
    ck_assert_uint_eq(lane_room(lane, 0), 0);
    lane->in_flight--;
    lane_delivered(lane);
    ck_assert_uint_eq(lane_room(lane, 0), 0);
    lane_landed(lane);
    ck_assert_uint_eq(lane_room(lane, 0), 1);
}
END_TEST

START_TEST(after_a_refusal_reading_begins_again_at_the_first_row_that_is_left) {
    send_to(5);
    deliver();                                            /* 1 */
    ck_assert(refuse(4, NOTIFY_E_NOT_AUTHORIZED, 1000));  /* 4 */
    ck_assert(!refuse(2, NOTIFY_E_NOT_AUTHORIZED, 1000)); /* 2: no news */
    ck_assert_uint_eq(lane_room(lane, 1000000), 0);
    deliver(); /* 3 */
    ck_assert_int_eq(lane->cursor, 5);
    deliver(); /* 5 */
    ck_assert_int_eq(lane->cursor, 1);
    ck_assert(lane->unread);
    ck_assert(!lane_is_rewinding(lane));
}
END_TEST

START_TEST(rows_that_were_held_are_read_again_too) {
    send_to(2);
    lane->cursor = 6; /* 3 to 6 were held. */
    lane->in_flight--;
    lane_refused(lane, 2, NOTIFY_E_UNKNOWN_TOPIC, 0);
    lane_landed(lane);
    lane->in_flight--;
    lane_delivered(lane);
    lane_forget(lane, 3);
    lane_landed(lane);
    ck_assert_int_eq(lane->cursor, 1);
}
END_TEST

START_TEST(a_held_row_before_the_refused_one_is_not_lost) {
    send_to(2);
    lane->cursor = 4; /* 3 was held behind 1, 4 is refused. */
    lane->in_flight++;
    lane->ahead++;
    refuse(4, NOTIFY_E_UNKNOWN_TOPIC, 0);
    lane->in_flight--;
    lane_delivered(lane);
    lane_forget(lane, 3);
    lane_landed(lane);
    deliver();
    ck_assert_int_eq(lane->cursor, 2);
}
END_TEST

START_TEST(a_refusing_topic_is_tried_with_one_row_after_growing_delays) {
    int64_t now = 0;
    int64_t expected[] = {250, 500, 1000, 2000, 4000, 8000, 10000, 10000};
    for (size_t i = 0; i < SUITE_COUNT(expected); i++) {
        send_to(1);
        ck_assert_int_eq(refuse(1, NOTIFY_E_UNKNOWN_TOPIC, now), i == 0);
        ck_assert_uint_eq(lane_room(lane, now + expected[i] - 1), 0);
        ck_assert_int_eq(lane_next_time(lane, now), now + expected[i]);
        ck_assert_uint_eq(lane_room(lane, now + expected[i]), 1);
        now += expected[i];
    }
    send_to(1);
    ck_assert(deliver());
    ck_assert_uint_eq(lane_room(lane, now), LANE_FULL_ALLOWANCE);
    send_to(2);
    ck_assert(refuse(2, NOTIFY_E_UNKNOWN_TOPIC, now));
    ck_assert_int_eq(lane_next_time(lane, now), now + 250);
}
END_TEST

START_TEST(another_reason_is_news) {
    send_to(1);
    ck_assert(refuse(1, NOTIFY_E_UNKNOWN_TOPIC, 0));
    send_to(1);
    ck_assert(refuse(1, NOTIFY_E_NOT_AUTHORIZED, 1000));
}
END_TEST

START_TEST(a_late_good_report_does_not_end_the_waiting) {
    send_to(3);
    refuse(1, NOTIFY_E_UNKNOWN_TOPIC, 0);
    ck_assert(!deliver());
    ck_assert(!refuse(3, NOTIFY_E_UNKNOWN_TOPIC, 0));
    ck_assert_uint_eq(lane_room(lane, 249), 0);
    ck_assert_uint_eq(lane_room(lane, 250), 1);
}
END_TEST

START_TEST(a_row_refused_in_company_is_tried_alone_and_so_are_those_up_to_it) {
    send_to(3);
    suspect(1);
    suspect(2);
    suspect(3);
    ck_assert_int_eq(lane->cursor, 0);
    ck_assert_uint_eq(lane_room(lane, 0), 1);
    ck_assert(lane_is_alone(lane));
    send_to(1);
    ck_assert_uint_eq(lane_room(lane, 0), 0);
    deliver();
    ck_assert_uint_eq(lane_room(lane, 0), 1);
    send_to(2); /* This one is it. */
    lane->in_flight--;
    lane_culprit(lane);
    lane_landed(lane);
    ck_assert_uint_eq(lane_room(lane, 0), 1);
    send_to(3);
    deliver();
    ck_assert(!lane_is_alone(lane));
    ck_assert_uint_eq(lane_room(lane, 0), LANE_FULL_ALLOWANCE);
}
END_TEST

START_TEST(if_none_of_them_was_the_culprit_fewer_travel_together_from_then_on) {
    send_to(2);
    suspect(1);
    suspect(2);
    send_to(1);
    deliver();
    send_to(2);
    deliver();
    ck_assert_uint_eq(lane_room(lane, 0), LANE_FULL_ALLOWANCE / 2);
}
END_TEST

START_TEST(idle_is_what_has_nothing_in_memory_and_nothing_to_read) {
    ck_assert(!lane_is_idle(lane));
    send_to(1);
    lane->unread = false;
    ck_assert(!lane_is_idle(lane));
    deliver();
    ck_assert(lane_is_idle(lane));
}
END_TEST

START_TEST(each_error_has_its_verdict) {
    ck_assert_int_eq(verdict_of(NOTIFY_OK), VERDICT_DELIVERED);
    ck_assert_int_eq(verdict_of(NOTIFY_E_TOO_LARGE), VERDICT_REFUSED);
    ck_assert_int_eq(verdict_of(NOTIFY_E_INVALID_EVENT), VERDICT_REFUSED);
    ck_assert_int_eq(verdict_of(NOTIFY_E_INVALID_ARGUMENT), VERDICT_REFUSED);
    ck_assert_int_eq(verdict_of(NOTIFY_E_UNKNOWN_TOPIC), VERDICT_TRY_AGAIN);
    ck_assert_int_eq(verdict_of(NOTIFY_E_NOT_AUTHORIZED), VERDICT_TRY_AGAIN);
    ck_assert_int_eq(verdict_of(NOTIFY_E_NOT_DELIVERED), VERDICT_TRY_AGAIN);
    ck_assert_int_eq(verdict_of(NOTIFY_E_POSSIBLY_DELIVERED), VERDICT_TRY_AGAIN);
    ck_assert_int_eq(verdict_of(NOTIFY_E_QUEUE_FULL), VERDICT_CLIENT_BUSY);
    ck_assert_int_eq(verdict_of(NOTIFY_E_NO_MEMORY), VERDICT_CLIENT_BUSY);
    ck_assert_int_eq(verdict_of((enum notify_error)4711), VERDICT_TRY_AGAIN);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_new_topic_gets_little_room_until_it_has_accepted,
        rows_that_are_reported_but_not_settled_take_room,
        after_a_refusal_reading_begins_again_at_the_first_row_that_is_left,
        rows_that_were_held_are_read_again_too,
        a_held_row_before_the_refused_one_is_not_lost,
        a_refusing_topic_is_tried_with_one_row_after_growing_delays,
        another_reason_is_news,
        a_late_good_report_does_not_end_the_waiting,
        a_row_refused_in_company_is_tried_alone_and_so_are_those_up_to_it,
        if_none_of_them_was_the_culprit_fewer_travel_together_from_then_on,
        idle_is_what_has_nothing_in_memory_and_nothing_to_read,
        each_error_has_its_verdict,
    };
    return suite_run_with_fixture("outbox lane", tests, SUITE_COUNT(tests), set_up, tear_down);
}
