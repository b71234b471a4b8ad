/* SPDX-License-Identifier: Apache-2.0 */
/* Where tags begin and end, and what they name. */
#include "mustache_compile.h"
#include <string.h>

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void trim(struct mustache_span *span) {
    while (span->size > 0 && is_space(span->text[0])) {
        span->text++;
        span->size--;
    }
    while (span->size > 0 && is_space(span->text[span->size - 1]))
        span->size--;
}

static bool has_space(struct mustache_span span) {
    for (size_t i = 0; i < span.size; i++) {
        if (is_space(span.text[i]))
            return true;
    }
    return false;
}

static size_t line_at(struct mustache_compiler *compiler, size_t position) {
    for (; compiler->line_position < position; compiler->line_position++)
        compiler->line += compiler->text[compiler->line_position] == '\n';
    return compiler->line;
}

/* "<% %>" between the equals signs */
static bool set_delimiters(struct mustache_compiler *compiler, const struct mustache_tag *tag,
                           struct mustache_span content) {
    trim(&content);
    struct mustache_span open = content, close = content;
    for (open.size = 0; open.size < content.size && !is_space(content.text[open.size]);)
        open.size++;
    close.text += open.size;
    close.size -= open.size;
    trim(&close);
    if (open.size == 0 || close.size == 0 || has_space(close) ||
        memchr(content.text, '=', content.size) != NULL)
        return error_set(compiler->error,
                         "line %zu: \"%.*s\" are not two delimiters (with a blank between, without \"=\")",
                         tag->line, (int)(content.size < 100 ? content.size : 100), content.text);
    compiler->open = open;
    compiler->close = close;
    return true;
}

/* The end of the tag's content: before "}}", "}}}" or "=}}". */
static const char *find_content_end(const struct mustache_compiler *compiler, const char *content, char sigil,
                                    size_t *closing_size) {
    const char *end = compiler->text + compiler->size;
    char mark = sigil == '{' ? '}' : sigil == '=' ? '=' : '\0';
    *closing_size = compiler->close.size + (mark != '\0');
    for (const char *from = content;; from++) {
        from = memmem(from, (size_t)(end - from), compiler->close.text, compiler->close.size);
        if (from == NULL || mark == '\0')
            return from;
        if (mark == '}' && (size_t)(end - from) > compiler->close.size && *from == '}' &&
            memcmp(from + 1, compiler->close.text, compiler->close.size) == 0)
            return from;
        if (from > content && from[-1] == mark)
            return from - 1;
    }
}

static bool read_name(struct mustache_compiler *compiler, struct mustache_tag *tag,
                      struct mustache_span name) {
    trim(&name);
    if ((tag->sigil == '>' || tag->sigil == '<' || tag->sigil == '/') && name.size > 0 &&
        name.text[0] == '*') {
        tag->is_dynamic = true;
        name.text++;
        name.size--;
        trim(&name);
    }
    tag->name = name;
    if (name.size == 0)
        return error_set(compiler->error, "line %zu: a tag without a name", tag->line);
    if (has_space(name) || memchr(name.text, '\0', name.size) != NULL)
        return error_set(compiler->error, "line %zu: the name \"%.*s\" has a blank in it", tag->line,
                         (int)(name.size < 100 ? name.size : 100), name.text);
    return true;
}

bool mustache_next_tag(struct mustache_compiler *compiler, struct mustache_tag *tag_out, bool *found) {
    const char *start = memmem(compiler->text + compiler->position, compiler->size - compiler->position,
                               compiler->open.text, compiler->open.size);
    *found = start != NULL;
    if (start == NULL)
        return true;
    struct mustache_tag *tag = tag_out;
    *tag = (struct mustache_tag){.start = (size_t)(start - compiler->text)};
    tag->line = line_at(compiler, tag->start);

    const char *end = compiler->text + compiler->size;
    const char *content = start + compiler->open.size;
    while (content < end && is_space(*content))
        content++;
    if (content < end && *content != '\0' && strchr("#^/!=><${&", *content) != NULL)
        tag->sigil = *content++;
    size_t closing_size;
    const char *content_end = find_content_end(compiler, content, tag->sigil, &closing_size);
    if (content_end == NULL)
        return error_set(compiler->error, "line %zu: a tag has no \"%s%.*s\"", tag->line,
                         tag->sigil == '{'   ? "}"
                         : tag->sigil == '=' ? "="
                                             : "",
                         (int)compiler->close.size, compiler->close.text);
    tag->end = (size_t)(content_end - compiler->text) + closing_size;
    struct mustache_span inside = {content, (size_t)(content_end - content)};
    if (tag->sigil == '!')
        return true;
    if (tag->sigil == '=')
        return set_delimiters(compiler, tag, inside);
    return read_name(compiler, tag, inside);
}
