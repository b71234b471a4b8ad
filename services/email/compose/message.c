/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"
#include "../../common/clock.h"
#include "../../common/utf8.h"
#include "body_writer.h"
#include "header_writer.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_SIZE = 24, HEADER_NAME_MAX = 64 };

/* Controls, and what breaks lines in Unicode. Marks of direction belong to Hebrew and Arabic subjects. */
static bool is_unfit_for_header(uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) || code_point == 0x2028 ||
           code_point == 0x2029;
}

static bool write_subject(struct text_buffer *out, const char *subject, struct error *error) {
    char clean[MESSAGE_VALUE_MAX];
    size_t size = strlen(subject), clean_size = 0;
    if (size > sizeof clean)
        return error_set(error, "the subject has %zu octets, more than %d", size, MESSAGE_VALUE_MAX);
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t code_point;
        length = utf8_decode(subject + i, size - i, &code_point);
        if (length == 0)
            return error_set(error, "the subject is not UTF-8 at octet %zu", i);
        bool is_unfit = is_unfit_for_header(code_point);
        if (code_point == '\r' && subject[i + 1] == '\n')
            continue; /* one blank for both */
        if (is_unfit && clean_size == 0)
            continue;
        memcpy(clean + clean_size, is_unfit ? " " : subject + i, is_unfit ? 1 : length);
        clean_size += is_unfit ? 1 : length;
    }
    while (clean_size > 0 && clean[clean_size - 1] == ' ')
        clean_size--;
    size_t start = 0;
    while (start < clean_size && clean[start] == ' ')
        start++;
    header_write_text(out, "Subject", clean + start, clean_size - start);
    return true;
}

static bool write_mailbox(struct text_buffer *out, const char *name, const char *text, struct error *error) {
    struct mailbox mailbox;
    if (!mailbox_parse(text, &mailbox, error))
        return error_prefix(error, "the header %s", name);
    header_write_mailbox(out, name, &mailbox);
    return true;
}

static bool write_recipient(struct text_buffer *out, const char *to, struct error *error) {
    struct mailbox mailbox = {.name = ""};
    enum mail_address_verdict verdict = mail_address_parse(to, strlen(to), &mailbox.address);
    if (verdict != MAIL_ADDRESS_OK)
        return error_set(error, "the recipient's address %s", mail_address_verdict_text(verdict));
    header_write_mailbox(out, "To", &mailbox);
    return true;
}

static bool write_message_id(struct text_buffer *out, const char *message_id, struct error *error) {
    size_t size = strlen(message_id);
    bool has_at = memchr(message_id, '@', size) != NULL;
    for (size_t i = 0; i < size; i++) {
        if (message_id[i] < 0x21 || message_id[i] > 0x7E || strchr("<>()[]\\,;:\"", message_id[i]) != NULL)
            has_at = false;
    }
    if (!has_at || size >= MESSAGE_ID_SIZE)
        return error_set(error, "the Message-ID is none by RFC 5322");
    text_buffer_append_text(out, "Message-ID: <");
    text_buffer_append(out, message_id, size);
    text_buffer_append_text(out, ">\r\n");
    return true;
}

static bool is_header_name(const char *name) {
    size_t size = strlen(name);
    if (size == 0 || size > HEADER_NAME_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (name[i] < 0x21 || name[i] > 0x7E || name[i] == ':')
            return false;
    }
    return true;
}

/* A second From or Content-Type would be read differently by different programs. */
static bool is_own_header(const char *name) {
    static const char *const own[] = {"Date", "From",    "Sender",     "Reply-To",     "To",      "Cc",
                                      "Bcc",  "Subject", "Message-ID", "MIME-Version", "Received"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcasecmp(name, own[i]) == 0)
            return true;
    }
    return strncasecmp(name, "Content-", 8) == 0;
}

static bool write_extra(struct text_buffer *out, const struct message_header *header, struct error *error) {
    if (!is_header_name(header->name) || is_own_header(header->name))
        return error_set(error, "the header %.64s cannot be set", header->name);
    size_t size = strlen(header->value);
    if (size > MESSAGE_VALUE_MAX)
        return error_set(error, "the header %s has %zu octets, more than %d", header->name, size,
                         MESSAGE_VALUE_MAX);
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t code_point;
        length = utf8_decode(header->value + i, size - i, &code_point);
        if (length == 0)
            return error_set(error, "the header %s is not UTF-8 at octet %zu", header->name, i);
        if (is_unfit_for_header(code_point))
            return error_set(error, "the header %s has a control character at octet %zu", header->name, i);
    }
    header_write_tokens(out, header->name, header->value, size);
    return true;
}

