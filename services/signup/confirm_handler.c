/* SPDX-License-Identifier: Apache-2.0 */
/* /confirm: GET shows a button, since mail scanners and link previews follow links; only POST confirms. */
#include "common/clock.h"
#include "common/log.h"
#include "confirm.h"
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"
#include "service.h"
#include "token.h"
#include <stdlib.h>
#include <string.h>

struct pending_confirm {
    struct database_job job; /* first: the job is cast back to this */
    const struct event_settings *events;
    struct confirm confirm;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct pending_confirm *pending = (struct pending_confirm *)(void *)job;
    return confirm_run(&pending->confirm, pending->events, store, error);
}

struct confirm_failure {
    int status;
    const char *type, *title, *detail;
};

static const struct confirm_failure failures[] = {
    [CONFIRM_UNKNOWN] =
        {404, "https://example.com/problems/token-unknown", "This link is not valid",
         "It may have been cut off. Try to copy the whole link from the mail, or sign up again."},
    [CONFIRM_USED] = {410, "https://example.com/problems/token-used", "This link was used already",
                      "Your e-mail address is confirmed. There is nothing left to do."},
    [CONFIRM_EXPIRED] = {410, "https://example.com/problems/token-expired", "This link has expired",
                         "A link is valid for 24 hours. Sign up again to get a new one."},
};

static void respond_failure(struct http_request *request, struct http_response *response,
                            enum confirm_outcome outcome) {
    const struct confirm_failure *failure = &failures[outcome];
    if (http_request_wants_html(request)) {
        bool is_used = outcome == CONFIRM_USED;
        page_message(response, failure->status, is_used ? "done" : "problem", failure->title, failure->detail,
                     is_used ? NULL : "/", is_used ? NULL : "Sign up again");
        return;
    }
    struct http_problem problem;
    http_problem_set(&problem, failure->status, "%s", failure->detail);
    http_problem_set_type(&problem, failure->type, failure->title);
    http_response_problem(response, &problem);
}

void handle_get_confirm(struct http_request *request, struct http_response *response, void *service) {
    (void)service;
    const char *token = http_request_query(request, "token");
    uint8_t hash[SHA256_SIZE];
    if (token == NULL || !token_hash_of(token, strlen(token), hash))
        respond_failure(request, response, CONFIRM_UNKNOWN);
    else
        page_confirm(response, token);
}

static void respond_confirmed(struct http_request *request, struct http_response *response,
                              const struct confirm *confirm) {
    log_info("address confirmed", LOG_FIELDS(log_text("signup_id", confirm->token.id),
                                             log_address("address", confirm->token.email),
                                             log_text("trace_id", request->trace.trace_id)));
    if (http_request_wants_html(request)) {
        page_message(
            response, 200, "done", "You are in",
            "Your e-mail address is confirmed. A welcome mail is on its way. You can close this page.", NULL,
            NULL);
        return;
    }
    http_response_begin(response, 200, "application/json");
    text_buffer_append_format(&response->body, "{\"id\":\"%s\",\"state\":\"confirmed\"}\n",
                              confirm->token.id);
}

static void finish_post_confirm(struct http_request *request, struct http_response *response, void *context) {
    (void)context;
    struct pending_confirm *pending = request->deferred;
    if (!pending->job.ok) {
        http_respond_unavailable(request, response);
    } else if (pending->confirm.outcome == CONFIRM_DONE) {
        respond_confirmed(request, response, &pending->confirm);
    } else {
        respond_failure(request, response, pending->confirm.outcome);
    }
    free(pending);
}

/* False: response is made. */
static bool read_token(struct http_request *request, struct http_response *response,
                       uint8_t hash[SHA256_SIZE]) {
    struct body_fields fields;
    struct http_problem problem;
    const char *token;
    size_t size;
    if (!body_fields_read(request, &fields, &problem)) {
        http_respond_problem(request, response, &problem);
        return false;
    }
    bool is_text = body_fields_text(&fields, "token", &token, &size);
    bool is_token = is_text && token != NULL && token_hash_of(token, size, hash);
    if (!is_text || token == NULL) {
        http_problem_set(&problem, 422, "The token is missing or not a text.");
        http_problem_set_type(&problem, PROBLEM_INVALID_FIELDS, "Some fields are not valid");
        http_problem_add_error(&problem, "#/token", "The token from the confirmation link is needed here.");
        http_respond_problem(request, response, &problem);
    } else if (!is_token) {
        respond_failure(request, response, CONFIRM_UNKNOWN);
    }
    body_fields_free(&fields);
    return is_token;
}

void handle_post_confirm(struct http_request *request, struct http_response *response, void *context) {
    const struct signup_service *service = context;
    uint8_t hash[SHA256_SIZE];
    if (!read_token(request, response, hash))
        return;
    struct pending_confirm *pending = web_outbox_is_full(&service->parts) ? NULL : calloc(1, sizeof *pending);
    if (pending == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    pending->job.access = STORE_WRITE;
    pending->job.run = run;
    pending->events = &service->events;
    memcpy(pending->confirm.token_hash, hash, sizeof hash);
    pending->confirm.now_ms = clock_unix_ms();
    pending->confirm.traceparent = request->trace.traceparent;
    pending->confirm.tracestate = request->trace.tracestate[0] != '\0' ? request->trace.tracestate : NULL;
    database_defer(service->parts.database, &pending->job, request, finish_post_confirm);
}
