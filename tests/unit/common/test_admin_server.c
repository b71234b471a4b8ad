/* SPDX-License-Identifier: Apache-2.0 */
/* The admin server asked over a plain socket. */
#include "common/admin_server.h"
#include "suite.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    struct metrics *metrics;
    struct readiness *readiness;
    struct admin_server *server;
};

static const struct host_port any_port = {.host = "127.0.0.1", .port = 0};

static void start(struct fixture *fixture) {
    struct error error = {.text = ""};
    fixture->metrics = metrics_new("shop");
    fixture->readiness = readiness_new();
    ck_assert_ptr_nonnull(fixture->metrics);
    ck_assert_ptr_nonnull(fixture->readiness);
    bool started =
        admin_server_start(&fixture->server, &any_port, fixture->metrics, fixture->readiness, &error);
    ck_assert_msg(started, "%s", error.text);
}

static void stop(struct fixture *fixture) {
    admin_server_stop(fixture->server);
    readiness_free(fixture->readiness);
    metrics_free(fixture->metrics);
}

static int connect_to(const struct fixture *fixture) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(admin_server_port(fixture->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 20};
    ck_assert_int_eq(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    ck_assert_int_eq(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    return client;
}

/* The whole answer to one request; free() it. */
static char *ask(const struct fixture *fixture, const char *request_line, const char *body) {
    int client = connect_to(fixture);
    char request[512];
    int size =
        snprintf(request, sizeof request,
                 "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                 request_line, strlen(body), body);
    ck_assert_int_eq(send(client, request, (size_t)size, MSG_NOSIGNAL), size);
    size_t capacity = 64 * 1024, used = 0;
    char *answer = calloc(1, capacity);
    ck_assert_ptr_nonnull(answer);
    for (ssize_t count; (count = recv(client, answer + used, capacity - 1 - used, 0)) > 0;)
        used += (size_t)count;
    close(client);
    return answer;
}

static void expect_answer(const struct fixture *fixture, const char *request_line, const char *status,
                          const char *part, const char *body) {
    char *answer = ask(fixture, request_line, "");
    const char *end = strstr(answer, "\r\n\r\n");
    ck_assert_msg(strncmp(answer, status, strlen(status)) == 0, "%s", answer);
    ck_assert_msg(strcasestr(answer, part) != NULL, "no %s in %s", part, answer);
    ck_assert_ptr_nonnull(end);
    if (body != NULL)
        ck_assert_str_eq(end + 4, body);
    free(answer);
}

START_TEST(healthz_is_ok_while_the_process_lives) {
    struct fixture fixture;
    start(&fixture);
    expect_answer(&fixture, "GET /healthz", "HTTP/1.1 200 ", "Content-Type: text/plain", "ok\n");
    stop(&fixture);
}
END_TEST

START_TEST(readyz_follows_the_conditions) {
    struct fixture fixture;
    start(&fixture);
    expect_answer(&fixture, "GET /readyz", "HTTP/1.1 503 ", "Content-Type: application/json",
                  "{\"ready\":false,\"checks\":{}}\n");
    readiness_set(fixture.readiness, "kafka", true, true, "");
    expect_answer(&fixture, "GET /readyz", "HTTP/1.1 200 ", "Cache-Control: no-store",
                  "{\"ready\":true,\"checks\":{\"kafka\":{\"ok\":true,\"detail\":\"\"}}}\n");
    readiness_set(fixture.readiness, "kafka", true, false, "gone");
    expect_answer(&fixture, "GET /readyz", "HTTP/1.1 503 ", "\"detail\":\"gone\"", NULL);
    stop(&fixture);
}
END_TEST

START_TEST(metrics_are_prometheus_text) {
    struct fixture fixture;
    start(&fixture);
    expect_answer(&fixture, "GET /metrics", "HTTP/1.1 200 ",
                  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", NULL);
    expect_answer(&fixture, "GET /metrics?x=1", "HTTP/1.1 200 ", "\nnotify_build_info{", NULL);
    stop(&fixture);
}
END_TEST

START_TEST(head_sends_no_body) {
    struct fixture fixture;
    start(&fixture);
    expect_answer(&fixture, "HEAD /healthz", "HTTP/1.1 200 ", "Content-Length: 3\r\n", "");
    stop(&fixture);
}
END_TEST

START_TEST(other_paths_and_methods_are_refused) {
    struct fixture fixture;
    start(&fixture);
    expect_answer(&fixture, "GET /", "HTTP/1.1 404 ", "Content-Type: text/plain", "not found\n");
    expect_answer(&fixture, "GET /metrics/", "HTTP/1.1 404 ", "Content-Type: text/plain", "not found\n");
    expect_answer(&fixture, "POST /metrics", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", "only GET and HEAD\n");
    expect_answer(&fixture, "DELETE /nothing", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", NULL);
    char *answer = ask(&fixture, "POST /healthz", "a body");
    ck_assert_int_eq(strncmp(answer, "HTTP/1.1 405 ", 13), 0);
    free(answer);
    expect_answer(&fixture, "GET /healthz", "HTTP/1.1 200 ", "ok", "ok\n");
    stop(&fixture);
}
END_TEST

START_TEST(idle_connections_do_not_keep_the_server_from_stopping) {
    struct fixture fixture;
    start(&fixture);
    int clients[3];
    for (int i = 0; i < 3; i++)
        clients[i] = connect_to(&fixture);
    expect_answer(&fixture, "GET /healthz", "HTTP/1.1 200 ", "ok", "ok\n");
    stop(&fixture);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
}
END_TEST

START_TEST(the_port_in_use_is_named) {
    struct fixture fixture;
    start(&fixture);
    struct host_port taken = {.host = "127.0.0.1", .port = admin_server_port(fixture.server)};
    struct admin_server *second = fixture.server;
    struct error error = {.text = ""};
    char expected[100];
    ck_assert(!admin_server_start(&second, &taken, fixture.metrics, fixture.readiness, &error));
    snprintf(expected, sizeof expected, "ADMIN_LISTEN: cannot listen on 127.0.0.1:%u: Address already in use",
             (unsigned)taken.port);
    ck_assert_str_eq(error.text, expected);
    ck_assert_int_eq(error.exit_status, 78);
    ck_assert_ptr_null(second);
    stop(&fixture);
}
END_TEST

START_TEST(off_starts_nothing) {
    struct host_port off = {.off = true};
    struct admin_server *server = NULL;
    struct error error;
    ck_assert(admin_server_start(&server, &off, NULL, NULL, &error));
    ck_assert_ptr_null(server);
    ck_assert_uint_eq(admin_server_port(server), 0);
    admin_server_stop(server);
}
END_TEST

START_TEST(the_callers_signal_mask_is_as_before) {
    sigset_t before, after;
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &before), 0);
    struct fixture fixture;
    start(&fixture);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &after), 0);
    for (int number = 1; number < SIGRTMIN; number++)
        ck_assert_int_eq(sigismember(&before, number), sigismember(&after, number));
    stop(&fixture);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        healthz_is_ok_while_the_process_lives,
        readyz_follows_the_conditions,
        metrics_are_prometheus_text,
        head_sends_no_body,
        other_paths_and_methods_are_refused,
        idle_connections_do_not_keep_the_server_from_stopping,
        the_port_in_use_is_named,
        off_starts_nothing,
        the_callers_signal_mask_is_as_before,
    };
    return suite_run("admin_server", tests, SUITE_COUNT(tests));
}
