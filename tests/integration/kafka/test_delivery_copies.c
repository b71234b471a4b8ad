/* SPDX-License-Identifier: Apache-2.0 */
/* An event that was written twice is mailed once, within the window and across restarts. */
#include "delivery_scene.h"
#include "suite.h"

#include <stdlib.h>

static void run_until_in_flight(size_t count) {
    while (group_consumer_in_flight(scene.workers[0]->consumer) != count)
        turn();
}

/* The first one is on the wire for ever, its copy is left out and committed as complete above it: what comes
 * again then is the first one alone. */
START_TEST(a_copy_stays_left_out_when_the_first_one_is_delivered_again) {
    fake_smtp.least_ms = fake_smtp.most_ms = 10 * DEADLINE_MS;
    ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 0, EVENT_NOTIFICATION);
    ledger_write_again(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 0);
    cluster_written(&scene.cluster);
    start_worker(0);
    run_until_in_flight(2);
    run_until_in_flight(1);
    stop_worker(0, 0);
    ck_assert_int_eq(cluster_committed(&scene.cluster, "email", "notifications", 0), 0);
    fake_smtp.least_ms = fake_smtp.most_ms = 1;
    start_worker(0);
    finish_and_assert_exactly_once();
}
END_TEST

/* The other way round: the first one is complete, above an event that is not, and the copy comes after a
 * restart, when both lie above the commit. */
START_TEST(a_copy_of_what_is_complete_above_the_commit_is_left_out_after_a_restart) {
    fake_smtp.refused = "user0@";
    for (int number = 0; number < 2; number++)
        ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 3 * number,
                     EVENT_NOTIFICATION);
    cluster_written(&scene.cluster);
    start_worker(0);
    while (scene.ledger->events[1].mails[0].accepted == 0 ||
           group_consumer_in_flight(scene.workers[0]->consumer) != 1)
        turn();
    stop_worker(0, 0);
    ck_assert_int_eq(cluster_committed(&scene.cluster, "email", "notifications", 0), 0);
    ledger_write_again(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 1);
    cluster_written(&scene.cluster);
    fake_smtp.refused = NULL;
    start_worker(0);
    finish_and_assert_exactly_once();
}
END_TEST

static void set_dedupe_window(const char *size) {
    setenv("EMAIL_DEDUPE_WINDOW", size, 1);
    email_settings_free(&scene.settings);
    scene.settings = (struct email_settings){0};
    struct error error = {0};
    ck_assert_msg(email_settings_load(&scene.settings, &error), "%s", error.text);
}

/* Of so many records of one partition, each event stands twice in a row of two: at 0 and 2, 1 and 3, … */
static const struct {
    const char *window;
    unsigned accepted;
} windows[] = {{"0", 2}, {"1", 2}, {"2", 1}, {"100000", 1}};

START_TEST(copies_are_left_out_within_the_window_only) {
    set_dedupe_window(windows[_i].window);
    for (size_t pair = 0; pair < 10; pair++) {
        for (int i = 0; i < 2; i++)
            ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 0, EVENT_NOTIFICATION);
        for (size_t i = 0; i < 2; i++)
            ledger_write_again(scene.ledger, &scene.cluster, "notifications", PARTITIONS, 2 * pair + i);
    }
    cluster_written(&scene.cluster);
    start_worker(0);
    run_until_done();
    finish_workers();
    assert_all_committed();
    for (size_t event = 0; event < 20; event++)
        ck_assert_uint_eq(scene.ledger->events[event].mails[0].accepted, windows[_i].accepted);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("delivery copies");
    TCase *copies = suite_case(suite, "copies", scene_set_up, scene_tear_down, 200);
    tcase_add_test(copies, a_copy_stays_left_out_when_the_first_one_is_delivered_again);
    tcase_add_test(copies, a_copy_of_what_is_complete_above_the_commit_is_left_out_after_a_restart);
    tcase_add_loop_test(copies, copies_are_left_out_within_the_window_only, 0, LOOP_COUNT(windows));
    return suite_end(suite);
}
