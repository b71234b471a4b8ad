/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each stage of a mail's way costs, from a record's bytes to its mail and its status, on one core.
 * bench-stages SCHEMAS TEMPLATES ROUTES. Each figure is the best of some rounds, as whatever else runs on the
 * machine can only make a round slower.
 */
#include "delivery/mail_builder.h"
#include "delivery/status_event.h"
#include "kafka/offset_tracker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20, RECORDS = 2000, COMMIT_EVERY = 64 };

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

/* What the stages work on: the sign-up's event, and its mail as far as the stage before has brought it. */
struct bench {
    struct email_settings settings;
    struct mail_catalog catalog;
    struct mail_builder *builder;
    struct offset_tracker *tracker;
    int64_t offset;
    struct cloud_event event;
    json_t *context;
    const struct mail_template *template;
    struct rendered_mail rendered;
    struct text_buffer message;
};

static bool decode(struct bench *bench) {
    struct error error = {0};
    cloud_event_clear(&bench->event);
    return cloud_event_decode(&bench->event, sign_up, sizeof sign_up - 1, NULL, &error);
}

static bool validate(struct bench *bench) {
    return json_schema_validate(bench->catalog.requested_schema, bench->event.data, NULL) == JSON_SCHEMA_OK;
}

static bool render(struct bench *bench) {
    struct error error = {0};
    return template_render(bench->template, bench->context, &bench->rendered, &error);
}

static bool compose(struct bench *bench) {
    char message_id[MESSAGE_ID_SIZE];
    struct error error = {0};
    const struct message_header extra[] = {{"Auto-Submitted", "auto-generated"},
                                           {"X-Event-Id", bench->event.id},
                                           {"X-Event-Type", bench->event.type},
                                           {NULL, NULL}};
    const struct message_parts parts = {
        .from = bench->settings.mail_from,
        .to = "ada@example.org",
        .subject = bench->rendered.subject.bytes,
        .message_id = message_id,
        .date_unix_ms = 1800000000000,
        .text = bench->rendered.text.bytes,
        .text_size = bench->rendered.text.size,
        .html = bench->rendered.html.bytes,
        .html_size = bench->rendered.html.size,
        .extra = extra,
    };
    return message_id_derive(bench->event.source, bench->event.id, parts.to, "signup-confirmation",
                             bench->settings.message_id_domain, message_id) &&
           message_compose(&parts, &bench->message, &error);
}

static bool tell(struct bench *bench) {
    static const struct smtp_result result = {.fate = SMTP_FATE_REPLIED, .code = 250};
    const struct status_event status = {
        .cause = &bench->event,
        .source = "/email",
        .sent = true,
        .template_name = "signup-confirmation",
        .message_id = "SLnqj7hSm_rV6hA8n1ydVNvjiLVWZCwKuHcZzHYXKMo@example.org",
        .attempts = 1,
        .result = &result,
        .now_unix_ms = 1800000000000,
    };
    char *text = status_event_encode(&status);
    free(text);
    return text != NULL;
}

static bool track(struct bench *bench) {
    int64_t offset = bench->offset++;
    struct offset_commit commit;
    if (!offset_tracker_take(bench->tracker, offset) || !offset_tracker_complete(bench->tracker, offset))
        return false;
    if (offset % COMMIT_EVERY == 0 && offset_tracker_snapshot(bench->tracker, &commit))
        offset_tracker_acknowledge(bench->tracker, true);
    return true;
}

static bool build(struct bench *bench, const char *event, size_t mails) {
    rd_kafka_message_t message = {.payload = (void *)event, .len = strlen(event)};
    struct record record = {.message = &message, .past_is_readable = true, .past.attempts = 1};
    struct build_trouble trouble = {0};
    bool built = mail_builder_build(bench->builder, &record, 1800000000000, &trouble) == BUILD_MAILS &&
                 record.mail_count == mails;
    for (size_t i = 0; i < record.mail_count; i++)
        mail_builder_give_back(bench->builder, &record.mails[i].message);
    record_drop_mails(&record);
    cloud_event_clear(&record.event);
    if (!built)
        fprintf(stderr, "%s: %s\n", trouble.reason == NULL ? "skipped" : trouble.reason, trouble.text);
    return built;
}

static bool build_sign_up(struct bench *bench) {
    return build(bench, sign_up, 1);
}

static bool build_order(struct bench *bench) {
    return build(bench, order, 2);
}

static const struct stage {
    const char *name;
    bool (*run)(struct bench *bench);
} stages[] = {
    {"decode", decode},
    {"schema", validate},
    {"render", render},
    {"compose", compose},
    {"status", tell},
    {"offset tracker", track},
    {"decode to compose, sign-up's mail", build_sign_up},
    {"decode to compose, order's two mails", build_order},
};

static bool measure(struct bench *bench, const struct stage *stage) {
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; i < RECORDS; i++) {
            if (!stage->run(bench)) {
                fprintf(stderr, "%s failed\n", stage->name);
                return false;
            }
        }
        double each = (nanoseconds() - start) / RECORDS;
        if (round == 0 || each < best)
            best = each;
    }
    printf("%-36s %6.2f µs\n", stage->name, best / 1000);
    return true;
}

static bool prepare(struct bench *bench, char **arguments) {
    const struct mail_catalog_source source = {arguments[3], arguments[2], arguments[1],
                                               bench->settings.mail_variables};
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    bool loaded = mail_catalog_load(&bench->catalog, &source, &problems);
    fputs(problem_list_text(&problems), stderr);
    problem_list_free(&problems);
    bench->builder = mail_builder_new(&bench->settings, &bench->catalog);
    bench->tracker = offset_tracker_new();
    if (!loaded || bench->builder == NULL || bench->tracker == NULL || !decode(bench))
        return false;
    bench->template = template_store_find(bench->catalog.templates, "signup-confirmation", "en");
    bench->context = json_pack("{s:O, s:{}, s:{}}", "data", bench->event.data, "event", "vars");
    return bench->template != NULL && bench->context != NULL && render(bench);
}

int main(int argc, char **argv) {
    static char from[] = "Example Shop <noreply@example.org>", return_path[] = "noreply@example.org",
                domain[] = "example.org";
    if (argc != 4) {
        fprintf(stderr, "usage: %s SCHEMAS TEMPLATES ROUTES\n", argv[0]);
        return EXIT_STATUS_USAGE;
    }
    struct bench bench = {
        .settings = {.mail_from = from,
                     .return_path = return_path,
                     .message_id_domain = domain,
                     .mail_variables = json_pack("{s:s}", "department_head", "head@example.org")},
        .event.time_unix_ms = -1,
    };
    bool done = prepare(&bench, argv);
    for (size_t i = 0; done && i < sizeof stages / sizeof stages[0]; i++)
        done = measure(&bench, &stages[i]);
    text_buffer_free(&bench.message);
    rendered_mail_free(&bench.rendered);
    json_decref(bench.context);
    cloud_event_clear(&bench.event);
    offset_tracker_free(bench.tracker);
    mail_builder_free(bench.builder);
    mail_catalog_free(&bench.catalog);
    json_decref(bench.settings.mail_variables);
    return done ? EXIT_STATUS_OK : EXIT_STATUS_INTERNAL;
}
