/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_writer.h"

#include "common/utf8.h"
#include "routing/money.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define UNSUBSCRIBE_VALUE_SIZE 904
#define USUAL_HEADERS 1536 /* of the message and of its parts, with the line ends */

enum build_verdict build_poison(struct build_trouble *trouble, const char *reason, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(trouble->text, sizeof trouble->text, format, arguments);
    va_end(arguments);
    trouble->reason = reason;
    return BUILD_POISON;
}

static bool is_given(const char *text) {
    return text != NULL && *text != '\0';
}

static enum build_verdict render(const struct mail_writing *writing, const struct mail_plan *plan) {
    struct error error = {0};
    const struct mail_template *template =
        template_store_find(writing->catalog->templates, plan->template_name, plan->locale);
    if (template == NULL)
        return build_poison(writing->trouble, "unknown-template", "there is no such template in this worker");
    /* In place: the event is this record's own, and what is forwarded of it are its bytes. */
    if (!money_add_formatted(writing->event->data, plan->locale))
        return BUILD_NO_MEMORY;
    return template_render(template, writing->context, writing->rendered, &error)
               ? BUILD_MAILS
               : build_poison(writing->trouble, "template-error", "template %s: %.400s", plan->template_name,
                              error.text);
}

/* Room for those of make_headers, and the end. */
struct extra_headers {
    struct message_header headers[8];
    size_t count;
    char unsubscribe[UNSUBSCRIBE_VALUE_SIZE];
};

static void add_header(struct extra_headers *extra, const char *name, const char *value) {
    if (is_given(value))
        extra->headers[extra->count++] = (struct message_header){name, value};
}

static void make_headers(const struct mail_writing *writing, const struct mail_plan *plan,
                         struct extra_headers *extra) {
    add_header(extra, "Auto-Submitted", "auto-generated");
    add_header(extra, "X-Event-Id", writing->event->id);
    add_header(extra, "X-Event-Type", writing->event->type);
    add_header(extra, "traceparent", writing->traceparent);
    if (is_given(plan->list_unsubscribe)) {
        snprintf(extra->unsubscribe, sizeof extra->unsubscribe, "<%s>", plan->list_unsubscribe);
        add_header(extra, "List-Unsubscribe", extra->unsubscribe);
        if (strncasecmp(plan->list_unsubscribe, "https:", 6) == 0) /* RFC 8058 §3.1: by POST, so not mailto */
            add_header(extra, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }
    extra->headers[extra->count] = (struct message_header){NULL, NULL};
}

static enum build_verdict compose(const struct mail_writing *writing, const struct mail_plan *plan,
                                  struct mail *mail) {
    struct extra_headers extra;
    extra.count = 0;
    make_headers(writing, plan, &extra);
    const struct message_parts parts = {
        .from = is_given(plan->from) ? plan->from : writing->settings->mail_from,
        .to = mail->recipient.wire,
        .reply_to = is_given(plan->reply_to) ? plan->reply_to : NULL,
        .subject = writing->rendered->subject.bytes,
        .message_id = mail->message_id,
        .date_unix_ms = writing->now_unix_ms,
        .text = writing->rendered->text.bytes,
        .text_size = writing->rendered->text.size,
        .html = writing->rendered->html.bytes,
        .html_size = writing->rendered->html.size,
        .extra = extra.headers,
    };
    (void)text_buffer_reserve(&mail->message, parts.text_size + parts.html_size + USUAL_HEADERS);
    struct error error = {0};
    return message_compose(&parts, &mail->message, &error)
               ? BUILD_MAILS
               : build_poison(writing->trouble, "invalid-message", "the message cannot be written: %.400s",
                              error.text);
}

/* An address in the headers that is not ASCII, whether From, To or Reply-To, makes them internationalised
 * (RFC 6532); so does one in the envelope. first_8bit: where the message's first octet above 127 is. */
static bool needs_smtputf8(const struct mail *mail, const char *return_path, size_t first_8bit) {
    if (mail->recipient.needs_smtputf8 ||
        return_path[utf8_ascii_run(return_path, strlen(return_path))] != '\0')
        return true;
    if (first_8bit == mail->message.size)
        return false;
    const char *body = memmem(mail->message.bytes, mail->message.size, "\r\n\r\n", 4);
    return body == NULL || mail->message.bytes + first_8bit < body;
}

enum build_verdict mail_write(const struct mail_writing *writing, const struct mail_plan *plan,
                              struct mail *mail) {
    snprintf(mail->template_name, sizeof mail->template_name, "%s", plan->template_name);
    enum build_verdict verdict = render(writing, plan);
    if (verdict == BUILD_MAILS)
        verdict = compose(writing, plan, mail);
    if (verdict != BUILD_MAILS)
        return verdict;
    size_t first_8bit = utf8_ascii_run(mail->message.bytes, mail->message.size);
    mail->smtp = (struct smtp_mail){
        .return_path = writing->settings->return_path,
        .recipient = mail->recipient.wire,
        .message = mail->message.bytes,
        .message_size = mail->message.size,
        .needs_smtputf8 = needs_smtputf8(mail, writing->settings->return_path, first_8bit),
        .has_8bit = first_8bit < mail->message.size,
        .owner = mail,
    };
    return BUILD_MAILS;
}
