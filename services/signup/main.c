/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signup: takes sign-ups over HTTP, stores each with its events in one transaction, and answers 202 when that
 * is durable. The parts, in the order in which a sign-up meets them:
 *
 *   http/http_server       the HTTP server: epoll threads, body cap, deadlines
 *   routes.c               what is answered where
 *   signup_handler.c       checks the fields, makes token and events
 *   confirm_handler.c, status_handler.c
 *   web/database.c         the writer thread: group commit; the reader thread
 *   store.h                what is stored, and how
 *   sign_up.c              what a sign-up does to the database
 *   confirm.c              what a confirmation does
 *   libnotify-outbox       the relay: from the outbox table to Kafka
 *   web/status_consumer.c  what became of the mail, from Kafka to the sign-up's row
 */
#include "pages.h"
#include "routes.h"
#include "service.h"
#include "store.h"
#include "web/web_service.h"

#define BODY_MAX 16384

static struct signup_settings settings;
static struct signup_service signup = {.settings = &settings};

static bool prepare(struct error *error) {
    signup.events = (struct event_settings){
        .source = settings.web.event_source,
        .public_url = settings.web.public_url,
        .signup_topic = settings.signup_topic,
        .notification_topic = settings.notification_topic,
    };
    signup.client_rate = client_rate_new(&settings.client_rate);
    return signup.client_rate != NULL || error_set(error, "no memory");
}

static void finish(void) {
    client_rate_free(signup.client_rate);
    signup_settings_finish(&settings);
}

int main(int argc, char **argv) {
    const struct web_service service = {
        .settings_table = &signup_settings_table,
        .settings = &settings.web,
        .work = "sign-ups",
        .prepare = prepare,
        .finish = finish,
        .parts = &signup.parts,
        .routes = signup_routes,
        .problem_page = page_problem,
        .body_max = BODY_MAX,
        .open_store = store_open_sqlite,
        .apply_status = signup_apply_status,
    };
    return web_service_run(&service, argc, argv);
}
