/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of <group>.suppression: key, the SHA-256 of the address in hexadecimal; value, JSON {address,
 * reason, time}, or nothing, which takes the address off the list. Written by the worker and by notifyctl.
 * Pure.
 */
#ifndef NOTIFY_EMAIL_SUPPRESSION_RECORD_H
#define NOTIFY_EMAIL_SUPPRESSION_RECORD_H

#include "common/error.h"
#include "suppression_list.h"
#include <jansson.h>
#include <librdkafka/rdkafka.h>

/* How long an address stays, from the record's time on. */
#define SUPPRESSION_LIFE_MS (INT64_C(30) * 24 * 60 * 60 * 1000)
#define SUPPRESSION_KEY_TEXT_SIZE (2 * SHA256_SIZE + 1)

/* address as mail_address_parse() writes it. False: libcrypto has no digest. */
bool suppression_key_of(struct suppression_key *key, const char *address);
void suppression_key_text(const struct suppression_key *key, char out[SUPPRESSION_KEY_TEXT_SIZE]);

/* The value, to be freed by the caller. NULL: no memory. */
char *suppression_record_encode(const char *address, const char *reason, int64_t time_unix_ms);
/* content-type. NULL: no memory. */
rd_kafka_headers_t *suppression_headers(void);

struct suppression_record {
    struct suppression_key key;
    json_t *root;                 /* NULL: it takes the address off the list, and the rest is not set */
    const char *address, *reason; /* borrowed from root; reason may be "" */
    int64_t time_unix_ms;
};

/* False: error tells what is wrong, without the address. Free with suppression_record_clear(). */
bool suppression_record_decode(struct suppression_record *record, const void *key, size_t key_size,
                               const void *value, size_t value_size, struct error *error);
void suppression_record_clear(struct suppression_record *record);

#endif
