/* SPDX-License-Identifier: Apache-2.0 */
#include "pool_fixture.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char message[] = "Subject: hello\r\n\r\nHello\r\n.\r\nBye\r\n";

static void run(const char *const *arguments) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        execvp(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s failed", arguments[0]);
}

void fixture_set_up(struct fixture *fixture) {
    memset(fixture, 0, sizeof(*fixture));
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/notify-smtp-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fixture->folder));
    ck_assert_int_eq(uv_loop_init(&fixture->loop), 0);
}

void fixture_tear_down(struct fixture *fixture) {
    if (fixture->pool != NULL && !fixture->stopped)
        fixture_stop_pool(fixture, 0);
    smtp_pool_free(fixture->pool);
    ck_assert_msg(uv_loop_close(&fixture->loop) == 0, "the pool left handles on the loop");
    if (fixture->server > 0) {
        kill(fixture->server, SIGKILL);
        waitpid(fixture->server, NULL, 0);
    }
    for (size_t at = 0; at < fixture->mail_count; at++)
        ck_assert_msg(!fixture->keep_put_back || fixture->mails[at].settled <= 1, "settled twice");
    run((const char *const[]){"rm", "-rf", fixture->folder, NULL});
}

const char *fixture_path(struct fixture *fixture, const char *name) {
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", fixture->folder, name);
    return path;
}

void fixture_make_certificate(struct fixture *fixture, const char *name) {
    char subject[64], alternative[64];
    snprintf(subject, sizeof(subject), "/CN=%s", name);
    snprintf(alternative, sizeof(alternative), "subjectAltName=DNS:%s", name);
    run((const char *const[]){"openssl",
                              "req",
                              "-x509",
                              "-newkey",
                              "ec",
                              "-pkeyopt",
                              "ec_paramgen_curve:prime256v1",
                              "-nodes",
                              "-days",
                              "2",
                              "-subj",
                              subject,
                              "-addext",
                              alternative,
                              "-out",
                              fixture_path(fixture, "certificate.pem"),
                              "-keyout",
                              fixture_path(fixture, "key.pem"),
                              "-batch",
                              NULL});
}

