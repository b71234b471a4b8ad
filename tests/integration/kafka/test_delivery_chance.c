/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMTP server that does anything at any time, and workers that come and go: every event ends once.
 * NOTIFY_TEST_SEED repeats one run.
 */
#include "delivery_scene.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static enum event_kind draw_kind(void) {
    uint64_t drawn = fake_smtp_chance(100);
    return drawn < 3 ? EVENT_POISON : drawn < 6 ? EVENT_SKIPPED : EVENT_NOTIFICATION;
}

/* Any of the events before, of those that are events at all. */
static void write_a_copy(void) {
    size_t number = (size_t)fake_smtp_chance(scene.ledger->count);
    enum event_kind kind = scene.ledger->events[number].kind;
    if (kind != EVENT_POISON)
        ledger_write_again(scene.ledger, &scene.cluster, kind == EVENT_ORDER ? "orders" : "notifications",
                           PARTITIONS, number);
}

static void write_events(size_t count, int keys) {
    for (size_t i = 0; i < count; i++) {
        int key = (int)fake_smtp_chance((uint64_t)keys);
        if (fake_smtp_chance(3) == 0) /* its own keys: order holds within a topic */
            ledger_write(scene.ledger, &scene.cluster, "orders", PARTITIONS, 1000 + key, EVENT_ORDER);
        else
            ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, key, draw_kind());
        if (fake_smtp_chance(5) == 0)
            write_a_copy();
    }
    cluster_written(&scene.cluster);
}

/* One seed here, to be quick; NOTIFY_TEST_SEED tries others. */
static uint64_t seed_of(int run) {
    const char *given = getenv("NOTIFY_TEST_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 100 + (uint64_t)run;
}

START_TEST(every_event_ends_once_although_the_server_is_erratic) {
    fake_smtp.bad_percent = 30;
    fake_smtp.chance = seed_of(_i);
    write_events(400, 20);
    start_worker(0);
    finish_and_assert_exactly_once();
}
END_TEST

static void come_or_go(void) {
    size_t place = (size_t)fake_smtp_chance(WORKERS_MOST);
    if (scene.workers[place] == NULL)
        start_worker(place);
    else
        stop_worker(place, STOP_DRAIN_MS);
}

static void begin_run(int run) {
    fake_smtp.bad_percent = 25;
    fake_smtp.chance = seed_of(run);
    fprintf(stderr, "seed %llu\n", (unsigned long long)fake_smtp.chance);
}

START_TEST(every_event_ends_once_while_workers_follow_each_other) {
    begin_run(_i);
    for (int change = 0; change < 5; change++) {
        write_events(150, 30);
        start_worker(0);
        run_for(3000 + (int64_t)fake_smtp_chance(1500)); /* it joins after 3 s */
        stop_worker(0, STOP_DRAIN_MS);
    }
    start_worker(0);
    run_until_done();
    finish_workers();
    ck_assert_uint_gt(scene.revokes, 0);
    assert_all_committed();
    assert_exactly_once();
}
END_TEST

/* The mock refuses commits from the moment a worker joins, which Apache Kafka does not: what was in flight
 * then may be delivered twice. Drains end before the mock shuts out who is late. */
START_TEST(no_event_is_lost_and_few_come_twice_while_workers_come_and_go) {
    begin_run(_i);
    scene.revoke_drain_ms = 3000;
    start_worker(0);
    for (int change = 0; change < 5; change++) {
        write_events(150, 30);
        run_for(1000 + (int64_t)fake_smtp_chance(2500));
        come_or_go();
    }
    if (scene.workers[0] == NULL)
        start_worker(0);
    run_until_done();
    finish_workers();
    ck_assert_uint_gt(scene.revokes, 0);
    assert_all_committed();
    read_topics();
    ck_assert_uint_le(ledger_surplus_ends(scene.ledger), LEDGER_MAILS_MOST * scene.in_flight_at_revokes);
    ck_assert_uint_eq(scene.ledger->overlaps, 0);
    ck_assert_uint_eq(scene.ledger->disorder, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("delivery chance");
    TCase *chance = suite_case(suite, "chance", scene_set_up, scene_tear_down, 200);
    tcase_add_loop_test(chance, every_event_ends_once_although_the_server_is_erratic, 0, 1);
    tcase_add_loop_test(chance, every_event_ends_once_while_workers_follow_each_other, 0, 1);
    tcase_add_loop_test(chance, no_event_is_lost_and_few_come_twice_while_workers_come_and_go, 0, 1);
    return suite_end(suite);
}
