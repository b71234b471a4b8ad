/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"
#include "clock.h"
#include "utf8.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_SIZE = PIPE_BUF, /* what a pipe takes in one piece, so that processes' lines do not mix either */
    VALUE_MAX_SIZE = 1024,    /* of a text, before escaping */
    STALL_MS = 100,           /* how long a line waits for a reader of standard error that does not read */
};

static const char *service_name = "notify";
static enum log_level highest_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_JSON;
static atomic_uint lost_lines;

struct line {
    char bytes[LINE_MAX_SIZE];
    size_t size;
    size_t limit;
    bool full; /* something did not fit */
};

void log_configure(const char *service, enum log_level level, enum log_format format) {
    service_name = service;
    highest_level = level;
    line_format = format;
}

bool log_enabled(enum log_level level) {
    return level <= highest_level;
}

static void put(struct line *line, const char *bytes, size_t size) {
    if (line->full || size > line->limit - line->size) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
}

static void put_text(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

static void put_escape(struct line *line, uint32_t code_point) {
    char escape[16];
    switch (code_point) {
    case '"':
    case '\\':
        snprintf(escape, sizeof escape, "\\%c", (char)code_point);
        break;
    case '\n':
        snprintf(escape, sizeof escape, "\\n");
        break;
    case '\r':
        snprintf(escape, sizeof escape, "\\r");
        break;
    case '\t':
        snprintf(escape, sizeof escape, "\\t");
        break;
    default: /* what is escaped lies in the basic plane */
        snprintf(escape, sizeof escape, "\\u%04" PRIx32, code_point & 0xFFFF);
    }
    put_text(line, escape);
}

/* The text as a JSON string's inside; long ones are cut between two characters. */
static void put_escaped(struct line *line, const char *text, size_t size) {
    size_t end = size > VALUE_MAX_SIZE ? VALUE_MAX_SIZE : size;
    size_t i = 0;
    while (i < end) {
        uint32_t code_point;
        size_t length = utf8_decode(text + i, size - i, &code_point);
        if (length == 0) {
            put_text(line, "\xEF\xBF\xBD"); /* U+FFFD */
            i++;
            continue;
        }
        if (i + length > end)
            break;
        if (code_point == '"' || code_point == '\\' || utf8_is_control(code_point))
            put_escape(line, code_point);
        else
            put(line, text + i, length);
        i += length;
    }
    if (size > end)
        put_text(line, "\xE2\x80\xA6"); /* … */
}

static void put_quoted(struct line *line, const char *text, size_t size) {
    put_text(line, "\"");
    put_escaped(line, text, size);
    put_text(line, "\"");
}

static bool is_plain_word(const char *text) {
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~' || *text == '"' || *text == '=' || *text == '\\')
            return false;
    }
    return true;
}

static void put_string(struct line *line, const char *text) {
    if (line_format == LOG_FORMAT_TEXT && is_plain_word(text) && strlen(text) <= VALUE_MAX_SIZE)
        put_text(line, text);
    else
        put_quoted(line, text, strlen(text));
}

static void put_address(struct line *line, const char *address) {
    const char *at = strrchr(address, '@');
    char masked[VALUE_MAX_SIZE];
    if (at == NULL) {
        snprintf(masked, sizeof masked, "***");
    } else {
        uint32_t code_point;
        size_t first = utf8_decode(address, (size_t)(at - address), &code_point);
        snprintf(masked, sizeof masked, "%.*s***%s", (int)first, address, at);
    }
    put_string(line, masked);
}

static void put_value(struct line *line, const struct log_field *field) {
    char number[40];
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        put_string(line, field->value.text);
        return;
    case LOG_FIELD_ADDRESS:
        put_address(line, field->value.text);
        return;
    case LOG_FIELD_BOOLEAN:
        put_text(line, field->value.boolean ? "true" : "false");
        return;
    case LOG_FIELD_INTEGER:
        snprintf(number, sizeof number, "%" PRId64, field->value.integer);
        break;
    case LOG_FIELD_NUMBER:
        if (isfinite(field->value.number))
            snprintf(number, sizeof number, "%.10g", field->value.number);
        else
            snprintf(number, sizeof number, "null"); /* JSON has no NaN */
        break;
    }
    put_text(line, number);
}

/* A field stands whole or not at all. */
static void put_field(struct line *line, const struct log_field *field) {
    bool is_text = field->kind == LOG_FIELD_TEXT || field->kind == LOG_FIELD_ADDRESS;
    if (is_text && field->value.text == NULL)
        return;
    size_t start = line->size;
    put_text(line, line_format == LOG_FORMAT_JSON ? ",\"" : " ");
    put_text(line, field->key);
    put_text(line, line_format == LOG_FORMAT_JSON ? "\":" : "=");
    put_value(line, field);
    if (line->full)
        line->size = start;
}

static const char *level_name(enum log_level level) {
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_DEBUG:
        return "debug";
    }
    return "info";
}

static void put_head(struct line *line, enum log_level level, const char *message) {
    char now[RFC3339_SIZE];
    clock_format_rfc3339(clock_unix_ms(), now);
    if (line_format == LOG_FORMAT_JSON) {
        put_text(line, "{\"time\":\"");
        put_text(line, now);
        put_text(line, "\",\"level\":\"");
        put_text(line, level_name(level));
        put_text(line, "\",\"service\":\"");
        put_escaped(line, service_name, strlen(service_name));
        put_text(line, "\",\"message\":\"");
        line->limit -= 1; /* a place for the closing quote, however long the message becomes by escaping */
        put_escaped(line, message, strlen(message));
        line->limit += 1;
        line->bytes[line->size++] = '"';
    } else {
        char head[64];
        snprintf(head, sizeof head, "%s %-7s ", now, level_name(level));
        put_text(line, head);
        put_escaped(line, message, strlen(message));
    }
}

static bool write_whole(const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd descriptor = {.fd = STDERR_FILENO, .events = POLLOUT};
            if (poll(&descriptor, 1, STALL_MS) <= 0)
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void log_write(enum log_level level, const char *message, const struct log_field *fields) {
    if (!log_enabled(level))
        return;
    int saved_errno = errno;
    static const char cut_json[] = ",\"truncated\":true}\n";
    static const char cut_text[] = " truncated=true\n";
    struct line line = {.size = 0, .limit = LINE_MAX_SIZE - sizeof cut_json};
    put_head(&line, level, message);
    unsigned lost = atomic_exchange(&lost_lines, 0);
    if (lost > 0) {
        struct log_field field = log_integer("log_lines_lost", lost);
        put_field(&line, &field);
    }
    for (; fields != NULL && fields->key != NULL; fields++)
        put_field(&line, fields);

    bool cut = line.full;
    line.full = false;
    line.limit = LINE_MAX_SIZE;
    if (line_format == LOG_FORMAT_JSON)
        put_text(&line, cut ? cut_json : "}\n");
    else
        put_text(&line, cut ? cut_text : "\n");
    if (!write_whole(line.bytes, line.size))
        atomic_fetch_add(&lost_lines, lost + 1);
    errno = saved_errno;
}

void log_lines(enum log_level level, const char *text) {
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char line[VALUE_MAX_SIZE + 1];
        snprintf(line, sizeof line, "%.*s", (int)(size > VALUE_MAX_SIZE ? VALUE_MAX_SIZE : size), text);
        if (size > 0)
            log_write(level, line, NULL);
        text += size + (text[size] == '\n');
    }
}
