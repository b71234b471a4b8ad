/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order: takes orders over HTTP, stores each with its event and its idempotency key in one transaction, and
 * answers 202 when that is durable. The parts, in the order in which an order meets them:
 *
 *   http/http_server       the HTTP server: epoll threads, body cap, deadlines
 *   routes.c               what is answered where
 *   order_handler.c        reads key and body, makes the event
 *   idempotency_key.c, order_check.c
 *   in_flight.c            keys that are being worked on
 *   web/database.c         the writer thread: group commit; the reader thread
 *   place_order.c          what an order does to the database
 *   store.h                what is stored, and how
 *   libnotify-outbox       the relay: from the outbox table to Kafka
 *   web/status_consumer.c  what became of the mails, from Kafka to the order's rows
 *   state_handler.c, order_mails.c
 */
#include "place_order.h"
#include "routes.h"
#include "service.h"
#include "web/web_service.h"

#define BODY_MAX 1048576 /* no event of a larger one would be within 960 KB */

static struct order_settings settings;
static struct order_service order = {.settings = &settings, .in_flight = IN_FLIGHT_EMPTY};

static bool prepare(struct error *error) {
    (void)error;
    return true;
}

static void finish(void) {
    order_settings_finish(&settings);
}

int main(int argc, char **argv) {
    const struct web_service service = {
        .settings_table = &order_settings_table,
        .settings = &settings.web,
        .work = "orders",
        .prepare = prepare,
        .finish = finish,
        .parts = &order.parts,
        .routes = order_routes,
        .body_max = BODY_MAX,
        .open_store = store_open_sqlite,
        .apply_status = order_apply_status,
    };
    return web_service_run(&service, argc, argv);
}
