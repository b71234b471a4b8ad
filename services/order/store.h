/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where orders are kept (web/store.h), behind an interface that each backend implements (store_sqlite.c). It
 * stores and finds; what placing an order means is decided in place_order.c.
 */
#ifndef NOTIFY_ORDER_STORE_H
#define NOTIFY_ORDER_STORE_H

#include "common/digest.h"
#include "common/text_buffer.h"
#include "order_mails.h"
#include "web/store.h"
#include "web/web_parts.h"

#define ORDER_ID_SIZE ENTITY_ID_SIZE
#define ORDER_ANSWER_SIZE 1280 /* {"id":…,"status_url":…}; PUBLIC_URL has at most 1,024 characters */

struct order_record {
    const char *id;
    const char *event_source, *event_id; /* of its order.placed */
    const char *document;                /* the data of that event, JSON */
    int64_t placed_ms;
};

/* An idempotency key, and what it was answered with. */
struct key_record {
    uint8_t key[SHA256_SIZE];
    uint8_t fingerprint[SHA256_SIZE]; /* of the request's body */
    char order_id[ORDER_ID_SIZE];
    char answer[ORDER_ANSWER_SIZE];
    int64_t expires_ms;
};

struct order_store_operations {
    struct store_operations store; /* first: a store's operations are cast to these */
    /* The record of record->key, unless it has expired; what else is in record is filled. */
    enum store_finding (*find_key)(struct store *store, struct key_record *record, int64_t now_ms,
                                   struct error *error);
    /* In place of an expired one, if there is one; some other expired ones go too. */
    bool (*insert_key)(struct store *store, const struct key_record *record, int64_t now_ms,
                       struct error *error);
    bool (*insert_order)(struct store *store, const struct order_record *order, struct error *error);
    /* The order's document and what was heard of its mails. */
    enum store_finding (*find_order)(struct store *store, const char *id, struct text_buffer *document,
                                     struct order_mails *mails, struct error *error);
    /* What became of a mail that an order's event caused; a sent one stays sent. *known: there is such an
     * order. */
    bool (*update_mail)(struct store *store, const struct mail_status *status, bool *known,
                        struct error *error);
};

static inline const struct order_store_operations *order_operations(const struct store *store) {
    return (const struct order_store_operations *)(const void *)store->operations;
}

/* A store_opener. */
bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error);

#endif
