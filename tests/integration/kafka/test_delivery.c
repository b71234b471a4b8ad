/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delivery engine between Kafka and an SMTP server that does anything at any time, with workers that come
 * and go. NOTIFY_TEST_SEED repeats one run.
 */
#include "fake_smtp.h"
#include "mail_ledger.h"
#include "worker_double.h"

#include "common/clock.h"
#include "common/log.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTITIONS 3
#define WORKERS_MOST 3
#define STOP_DRAIN_MS 20000 /* as the worker's; the breaker needs some probes */
#define DEADLINE_MS 150000
#define RETRY_TOPIC "email.retry.1s"
#define PARKING_TOPIC "email.retry.6h" /* due in six hours: nothing leaves it */

static const char *const event_topics[] = {"notifications", "orders"};

struct scene {
    struct cluster cluster;
    uv_loop_t loop;
    uv_timer_t beat; /* lets the loop turn */
    struct email_settings settings;
    struct mail_catalog catalog;
    struct metrics *registry;
    struct email_metrics *metrics;
    struct worker_double *workers[WORKERS_MOST];
    struct ledger *ledger;
    int64_t deadline_ms, revoke_drain_ms;
    unsigned revokes;
    size_t in_flight_at_revokes;
};
static struct scene scene;

/* --- setting up --- */

static void on_beat(uv_timer_t *handle) {
    (void)handle;
}

static void set_environment(void) {
    setenv("KAFKA_BOOTSTRAP_SERVERS", scene.cluster.bootstrap, 1);
    setenv("KAFKA_SESSION_TIMEOUT_MS", "6000",
           1); /* a first join takes the mock 3 s, a later one 1 s less than this */
    setenv("KAFKA_HEARTBEAT_INTERVAL_MS", "100", 1);
    setenv("EMAIL_TOPICS", "notifications,orders", 1);
    setenv("EMAIL_RETRY_DELAYS", "1s,6h", 1);
    setenv("EMAIL_MAX_IN_FLIGHT", "64", 1);
    setenv("SMTP_URL", "smtp://127.0.0.1:2525", 1);
    setenv("SMTP_CONNECTIONS", "8", 1);
    setenv("MAIL_FROM", "noreply@example.org", 1);
    setenv("MAIL_VAR_DEPARTMENT_HEAD", "head@example.org", 1);
}

static void load(void) {
    struct error error = {0};
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    ck_assert_msg(email_settings_load(&scene.settings, &error), "%s", error.text);
    const struct mail_catalog_source source = email_settings_catalog_source(&scene.settings);
    ck_assert_msg(mail_catalog_load(&scene.catalog, &source, &problems), "%s", problem_list_text(&problems));
    problem_list_free(&problems);
    scene.registry = metrics_new("test");
    scene.metrics = email_metrics_new(scene.registry);
    ck_assert_ptr_nonnull(scene.metrics);
}

static void create_topics(void) {
    static const char *const names[] = {"notifications",    "orders",    RETRY_TOPIC,
                                        PARKING_TOPIC,      "email.dlq", "notifications.status",
                                        "email.suppression"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cluster_topic(&scene.cluster, names[i], PARTITIONS);
}

static void set_up(void) {
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    scene = (struct scene){.revoke_drain_ms = 20000};
    cluster_start(&scene.cluster, 1);
    create_topics();
    set_environment();
    load();
    ck_assert_int_eq(uv_loop_init(&scene.loop), 0);
    uv_timer_init(&scene.loop, &scene.beat);
    uv_timer_start(&scene.beat, on_beat, 5, 5);
    scene.ledger = calloc(1, sizeof *scene.ledger);
    ck_assert_ptr_nonnull(scene.ledger);
    scene.deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    fake_smtp = (struct fake_smtp){
        .chance = 1,
        .least_ms = 1,
        .most_ms = 40,
        .begins = ledger_begins,
        .ends = ledger_ends,
        .data = scene.ledger,
    };
}

static void tear_down(void) {
    uv_close((uv_handle_t *)&scene.beat, NULL);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&scene.loop), 0);
    email_metrics_free(scene.metrics);
    metrics_free(scene.registry);
    mail_catalog_free(&scene.catalog);
    email_settings_free(&scene.settings);
    free(scene.ledger);
    cluster_stop(&scene.cluster);
}

/* --- running --- */

