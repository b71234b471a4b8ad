/* SPDX-License-Identifier: Apache-2.0 */
/* --print-config. */
#include "kafka_properties.h"
#include "settings.h"
#include "settings_names.h"
#include "settings_source.h"
#include "utf8.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mask[] = "********";

/* A value on one line, whatever it holds. */
static void print_escaped(const char *text, FILE *out) {
    size_t size = strlen(text);
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t code_point;
        length = utf8_decode(text + i, size - i, &code_point);
        if (length == 0) {
            fprintf(out, "\\x%02X", (unsigned char)text[i]);
            length = 1;
        } else if (code_point == '\n') {
            fputs("\\n", out);
        } else if (utf8_is_control(code_point)) {
            fprintf(out, "\\u%04X", (unsigned)code_point);
        } else {
            fwrite(text + i, 1, length, out);
        }
    }
}

static void print_origin(const struct setting_value *value, FILE *out) {
    switch (value->origin) {
    case SETTING_NOT_SET:
        fputs("\t# not set\n", out);
        break;
    case SETTING_FROM_DEFAULT:
        fputs("\t# default\n", out);
        break;
    case SETTING_FROM_ENVIRONMENT:
        fputs("\t# environment\n", out);
        break;
    case SETTING_FROM_FILE:
        fputs("\t# file ", out);
        print_escaped(value->path, out);
        fputs("\n", out);
        break;
    }
}

static void print_value(const char *name, const char *default_value, bool secret, FILE *out) {
    struct setting_value value;
    struct error error;
    bool read = setting_value_read(name, default_value, &value, &error);
    fprintf(out, "%s=", name);
    if (!read) {
        fputs("\t# ", out);
        print_escaped(error.text, out);
        fputs("\n", out);
    } else {
        if (value.text != NULL)
            print_escaped(secret ? mask : value.text, out);
        print_origin(&value, out);
    }
    setting_value_free(&value);
}

static int compare_texts(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* NAME=value of every variable that the service takes as it comes, by name. */
static void print_open(const struct settings_table *table, FILE *out) {
    size_t count = 0;
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        count++;
    const char **entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL) {
        fputs("# no memory for the other variables\n", out);
        return;
    }
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        if (settings_has_prefix(table->open_prefixes, environ[i]))
            entries[taken++] = environ[i];
    }
    qsort(entries, taken, sizeof *entries, compare_texts);
    for (size_t i = 0; i < taken; i++) {
        print_escaped(entries[i], out);
        fputs("\t# environment\n", out);
    }
    free(entries);
}

static void print_kafka_property(const char *variable, const char *value, const char *file, bool secret,
                                 void *data) {
    FILE *out = data;
    fprintf(out, "%s=", variable);
    print_escaped(secret ? mask : value, out);
    struct setting_value origin = {.origin = file != NULL ? SETTING_FROM_FILE : SETTING_FROM_ENVIRONMENT,
                                   .path = file};
    print_origin(&origin, out);
}

static void print_kafka(const struct settings_table *table, FILE *out) {
    struct error error;
    const char **names = settings_kafka_names(table);
    if (names == NULL) {
        fputs("# no memory for the KAFKA_* variables\n", out);
        return;
    }
    if (!kafka_properties_visit(names, print_kafka_property, out, &error)) {
        fputs("# ", out);
        print_escaped(error.text, out);
        fputs("\n", out);
    }
    free(names);
}

void settings_print(const struct settings_table *table, FILE *out) {
    for (const struct setting *setting = table->settings; setting->name != NULL; setting++)
        print_value(setting->name, setting->default_value, (setting->flags & SETTING_SECRET) != 0, out);
    print_open(table, out);
    print_kafka(table, out);
}
