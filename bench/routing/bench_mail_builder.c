/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record costs from its bytes to its mails: decode, validate, route, render, compose.
 * bench-mail-builder SCHEMAS TEMPLATES ROUTES: a sign-up's confirmation, and an order with two mails. Each
 * figure is the best of some rounds, as whatever else runs on the machine can only make a round slower.
 */
#include "delivery/mail_builder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20, RECORDS = 2000 };

static const char sign_up[] =
    "{\"specversion\":\"1.0\",\"id\":\"01a1fd2a-7234-7238-b3d2-8935b149564b\",\"source\":\"/"
    "signup\",\"type\":\""
    "com.example.notification.requested.v1\",\"subject\":\"01a1fd2a-7234-7238-b3d2-8935b149564b\",\"time\":"
    "\"2026-11-21T07:29:00.000Z\",\"datacontenttype\":\"application/json\",\"data\":{\"template\":\"signup-"
    "confirmation\",\"recipient\":\"ada@example.org\",\"locale\":\"en\",\"variables\":{\"site_url\":"
    "\"https://example.org\",\"confirmation_url\":\"https://example.org/"
    "confirm?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"valid_hours\":24}}}";

static const char order[] = "{\"specversion\":\"1.0\",\"id\":\"01a1fd2a-7234-7238-b3d2-8935b149564b\","
                            "\"source\":\"/order\",\"type\":\""
                            "com.example.order.placed.v1\",\"time\":\"2026-11-21T07:29:00.000Z\",\"data\":{"
                            "\"order_id\":\"01a1fd2a-7234-"
                            "7238-b3d2-8935b149564b\",\"customer\":{\"name\":\"Ada\",\"email\":\"ada@example."
                            "org\"},\"locale\":\"en\","
                            "\"currency\":\"EUR\",\"items\":[{\"sku\":\"TEA\",\"name\":\"Tea\",\"quantity\":"
                            "2,\"unit_price\":{\"amount\":490,"
                            "\"currency\":\"EUR\"},\"total\":{\"amount\":980,\"currency\":\"EUR\"}},{\"sku\":"
                            "\"POT\",\"name\":\"Pot\","
                            "\"quantity\":1,\"unit_price\":{\"amount\":3450,\"currency\":\"EUR\"},\"total\":{"
                            "\"amount\":3450,\"currency\":"
                            "\"EUR\"}}],\"total\":{\"amount\":4430,\"currency\":\"EUR\"},\"placed_at\":"
                            "\"2026-11-21T07:29:00.000Z\"}}";

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static size_t build(struct mail_builder *builder, const char *event) {
    rd_kafka_message_t message = {.payload = (void *)event, .len = strlen(event)};
    struct record record = {.message = &message, .past_is_readable = true, .past.attempts = 1};
    struct build_trouble trouble = {0};
    size_t mails = 0;
    if (mail_builder_build(builder, &record, 1800000000000, &trouble) == BUILD_MAILS)
        mails = record.mail_count;
    else
        fprintf(stderr, "%s: %s\n", trouble.reason == NULL ? "skipped" : trouble.reason, trouble.text);
    record_drop_mails(&record);
    cloud_event_clear(&record.event);
    return mails;
}

static bool measure(struct mail_builder *builder, const char *what, const char *event, size_t mails) {
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; i < RECORDS; i++) {
            if (build(builder, event) != mails)
                return false;
        }
        double each = (nanoseconds() - start) / RECORDS;
        if (round == 0 || each < best)
            best = each;
    }
    printf("%-36s %7.0f ns a record\n", what, best);
    return true;
}

static bool measure_validation(const struct json_schema *schema, const char *event) {
    json_t *root = json_loads(event, 0, NULL);
    const json_t *data = json_object_get(root, "data");
    double best = 0;
    bool valid = data != NULL;
    for (int round = 0; valid && round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; valid && i < RECORDS; i++)
            valid = json_schema_validate(schema, data, NULL) == JSON_SCHEMA_OK;
        double each = (nanoseconds() - start) / RECORDS;
        if (round == 0 || each < best)
            best = each;
    }
    printf("%-36s %7.0f ns\n", "of that, validating the request", best);
    json_decref(root);
    return valid;
}

int main(int argc, char **argv) {
    static char from[] = "Example Shop <noreply@example.org>", return_path[] = "noreply@example.org",
                domain[] = "example.org";
    if (argc != 4) {
        fprintf(stderr, "usage: %s SCHEMAS TEMPLATES ROUTES\n", argv[0]);
        return EXIT_STATUS_USAGE;
    }
    struct email_settings settings = {
        .mail_from = from,
        .return_path = return_path,
        .message_id_domain = domain,
        .mail_variables = json_pack("{s:s}", "department_head", "head@example.org"),
    };
    const struct mail_catalog_source source = {argv[3], argv[2], argv[1], settings.mail_variables};
    struct mail_catalog catalog = {.templates = NULL};
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    struct mail_builder *builder = mail_builder_new(&settings, &catalog);
    bool done = builder != NULL && mail_catalog_load(&catalog, &source, &problems);
    fputs(problem_list_text(&problems), stderr);
    done = done && measure(builder, "sign-up's confirmation", sign_up, 1) &&
           measure_validation(catalog.requested_schema, sign_up) &&
           measure(builder, "order with two mails", order, 2);
    mail_builder_free(builder);
    mail_catalog_free(&catalog);
    problem_list_free(&problems);
    json_decref(settings.mail_variables);
    return done ? EXIT_STATUS_OK : EXIT_STATUS_INTERNAL;
}
