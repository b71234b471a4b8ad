/* SPDX-License-Identifier: Apache-2.0 */
#include "event_schemas.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *type;
    struct json_schema *schema;
};

struct event_schemas {
    atomic_uint holders;
    size_t count;
    struct entry *entries; /* sorted by type */
};

static const char suffix[] = ".json";

static int is_schema_file(const struct dirent *file) {
    size_t size = strlen(file->d_name), suffix_size = strlen(suffix);
    return file->d_name[0] != '.' && size > suffix_size &&
           strcmp(file->d_name + size - suffix_size, suffix) == 0;
}

/* Not alphasort(): the order must not depend on the locale. */
static int compare_files(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int compare_entries(const void *left, const void *right) {
    return strcmp(((const struct entry *)left)->type, ((const struct entry *)right)->type);
}

static void tell(char *error_text, size_t error_text_size, const char *folder, const char *reason) {
    if (error_text != NULL && error_text_size > 0)
        snprintf(error_text, error_text_size, "%s: %s", folder, reason);
}

static enum json_schema_result no_memory(const char *folder, char *error_text, size_t error_text_size) {
    tell(error_text, error_text_size, folder, "out of memory");
    return JSON_SCHEMA_NO_MEMORY;
}

static enum json_schema_result add(struct event_schemas *schemas, const char *folder, const char *name,
                                   char *error_text, size_t error_text_size) {
    struct entry *entry = &schemas->entries[schemas->count++];
    char *path = NULL;
    entry->type = strndup(name, strlen(name) - strlen(suffix));
    if (entry->type == NULL || asprintf(&path, "%s/%s", folder, name) < 0)
        return no_memory(folder, error_text, error_text_size);
    enum json_schema_result result = json_schema_load_file(&entry->schema, path, error_text, error_text_size);
    free(path);
    return result;
}

static enum json_schema_result add_all(struct event_schemas *schemas, const char *folder,
                                       struct dirent **files, size_t count, char *error_text,
                                       size_t error_text_size) {
    enum json_schema_result result = JSON_SCHEMA_OK;
    schemas->entries = calloc(count > 0 ? count : 1, sizeof *schemas->entries);
    if (schemas->entries == NULL)
        return no_memory(folder, error_text, error_text_size);
    for (size_t i = 0; i < count && result == JSON_SCHEMA_OK; i++)
        result = add(schemas, folder, files[i]->d_name, error_text, error_text_size);
    /* The suffix makes the order of the names another one than that of the types. */
    qsort(schemas->entries, schemas->count, sizeof *schemas->entries, compare_entries);
    return result;
}

enum json_schema_result event_schemas_load(struct event_schemas **schemas_out, const char *folder,
                                           char *error_text, size_t error_text_size) {
    struct dirent **files = NULL;
    *schemas_out = NULL;
    int count = scandir(folder, &files, is_schema_file, compare_files);
    if (count < 0) {
        if (errno == ENOMEM)
            return no_memory(folder, error_text, error_text_size);
        tell(error_text, error_text_size, folder, strerror(errno));
        return JSON_SCHEMA_UNREADABLE;
    }
    enum json_schema_result result;
    struct event_schemas *schemas = calloc(1, sizeof *schemas);
    if (schemas == NULL) {
        result = no_memory(folder, error_text, error_text_size);
    } else if (count > EVENT_SCHEMAS_MAX) {
        tell(error_text, error_text_size, folder, "more than 1000 schemas");
        result = JSON_SCHEMA_REFUSED;
    } else {
        atomic_init(&schemas->holders, 1);
        result = add_all(schemas, folder, files, (size_t)count, error_text, error_text_size);
    }
    for (int i = 0; i < count; i++)
        free(files[i]);
    free(files);
    if (result == JSON_SCHEMA_OK) {
        *schemas_out = schemas;
    } else if (schemas != NULL) {
        atomic_store(&schemas->holders, 1);
        event_schemas_free(schemas);
    }
    return result;
}

struct event_schemas *event_schemas_share(struct event_schemas *schemas) {
    if (schemas != NULL)
        atomic_fetch_add(&schemas->holders, 1);
    return schemas;
}

void event_schemas_free(struct event_schemas *schemas) {
    if (schemas == NULL || atomic_fetch_sub(&schemas->holders, 1) != 1)
        return;
    for (size_t i = 0; i < schemas->count; i++) {
        free(schemas->entries[i].type);
        json_schema_free(schemas->entries[i].schema);
    }
    free(schemas->entries);
    free(schemas);
}

const struct json_schema *event_schemas_find(const struct event_schemas *schemas, const char *type) {
    const struct entry wanted = {.type = (char *)type}; /* only read */
    if (schemas->count == 0)
        return NULL;
    const struct entry *found =
        bsearch(&wanted, schemas->entries, schemas->count, sizeof *schemas->entries, compare_entries);
    return found == NULL ? NULL : found->schema;
}

size_t event_schemas_count(const struct event_schemas *schemas) {
    return schemas->count;
}

const char *event_schemas_type(const struct event_schemas *schemas, size_t index) {
    return schemas->entries[index].type;
}

/* Without a schema all of it. False: no memory. */
static bool mask_member(json_t *event, const char *name, const struct json_schema *schema) {
    const json_t *value = json_object_get(event, name);
    if (value == NULL)
        return true;
    json_t *masked =
        schema == NULL ? json_string_nocheck(JSON_SCHEMA_MASK) : json_schema_mask_write_only(schema, value);
    return masked != NULL && json_object_set_new_nocheck(event, name, masked) == 0;
}

json_t *event_schemas_mask_event(const struct event_schemas *schemas, const json_t *event) {
    json_t *copy = json_deep_copy(event);
    if (copy == NULL)
        return NULL;
    const char *type = json_string_value(json_object_get(copy, "type"));
    const struct json_schema *schema = type == NULL ? NULL : event_schemas_find(schemas, type);
    if (!mask_member(copy, "data", schema) || !mask_member(copy, "data_base64", NULL)) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}
