/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_equal.h"
#include "schema_number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Up to so many items comparing each with each is cheaper than sorting their hashes. */
enum { FEW_ITEMS = 8 };

static bool strings_equal(const json_t *left, const json_t *right) {
    size_t size = json_string_length(left);
    return size == json_string_length(right) &&
           memcmp(json_string_value(left), json_string_value(right), size) == 0;
}

static bool objects_equal(const json_t *left, const json_t *right) {
    if (json_object_size(left) != json_object_size(right))
        return false;
    json_t *object = (json_t *)left; /* iterating does not change it; Jansson's parameter has no const */
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const json_t *other = json_object_getn(right, json_object_iter_key(at), json_object_iter_key_len(at));
        if (other == NULL || !schema_values_equal(json_object_iter_value(at), other))
            return false;
    }
    return true;
}

static bool arrays_equal(const json_t *left, const json_t *right) {
    size_t count = json_array_size(left);
    if (count != json_array_size(right))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!schema_values_equal(json_array_get(left, i), json_array_get(right, i)))
            return false;
    }
    return true;
}

bool schema_values_equal(const json_t *left, const json_t *right) {
    if (json_is_number(left) && json_is_number(right))
        return schema_number_compare(left, right) == 0;
    if (json_typeof(left) != json_typeof(right))
        return false;
    switch (json_typeof(left)) {
    case JSON_STRING:
        return strings_equal(left, right);
    case JSON_OBJECT:
        return objects_equal(left, right);
    case JSON_ARRAY:
        return arrays_equal(left, right);
    default: /* true, false and null are each of one value */
        return true;
    }
}

static uint64_t mix(uint64_t hash) {
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdU;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53U;
    return hash ^ hash >> 33;
}

static uint64_t hash_bytes(const char *bytes, size_t size) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3U;
    return mix(hash + size);
}

/* Equal numbers have one double: where the integer rounds, others join it, and the comparison tells them
 * apart. */
static uint64_t hash_number(const json_t *number) {
    double value = json_number_value(number) + 0.0; /* -0.0 becomes 0.0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return mix(bits + JSON_INTEGER);
}

static uint64_t hash_value(const json_t *value) {
    uint64_t hash = mix((uint64_t)json_typeof(value) + 1);
    json_t *object = (json_t *)value;
    switch (json_typeof(value)) {
    case JSON_INTEGER:
    case JSON_REAL:
        return hash_number(value);
    case JSON_STRING:
        return hash ^ hash_bytes(json_string_value(value), json_string_length(value));
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            hash = mix(hash * 31 + hash_value(json_array_get(value, i)));
        return hash;
    case JSON_OBJECT: /* a sum, as the order does not matter */
        for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
            hash += mix(hash_bytes(json_object_iter_key(at), json_object_iter_key_len(at)) * 31 +
                        hash_value(json_object_iter_value(at)));
        return hash;
    default:
        return hash;
    }
}

struct hashed_item {
    uint64_t hash;
    size_t index;
};

static int compare_hashes(const void *left, const void *right) {
    const struct hashed_item *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The items from first to end, by their indexes, each with each. */
static enum schema_unique_result compare_all(const json_t *array, const struct hashed_item *items,
                                             size_t count, size_t *second_out, size_t *steps) {
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (*steps == 0)
                return SCHEMA_UNIQUE_TOO_COSTLY;
            (*steps)--;
            if (schema_values_equal(json_array_get(array, items[i].index),
                                    json_array_get(array, items[j].index))) {
                *second_out = items[i].index;
                return SCHEMA_NOT_UNIQUE;
            }
        }
    }
    return SCHEMA_UNIQUE;
}

static enum schema_unique_result compare_by_hash(const json_t *array, struct hashed_item *items, size_t count,
                                                 size_t *second_out, size_t *steps) {
    for (size_t i = 0; i < count; i++)
        items[i] = (struct hashed_item){.hash = hash_value(json_array_get(array, i)), .index = i};
    qsort(items, count, sizeof *items, compare_hashes);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && items[end].hash == items[first].hash;)
            end++;
        enum schema_unique_result result = compare_all(array, items + first, end - first, second_out, steps);
        if (result != SCHEMA_UNIQUE)
            return result;
    }
    return SCHEMA_UNIQUE;
}

enum schema_unique_result schema_items_unique(const json_t *array, size_t *second_out, size_t *steps) {
    size_t count = json_array_size(array);
    if (count <= FEW_ITEMS) {
        struct hashed_item items[FEW_ITEMS];
        for (size_t i = 0; i < count; i++)
            items[i] = (struct hashed_item){.index = i};
        return compare_all(array, items, count, second_out, steps);
    }
    struct hashed_item *items = calloc(count, sizeof *items);
    if (items == NULL)
        return SCHEMA_UNIQUE_NO_MEMORY;
    enum schema_unique_result result = compare_by_hash(array, items, count, second_out, steps);
    free(items);
    return result;
}
