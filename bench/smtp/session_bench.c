/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session code alone: the pool, its sessions and machines, with one prebuilt mail of 2 KB on the wire
 * sent again and again to an SMTP sink. Prints mails a second and CPU time a mail; bench/smtp/run sets it
 * beside postfix's smtp-source.
 */
#include "email/smtp/smtp_pool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MESSAGE_SIZE = 2048, LINE_SIZE = 72 };

struct bench {
    uv_loop_t loop;
    struct smtp_pool *pool;
    struct smtp_mail *mails, **free_mails;
    size_t mail_count, free_count;
    unsigned long submitted, settled, accepted, total;
    uint64_t begun, ended;
    char message[MESSAGE_SIZE];
};

static void submit(struct bench *bench) {
    while (bench->free_count > 0 && bench->submitted < bench->total &&
           smtp_pool_submit(bench->pool, bench->free_mails[bench->free_count - 1])) {
        bench->free_count--;
        bench->submitted++;
    }
}

static void on_stopped(void *data) {
    (void)data;
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct bench *bench = data;
    bench->settled++;
    bench->accepted += result->fate == SMTP_FATE_REPLIED && result->code == 250;
    bench->free_mails[bench->free_count++] = mail;
    submit(bench);
    if (bench->settled == bench->total) {
        bench->ended = uv_hrtime();
        smtp_pool_stop(bench->pool, 5000, on_stopped);
    }
}

static void on_room(void *data) {
    submit(data);
}

static void on_trouble(void *data, int code, const char *text, size_t sessions_up) {
    (void)data;
    fprintf(stderr, "trouble with %zu sessions up: %d %s\n", sessions_up, code, text);
    exit(1);
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    (void)data;
    (void)phase;
    (void)code;
}

static bool make_mails(struct bench *bench, size_t connections) {
    bench->mail_count = bench->free_count = 4 * connections;
    bench->mails = calloc(bench->mail_count, sizeof(*bench->mails));
    bench->free_mails = calloc(bench->mail_count, sizeof(struct smtp_mail *));
    if (bench->mails == NULL || bench->free_mails == NULL)
        return false;
    memset(bench->message, 'x', sizeof(bench->message));
    for (size_t at = LINE_SIZE; at <= sizeof(bench->message); at += LINE_SIZE)
        memcpy(bench->message + at - 2, "\r\n", 2);
    memcpy(bench->message, "Subject: a benchmark\r\n\r\n", 24);
    for (size_t at = 0; at < bench->mail_count; at++) {
        bench->mails[at] = (struct smtp_mail){.return_path = "bounce@example.org",
                                              .recipient = "user@example.com",
                                              .message = bench->message,
                                              .message_size = sizeof(bench->message)};
        bench->free_mails[at] = &bench->mails[at];
    }
    return true;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 4) {
        fprintf(stderr, "usage: %s URL CONNECTIONS MAILS\n", arguments[0]);
        return 64;
    }
    static struct bench bench;
    size_t connections = strtoul(arguments[2], NULL, 10);
    bench.total = strtoul(arguments[3], NULL, 10);
    if (connections == 0 || bench.total == 0 || !make_mails(&bench, connections) ||
        uv_loop_init(&bench.loop) != 0)
        return 70;
    const struct smtp_pool_settings settings = {
        .url = arguments[1], .tls = SMTP_TLS_NONE, .helo_name = "bench.example", .connections = connections};
    const struct smtp_pool_events events = {.settled = on_settled,
                                            .has_room = on_room,
                                            .trouble = on_trouble,
                                            .replied = on_replied,
                                            .data = &bench};
    struct error error = {0};
    if (!smtp_pool_new(&bench.pool, &bench.loop, &settings, &events, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return error.exit_status;
    }
    double cpu_before = cpu_seconds();
    bench.begun = uv_hrtime();
    submit(&bench);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    double seconds = (double)(bench.ended - bench.begun) / 1e9;
    double cpu_us = (cpu_seconds() - cpu_before) * 1e6 / (double)bench.total;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.0f mails/s, %.1f us CPU a mail, %lu of %lu accepted, %zu connections, %ld KB at most\n",
           (double)bench.total / seconds, cpu_us, bench.accepted, bench.total, connections, usage.ru_maxrss);
    smtp_pool_free(bench.pool);
    int left = uv_loop_close(&bench.loop);
    free(bench.mails);
    free(bench.free_mails);
    return left == 0 && bench.accepted == bench.total ? 0 : 70;
}
