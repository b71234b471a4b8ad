/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_source.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The variable's value; an empty one counts as not set. */
static const char *environment_value(const char *name) {
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Bytes read, at most capacity; -1 and errno. */
static ssize_t read_up_to(int descriptor, char *bytes, size_t capacity) {
    size_t size = 0;
    while (size < capacity) {
        ssize_t count = read(descriptor, bytes + size, capacity - size);
        if (count == 0)
            break;
        if (count > 0)
            size += (size_t)count;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)size;
}

static ssize_t read_file(const char *path, char *bytes, size_t capacity) {
    /* O_NONBLOCK: a FIFO without a writer must not hold up the start. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return -1;
    ssize_t size = read_up_to(descriptor, bytes, capacity);
    int saved_errno = errno;
    close(descriptor);
    errno = saved_errno;
    return size;
}

static bool read_value_file(const char *name, struct setting_value *value, struct error *error) {
    char *text = malloc(SETTING_FILE_MAX_SIZE + 1);
    if (text == NULL)
        return error_set_status(error, EXIT_STATUS_INTERNAL, "%s_FILE: no memory", name);
    ssize_t size = read_file(value->path, text, SETTING_FILE_MAX_SIZE + 1);
    if (size < 0) {
        error_set_status(error, EXIT_STATUS_CONFIG, "%s_FILE: cannot read %s: %s", name, value->path,
                         strerror(errno));
    } else if (size > SETTING_FILE_MAX_SIZE) {
        error_set_status(error, EXIT_STATUS_CONFIG, "%s_FILE: %s has more than %d bytes", name, value->path,
                         SETTING_FILE_MAX_SIZE);
    } else if (memchr(text, '\0', (size_t)size) != NULL) {
        error_set_status(error, EXIT_STATUS_CONFIG, "%s_FILE: %s has a NUL byte", name, value->path);
    } else {
        if (size > 0 && text[size - 1] == '\n')
            size--;
        if (size > 0 && text[size - 1] == '\r')
            size--;
        text[size] = '\0';
        value->text = text;
        if (size > 0)
            return true;
        value->text = NULL;
        error_set_status(error, EXIT_STATUS_CONFIG, "%s_FILE: %s is empty", name, value->path);
    }
    free(text);
    return false;
}

bool setting_value_read(const char *name, const char *default_value, struct setting_value *value,
                        struct error *error) {
    *value = (struct setting_value){.origin = SETTING_NOT_SET};
    char file_name[256];
    int length = snprintf(file_name, sizeof file_name, "%s_FILE", name);
    if (length < 0 || (size_t)length >= sizeof file_name)
        return error_set(error, "%s: the name is too long", name);

    const char *text = environment_value(name);
    const char *path = environment_value(file_name);
    if (path != NULL) {
        value->origin = SETTING_FROM_FILE;
        value->path = path;
        if (text != NULL)
            return error_set_status(error, EXIT_STATUS_CONFIG, "%s and %s are both set: keep one", name,
                                    file_name);
        return read_value_file(name, value, error);
    }
    if (text != NULL)
        value->origin = SETTING_FROM_ENVIRONMENT;
    else if (default_value != NULL)
        value->origin = SETTING_FROM_DEFAULT;
    else
        return true;
    value->text = strdup(text != NULL ? text : default_value);
    if (value->text == NULL)
        return error_set(error, "%s: no memory", name);
    return true;
}

void setting_value_free(struct setting_value *value) {
    free(value->text);
    *value = (struct setting_value){.origin = SETTING_NOT_SET};
}
