/* SPDX-License-Identifier: Apache-2.0 */
#include "suppression_record.h"

#include "common/clock.h"
#include <string.h>

bool suppression_key_of(struct suppression_key *key, const char *address) {
    return digest_sha256(address, strlen(address), key->bytes);
}

void suppression_key_text(const struct suppression_key *key, char out[SUPPRESSION_KEY_TEXT_SIZE]) {
    digest_hex(key->bytes, sizeof key->bytes, out);
}

char *suppression_record_encode(const char *address, const char *reason, int64_t time_unix_ms) {
    char time[RFC3339_SIZE];
    clock_format_rfc3339(time_unix_ms, time);
    json_t *root = json_pack("{s:s, s:s, s:s}", "address", address, "reason", reason, "time", time);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

rd_kafka_headers_t *suppression_headers(void) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    if (headers == NULL || rd_kafka_header_add(headers, "content-type", -1, "application/json", -1) ==
                               RD_KAFKA_RESP_ERR_NO_ERROR)
        return headers;
    rd_kafka_headers_destroy(headers);
    return NULL;
}

/* --- reading --- */

static int digit_of(char character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool read_key(struct suppression_key *key, const char *text, size_t size) {
    if (size != SUPPRESSION_KEY_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < sizeof key->bytes; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_members(struct suppression_record *record, struct error *error) {
    const char *time = json_string_value(json_object_get(record->root, "time"));
    const char *reason = json_string_value(json_object_get(record->root, "reason"));
    record->address = json_string_value(json_object_get(record->root, "address"));
    record->reason = reason == NULL ? "" : reason;
    if (record->address == NULL)
        return error_set(error, "address is missing");
    if (time == NULL || !clock_parse_rfc3339(time, &record->time_unix_ms))
        return error_set(error, "time is no RFC 3339 time");
    struct suppression_key key;
    if (!suppression_key_of(&key, record->address))
        return error_set(error, "no digest could be made");
    return memcmp(&key, &record->key, sizeof key) == 0 ||
           error_set(error, "the key is not the SHA-256 of the address");
}

bool suppression_record_decode(struct suppression_record *record, const void *key, size_t key_size,
                               const void *value, size_t value_size, struct error *error) {
    *record = (struct suppression_record){0};
    if (key == NULL || !read_key(&record->key, key, key_size))
        return error_set(error, "the key is no SHA-256 in hexadecimal");
    if (value == NULL || value_size == 0)
        return true;
    json_error_t trouble;
    record->root = json_loadb(value, value_size, JSON_REJECT_DUPLICATES, &trouble);
    if (!json_is_object(record->root))
        error_set(error, "the value is no JSON object");
    else if (read_members(record, error))
        return true;
    suppression_record_clear(record);
    return false;
}

void suppression_record_clear(struct suppression_record *record) {
    json_decref(record->root);
    record->root = NULL;
    record->address = record->reason = NULL;
}
