/* SPDX-License-Identifier: Apache-2.0 */
/* What the pool decides, held against what smtp_pool.h promises: no session, no server, only counts. */
#include "email/smtp/smtp_pool_policy.h"
#include "suite.h"

static struct smtp_pool_state quiet_pool(size_t connections) {
    return (struct smtp_pool_state){.connections = connections, .limit = connections};
}

static struct smtp_pool_state pool_with(size_t connecting, size_t idle, size_t busy, size_t waiting) {
    struct smtp_pool_state state = quiet_pool(16);
    state.sessions[SMTP_SESSION_CONNECTING] = connecting;
    state.sessions[SMTP_SESSION_IDLE] = idle;
    state.sessions[SMTP_SESSION_BUSY] = busy;
    state.waiting.count = waiting;
    return state;
}

static struct smtp_pool_state with_probe(struct smtp_pool_state state) {
    state.waiting.count++;
    state.waiting.probe_count++;
    return state;
}

static struct smtp_pool_state on_hold(struct smtp_pool_state state) {
    state.on_hold = true;
    return state;
}

static struct smtp_pool_state stopping(struct smtp_pool_state state) {
    state.stopping = true;
    return state;
}

static bool connects(struct smtp_pool_state state) {
    return smtp_pool_policy_connects(&state);
}

static bool has_room(struct smtp_pool_state state) {
    return smtp_pool_policy_has_room(&state);
}

static bool quits_idle(struct smtp_pool_state state) {
    return smtp_pool_policy_quits_idle(&state);
}

START_TEST(as_many_mails_may_wait_as_sessions_are_allowed_and_never_more_than_32) {
    for (size_t limit = 1; limit <= 100; limit++) {
        size_t most = limit < 32 ? limit : 32;
        struct smtp_pool_state state = quiet_pool(100);
        state.limit = limit;
        state.waiting.count = most - 1;
        ck_assert(has_room(state));
        state.waiting.count = most;
        ck_assert(!has_room(state));
    }
}
END_TEST

START_TEST(no_mail_may_wait_on_hold_or_when_stopping) {
    ck_assert(has_room(pool_with(0, 1, 0, 0)));
    ck_assert(!has_room(on_hold(pool_with(0, 1, 0, 0))));
    ck_assert(!has_room(stopping(pool_with(0, 1, 0, 0))));
}
END_TEST

START_TEST(a_session_is_made_for_each_mail_that_waits_and_no_more) {
    ck_assert(!connects(pool_with(0, 0, 0, 0)));
    ck_assert(connects(pool_with(0, 0, 0, 1)));
    ck_assert(!connects(pool_with(1, 0, 0, 1)));
    ck_assert(connects(pool_with(1, 0, 5, 2)));
}
END_TEST

START_TEST(sessions_of_every_kind_count_against_the_limit) {
    struct smtp_pool_state state = pool_with(2, 3, 10, 20);
    ck_assert(connects(state)); /* 15 of 16 */
    state.sessions[SMTP_SESSION_QUITTING] = 1;
    ck_assert(!connects(state)); /* the server still has it */
    state.sessions[SMTP_SESSION_QUITTING] = 0;
    state.limit = 15;
    ck_assert(!connects(state));
    ck_assert(!connects(pool_with(2, 4, 10, 20)));
    state.limit = 16;
    state.sessions[SMTP_SESSION_ENDED] = 100;
    ck_assert(connects(state));
}
END_TEST

START_TEST(eight_sessions_at_most_are_being_made) {
    ck_assert(connects(pool_with(7, 0, 0, 20)));
    ck_assert(!connects(pool_with(8, 0, 0, 20)));
}
END_TEST

START_TEST(after_a_failed_connect_they_are_made_one_at_a_time_and_not_in_the_pause) {
    struct smtp_pool_state state = pool_with(0, 0, 2, 10);
    state.backoff_ms = 100;
    ck_assert(connects(state));
    state.backing_off = true;
    ck_assert(!connects(state));
    state.backing_off = false;
    state.sessions[SMTP_SESSION_CONNECTING] = 1;
    ck_assert(!connects(state));
}
END_TEST

START_TEST(a_probe_does_not_wait_for_the_pause) {
    struct smtp_pool_state state = with_probe(pool_with(0, 0, 0, 0));
    state.backing_off = true;
    state.backoff_ms = 5000;
    ck_assert(connects(state));
    ck_assert(connects(on_hold(state)));
}
END_TEST

START_TEST(on_hold_one_session_is_made_for_a_probe_where_none_is_idle) {
    ck_assert(!connects(on_hold(pool_with(0, 0, 0, 5))));
    ck_assert(connects(on_hold(with_probe(pool_with(0, 0, 0, 0)))));
    ck_assert(!connects(on_hold(with_probe(pool_with(1, 0, 0, 0)))));
    ck_assert(!connects(on_hold(with_probe(pool_with(0, 1, 0, 0)))));
}
END_TEST

