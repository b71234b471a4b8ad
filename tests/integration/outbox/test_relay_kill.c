/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that appends and relays is killed with -9, again and again. What it committed is written in a
 * table of its own in the same transaction, so the test knows it without the outbox.
 */
#include "relay_fixture.h"
#include "sightings.h"
#include "suite.h"
#include "temp_database.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define APPEND "--append" /* The program runs itself so, as the process to be killed. */
#define ROUNDS 12
#define KEYS 7
#define MAX_EVENTS_PER_ROUND 1500 /* All rounds together stay below what the mock keeps. */

static struct temp_database database;
static struct cluster cluster;
static struct sightings seen;

static void set_up(void) {
    temp_database_open(&database);
    temp_database_run(database.connection, "CREATE TABLE told (event_id TEXT PRIMARY KEY)");
    cluster_start(&cluster, 1);
    cluster_topic(&cluster, "users", PARTITIONS);
    seen = (struct sightings){0};
}

static void tear_down(void) {
    sightings_free(&seen);
    cluster_stop(&cluster);
    temp_database_close(&database);
}

/* Each third transaction is rolled back; its ids say so. */
static int append_round;

START_TEST(append_until_killed) {
    struct relay_fixture relay;
    relay_fixture_init(&relay, &cluster);
    relay_fixture_start(&relay, database.path);
    sqlite3 *connection = temp_database_connect(&database);
    int number = append_round * 1000000;
    for (int turn = 0; turn < MAX_EVENTS_PER_ROUND / 4; turn++) {
        bool rolls_back = turn % 3 == 2;
        temp_database_run(connection, "BEGIN IMMEDIATE");
        for (int i = 0; i < 4; i++) {
            char id[48];
            char key[48];
            char sql[128];
            snprintf(id, sizeof id, "%s-%d", rolls_back ? "never" : "told", number);
            snprintf(key, sizeof key, "key-%d", number % KEYS);
            temp_database_append(connection, "users", id, key, number++);
            snprintf(sql, sizeof sql, "INSERT INTO told VALUES ('%s')", id);
            temp_database_run(connection, sql);
        }
        temp_database_run(connection, rolls_back ? "ROLLBACK" : "COMMIT");
        notify_outbox_wake(relay.outbox);
        if (turn == 0 && write(STDOUT_FILENO, "r", 1) != 1)
            _exit(1);
    }
    for (;;)
        pause();
}
END_TEST

/* Check's assertions need a runner. It must not fork: the process that it would watch is the one that is
 * killed. */
static int run_as_the_process_to_be_killed(void) {
    Suite *suite = suite_create("append");
    TCase *test_case = tcase_create("append");
    tcase_add_test(test_case, append_until_killed);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 1;
}

static void run_and_kill(int round, unsigned *seed) {
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* By exec: the threads of the mock cluster did not come along, but what they had locked did. */
        char text[16];
        char program[512] = "";
        snprintf(text, sizeof text, "%d", round);
        /* Valgrind answers readlink for the program it runs, but execs itself by the link. */
        if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
            _exit(1);
        if (dup2(ready[1], STDOUT_FILENO) == STDOUT_FILENO)
            execl(program, "test_relay_kill", APPEND, database.path, cluster.bootstrap, text, (char *)NULL);
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    /* Any moment will do: each is another place to die. */
    const struct timespec pause = {.tv_nsec = (rand_r(seed) % 250) * 1000000L};
    nanosleep(&pause, NULL);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

/* Fills the database's table "seen" from what the consumer saw, so that SQL compares the two sets. */
static void store_seen(void) {
    sqlite3_stmt *statement = NULL;
    temp_database_run(database.connection, "CREATE TEMP TABLE seen (event_id TEXT PRIMARY KEY); BEGIN");
    ck_assert_int_eq(sqlite3_prepare_v2(database.connection, "INSERT OR IGNORE INTO seen VALUES (?1)", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < seen.count; i++) {
        sqlite3_bind_text(statement, 1, seen.all[i].id, -1, SQLITE_STATIC);
        ck_assert_int_eq(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    temp_database_run(database.connection, "COMMIT");
}

START_TEST(every_committed_event_arrives_and_no_other_however_often_the_process_is_killed) {
    unsigned seed = (unsigned)time(NULL);
    fprintf(stderr, "seed %u\n", seed);
    for (int round = 1; round <= ROUNDS; round++)
        run_and_kill(round, &seed);

    struct relay_fixture relay;
    relay_fixture_init(&relay, &cluster);
    relay_fixture_start(&relay, database.path);
    relay_fixture_await(&relay, NOTIFY_OUTBOX_PENDING, 0);
    relay_fixture_finish(&relay);
    ck_assert_int_eq(temp_database_number(database.connection, "SELECT count(*) FROM notify_outbox"), 0);

    sightings_read(&seen, &cluster, "users");
    assert_in_order_per_key(&seen);
    store_seen();
    int64_t told = temp_database_number(database.connection, "SELECT count(*) FROM told");
    ck_assert_int_gt(told, ROUNDS);
    ck_assert_int_eq(
        temp_database_number(database.connection,
                             "SELECT count(*) FROM told WHERE event_id NOT IN (SELECT event_id FROM seen)"),
        0);
    ck_assert_int_eq(
        temp_database_number(database.connection,
                             "SELECT count(*) FROM seen WHERE event_id NOT IN (SELECT event_id FROM told)"),
        0);
    /* What was on its way at a kill may be there twice, and no more than that. */
    ck_assert_int_le((int64_t)seen.count - told, ROUNDS * 1000);
    fprintf(stderr, "%lld events, %lld of them again\n", (long long)told,
            (long long)seen.count - (long long)told);
}
END_TEST

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], APPEND) == 0) {
        snprintf(database.path, sizeof database.path, "%s", argv[2]);
        snprintf(cluster.bootstrap, sizeof cluster.bootstrap, "%s", argv[3]);
        append_round = atoi(argv[4]);
        return run_as_the_process_to_be_killed();
    }
    const TTest *const tests[] = {
        every_committed_event_arrives_and_no_other_however_often_the_process_is_killed,
    };
    return suite_run_with_fixture("outbox kill", tests, SUITE_COUNT(tests), set_up, tear_down);
}
