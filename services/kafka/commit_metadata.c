/* SPDX-License-Identifier: Apache-2.0 */
#include "commit_metadata.h"

#include "common/cleanup.h"
#include "common/digest.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define VERSION "1."
#define CHECKSUM_DIGITS 8
#define VARINT_MAX 10

size_t commit_metadata_varint_size(uint64_t value) {
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static size_t varint_write(uint64_t value, uint8_t *out) {
    size_t size = 0;
    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    return size;
}

/* Returns the bytes read, 0 when the number is cut off, too long, or zero: gaps are at least one. */
static size_t varint_read(const uint8_t *bytes, size_t size, uint64_t *value_out) {
    uint64_t value = 0;
    for (size_t i = 0; i < size && i < VARINT_MAX - 1; i++) {
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if ((bytes[i] & 0x80) == 0) {
            *value_out = value;
            return value == 0 ? 0 : i + 1;
        }
    }
    return 0;
}

static unsigned long checksum(int64_t committed_offset, const char *text, size_t size) {
    char prefix[32];
    int prefix_size = snprintf(prefix, sizeof prefix, "%" PRId64 ":", committed_offset);
    unsigned long sum = crc32(0L, (const Bytef *)prefix, (uInt)prefix_size);
    return crc32(sum, (const Bytef *)text, (uInt)size);
}

bool commit_metadata_encode(const int64_t *incomplete, size_t count, int64_t highest_complete,
                            char out[COMMIT_METADATA_MAX + 1]) {
    uint8_t varints[COMMIT_METADATA_MAX_VARINT_BYTES];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t next = i + 1 < count ? incomplete[i + 1] : highest_complete;
        uint64_t gap = (uint64_t)(next - incomplete[i]);
        if (size + commit_metadata_varint_size(gap) > sizeof varints)
            return false;
        size += varint_write(gap, varints + size);
    }
    memcpy(out, VERSION, strlen(VERSION));
    base64url_encode(varints, size, out + strlen(VERSION));
    size_t length = strlen(out);
    unsigned long sum = checksum(incomplete[0], out, length);
    snprintf(out + length, COMMIT_METADATA_MAX + 1 - length, ".%08lx", sum);
    return true;
}

/* The payload between the version and the checksum, when both are right; 0: they are not. */
static size_t payload_size(const char *text, int64_t committed_offset) {
    size_t length = strlen(text);
    size_t frame = strlen(VERSION) + 1 + CHECKSUM_DIGITS;
    if (length <= frame || length > COMMIT_METADATA_MAX || strncmp(text, VERSION, strlen(VERSION)) != 0)
        return 0;
    const char *dot = text + length - CHECKSUM_DIGITS - 1;
    char expected[CHECKSUM_DIGITS + 2];
    snprintf(expected, sizeof expected, ".%08lx", checksum(committed_offset, text, (size_t)(dot - text)));
    return strcmp(dot, expected) == 0 ? length - frame : 0;
}

bool commit_metadata_decode(const char *text, int64_t committed_offset, int64_t **incomplete_out,
                            size_t *count_out, int64_t *highest_complete_out) {
    uint8_t varints[COMMIT_METADATA_MAX];
    size_t varints_size = 0;
    size_t encoded_size = payload_size(text, committed_offset);
    if (encoded_size == 0 || !base64url_decode(text + strlen(VERSION), encoded_size, varints, &varints_size))
        return false;
    cleanup(cleanup_free) int64_t *incomplete = calloc(varints_size + 1, sizeof *incomplete);
    if (incomplete == NULL)
        return false;

    int64_t offset = committed_offset;
    size_t count = 0;
    for (size_t position = 0; position < varints_size;) {
        uint64_t gap = 0;
        size_t read = varint_read(varints + position, varints_size - position, &gap);
        if (read == 0 || gap > (uint64_t)(INT64_MAX - offset))
            return false;
        incomplete[count++] = offset;
        offset += (int64_t)gap;
        position += read;
    }
    if (count == 0)
        return false;
    *incomplete_out = incomplete;
    incomplete = NULL;
    *count_out = count;
    *highest_complete_out = offset;
    return true;
}
