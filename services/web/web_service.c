/* SPDX-License-Identifier: Apache-2.0 */
#include "web_service.h"
#include "common/log.h"
#include "common/service_options.h"
#include "web_process.h"
#include <stdio.h>

static int fail(const struct error *error) {
    log_lines(LOG_LEVEL_ERROR, error->text);
    return error->exit_status != EXIT_STATUS_OK ? (int)error->exit_status : EXIT_STATUS_INTERNAL;
}

static bool load(const struct web_service *service, struct error *error) {
    return web_settings_load(service->settings_table, service->settings, error);
}

static void unload(const struct web_service *service) {
    service->finish();
    web_settings_free(service->settings_table, service->settings);
}

/* What can be checked without starting. */
static int check_configuration(const struct web_service *service) {
    struct error error = {0};
    notify_client_config *config = NULL;
    /* For the person who asked. */
    log_configure(service->settings_table->service, LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    bool ok = load(service, &error) && web_client_config_new(service, &config, &error);
    notify_client_config_free(config);
    unload(service);
    if (!ok)
        return fail(&error);
    puts("the configuration is good");
    return fflush(stdout) == 0 ? EXIT_STATUS_OK : EXIT_STATUS_INTERNAL;
}

static int serve(const struct web_service *service) {
    struct error error = {0};
    struct web_process process = {.service = service};
    bool ok = load(service, &error);
    settings_configure_log(service->settings_table->service, &service->settings->common);
    ok = ok && web_process_prepare(&process, &error)    /* signals, metrics, readiness, the service's own */
         && web_process_open_outbox(&process, &error)   /* the tables, the relay to Kafka */
         && web_process_open_database(&process, &error) /* the writer and the reader */
         && web_process_open_statuses(&process, &error) /* what became of the mails */
         && web_process_open_http(&process, &error);    /* the public listener and the admin one */
    if (ok)
        web_process_wait_for_signal(&process);
    web_process_close(&process);
    unload(service);
    return ok ? EXIT_STATUS_OK : fail(&error);
}

int web_service_run(const struct web_service *service, int argc, char **argv) {
    switch (service_options_parse(argc, argv, service->settings_table)) {
    case SERVICE_DONE:
        return EXIT_STATUS_OK;
    case SERVICE_USAGE:
        return EXIT_STATUS_USAGE;
    case SERVICE_CHECK_CONFIG:
        return check_configuration(service);
    case SERVICE_RUN:
        break;
    }
    return serve(service);
}
