/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outbox costs: rows appended per second, by rows per transaction, and rows relayed per second, by
 * keys. Without BOOTSTRAP Kafka is librdkafka's mock cluster in the same process: no disk and no network of
 * Kafka's is in the figures. A real cluster needs a topic "notifications".
 *
 *   outbox_bench [ROWS [FOLDER [BOOTSTRAP]]]      (20000, the current folder)
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <notify-outbox.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what, const char *why) {
    fprintf(stderr, "outbox_bench: %s: %s\n", what, why);
    exit(1);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(sqlite3 *database, const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(database));
}

static sqlite3 *open_database(const char *path) {
    sqlite3 *database = NULL;
    char text[256];
    if (sqlite3_open(path, &database) != SQLITE_OK)
        fail(path, sqlite3_errmsg(database));
    sqlite3_busy_timeout(database, 10000);
    run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (notify_outbox_sqlite_create_schema(database, text, sizeof text) != NOTIFY_OK)
        fail("schema", text);
    return database;
}

static void must(enum notify_error error) {
    if (error != NOTIFY_OK)
        fail(notify_client_error_name(error), notify_client_last_error_text());
}

/* keys 0: events without one. */
static void append(sqlite3 *database, int number, int keys) {
    notify_event *event = NULL;
    char key[32];
    char text[256];
    must(notify_event_new(&event, "com.example.notification.requested.v1"));
    must(notify_event_set_source(event, "/bench"));
    if (keys > 0) {
        snprintf(key, sizeof key, "user-%d", number % keys);
        must(notify_event_set_key(event, key));
    }
    must(notify_event_set_string(event, "template", "signup-confirmation"));
    must(notify_event_set_string(event, "recipient", "ada.lovelace@example.org"));
    must(notify_event_set_string(event, "variables.link",
                                 "https://example.org/confirm?token=0123456789abcdef0123456789"));
    if (notify_outbox_sqlite_append(database, "notifications", event, text, sizeof text) != NOTIFY_OK)
        fail("append", text);
    notify_event_free(event);
}

static double append_all(sqlite3 *database, int rows, int keys, int group) {
    double start = seconds();
    for (int number = 0; number < rows; number += group) {
        run(database, "BEGIN IMMEDIATE");
        for (int i = 0; i < group && number + i < rows; i++)
            append(database, number + i, keys);
        run(database, "COMMIT");
    }
    return seconds() - start;
}

static double relay_all(const char *path, const char *bootstrap, int rows) {
    notify_client_config *config = NULL;
    notify_outbox *outbox = NULL;
    char text[256];
    const struct timespec pause = {.tv_nsec = 1000000};
    must(notify_client_config_new(&config));
    must(notify_client_config_set(config, "bootstrap.servers", bootstrap, NULL, 0));
    double start = seconds();
    if (notify_outbox_start_sqlite(&outbox, path, config, NULL, NULL, text, sizeof text) != NOTIFY_OK)
        fail("start", text);
    while (notify_outbox_statistic(outbox, NOTIFY_OUTBOX_PUBLISHED) < rows)
        nanosleep(&pause, NULL);
    double taken = seconds() - start;
    notify_outbox_stop(outbox, 5000);
    notify_client_config_free(config);
    return taken;
}

int main(int argc, char **argv) {
    int rows = argc > 1 ? atoi(argv[1]) : 20000;
    char path[512];
    char text[256];
    snprintf(path, sizeof path, "%s/outbox-bench-%ld.db", argc > 2 ? argv[2] : ".", (long)getpid());
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    rd_kafka_mock_cluster_t *cluster = handle == NULL ? NULL : rd_kafka_mock_cluster_new(handle, 3);
    if (cluster == NULL || rd_kafka_mock_topic_create(cluster, "notifications", 4, 3) != 0)
        fail("mock cluster", "cannot be started");
    const char *bootstrap = argc > 3 ? argv[3] : rd_kafka_mock_cluster_bootstraps(cluster);
    sqlite3 *database = open_database(path);

    static const int groups[] = {1, 16, 128};
    printf("append                    rows/s\n");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        int count = groups[i] == 1 ? rows / 10 : rows;
        printf("  %3d rows a transaction %7.0f\n", groups[i],
               count / append_all(database, count, rows, groups[i]));
        run(database, "DELETE FROM notify_outbox");
    }
    static const int keys[] = {0, 1000000, 1000, 10, 1};
    printf("relay                     rows/s\n");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int count = keys[i] == 1 ? rows / 50 : keys[i] == 10 ? rows / 10 : rows;
        append_all(database, count, keys[i], 128);
        double taken = relay_all(path, bootstrap, count);
        printf("  %7d keys           %7.0f\n", keys[i] > count ? count : keys[i], count / taken);
        fflush(stdout);
    }
    sqlite3_close(database);
    static const char *const ends[] = {"", "-wal", "-shm", ".relay-lock"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[600];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return 0;
}
