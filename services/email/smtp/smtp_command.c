/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_command.h"
#include <stdio.h>
#include <string.h>

/* The last guard before the wire: addresses were validated when the event was read, but CR or LF here would
 * be a command of someone else's choice. Octets above 127 need SMTPUTF8. */
static bool is_safe_path(const char *path, bool allow_utf8) {
    size_t size = 0;
    for (; path[size] != '\0'; size++) {
        unsigned char byte = (unsigned char)path[size];
        if (size >= SMTP_PATH_MOST || byte < ' ' || byte == 0x7f || byte == '<' || byte == '>')
            return false;
        if (byte > 0x7f && !allow_utf8)
            return false;
    }
    return true;
}

const char *smtp_mail_unsupported(const struct smtp_mail *mail, const struct smtp_extensions *extensions) {
    if (mail->needs_smtputf8 && !extensions->smtputf8)
        return "the SMTP server does not offer SMTPUTF8, which an address of this mail needs";
    if (extensions->size && extensions->size_limit > 0 && mail->message_size > extensions->size_limit)
        return "the message is larger than the SMTP server's SIZE";
    if (!is_safe_path(mail->return_path, mail->needs_smtputf8))
        return "the return path cannot be put into an SMTP command";
    if (mail->recipient[0] == '\0' || !is_safe_path(mail->recipient, mail->needs_smtputf8))
        return "the recipient cannot be put into an SMTP command";
    return NULL;
}

static size_t append(char *out, size_t at, const char *text) {
    size_t size = strlen(text);
    memcpy(out + at, text, size);
    return at + size;
}

size_t smtp_write_mail_command(const struct smtp_mail *mail, const struct smtp_extensions *extensions,
                               char *out) {
    size_t at = append(out, 0, "MAIL FROM:<");
    at = append(out, at, mail->return_path);
    at = append(out, at, ">");
    if (extensions->size) {
        char size_text[32];
        snprintf(size_text, sizeof(size_text), " SIZE=%zu", mail->message_size);
        at = append(out, at, size_text);
    }
    if (extensions->eight_bit_mime && mail->has_8bit)
        at = append(out, at, " BODY=8BITMIME");
    if (mail->needs_smtputf8)
        at = append(out, at, " SMTPUTF8");
    return append(out, at, "\r\n");
}

size_t smtp_write_rcpt_command(const struct smtp_mail *mail, char *out) {
    size_t at = append(out, 0, "RCPT TO:<");
    at = append(out, at, mail->recipient);
    return append(out, at, ">\r\n");
}