START_TEST(a_probe_does_not_wait_for_busy_sessions_but_the_setting_holds) {
    struct smtp_pool_state state = on_hold(with_probe(pool_with(0, 0, 15, 0)));
    state.limit = 1;
    ck_assert(connects(state));
    state.sessions[SMTP_SESSION_BUSY] = 16;
    ck_assert(!connects(state));
}
END_TEST

START_TEST(an_idle_session_is_quit_above_the_limit_and_when_stopping) {
    struct smtp_pool_state state = pool_with(1, 1, 2, 0);
    state.limit = 4;
    ck_assert(!quits_idle(state));
    ck_assert(quits_idle(stopping(state)));
    state.limit = 3;
    ck_assert(quits_idle(state));
}
END_TEST

static void check_mails(struct smtp_pool_mails mails, bool probes, bool others) {
    ck_assert_int_eq(mails.probes, probes);
    ck_assert_int_eq(mails.others, others);
    const struct smtp_mail probe = {.is_probe = true}, other = {.is_probe = false};
    ck_assert_int_eq(smtp_pool_mails_include(mails, &probe), probes);
    ck_assert_int_eq(smtp_pool_mails_include(mails, &other), others);
}

static void check_sendable(struct smtp_pool_state state, bool probes, bool others) {
    check_mails(smtp_pool_policy_sendable(&state), probes, others);
}

START_TEST(any_mail_may_begin_unless_more_sessions_are_open_than_allowed) {
    struct smtp_pool_state state = pool_with(1, 0, 3, 2);
    state.limit = 4;
    check_sendable(state, true, true);
    state.limit = 3;
    check_sendable(state, false, false);
}
END_TEST

START_TEST(on_hold_only_a_probe_may_begin_whatever_the_limit) {
    struct smtp_pool_state state = on_hold(with_probe(pool_with(0, 1, 3, 0)));
    check_sendable(state, true, false);
    state.limit = 1;
    check_sendable(state, true, false);
}
END_TEST

START_TEST(when_stopping_nothing_begins_and_everything_goes_back) {
    struct smtp_pool_state state = stopping(with_probe(pool_with(0, 1, 1, 3)));
    check_sendable(state, false, false);
    check_sendable(on_hold(state), false, false);
    check_mails(smtp_pool_policy_taken_back(&state), true, true);
    state.on_hold = true;
    check_mails(smtp_pool_policy_taken_back(&state), true, true);
}
END_TEST

START_TEST(on_hold_all_but_the_probe_goes_back) {
    struct smtp_pool_state state = with_probe(pool_with(0, 1, 1, 3));
    check_mails(smtp_pool_policy_taken_back(&state), false, false);
    state.on_hold = true;
    check_mails(smtp_pool_policy_taken_back(&state), false, true);
}
END_TEST

static enum smtp_pool_cut cut(struct smtp_pool_state state) {
    return smtp_pool_policy_cut(&state);
}

START_TEST(sessions_half_made_are_cut_where_no_mail_may_use_them) {
    struct smtp_pool_state state = pool_with(2, 1, 1, 1);
    ck_assert_int_eq(cut(state), SMTP_POOL_CUT_NONE);
    ck_assert_int_eq(cut(on_hold(state)), SMTP_POOL_CUT_CONNECTING);
    ck_assert_int_eq(cut(on_hold(with_probe(state))), SMTP_POOL_CUT_NONE);
    ck_assert_int_eq(cut(stopping(state)), SMTP_POOL_CUT_CONNECTING);
    ck_assert_int_eq(cut(stopping(with_probe(state))), SMTP_POOL_CUT_CONNECTING);
}
END_TEST

START_TEST(at_the_deadline_every_session_is_cut) {
    struct smtp_pool_state state = stopping(pool_with(0, 0, 2, 0));
    state.is_cut = true;
    ck_assert_int_eq(cut(state), SMTP_POOL_CUT_ALL);
}
END_TEST

