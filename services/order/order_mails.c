/* SPDX-License-Identifier: Apache-2.0 */
#include "order_mails.h"
#include "common/clock.h"
#include "common/json_text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct order_mail *order_mails_add(struct order_mails *mails) {
    if (mails->count == ORDER_MAILS_MAX)
        return NULL;
    struct order_mail *mail = &mails->items[mails->count++];
    *mail = (struct order_mail){.state = MAIL_PENDING};
    return mail;
}

static bool has_template(const struct order_mails *mails, const char *template_name) {
    for (size_t i = 0; i < mails->count; i++) {
        if (strcmp(mails->items[i].template_name, template_name) == 0)
            return true;
    }
    return false;
}

void order_mails_expect(struct order_mails *mails, const struct text_list *templates) {
    for (size_t i = 0; i < templates->count; i++) {
        if (has_template(mails, templates->items[i]))
            continue;
        struct order_mail *mail = order_mails_add(mails);
        if (mail != NULL)
            snprintf(mail->template_name, sizeof mail->template_name, "%s", templates->items[i]);
    }
}

enum mail_state order_mails_state(const struct order_mails *mails) {
    size_t sent = 0;
    for (size_t i = 0; i < mails->count; i++) {
        if (mails->items[i].state == MAIL_FAILED)
            return MAIL_FAILED;
        sent += mails->items[i].state == MAIL_SENT;
    }
    return sent > 0 && sent == mails->count ? MAIL_SENT : MAIL_PENDING;
}

static void render_text(struct text_buffer *out, const char *name, const char *text) {
    if (text[0] == '\0')
        return;
    text_buffer_append_format(out, ",\"%s\":", name);
    json_text_append(out, text);
}

static void render_number(struct text_buffer *out, const char *name, int64_t number) {
    if (number != 0)
        text_buffer_append_format(out, ",\"%s\":%" PRId64, name, number);
}

void order_mails_render(const struct order_mails *mails, struct text_buffer *out) {
    text_buffer_append_byte(out, '[');
    for (size_t i = 0; i < mails->count; i++) {
        const struct order_mail *mail = &mails->items[i];
        char updated_at[RFC3339_SIZE] = "";
        if (mail->updated_ms != 0)
            clock_format_rfc3339(mail->updated_ms, updated_at);
        text_buffer_append_format(out, "%s{\"state\":\"%s\"", i > 0 ? "," : "", mail_state_text(mail->state));
        render_text(out, "template", mail->template_name);
        render_text(out, "reason", mail->reason);
        render_number(out, "attempts", mail->attempts);
        render_number(out, "smtp_code", mail->smtp_code);
        render_text(out, "enhanced_code", mail->enhanced_code);
        render_text(out, "updated_at", updated_at);
        text_buffer_append_byte(out, '}');
    }
    text_buffer_append_byte(out, ']');
}
