/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signup: takes sign-ups over HTTP, stores each with its events in one transaction, and answers 202 when that
 * is durable. The parts, in the order in which a sign-up meets them: http/http_server   the HTTP server:
 * epoll threads, body cap, deadlines          routes.c   what is answered where signup_handler.c   checks the
 * fields, makes token and events                    confirm_handler.c, status_handler.c database.c the writer
 * thread: group commit; the reader thread           store.h    what is stored, and how sign_up.c what a
 * sign-up does to the database                          confirm.c  what a confirmation does libnotify-outbox
 * the relay: from the outbox table to Kafka
 */
#include "process.h"

int main(int argc, char **argv) {
    struct signup_settings settings;
    struct error error = {0};

    switch (service_options_parse(argc, argv, &signup_settings_table)) {
    case SERVICE_DONE:
        return EXIT_STATUS_OK;
    case SERVICE_USAGE:
        return EXIT_STATUS_USAGE;
    case SERVICE_CHECK_CONFIG:
        return check_configuration();
    case SERVICE_RUN:
        break;
    }
    bool ok = signup_settings_load(&settings, &error);
    settings_configure_log("signup", &settings.common);

    struct process process = {.service.settings = &settings};
    ok = ok && process_prepare(&process, &error)    /* signals, metrics, readiness */
         && process_open_outbox(&process, &error)   /* the tables, the relay to Kafka */
         && process_open_database(&process, &error) /* the writer and the reader */
         && process_open_http(&process, &error);    /* the public listener and the admin one */
    if (ok)
        process_wait_for_signal(&process);
    process_close(&process);
    signup_settings_free(&settings);
    return ok ? EXIT_STATUS_OK : process_fail(&error);
}