START_TEST(pauses_double_from_100_ms_up_to_5_s) {
    static const int64_t expected[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
    int64_t backoff_ms = 0;
    for (size_t at = 0; at < SUITE_COUNT(expected); at++) {
        backoff_ms = smtp_pool_policy_next_backoff_ms(backoff_ms);
        ck_assert_int_eq(backoff_ms, expected[at]);
    }
}
END_TEST

/* --- for every small pool --- */

static void check_no_contradiction(struct smtp_pool_state state) {
    const size_t *sessions = state.sessions;
    size_t open =
        sessions[SMTP_SESSION_CONNECTING] + sessions[SMTP_SESSION_IDLE] + sessions[SMTP_SESSION_BUSY];
    const struct smtp_pool_mails sendable = smtp_pool_policy_sendable(&state);
    const struct smtp_pool_mails back = smtp_pool_policy_taken_back(&state);
    ck_assert_uint_eq(smtp_pool_sessions_up(&state), open - sessions[SMTP_SESSION_CONNECTING]);
    ck_assert(!(sendable.probes && back.probes) && !(sendable.others && back.others));
    if (!connects(state))
        return;
    ck_assert(!state.stopping);
    ck_assert_uint_lt(open, state.connections);
    ck_assert_uint_gt(state.waiting.count, sessions[SMTP_SESSION_CONNECTING]);
    ck_assert(sendable.probes); /* what it is made for may begin */
    ck_assert(sendable.others || state.on_hold);
    /* Else it would be made, cut and made again, or quit. */
    ck_assert_int_eq(cut(state), SMTP_POOL_CUT_NONE);
    ck_assert(!quits_idle(state) || (state.on_hold && sessions[SMTP_SESSION_IDLE] == 0));
}

START_TEST(no_session_is_made_that_would_be_cut_or_quit_or_left_without_a_mail) {
    enum { CONNECTIONS = 3, FLAGS = 4 };
    size_t seen = 0;
    for (unsigned number = 0; number < 4 * 4 * 4 * 2 * 3 * 4 * 3 * (1U << FLAGS); number++) {
        unsigned rest = number;
        struct smtp_pool_state state = quiet_pool(CONNECTIONS);
        state.sessions[SMTP_SESSION_CONNECTING] = rest % 4, rest /= 4;
        state.sessions[SMTP_SESSION_IDLE] = rest % 4, rest /= 4;
        state.sessions[SMTP_SESSION_BUSY] = rest % 4, rest /= 4;
        state.sessions[SMTP_SESSION_QUITTING] = rest % 2, rest /= 2;
        state.limit = 1 + rest % 3, rest /= 3;
        state.waiting.count = rest % 4, rest /= 4;
        state.waiting.probe_count = rest % 3, rest /= 3;
        if (state.waiting.probe_count > state.waiting.count)
            continue;
        state.on_hold = rest & 1;
        state.stopping = rest & 2;
        state.backing_off = rest & 4;
        state.backoff_ms = rest & 8 ? 200 : 0;
        check_no_contradiction(state);
        seen += connects(state);
    }
    ck_assert_uint_gt(seen, 0);
}
END_TEST

/* --- the queue, by which probes are counted --- */

START_TEST(the_queue_keeps_the_order_and_counts_probes) {
    struct smtp_mail probe = {.is_probe = true}, first = {0}, second = {0}, stranger = {.is_probe = true};
    struct mail_queue queue = {0};
    mail_queue_append(&queue, &first);
    mail_queue_append(&queue, &second);
    mail_queue_prepend(&queue, &probe);
    ck_assert_uint_eq(queue.count, 3);
    ck_assert_uint_eq(queue.probe_count, 1);
    ck_assert(queue.first == &probe && probe.next == &first && first.next == &second &&
              queue.last == &second);
    ck_assert(!mail_queue_remove(&queue, &stranger));
    ck_assert(mail_queue_remove(&queue, &probe));
    ck_assert_uint_eq(queue.count, 2);
    ck_assert_uint_eq(queue.probe_count, 0);
    mail_queue_append(&queue, &probe);
    ck_assert_uint_eq(queue.probe_count, 1);
    ck_assert(mail_queue_remove(&queue, &second));
    ck_assert(first.next == &probe && queue.last == &probe && probe.next == NULL);
    ck_assert(mail_queue_remove(&queue, &probe));
    ck_assert(mail_queue_remove(&queue, &first));
    ck_assert_uint_eq(queue.count, 0);
    ck_assert_uint_eq(queue.probe_count, 0);
    ck_assert(queue.first == NULL && queue.last == NULL);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        as_many_mails_may_wait_as_sessions_are_allowed_and_never_more_than_32,
        no_mail_may_wait_on_hold_or_when_stopping,
        a_session_is_made_for_each_mail_that_waits_and_no_more,
        sessions_of_every_kind_count_against_the_limit,
        eight_sessions_at_most_are_being_made,
        after_a_failed_connect_they_are_made_one_at_a_time_and_not_in_the_pause,
        a_probe_does_not_wait_for_the_pause,
        on_hold_one_session_is_made_for_a_probe_where_none_is_idle,
        a_probe_does_not_wait_for_busy_sessions_but_the_setting_holds,
        an_idle_session_is_quit_above_the_limit_and_when_stopping,
        any_mail_may_begin_unless_more_sessions_are_open_than_allowed,
        on_hold_only_a_probe_may_begin_whatever_the_limit,
        when_stopping_nothing_begins_and_everything_goes_back,
        on_hold_all_but_the_probe_goes_back,
        sessions_half_made_are_cut_where_no_mail_may_use_them,
        at_the_deadline_every_session_is_cut,
        pauses_double_from_100_ms_up_to_5_s,
        no_session_is_made_that_would_be_cut_or_quit_or_left_without_a_mail,
        the_queue_keeps_the_order_and_counts_probes,
    };
    return suite_run("smtp pool policy", tests, SUITE_COUNT(tests));
}
