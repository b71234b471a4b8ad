/* SPDX-License-Identifier: Apache-2.0 */
#include "json_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum json_schema_result fail(enum json_schema_result result, char *error_text, size_t error_text_size,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum json_schema_result fail(enum json_schema_result result, char *error_text, size_t error_text_size,
                                    const char *format, ...) {
    if (error_text == NULL || error_text_size == 0)
        return result;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error_text, error_text_size, format, arguments);
    va_end(arguments);
    return result;
}

/* Up to size bytes; -1: errno tells. */
static ssize_t read_whole(int file, char *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(file, bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* The bytes, to be freed; NULL: errno tells (EFBIG: more than allowed, EISDIR: not a regular file). */
static char *read_file(const char *path, size_t *size_out) {
    char *bytes = NULL;
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold this up */
    if (file < 0)
        return NULL;
    ssize_t size = -1;
    if (fstat(file, &status) == 0) {
        errno = S_ISREG(status.st_mode) ? 0 : EISDIR;
        if (errno == 0)
            bytes = malloc(JSON_SCHEMA_MAX_FILE_SIZE + 1);
        if (bytes != NULL)
            size = read_whole(file, bytes, JSON_SCHEMA_MAX_FILE_SIZE + 1);
        if (size > JSON_SCHEMA_MAX_FILE_SIZE) {
            errno = EFBIG;
            size = -1;
        }
    }
    int saved = errno;
    close(file);
    errno = saved;
    if (size < 0) {
        free(bytes);
        return NULL;
    }
    *size_out = (size_t)size;
    return bytes;
}

static enum json_schema_result fail_to_read(const char *path, char *error_text, size_t error_text_size) {
    switch (errno) {
    case ENOMEM:
        return fail(JSON_SCHEMA_NO_MEMORY, error_text, error_text_size, "%s: out of memory", path);
    case EISDIR:
        return fail(JSON_SCHEMA_UNREADABLE, error_text, error_text_size, "%s: not a regular file", path);
    case EFBIG:
        return fail(JSON_SCHEMA_UNREADABLE, error_text, error_text_size, "%s: larger than %d bytes", path,
                    JSON_SCHEMA_MAX_FILE_SIZE);
    default:
        return fail(JSON_SCHEMA_UNREADABLE, error_text, error_text_size, "%s: %s", path, strerror(errno));
    }
}

static enum json_schema_result compile_text(struct json_schema **schema_out, const char *path,
                                            const char *bytes, size_t size, char *error_text,
                                            size_t error_text_size) {
    json_error_t problem;
    json_t *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (document == NULL && json_error_code(&problem) == json_error_out_of_memory)
        return fail(JSON_SCHEMA_NO_MEMORY, error_text, error_text_size, "%s: out of memory", path);
    if (document == NULL)
        return fail(JSON_SCHEMA_REFUSED, error_text, error_text_size, "%s:%d:%d: not JSON: %s", path,
                    problem.line, problem.column, problem.text);
    char reason[512];
    enum json_schema_result result = json_schema_compile(schema_out, document, reason, sizeof reason);
    json_decref(document);
    if (result != JSON_SCHEMA_OK)
        return fail(result, error_text, error_text_size, "%s: %s", path, reason);
    return result;
}

enum json_schema_result json_schema_load_file(struct json_schema **schema_out, const char *path,
                                              char *error_text, size_t error_text_size) {
    size_t size;
    *schema_out = NULL;
    char *bytes = read_file(path, &size);
    if (bytes == NULL)
        return fail_to_read(path, error_text, error_text_size);
    enum json_schema_result result = compile_text(schema_out, path, bytes, size, error_text, error_text_size);
    free(bytes);
    return result;
}
