/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The email worker: Kafka → mail → SMTP.
 *
 * A record's way: kafka/group_consumer → delivery/delivery_intake (take, key order) → delivery/mail_builder
 * (decode → route → check → render → compose) → delivery/delivery_suppression → smtp/smtp_pool →
 * smtp/smtp_machine → policy/outcome_policy → delivery/delivery_outcome → delivery/delivery_hand_on (status,
 * retry topic, dead letter) → kafka/offset_tracker → commit.
 */
#include "common/admin_server.h"
#include "common/log.h"
#include "common/service_options.h"
#include "common/stop_signals.h"
#include "email_metrics.h"
#include "routing/mail_catalog.h"
#include "routing/topic_check.h"
#include "settings.h"
#include "smtp/oauth_token.h"
#include "worker.h"
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SERVICE "email"

struct parts {
    struct email_settings settings;
    struct mail_catalog catalog;
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
        .catalog = &parts->catalog,
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
    mail_catalog_free(&parts->catalog);
    email_settings_free(&parts->settings);
}

static bool load_catalog(struct parts *parts, struct problem_list *problems) {
    const struct mail_catalog_source source = email_settings_catalog_source(&parts->settings);
    return mail_catalog_load(&parts->catalog, &source, problems);
}

/* Tells every problem, a line each, and ends. */
static enum exit_status refuse(struct parts *parts, struct problem_list *problems) {
    for (const char *line = problem_list_text(problems); *line != '\0'; line = strchr(line, '\n') + 1)
        fprintf(stderr, "notify-email: %.*s\n", (int)strcspn(line, "\n"), line);
    problem_list_free(problems);
    free_parts(parts);
    return EXIT_STATUS_CONFIG;
}

static void check_token(const struct email_settings *settings, struct problem_list *problems) {
    struct oauth_token token;
    struct error error = {0};
    if (settings->smtp_oauth_token_file == NULL)
        return;
    if (!oauth_token_read(&token, settings->smtp_oauth_token_file, &error))
        problem_add(problems, "SMTP_OAUTH_TOKEN_FILE: %s", error.text);
    oauth_token_wipe(&token);
}

static enum exit_status check_config(struct parts *parts) {
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    load_catalog(parts, &problems);
    topic_check_declared(&parts->settings, &problems);
    check_token(&parts->settings, &problems);
    if (problems.count > 0)
        return refuse(parts, &problems);
    printf("The configuration is good: %zu templates, %zu routes.\n",
           template_store_count(parts->catalog.templates), parts->catalog.routes.count);
    free_parts(parts);
    return EXIT_STATUS_OK;
}

/* Before any thread is started, so that they all inherit it. worker_run() lets the two through, once it can
 * answer them; a reload that is asked for before finds what is just being loaded. */
static void hold_signals(void) {
    stop_signals_block();
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN); /* libcurl leaves it to the program (CURLOPT_NOSIGNAL) */
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
    hold_signals();
    if (!email_settings_load(&parts.settings, &error))
        return fail(&parts, &error);
    if (action == SERVICE_CHECK_CONFIG)
        return check_config(&parts);
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    if (!load_catalog(&parts, &problems))
        return refuse(&parts, &problems);
    settings_configure_log(SERVICE, &parts.settings.common);
    if (!start_libcurl(&error) || !make_observability(&parts, &error) || !make_worker(&parts, &error))
        return fail(&parts, &error);

    enum exit_status status = worker_run(parts.worker);
    free_parts(&parts);
    curl_global_cleanup();
    return status;
}