static void describe_workers(void) {
    for (size_t i = 0; i < WORKERS_MOST; i++) {
        if (scene.workers[i] == NULL)
            continue;
        struct group_partition **partitions = NULL;
        size_t count = group_consumer_partitions(scene.workers[i]->consumer, &partitions);
        fprintf(stderr, "worker %zu: %zu records held, %zu in flight, breaker %s\n", i,
                delivery_active(scene.workers[i]->delivery),
                group_consumer_in_flight(scene.workers[i]->consumer),
                delivery_breaker_is_open(scene.workers[i]->delivery) ? "open" : "closed");
        for (size_t j = 0; j < count; j++)
            fprintf(stderr, "    %s [%d] lag %lld\n", group_partition_topic(partitions[j]),
                    (int)group_partition_number(partitions[j]),
                    (long long)group_partition_lag(partitions[j]));
    }
}

static void turn(void) {
    uv_run(&scene.loop, UV_RUN_ONCE);
    if (clock_monotonic_ms() < scene.deadline_ms)
        return;
    describe_workers();
    ck_abort_msg("not done in time");
}

static void run_for(int64_t milliseconds) {
    int64_t end = clock_monotonic_ms() + milliseconds;
    while (clock_monotonic_ms() < end)
        turn();
}

static void start_worker(size_t place) {
    ck_assert_ptr_null(scene.workers[place]);
    scene.workers[place] = worker_double_start(&scene.loop, &scene.settings, &scene.catalog, scene.metrics,
                                               scene.revoke_drain_ms);
}

static void stop_worker(size_t place, int64_t drain_ms) {
    struct worker_double *worker = scene.workers[place];
    worker_double_stop(worker, drain_ms);
    while (!worker->ended)
        turn();
    scene.revokes += worker->revokes;
    scene.in_flight_at_revokes += worker->in_flight_at_revokes;
    ck_assert_uint_eq(delivery_active(worker->delivery), 0);
    ck_assert_uint_le(worker->most_in_flight, (unsigned)scene.settings.max_in_flight);
    worker_double_free(worker);
    scene.workers[place] = NULL;
}

static bool is_parking(struct group_partition *partition) {
    return strcmp(group_partition_topic(partition), PARKING_TOPIC) == 0;
}

/* Every partition has an owner, and nothing is left in those that matter. */
static bool all_is_done(void) {
    size_t owned = 0;
    for (size_t i = 0; i < WORKERS_MOST; i++) {
        if (scene.workers[i] == NULL)
            continue;
        struct group_partition **partitions = NULL;
        size_t count = group_consumer_partitions(scene.workers[i]->consumer, &partitions);
        if (group_consumer_in_flight(scene.workers[i]->consumer) > 0 ||
            delivery_active(scene.workers[i]->delivery) > 0)
            return false;
        for (size_t j = 0; j < count; j++)
            if (!is_parking(partitions[j]) && group_partition_lag(partitions[j]) != 0)
                return false;
        owned += count;
    }
    return owned == 4 * PARTITIONS;
}

/* Lags are as of the last fetch: they have to stay at nothing for a while. */
static void run_until_done(void) {
    int64_t done_since = 0;
    while (done_since == 0 || clock_monotonic_ms() - done_since < 1500) {
        turn();
        if (!all_is_done())
            done_since = 0;
        else if (done_since == 0)
            done_since = clock_monotonic_ms();
    }
}

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

/* --- judging --- */

static void read_topics(void) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        cluster_read(&scene.cluster, "email.dlq", partition, ledger_dead_letter, scene.ledger);
        cluster_read(&scene.cluster, PARKING_TOPIC, partition, ledger_parked, scene.ledger);
        cluster_read(&scene.cluster, "notifications.status", partition, ledger_status, scene.ledger);
    }
}

static void assert_committed_to_the_end(const char *topic) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++) {
        int64_t end = cluster_end(&scene.cluster, topic, partition);
        if (end > 0)
            ck_assert_int_eq(cluster_committed(&scene.cluster, "email", topic, partition), end);
    }
}

static void assert_all_committed(void) {
    for (size_t i = 0; i < sizeof event_topics / sizeof event_topics[0]; i++)
        assert_committed_to_the_end(event_topics[i]);
    assert_committed_to_the_end(RETRY_TOPIC);
}

static void finish_workers(void) {
    for (size_t i = 0; i < WORKERS_MOST; i++)
        if (scene.workers[i] != NULL)
            stop_worker(i, STOP_DRAIN_MS);
}

static void assert_exactly_once(void) {
    read_topics();
    ck_assert_uint_eq(ledger_surplus_ends(scene.ledger), 0);
    ck_assert_uint_eq(scene.ledger->overlaps, 0);
    ck_assert_uint_eq(scene.ledger->disorder, 0);
    ledger_assert_statuses(scene.ledger);
}

/* --- tests --- */

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
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
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

/* --- copies of an event --- */

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
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
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
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
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

/* --- revokes while the SMTP server is in trouble --- */

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
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
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
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
}
END_TEST

/* The users' mails were accepted and cannot be unsent; but no mail may be sent by both workers from then on.
 */