void fixture_serve(struct fixture *fixture, const char *const *options) {
    const char *arguments[24] = {PYTHON, SERVER, "--log", fixture_path(fixture, "log")};
    size_t count = 4;
    for (; options != NULL && *options != NULL; options++) {
        ck_assert_uint_lt(count, 22);
        if (strcmp(*options, "--certificate") == 0) {
            arguments[count++] = "--certificate";
            arguments[count++] = fixture_path(fixture, "certificate.pem");
            arguments[count++] = "--key";
            arguments[count++] = fixture_path(fixture, "key.pem");
        } else {
            arguments[count++] = *options;
        }
    }
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fixture->server = fork();
    ck_assert_int_ge(fixture->server, 0);
    if (fixture->server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when Check kills the test */
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(fscanf(out, "%d", &fixture->port) == 1, "the scripted server did not start");
    fclose(out);
}

const char *fixture_url(struct fixture *fixture, const char *scheme) {
    static char url[64];
    snprintf(url, sizeof(url), "%s://localhost:%d", scheme, fixture->port);
    return url;
}

unsigned fixture_log_count(struct fixture *fixture, const char *event, const char *rest) {
    FILE *log = fopen(fixture_path(fixture, "log"), "r");
    if (log == NULL)
        return 0;
    char line[256];
    unsigned count = 0;
    while (fgets(line, sizeof(line), log) != NULL) {
        char name[32] = "", text[200] = "";
        unsigned number = 0;
        if (sscanf(line, "%31s %u %199[^\n]", name, &number, text) < 2 || strcmp(name, event) != 0)
            continue;
        count += rest == NULL || strncmp(text, rest, strlen(rest)) == 0;
    }
    fclose(log);
    return count;
}

void fixture_check_each_arrived_once(struct fixture *fixture, const char *prefix, unsigned count) {
    char text[80];
    for (unsigned at = 0; at < count; at++) {
        snprintf(text, sizeof(text), "%s-%u@example.com ", prefix, at);
        unsigned arrived = fixture_log_count(fixture, "mail", text);
        ck_assert_msg(arrived == 1, "%s arrived %u times", text, arrived);
    }
}

void fixture_submit(struct fixture *fixture) {
    while (fixture->again_count > 0 &&
           smtp_pool_submit(fixture->pool, fixture->again[fixture->again_count - 1]))
        fixture->again_count--;
    if (fixture->again_count > 0)
        return;
    while (fixture->submitted < fixture->mail_count &&
           smtp_pool_submit(fixture->pool, &fixture->mails[fixture->submitted].mail))
        fixture->submitted++;
}

static void on_settled(void *data, struct smtp_mail *mail, const struct smtp_result *result) {
    struct fixture *fixture = data;
    struct fixture_mail *own = mail->owner;
    fixture->fates[result->fate]++;
    own->result = *result;
    if (result->fate == SMTP_FATE_PUT_BACK && !fixture->keep_put_back) {
        fixture->again[fixture->again_count++] = mail;
        fixture_submit(fixture);
        return;
    }
    own->settled++;
    fixture->done++;
    fixture_submit(fixture);
}

static void on_room(void *data) {
    fixture_submit(data);
}

static void on_trouble(void *data, int code, const char *text, size_t sessions_up) {
    struct fixture *fixture = data;
    fixture->troubles++;
    fixture->trouble_code = code;
    fixture->trouble_sessions_up = sessions_up;
    snprintf(fixture->trouble_text, sizeof(fixture->trouble_text), "%s", text);
    if (fixture->hold_on_trouble)
        smtp_pool_hold(fixture->pool, true);
}

static void on_replied(void *data, enum smtp_phase phase, int code) {
    (void)data;
    ck_assert_int_ne(phase, SMTP_PHASE_CONNECT);
    ck_assert_int_ge(code, 200);
}

struct smtp_pool_settings fixture_settings(struct fixture *fixture, const char *scheme) {
    return (struct smtp_pool_settings){
        .url = fixture_url(fixture, scheme),
        .tls = SMTP_TLS_NONE,
        .helo_name = "client.example",
        .connections = 4,
        .timeouts = {.connect = 5000, .greeting = 5000, .quit = 1000},
    };
}

void fixture_make_pool(struct fixture *fixture, const struct smtp_pool_settings *settings) {
    const struct smtp_pool_events events = {.settled = on_settled,
                                            .has_room = on_room,
                                            .trouble = on_trouble,
                                            .replied = on_replied,
                                            .data = fixture};
    struct error error = {0};
    ck_assert_msg(smtp_pool_new(&fixture->pool, &fixture->loop, settings, &events, &error), "%s", error.text);
}

void fixture_make_plain_pool(struct fixture *fixture) {
    struct smtp_pool_settings settings = fixture_settings(fixture, "smtp");
    fixture_make_pool(fixture, &settings);
}

struct fixture_mail *fixture_add_mail(struct fixture *fixture, const char *recipient) {
    ck_assert_uint_lt(fixture->mail_count, FIXTURE_MAILS);
    struct fixture_mail *own = &fixture->mails[fixture->mail_count++];
    snprintf(own->recipient, sizeof(own->recipient), "%s", recipient);
    own->mail = (struct smtp_mail){
        .return_path = "bounce@example.org",
        .recipient = own->recipient,
        .message = message,
        .message_size = sizeof(message) - 1,
        .owner = own,
    };
    return own;
}

void fixture_add_mails(struct fixture *fixture, const char *prefix, unsigned count) {
    char recipient[64];
    for (unsigned at = 0; at < count; at++) {
        snprintf(recipient, sizeof(recipient), "%s-%u@example.com", prefix, at);
        fixture_add_mail(fixture, recipient);
    }
}

static void on_look_again(uv_timer_t *timer) {
    unsigned *looks_left = timer->data;
    if (*looks_left > 0)
        --*looks_left;
}

static void on_closed(uv_handle_t *handle) {
    handle->data = NULL;
}

void fixture_run_until(struct fixture *fixture, bool (*holds)(struct fixture *fixture)) {
    enum { LOOK_EVERY_MS = 10, LOOKS_MOST = 20 * 1000 / LOOK_EVERY_MS };
    unsigned looks_left = LOOKS_MOST;
    uv_timer_t look_again;
    uv_timer_init(&fixture->loop, &look_again);
    look_again.data = &looks_left;
    uv_timer_start(&look_again, on_look_again, LOOK_EVERY_MS, LOOK_EVERY_MS);
    while (!holds(fixture) && looks_left > 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    bool held = holds(fixture);
    uv_close((uv_handle_t *)&look_again, on_closed);
    while (look_again.data != NULL)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    ck_assert_msg(held, "20 s passed: %zu of %zu mails settled, %u troubles (last: %s)", fixture->done,
                  fixture->mail_count, fixture->troubles, fixture->trouble_text);
}

bool fixture_all_done(struct fixture *fixture) {
    return fixture->done == fixture->mail_count;
}

void fixture_submit_and_wait(struct fixture *fixture) {
    fixture_submit(fixture);
    fixture_run_until(fixture, fixture_all_done);
}

bool fixture_has_trouble_and_nothing_waits(struct fixture *fixture) {
    return fixture->troubles > 0 && smtp_pool_counts(fixture->pool).waiting == 0;
}

bool fixture_has_no_session(struct fixture *fixture) {
    struct smtp_pool_counts counts = smtp_pool_counts(fixture->pool);
    return counts.connecting + counts.idle + counts.busy == 0;
}

bool fixture_no_session_connects(struct fixture *fixture) {
    return smtp_pool_counts(fixture->pool).connecting == 0;
}

static void on_stopped(void *data) {
    struct fixture *fixture = data;
    fixture->stopped = true;
}

static bool is_stopped(struct fixture *fixture) {
    return fixture->stopped;
}

void fixture_stop_pool(struct fixture *fixture, int64_t deadline_ms) {
    fixture->keep_put_back = true;
    smtp_pool_stop(fixture->pool, deadline_ms, on_stopped);
    fixture_run_until(fixture, is_stopped);
}
