/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rendering and composing a mail costs: bench-render TEMPLATES [TEMPLATE [LOCALE]]. Each figure is the
 * best of some rounds, as whatever else runs on the machine can only make a round slower.
 */
#include "compose/message.h"
#include "render/template_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20, MAILS = 5000 };

static const char context_text[] =
    "{\"event\":{\"id\":\"0190a6f0-0000-7000-8000-000000000000\",\"source\":\"/signup\",\"type\":"
    "\"com.example.notification.requested.v1\",\"subject\":\"42\",\"time\":\"2026-11-21T07:29:00Z\"},"
    "\"data\":{\"template\":\"signup-confirmation\",\"recipient\":\"user@example.com\",\"variables\":{"
    "\"confirmation_url\":\"https://shop.example.org/"
    "confirm?token=Zk3vQ0b9mX2sT8hLq7R1yNfWc5uJpA6eGdV4oKxBiSw\","
    "\"valid_hours\":24,\"site_url\":\"https://shop.example.org/"
    "\",\"name\":\"Mia\",\"subject\":\"S\",\"text\":\"T\"}},"
    "\"vars\":{\"product_name\":\"Example Shop\"}}";

struct bench {
    const struct mail_template *template;
    json_t *context;
    struct rendered_mail rendered;
    struct text_buffer message;
    struct error error;
};

static bool render(struct bench *bench) {
    return template_render(bench->template, bench->context, &bench->rendered, &bench->error);
}

static bool compose(struct bench *bench) {
    static const struct message_header extra[] = {
        {"Auto-Submitted", "auto-generated"},
        {"X-Event-Id", "0190a6f0-0000-7000-8000-000000000000"},
        {"X-Event-Type", "com.example.notification.requested.v1"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {NULL, NULL},
    };
    const struct message_parts parts = {
        .from = "Example Shop <noreply@example.org>",
        .to = "user@example.com",
        .subject = bench->rendered.subject.bytes,
        .message_id = "_Jl_qhSUTYjMtOjw1D7jDWZNy-6f7fOo2lVb6qINaqo@example.org",
        .date_unix_ms = 1700000000000,
        .text = bench->rendered.text.bytes,
        .text_size = bench->rendered.text.size,
        .html = bench->rendered.html.bytes,
        .html_size = bench->rendered.html.size,
        .extra = extra,
    };
    return message_compose(&parts, &bench->message, &bench->error);
}

static bool derive_id(struct bench *bench) {
    char id[MESSAGE_ID_SIZE];
    (void)bench;
    return message_id_derive("/signup", "0190a6f0-0000-7000-8000-000000000000", "user@example.com",
                             "signup-confirmation", "example.org", id);
}

static bool render_and_compose(struct bench *bench) {
    return render(bench) && compose(bench);
}

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool measure(const char *what, bool (*work)(struct bench *bench), struct bench *bench) {
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; i < MAILS; i++) {
            if (!work(bench)) {
                fprintf(stderr, "%s: %s\n", what, bench->error.text);
                return false;
            }
        }
        double each = (nanoseconds() - start) / MAILS;
        if (round == 0 || each < best)
            best = each;
    }
    printf("%-20s %7.0f ns a mail\n", what, best);
    return true;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s TEMPLATES [TEMPLATE [LOCALE]]\n", argv[0]);
        return EXIT_STATUS_USAGE;
    }
    struct bench bench = {.context = json_loads(context_text, 0, NULL)};
    struct template_store *store;
    if (!template_store_load(&store, argv[1], &bench.error)) {
        fprintf(stderr, "%s\n", bench.error.text);
        return EXIT_STATUS_CONFIG;
    }
    const char *name = argc > 2 ? argv[2] : "signup-confirmation";
    bench.template = template_store_find(store, name, argc > 3 ? argv[3] : NULL);
    if (bench.template == NULL || bench.context == NULL || !render_and_compose(&bench)) {
        fprintf(stderr, "%s: cannot be rendered: %s\n", name, bench.error.text);
        return EXIT_STATUS_INTERNAL;
    }
    printf("%s: text %zu, HTML %zu, message %zu octets\n", name, bench.rendered.text.size,
           bench.rendered.html.size, bench.message.size);
    bool measured = measure("render", render, &bench) && measure("compose", compose, &bench) &&
                    measure("render and compose", render_and_compose, &bench) &&
                    measure("derive Message-ID", derive_id, &bench);
    rendered_mail_free(&bench.rendered);
    text_buffer_free(&bench.message);
    template_store_free(store);
    json_decref(bench.context);
    return measured ? EXIT_STATUS_OK : EXIT_STATUS_INTERNAL;
}
