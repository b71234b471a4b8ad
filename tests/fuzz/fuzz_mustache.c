/* SPDX-License-Identifier: Apache-2.0 */
/* TEMPLATE NUL PARTIAL NUL JSON: compiles both and renders; {{>p}} and {{<p}} are the partial. */
#include "email/render/mustache.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mustache *find_partial(void *partial, const char *name) {
    return strcmp(name, "p") == 0 ? partial : NULL;
}

static size_t open_sections;

static void visit_use(void *data, const struct mustache_use *use) {
    *(size_t *)data += strlen(use->dotted);
    open_sections += use->kind == MUSTACHE_USE_SECTION || use->kind == MUSTACHE_USE_INVERTED;
}

static void visit_leave(void *data) {
    (void)data;
    if (open_sections-- == 0)
        abort();
}

static void visit_partial(void *data, const char *name, size_t line) {
    *(size_t *)data += strlen(name);
    if (line == 0)
        abort();
}

/* The next field, and what is left behind it. */
static size_t take(const char **left, size_t *left_size, const char **field) {
    const char *end = memchr(*left, '\0', *left_size);
    size_t size = end == NULL ? *left_size : (size_t)(end - *left);
    *field = *left;
    size_t taken = end == NULL ? size : size + 1;
    *left += taken;
    *left_size -= taken;
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *left = (const char *)data, *text, *partial_text;
    if (size == 0)
        return 0;
    size_t text_size = take(&left, &size, &text);
    size_t partial_size = take(&left, &size, &partial_text);
    struct error error = {0};
    struct mustache *template, *partial;
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    bool compiled = mustache_compile(&template, text, text_size, &error);
    if (mustache_compile(&partial, partial_text, partial_size, &error) && compiled) {
        size_t names = 0;
        const struct mustache_visitor visitor = {visit_use, visit_leave, &names};
        open_sections = 0;
        if (mustache_walk(template, find_partial, partial, &visitor, &error) && open_sections != 0)
            abort();
        mustache_each_partial(template, visit_partial, &names);
        json_t *context = json_loadb(left, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (context == NULL)
            context =
                json_pack("{s:b, s:[i, i], s:{s:s}, s:s}", "t", 1, "l", 1, 2, "o", "s", "<\n>", "n", "p");
        error.text[0] = '\0';
        bool rendered =
            mustache_render(template, context, MUSTACHE_ESCAPE_HTML, find_partial, partial, &out, &error);
        if (rendered ? out.size > MUSTACHE_MAX_OUTPUT : error.text[0] == '\0')
            abort();
        json_decref(context);
    }
    mustache_free(template);
    mustache_free(partial);
    text_buffer_free(&out);
    return 0;
}
