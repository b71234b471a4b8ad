/* SPDX-License-Identifier: Apache-2.0 */
/* POST /signup: checked here, stored by the database's writer, answered when it is durable. */
#include "common/clock.h"
#include "common/log.h"
#include "http/http_server.h"
#include "pages.h"
#include "routes.h"
#include "service.h"
#include "sign_up.h"
#include <stdlib.h>

/* A person at a browser gets the form again, filled in and with the errors beside the fields. */
static void refuse(struct http_request *request, struct http_response *response,
                   const struct body_fields *fields, const struct http_problem *problem) {
    const char *email, *name;
    size_t size;
    if (fields->json != NULL || !http_request_wants_html(request)) {
        http_respond_problem(request, response, problem);
        return;
    }
    body_fields_text(fields, "email", &email, &size);
    body_fields_text(fields, "name", &name, &size);
    page_form(response, problem->status, email, name, problem);
}

static void check_fields(const struct body_fields *fields, struct sign_up *sign_up,
                         struct http_problem *problem) {
    const char *text;
    size_t size;
    http_problem_set(problem, 422, "Some fields are missing or not valid.");
    http_problem_set_type(problem, PROBLEM_INVALID_FIELDS, "Some fields are not valid");
    if (!body_fields_text(fields, "email", &text, &size)) {
        http_problem_add_error(problem, "#/email", "The e-mail address must be a text.");
    } else {
        const char *complaint = email_check(text != NULL ? text : "", size, &sign_up->address);
        if (complaint != NULL)
            http_problem_add_error(problem, "#/email", "%s", complaint);
    }
    if (!body_fields_text(fields, "name", &text, &size)) {
        http_problem_add_error(problem, "#/name", "The name must be a text.");
    } else {
        const char *complaint = name_check(text != NULL ? text : "", size, sign_up->name);
        if (complaint != NULL)
            http_problem_add_error(problem, "#/name", "%s", complaint);
    }
}

/* Whether this client may sign up now, and there is room for the events. */
static bool is_welcome(const struct signup_service *service, const struct http_request *request,
                       struct http_problem *problem) {
    unsigned wait_seconds = client_rate_take(service->client_rate, &request->client, clock_monotonic_ms());
    if (wait_seconds > 0) {
        http_problem_set(problem, 429,
                         "Too many sign-ups came from your network. Please try again in %u second%s.",
                         wait_seconds, wait_seconds == 1 ? "" : "s");
        http_problem_set_type(problem, PROBLEM_RATE_LIMITED, "Too many sign-ups");
        problem->retry_after_seconds = wait_seconds;
        return false;
    }
    if (web_outbox_is_full(&service->parts)) {
        problem_unavailable(problem);
        return false;
    }
    return true;
}

struct pending_signup {
    struct database_job job; /* first: the job is cast back to this */
    const struct event_settings *events;
    struct sign_up sign_up;
    struct body_fields fields; /* a form's texts point into the request's body */
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    const struct pending_signup *pending = (const struct pending_signup *)(const void *)job;
    return sign_up_run(&pending->sign_up, pending->events, store, error);
}

static void free_pending(struct pending_signup *pending) {
    sign_up_finish(&pending->sign_up);
    body_fields_free(&pending->fields);
    free(pending);
}

static void finish_post_signup(struct http_request *request, struct http_response *response, void *context) {
    const struct signup_service *service = context;
    struct pending_signup *pending = request->deferred;
    const struct sign_up *sign_up = &pending->sign_up;
    if (!pending->job.ok) {
        struct http_problem problem;
        problem_unavailable(&problem);
        refuse(request, response, &pending->fields, &problem);
    } else if (pending->fields.json == NULL) {
        http_response_begin(response, 303, NULL);
        http_response_header(response, "Location", "/signups/%s", sign_up->id);
    } else {
        http_response_begin(response, 202, "application/json");
        http_response_header(response, "Location", "/signups/%s", sign_up->id);
        text_buffer_append_format(&response->body, "{\"id\":\"%s\",\"status_url\":\"%s/signups/%s\"}\n",
                                  sign_up->id, service->parts.settings->public_url, sign_up->id);
    }
    if (pending->job.ok)
        log_info("sign-up accepted",
                 LOG_FIELDS(log_text("signup_id", sign_up->id), log_address("address", sign_up->address.wire),
                            log_text("trace_id", request->trace.trace_id)));
    free_pending(pending);
}

static bool prepare(const struct signup_service *service, const struct http_request *request,
                    struct sign_up *sign_up) {
    struct error error = {0};
    const struct trace_context *trace = &request->trace;
    sign_up->now_ms = clock_unix_ms();
    sign_up->cooldown_ms = service->settings->cooldown_ms;
    accept_language_first(http_request_header(request, "Accept-Language"), sign_up->locale);
    if (sign_up_prepare(sign_up, &service->events, trace->traceparent,
                        trace->tracestate[0] != '\0' ? trace->tracestate : NULL, &error))
        return true;
    log_error("a sign-up could not be prepared",
              LOG_FIELDS(log_text("detail", error.text), log_text("trace_id", trace->trace_id)));
    return false;
}

/* False: problem says why; the fields are read if it is not about reading them. */
static bool accept_signup(const struct signup_service *service, struct http_request *request,
                          struct pending_signup *pending, struct http_problem *problem) {
    struct sign_up *sign_up = &pending->sign_up;
    check_fields(&pending->fields, sign_up, problem);
    if (problem->error_count > 0 || !is_welcome(service, request, problem))
        return false;
    if (prepare(service, request, sign_up))
        return true;
    problem_unavailable(problem);
    return false;
}

void handle_post_signup(struct http_request *request, struct http_response *response, void *context) {
    const struct signup_service *service = context;
    struct http_problem problem;
    struct pending_signup *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    if (!body_fields_read(request, &pending->fields, &problem)) {
        http_respond_problem(request, response, &problem);
        free_pending(pending);
        return;
    }
    if (!accept_signup(service, request, pending, &problem)) {
        refuse(request, response, &pending->fields, &problem);
        free_pending(pending);
        return;
    }
    pending->job.access = STORE_WRITE;
    pending->job.run = run;
    pending->events = &service->events;
    database_defer(service->parts.database, &pending->job, request, finish_post_signup);
}