START_TEST(mails_left_over_after_a_revoke_are_only_sent_by_the_next_owner) {
    fake_smtp.refused = "head@";
    scene.revoke_drain_ms = 100;
    write_orders(6);
    start_worker(0);
    run_until_breaker_opens(0);
    start_worker(1);
    while (scene.workers[0]->revokes == 0)
        turn();
    run_for(500);
    fake_smtp.refused = NULL;
    run_until_done();
    finish_workers();
    assert_all_committed();
    read_topics();
    ck_assert_uint_le(ledger_surplus_ends(scene.ledger), 6);
    for (size_t event = 0; event < scene.ledger->count; event++)
        for (size_t i = 0; i < LEDGER_MAILS_MOST; i++)
            if (scene.ledger->events[event].mails[i].is_to_head)
                ck_assert_uint_eq(scene.ledger->events[event].mails[i].accepted, 1);
}
END_TEST

static const enum smtp_fate broken_off_fates[] = {SMTP_FATE_PUT_BACK, SMTP_FATE_BODY_BROKEN};

/* All were on the wire when the drain's time was over. */
START_TEST(mails_that_the_end_of_a_drain_breaks_off_are_charged_to_nobody_and_sent_by_the_next_owner) {
    fake_smtp.least_ms = fake_smtp.most_ms = 10 * DEADLINE_MS;
    fake_smtp.broken_off = broken_off_fates[_i];
    scene.revoke_drain_ms = 100;
    for (int key = 0; key < 6; key++)
        ledger_write(scene.ledger, &scene.cluster, "notifications", PARTITIONS, key, EVENT_NOTIFICATION);
    cluster_written(&scene.cluster);
    start_worker(0);
    while (smtp_pool_counts(scene.workers[0]->pool).busy < 6)
        turn();
    start_worker(1);
    while (scene.workers[0]->revokes == 0)
        turn();
    fake_smtp.least_ms = fake_smtp.most_ms = 1;
    run_until_done();
    finish_workers();
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_le(cluster_end(&scene.cluster, RETRY_TOPIC, partition), 0);
    assert_all_committed();
    assert_exactly_once();
}
END_TEST

/* --- a topic to hand on to that is missing --- */

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
    start_worker(1);
    while (scene.workers[0]->revokes == 0)
        turn();
    run_for(6000); /* the next owner has them too */
    cut_dead_letters(RD_KAFKA_RESP_ERR_NO_ERROR);
    run_until_done();
    finish_workers();
    assert_all_committed();
    assert_exactly_once();
}
END_TEST

static Suite *delivery_suite(void) {
    Suite *suite = suite_create("delivery");
    TCase *chance = tcase_create("chance");
    tcase_set_timeout(chance, 200);
    tcase_add_checked_fixture(chance, set_up, tear_down);
    tcase_add_loop_test(chance, every_event_ends_once_although_the_server_is_erratic, 0, 1);
    tcase_add_loop_test(chance, every_event_ends_once_while_workers_follow_each_other, 0, 1);
    tcase_add_loop_test(chance, no_event_is_lost_and_few_come_twice_while_workers_come_and_go, 0, 1);
    suite_add_tcase(suite, chance);
    TCase *copies = tcase_create("copies");
    tcase_set_timeout(copies, 200);
    tcase_add_checked_fixture(copies, set_up, tear_down);
    tcase_add_test(copies, a_copy_stays_left_out_when_the_first_one_is_delivered_again);
    tcase_add_test(copies, a_copy_of_what_is_complete_above_the_commit_is_left_out_after_a_restart);
    tcase_add_loop_test(copies, copies_are_left_out_within_the_window_only, 0,
                        sizeof windows / sizeof windows[0]);
    suite_add_tcase(suite, copies);
    TCase *trouble = tcase_create("trouble");
    tcase_set_timeout(trouble, 200);
    tcase_add_checked_fixture(trouble, set_up, tear_down);
    tcase_add_test(trouble, a_stop_does_not_wait_for_mails_of_which_nothing_was_sent);
    tcase_add_test(trouble, a_drain_finishes_what_has_begun_when_the_server_is_back);
    tcase_add_test(trouble, mails_left_over_after_a_revoke_are_only_sent_by_the_next_owner);
    tcase_add_loop_test(
        trouble, mails_that_the_end_of_a_drain_breaks_off_are_charged_to_nobody_and_sent_by_the_next_owner, 0,
        sizeof broken_off_fates / sizeof broken_off_fates[0]);
    tcase_add_test(trouble, what_could_not_be_handed_on_before_a_revoke_is_handed_on_once);
    suite_add_tcase(suite, trouble);
    return suite;
}

int main(void) {
    SRunner *runner = srunner_create(delivery_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
