/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"
#include <limits.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

rd_kafka_t *client_new(rd_kafka_type_t type, const char *bootstrap, const char *const *properties,
                       void (*on_delivery)(rd_kafka_t *, const rd_kafka_message_t *, void *)) {
    char text[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof(text)) != RD_KAFKA_CONF_OK)
        fail("bootstrap.servers: %s", text);
    for (; *properties != NULL; properties += 2) {
        if (rd_kafka_conf_set(conf, properties[0], properties[1], text, sizeof(text)) != RD_KAFKA_CONF_OK)
            fail("%s: %s", properties[0], text);
    }
    if (on_delivery != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof(text));
    if (client == NULL)
        fail("no Kafka client: %s", text);
    return client;
}

unsigned char *base64_decode(const json_t *text, size_t *size_out) {
    *size_out = 0;
    if (text == NULL || json_is_null(text))
        return NULL;
    if (!json_is_string(text))
        fail("a base64 text must be a string");
    const char *encoded = json_string_value(text);
    size_t length = json_string_length(text);
    if (length % 4 != 0 || length > INT_MAX)
        fail("broken base64 of %zu characters", length);
    unsigned char *bytes = malloc(length / 4 * 3 + 1);
    if (bytes == NULL)
        fail("no memory for %zu bytes", length);
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)encoded, (int)length);
    if (decoded < 0)
        fail("broken base64");
    /* EVP_DecodeBlock counts the padding's zero bytes too. */
    size_t padding = 0;
    while (padding < 2 && padding < length && encoded[length - 1 - padding] == '=')
        padding++;
    *size_out = (size_t)decoded - padding;
    return bytes;
}

json_t *base64_encode(const void *bytes, size_t size) {
    if (bytes == NULL)
        return json_null();
    if (size > INT_MAX / 2)
        fail("%zu bytes are too many", size);
    unsigned char *encoded = malloc((size + 2) / 3 * 4 + 1);
    if (encoded == NULL)
        fail("no memory for %zu bytes", size);
    int length = EVP_EncodeBlock(encoded, bytes, (int)size);
    json_t *text = json_stringn((const char *)encoded, (size_t)length);
    free(encoded);
    if (text == NULL)
        fail("no memory");
    return text;
}

void print_line(json_t *object) {
    if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF)
        fail("cannot write a line");
    json_decref(object);
}
