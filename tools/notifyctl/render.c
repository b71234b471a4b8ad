/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl render: the mails of an event, by the worker's own code. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "delivery/mail_builder.h"
#include "mail_files.h"
#include "render_event.h"
#include "render_route.h"

#include <stdio.h>
#include <string.h>

static const struct command_option options[] = {
    {"event", 'e', "FILE", "the event in structured JSON, - for standard input"},
    {"type", 't', "TYPE", "FILE is only the data of an event of this type"},
    {"template", 'm', "NAME", "only the mail of this template; it may lack a route yet"},
    {"locale", 'l', "LOCALE", "in this language, whatever the route or the event says"},
    {"header", 'H', NULL, "print only the message's header"},
    {"text", 'x', NULL, "print only its plain text"},
    {"html", 'X', NULL, "print only its HTML"},
    OPTIONS_MAIL_FILES,
    {NULL, 0, NULL, NULL},
};

struct rendering {
    const struct command_line *line;
    struct mail_builder *builder;
    rd_kafka_message_t message;
};

static bool build(struct rendering *rendering, struct record *record, const char *only_mail,
                  struct error *error) {
    struct build_trouble trouble = {0};
    *record = (struct record){
        .message = &rendering->message,
        .past_is_readable = true,
        .past.attempts = 1, /* an old event is shown, too */
    };
    snprintf(record->past.mail, sizeof record->past.mail, "%s", only_mail);
    switch (mail_builder_build(rendering->builder, record, clock_unix_ms(), &trouble)) {
    case BUILD_MAILS:
        return true;
    case BUILD_SKIPPED:
        return error_set_status(error, EXIT_STATUS_USAGE, "no mail is made of this event");
    case BUILD_POISON:
        return error_set_status(error, EXIT_STATUS_USAGE, "%s: %s", trouble.reason, trouble.text);
    case BUILD_NO_MEMORY:
        break;
    }
    return error_set(error, "out of memory");
}

static void release(struct record *record) {
    record_drop_mails(record);
    cloud_event_clear(&record->event);
}

static bool is_chosen(const struct command_line *line, const struct mail *mail) {
    const char *name = option_value(line, "template");
    return name == NULL || strcmp(name, mail->template_name) == 0;
}

static void print_message(const struct command_line *line, const struct mail *mail) {
    const char *body = strstr(mail->message.bytes, "\r\n\r\n");
    size_t size = mail->message.size;
    if (option_given(line, "header") && body != NULL)
        size = (size_t)(body - mail->message.bytes) + 2;
    fwrite(mail->message.bytes, 1, size, stdout);
}

/* What was rendered last is the builder's: so the mail is made once more, alone. */
static bool print_part(struct rendering *rendering, const char *mail_id, struct error *error) {
    struct record record;
    bool done = build(rendering, &record, mail_id, error);
    if (done) {
        const struct rendered_mail *rendered = mail_builder_rendered(rendering->builder);
        const struct text_buffer *part =
            option_given(rendering->line, "html") ? &rendered->html : &rendered->text;
        fwrite(part->bytes, 1, part->size, stdout);
    }
    release(&record);
    return done;
}

static bool print_mail(struct rendering *rendering, const struct mail *mail, struct error *error) {
    char id[MESSAGE_ID_SIZE];
    if (mail->is_poison)
        return error_set_status(error, EXIT_STATUS_USAGE, "template %s: %s: %s", mail->template_name,
                                mail->failure.reason, mail->failure.text);
    snprintf(id, sizeof id, "%.*s", (int)strcspn(mail->message_id, "@"), mail->message_id);
    if (option_given(rendering->line, "text") || option_given(rendering->line, "html"))
        return print_part(rendering, id, error);
    print_message(rendering->line, mail);
    return true;
}

static bool print_mails(struct rendering *rendering, struct error *error) {
    struct record record;
    bool done = build(rendering, &record, "", error);
    size_t printed = 0;
    for (size_t i = 0; done && i < record.mail_count; i++) {
        const struct mail *mail = &record.mails[i];
        if (!is_chosen(rendering->line, mail))
            continue;
        if (printed++ > 0)
            fputs("\r\n", stdout);
        fflush(stdout); /* the headings are for people, and go with the messages on a terminal */
        if (option_value(rendering->line, "template") == NULL && record.mail_count > 1)
            fprintf(stderr, "--- mail %zu of %zu: %s\n", i + 1, record.mail_count, mail->template_name);
        done = print_mail(rendering, mail, error);
    }
    release(&record);
    if (done && printed == 0)
        done = error_set_status(
            error, EXIT_STATUS_USAGE,
            "the event makes no mail of the template %s: its \"when\" is not met, or its \"to\" is empty",
            option_value(rendering->line, "template"));
    return done;
}

static bool render(const struct command_line *line, struct mail_files *files, json_t *event,
                   struct error *error) {
    struct rendering rendering = {.line = line};
    struct problem_list problems = PROBLEM_LIST_EMPTY;
    bool done = mail_files_load(files, &problems);
    if (!done)
        mail_files_tell(&problems, error);
    problem_list_free(&problems);
    if (!done || !render_route_adapt(files, line, event, error))
        return false;
    cleanup(cleanup_free) char *text = json_dumps(event, JSON_COMPACT);
    rendering.builder = mail_builder_new(&files->settings, &files->catalog);
    rendering.message = (rd_kafka_message_t){.payload = text, .len = text == NULL ? 0 : strlen(text)};
    done = rendering.builder != NULL && text != NULL ? print_mails(&rendering, error)
                                                     : error_set(error, "out of memory");
    mail_builder_free(rendering.builder);
    return done;
}

static bool run(const struct command_line *line, struct error *error) {
    struct mail_files files;
    json_t *event = NULL;
    bool done = mail_files_configure(&files, line, error) &&
                (event = render_event_read(line, error)) != NULL && render(line, &files, event, error);
    json_decref(event);
    mail_files_free(&files);
    return done;
}

const struct command command_render = {
    .name = "render",
    .operands = "",
    .summary = "Print the mails that the worker would make of an event",
    .details =
        "The event is checked, routed, rendered and composed as by the worker, and nothing is sent:\n\n"
        "  notifyctl render --event order.json --template order-confirmation --locale de --html\n\n"
        "Of several mails each message has a heading on standard error.",
    .options = options,
    .run = run,
};