static bool write_headers(struct text_buffer *out, const struct message_parts *parts, struct error *error) {
    char date[RFC5322_DATE_SIZE];
    clock_format_rfc5322(parts->date_unix_ms, date);
    header_write_plain(out, "Date", date);
    if (!write_mailbox(out, "From", parts->from, error) ||
        (parts->reply_to != NULL && !write_mailbox(out, "Reply-To", parts->reply_to, error)) ||
        !write_recipient(out, parts->to, error) || !write_subject(out, parts->subject, error) ||
        !write_message_id(out, parts->message_id, error))
        return false;
    for (const struct message_header *header = parts->extra; header != NULL && header->name != NULL;
         header++) {
        if (!write_extra(out, header, error))
            return false;
    }
    text_buffer_append_text(out, "MIME-Version: 1.0\r\n");
    return true;
}

/* The part's own headers and its body. name is what the error calls it, subtype what its type is. */
static bool write_part(struct text_buffer *out, const char *name, const char *subtype, const char *text,
                       size_t size, struct error *error) {
    bool is_7bit = body_fits_7bit(text, size);
    if (!is_7bit && !utf8_is_valid(text, size))
        return error_set(error, "the %s is not UTF-8", name);
    text_buffer_append_text(out, "Content-Type: text/");
    text_buffer_append_text(out, subtype);
    text_buffer_append_text(out, "; charset=utf-8\r\nContent-Transfer-Encoding: ");
    text_buffer_append_text(out, is_7bit ? "7bit\r\n\r\n" : "quoted-printable\r\n\r\n");
    if (is_7bit)
        body_write_7bit(out, text, size);
    else
        body_write_quoted_printable(out, text, size);
    return true;
}

/* From the Message-ID (by FNV-1a), so that the same mail has the same bytes. BODY_BOUNDARY_START keeps it out
 * of bodies. */
static void make_boundary(const char *message_id, char boundary[BOUNDARY_SIZE]) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (; *message_id != '\0'; message_id++)
        hash = (hash ^ (unsigned char)*message_id) * UINT64_C(0x100000001B3);
    snprintf(boundary, BOUNDARY_SIZE, BODY_BOUNDARY_START "%016" PRIx64, hash);
}

static void write_delimiter(struct text_buffer *out, const char *boundary, bool is_last) {
    text_buffer_append_text(out, "\r\n--");
    text_buffer_append_text(out, boundary);
    text_buffer_append_text(out, is_last ? "--\r\n" : "\r\n");
}

static bool write_alternatives(struct text_buffer *out, const struct message_parts *parts,
                               struct error *error) {
    char boundary[BOUNDARY_SIZE];
    make_boundary(parts->message_id, boundary);
    text_buffer_append_text(out, "Content-Type: multipart/alternative; boundary=\"");
    text_buffer_append_text(out, boundary);
    text_buffer_append_text(out, "\"\r\n");
    write_delimiter(out, boundary, false);
    if (!write_part(out, "text body", "plain", parts->text, parts->text_size, error))
        return false;
    write_delimiter(out, boundary, false);
    if (!write_part(out, "HTML body", "html", parts->html, parts->html_size, error))
        return false;
    write_delimiter(out, boundary, true);
    return true;
}

static bool write_text_only(struct text_buffer *out, const struct message_parts *parts, struct error *error) {
    if (!write_part(out, "text body", "plain", parts->text, parts->text_size, error))
        return false;
    if (out->size > 0 && out->bytes[out->size - 1] != '\n')
        text_buffer_append(out, "\r\n", 2); /* as SMTP would: RFC 5321 §4.1.1.4 */
    return true;
}

bool message_compose(const struct message_parts *parts, struct text_buffer *out, struct error *error) {
    text_buffer_reset(out);
    if (!write_headers(out, parts, error))
        return false;
    bool composed =
        parts->html_size > 0 ? write_alternatives(out, parts, error) : write_text_only(out, parts, error);
    if (composed && out->failed)
        return error_set(error, "no memory for the message");
    return composed;
}
