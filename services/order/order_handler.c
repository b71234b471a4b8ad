/* SPDX-License-Identifier: Apache-2.0 */
/* POST /orders: checked here, stored by the database's writer, answered when it is durable. */
#include "common/clock.h"
#include "common/log.h"
#include "http/http_server.h"
#include "http/negotiation.h"
#include "idempotency_key.h"
#include "order_check.h"
#include "place_order.h"
#include "routes.h"
#include "service.h"
#include <stdlib.h>
#include <string.h>

#define PROBLEM_KEY_MISSING "https://example.com/problems/idempotency-key-missing"
#define PROBLEM_KEY_TAKEN "https://example.com/problems/idempotency-key-taken"
#define PROBLEM_KEY_IN_FLIGHT "https://example.com/problems/idempotency-key-in-flight"

struct pending_order {
    struct database_job job; /* first: the job is cast back to this */
    struct in_flight_request in_flight;
    struct place_order place;
};

static bool run(struct database_job *job, struct store *store, struct error *error) {
    struct pending_order *pending = (struct pending_order *)(void *)job;
    return place_order_run(&pending->place, store, error);
}

/* --- problems --- */

static void problem_key_taken(struct http_problem *problem) {
    http_problem_set(problem, 422,
                     "This Idempotency-Key came with another order before. Use a new one for a new order.");
    http_problem_set_type(problem, PROBLEM_KEY_TAKEN, "The Idempotency-Key is taken");
}

static void problem_key_in_flight(struct http_problem *problem) {
    http_problem_set(problem, 409, "This order is being worked on. Ask again in a second.");
    http_problem_set_type(problem, PROBLEM_KEY_IN_FLIGHT, "The request is being worked on");
    problem->retry_after_seconds = 1;
}

static void problem_too_large(struct http_problem *problem) {
    http_problem_set(problem, 422, "The event of this order would be larger than 960 KB.");
    http_problem_set_type(problem, PROBLEM_INVALID_FIELDS, "Some fields are not valid");
    http_problem_add_error(problem, "#/items", "Their texts are too long for one order.");
}

/* --- answering --- */

static void respond_accepted(struct http_response *response, const struct key_record *key) {
    http_response_begin(response, 202, "application/json");
    http_response_header(response, "Location", "/orders/%s", key->order_id);
    text_buffer_append_text(&response->body, key->answer);
}

static void tell(const struct http_request *request, const struct key_record *key, bool repeated) {
    log_info("order accepted",
             LOG_FIELDS(log_text("order_id", key->order_id), log_boolean("repeated", repeated),
                        log_text("trace_id", request->trace.trace_id)));
}

static void free_pending(struct pending_order *pending) {
    place_order_finish(&pending->place);
    free(pending);
}

static void finish_post_order(struct http_request *request, struct http_response *response, void *context) {
    struct order_service *service = context;
    struct pending_order *pending = request->deferred;
    struct http_problem problem = {0};
    bool repeated = pending->place.outcome == PLACE_ORDER_REPEATED;
    if (!pending->job.ok)
        problem_unavailable(&problem);
    else if (pending->place.outcome == PLACE_ORDER_KEY_TAKEN)
        problem_key_taken(&problem);
    else if (pending->place.outcome == PLACE_ORDER_TOO_LARGE)
        problem_too_large(&problem);
    if (problem.status == 0) {
        respond_accepted(response, &pending->place.key);
        tell(request, &pending->place.key, repeated);
    } else {
        http_respond_problem(request, response, &problem);
    }
    in_flight_leave(&service->in_flight, &pending->in_flight);
    free_pending(pending);
}

/* --- accepting --- */

/* The digests of the key and of the body, which tell requests apart. */
static bool read_key(const struct http_request *request, struct pending_order *pending,
                     struct http_problem *problem) {
    char key[IDEMPOTENCY_KEY_SIZE];
    const char *complaint = idempotency_key_read(http_request_header(request, "Idempotency-Key"), key);
    if (complaint != NULL) {
        http_problem_set(problem, 400, "%s", complaint);
        http_problem_set_type(problem, PROBLEM_KEY_MISSING, "An Idempotency-Key is needed");
        return false;
    }
    if (!digest_sha256(key, strlen(key), pending->in_flight.key) ||
        !digest_sha256(request->body, request->body_size, pending->in_flight.fingerprint)) {
        problem_unavailable(problem);
        return false;
    }
    memcpy(pending->place.key.key, pending->in_flight.key, SHA256_SIZE);
    memcpy(pending->place.key.fingerprint, pending->in_flight.fingerprint, SHA256_SIZE);
    return true;
}

/* A new reference to the checked data, or NULL. */
static json_t *read_order(struct http_request *request, struct http_problem *problem) {
    struct body_fields fields;
    char locale[LANGUAGE_SIZE];
    if (!media_type_is(http_request_header(request, "Content-Type"), "application/json")) {
        http_problem_set(problem, 415, "The body must be application/json.");
        return NULL;
    }
    if (!body_fields_read(request, &fields, problem))
        return NULL;
    accept_language_first(http_request_header(request, "Accept-Language"), locale);
    json_t *data = order_check(fields.json, locale, problem);
    body_fields_free(&fields);
    return data;
}

static bool prepare(const struct order_service *service, const struct http_request *request,
                    struct place_order *place, json_t *data, struct http_problem *problem) {
    const struct trace_context *trace = &request->trace;
    struct error error = {0};
    place->settings = (struct place_order_settings){
        .event_source = service->settings->web.event_source,
        .topic = service->settings->order_topic,
        .public_url = service->settings->web.public_url,
    };
    place->traceparent = trace->traceparent;
    place->tracestate = trace->tracestate[0] != '\0' ? trace->tracestate : NULL;
    place->now_ms = clock_unix_ms();
    if (place_order_prepare(place, data, &error))
        return true;
    log_error("an order could not be prepared",
              LOG_FIELDS(log_text("detail", error.text), log_text("trace_id", trace->trace_id)));
    problem_unavailable(problem);
    return false;
}

/* False: problem says why. On true the request's key is in flight. */
static bool accept_order(struct order_service *service, struct http_request *request,
                         struct pending_order *pending, struct http_problem *problem) {
    if (!read_key(request, pending, problem))
        return false;
    json_t *data = read_order(request, problem);
    if (data == NULL)
        return false;
    bool prepared = prepare(service, request, &pending->place, data, problem);
    json_decref(data);
    if (!prepared)
        return false;
    if (web_outbox_is_full(&service->parts)) {
        problem_unavailable(problem);
        return false;
    }
    switch (in_flight_enter(&service->in_flight, &pending->in_flight)) {
    case IN_FLIGHT_SAME_BODY:
        problem_key_in_flight(problem);
        return false;
    case IN_FLIGHT_OTHER_BODY:
        problem_key_taken(problem);
        return false;
    case IN_FLIGHT_ENTERED:
        break;
    }
    return true;
}

void handle_post_order(struct http_request *request, struct http_response *response, void *context) {
    struct order_service *service = context;
    struct http_problem problem;
    struct pending_order *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        http_respond_unavailable(request, response);
        return;
    }
    if (!accept_order(service, request, pending, &problem)) {
        http_respond_problem(request, response, &problem);
        free_pending(pending);
        return;
    }
    pending->job.access = STORE_WRITE;
    pending->job.run = run;
    database_defer(service->parts.database, &pending->job, request, finish_post_order);
}
