/* SPDX-License-Identifier: Apache-2.0 */
/* A stop or a revoke while the SMTP server refuses everybody, or while a topic to hand on to is missing. */
#include "delivery_scene.h"
#include "suite.h"

static void write_orders(int count) {
    for (int key = 0; key < count; key++)
        ledger_write(scene.ledger, &scene.cluster, "orders", PARTITIONS, key, EVENT_ORDER);
    cluster_written(&scene.cluster);
}

static void run_until_breaker_opens(size_t place) {
    while (!delivery_breaker_is_open(scene.workers[place]->delivery))
        turn();
}

/* With a drain that would outlast the test. */
START_TEST(a_stop_does_not_wait_for_mails_of_which_nothing_was_sent) {
    fake_smtp.refused = "";
    write_orders(10);
    start_worker(0);
    run_until_breaker_opens(0);
    stop_worker(0, 10 * DEADLINE_MS);
    fake_smtp.refused = NULL;
    start_worker(0);
    finish_and_assert_exactly_once();
}
END_TEST

START_TEST(a_drain_finishes_what_has_begun_when_the_server_is_back) {
    fake_smtp.refused = "head@";
    write_orders(3);
    start_worker(0);
    run_until_breaker_opens(0);
    run_for(200); /* the users' mails go, the heads' are put back */
    fake_smtp.refused = NULL;
    stop_worker(0, 10 * DEADLINE_MS);
    start_worker(0);
    finish_and_assert_exactly_once();
}
END_TEST

/* The users' mails were accepted and cannot be unsent, at none of the revokes; but no mail may be sent by
 * both workers from then on. */
START_TEST(mails_left_over_after_a_revoke_are_only_sent_by_the_next_owner) {
    fake_smtp.refused = "head@";
    scene.revoke_drain_ms = 100;
    write_orders(6);
    start_worker(0);
    run_until_breaker_opens(0);
    let_second_worker_in();
    run_for(500);
    fake_smtp.refused = NULL;
    run_until_done();
    finish_workers();
    assert_all_committed();
    read_topics();
    ck_assert_uint_le(ledger_surplus_ends(scene.ledger), scene.in_flight_at_revokes);
    for (size_t event = 0; event < scene.ledger->count; event++)
        for (size_t i = 0; i < LEDGER_MAILS_MOST; i++)
            if (scene.ledger->events[event].mails[i].is_to_head)
                ck_assert_uint_eq(scene.ledger->events[event].mails[i].accepted, 1);
}
END_TEST

static const enum smtp_fate broken_off_fates[] = {SMTP_FATE_PUT_BACK, SMTP_FATE_BODY_BROKEN};

/* Five are on the wire when the drain's time is over, and the commit that covers the sixth is under way. With
 * one worker: the mock refuses commits when another joins. */
START_TEST(mails_that_the_end_of_a_drain_breaks_off_are_charged_to_nobody_and_sent_by_the_next_owner) {
    fake_smtp.least_ms = fake_smtp.most_ms = 10 * DEADLINE_MS;
    fake_smtp.broken_off = broken_off_fates[_i];
    for (int key = 0; key < 6; key++)
        ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, key, EVENT_NOTIFICATION);
    cluster_written(&scene.cluster);
    start_worker(0);
    while (smtp_pool_counts(scene.workers[0]->pool).busy < 6)
        turn();
    rd_kafka_mock_broker_set_rtt(scene.cluster.mock, 1, 1500);
    fake_smtp.ends_one = true;
    while (delivery_active(scene.workers[0]->delivery) > 5)
        turn();
    stop_worker(0, 0);
    rd_kafka_mock_broker_set_rtt(scene.cluster.mock, 1, 0);
    fake_smtp.least_ms = fake_smtp.most_ms = 1;
    start_worker(0);
    run_until_done();
    finish_workers();
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_le(cluster_end(&scene.cluster, RETRY_TOPIC, partition), 0);
    assert_all_committed();
    assert_exactly_once();
}
END_TEST

static void cut_dead_letters(rd_kafka_resp_err_t error) {
    rd_kafka_mock_topic_set_error(scene.cluster.mock, "email.dlq", error);
}

START_TEST(what_could_not_be_handed_on_before_a_revoke_is_handed_on_once) {
    scene.revoke_drain_ms = 100;
    cut_dead_letters(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    for (int key = 0; key < 6; key++)
        ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, key, EVENT_POISON);
    cluster_written(&scene.cluster);
    start_worker(0);
    while (delivery_active(scene.workers[0]->delivery) < 6)
        turn();
    let_second_worker_in();
    while (delivery_active(scene.workers[0]->delivery) + delivery_active(scene.workers[1]->delivery) < 6)
        turn();
    run_for(1000); /* the next owners try, too */
    cut_dead_letters(RD_KAFKA_RESP_ERR_NO_ERROR);
    finish_and_assert_exactly_once();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("delivery trouble");
    TCase *trouble = suite_case(suite, "trouble", scene_set_up, scene_tear_down, 200);
    tcase_add_test(trouble, a_stop_does_not_wait_for_mails_of_which_nothing_was_sent);
    tcase_add_test(trouble, a_drain_finishes_what_has_begun_when_the_server_is_back);
    tcase_add_test(trouble, mails_left_over_after_a_revoke_are_only_sent_by_the_next_owner);
    tcase_add_loop_test(
        trouble, mails_that_the_end_of_a_drain_breaks_off_are_charged_to_nobody_and_sent_by_the_next_owner, 0,
        sizeof broken_off_fates / sizeof broken_off_fates[0]);
    tcase_add_test(trouble, what_could_not_be_handed_on_before_a_revoke_is_handed_on_once);
    return suite_end(suite);
}
