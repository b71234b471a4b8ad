/* SPDX-License-Identifier: Apache-2.0 */
#include "../../common/cleanup.h"
#include "../../common/utf8.h"
#include "template_internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void cleanup_fclose(FILE **file) {
    if (*file != NULL)
        fclose(*file);
}

static bool read_file(struct text_buffer *text, const char *path, struct error *error) {
    cleanup(cleanup_fclose) FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
    char *room = text_buffer_reserve(text, MUSTACHE_MAX_TEMPLATE + 1);
    if (room == NULL)
        return error_set(error, "%s: no memory to read it", path);
    size_t size = fread(room, 1, MUSTACHE_MAX_TEMPLATE + 1, file);
    if (ferror(file))
        return error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    if (size > MUSTACHE_MAX_TEMPLATE)
        return error_set(error, "%s: is longer than %d bytes", path, MUSTACHE_MAX_TEMPLATE);
    text->size += size;
    return true;
}

static bool check_characters(const char *text, size_t size, const char *path, struct error *error) {
    size_t line = 1;
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        size_t length = utf8_decode(text + i, size - i, &code_point);
        if (length == 0)
            return error_set(error, "%s: line %zu: is not UTF-8", path, line);
        if (code_point == 0)
            return error_set(error, "%s: line %zu: has a NUL in it", path, line);
        line += code_point == '\n';
        i += length;
    }
    return true;
}

bool template_file_load(struct template_file *file, const char *path, struct error *error) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    cleanup(text_buffer_free) struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    if (!read_file(&buffer, path, error) || !check_characters(buffer.bytes, buffer.size, path, error))
        return false;
    const char *text = buffer.bytes;
    size_t size = buffer.size;
    if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (!mustache_compile(&file->program, text, size, error))
        return error_prefix(error, "%s", path);
    file->path = strdup(path);
    return file->path != NULL || error_set(error, "%s: no memory to read it", path);
}

void template_file_free(struct template_file *file) {
    free(file->path);
    mustache_free(file->program);
    *file = (struct template_file){0};
}
