/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The email worker: Kafka → mail → SMTP.
 *
 * A record's way: kafka/group_consumer → delivery/delivery_intake (take, key order) → delivery/mail_builder
 * (decode → check → render → compose) → smtp/smtp_pool → smtp/smtp_machine → policy/outcome_policy →
 * delivery/delivery_outcome (sent, retry topic, dead letter) → kafka/offset_tracker → commit.
 */
#include "common/admin_server.h"
#include "common/log.h"
#include "common/service_options.h"
#include "email_metrics.h"
#include "render/template_store.h"
#include "settings.h"
#include "worker.h"
#include <curl/curl.h>
#include <stdio.h>

#define SERVICE "email"

struct parts {
    struct email_settings settings;
    struct template_store *templates;
    struct metrics *registry;
    struct email_metrics *metrics;
    struct readiness *readiness;
    struct admin_server *admin;
    struct worker *worker;
};

static bool make_observability(struct parts *parts, struct error *error) {
    parts->registry = metrics_new(SERVICE);
    parts->readiness = readiness_new();
    parts->metrics = parts->registry == NULL ? NULL : email_metrics_new(parts->registry);
    if (parts->metrics == NULL || parts->readiness == NULL)
        return error_set(error, "no memory for the metrics");
    return admin_server_start(&parts->admin, &parts->settings.common.admin_listen, parts->registry,
                              parts->readiness, error);
}

static bool start_libcurl(struct error *error) {
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
               ? true
               : error_set(error, "libcurl could not be initialised");
}

static bool make_worker(struct parts *parts, struct error *error) {
    const struct worker_parts worker = {
        .settings = &parts->settings,
        .templates = parts->templates,
        .metrics = parts->metrics,
        .readiness = parts->readiness,
    };
    return worker_new(&parts->worker, &worker, error);
}

static void free_parts(struct parts *parts) {
    admin_server_stop(parts->admin);
    worker_free(parts->worker);
    email_metrics_free(parts->metrics);
    metrics_free(parts->registry);
    readiness_free(parts->readiness);
    template_store_free(parts->templates);
    email_settings_free(&parts->settings);
}

static enum exit_status fail(struct parts *parts, const struct error *error) {
    fprintf(stderr, "notify-email: %s\n", error->text);
    free_parts(parts);
    return error->exit_status;
}

int main(int argc, char **argv) {
    struct parts parts = {0};
    struct error error = {.exit_status = EXIT_STATUS_INTERNAL};

    enum service_action action = service_options_parse(argc, argv, &email_settings_table);
    if (action == SERVICE_DONE || action == SERVICE_USAGE)
        return action == SERVICE_DONE ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
    if (!email_settings_load(&parts.settings, &error) ||
        !template_store_load(&parts.templates, parts.settings.templates_folder, &error))
        return fail(&parts, &error);
    if (action == SERVICE_CHECK_CONFIG) {
        printf("The configuration is good: %zu templates.\n", template_store_count(parts.templates));
        free_parts(&parts);
        return EXIT_STATUS_OK;
    }
    settings_configure_log(SERVICE, &parts.settings.common);
    if (!start_libcurl(&error) || !make_observability(&parts, &error) || !make_worker(&parts, &error))
        return fail(&parts, &error);

    enum exit_status status = worker_run(parts.worker);
    free_parts(&parts);
    curl_global_cleanup();
    return status;
}
