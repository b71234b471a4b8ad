/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where sign-ups are kept (web/store.h), behind an interface that each backend implements (store_sqlite.c).
 * It stores and finds; what a sign-up or a confirmation means is decided in sign_up.c and confirm.c.
 */
#ifndef NOTIFY_SIGNUP_STORE_H
#define NOTIFY_SIGNUP_STORE_H

#include "common/digest.h"
#include "common/mail_address.h"
#include "http/negotiation.h"
#include "web/field_rules.h"
#include "web/mail_status.h"
#include "web/store.h"
#include "web/web_parts.h"

#define SIGNUP_ID_SIZE ENTITY_ID_SIZE

enum signup_state { SIGNUP_PENDING, SIGNUP_SENT, SIGNUP_FAILED, SIGNUP_CONFIRMED };

/* What is known of an address, by its address_key(). */
struct address_record {
    bool confirmed;
    int64_t mailed_at_ms; /* when its last mail was asked for; 0: never */
    char mailed_signup_id[SIGNUP_ID_SIZE];
};

struct signup_record {
    const char *id;
    const char *address_key;
    const char *email;
    const char *name;
    const char *locale;
    const char *shown_id; /* the sign-up whose mail's state this one shows: itself, or an earlier one */
    const char *mail_event_source, *mail_event_id; /* of its own mail; "" when it caused none */
    const uint8_t *token_hash;                     /* SHA256_SIZE bytes */
    int64_t token_expires_ms;
    int64_t created_ms;
};

/* The sign-up that a token belongs to. */
struct token_record {
    char id[SIGNUP_ID_SIZE];
    char address_key[MAIL_ADDRESS_MAX + 1];
    char email[MAIL_ADDRESS_MAX + 1];
    char name[NAME_SIZE];
    char locale[LANGUAGE_SIZE];
    int64_t expires_ms;
    bool used;
    bool address_confirmed;
};

struct signup_store_operations {
    struct store_operations store; /* first: a store's operations are cast to these */
    /* The address's record, made when it is new. */
    bool (*claim_address)(struct store *store, const char *address_key, struct address_record *address,
                          struct error *error);
    bool (*update_address)(struct store *store, const char *address_key, const struct address_record *address,
                           struct error *error);
    bool (*confirm_address)(struct store *store, const char *address_key, int64_t now_ms,
                            struct error *error);
    bool (*insert_signup)(struct store *store, const struct signup_record *signup, struct error *error);
    bool (*confirm_signup)(struct store *store, const char *id, int64_t now_ms, struct error *error);
    enum store_finding (*find_token)(struct store *store, const uint8_t hash[SHA256_SIZE],
                                     struct token_record *token, struct error *error);
    enum store_finding (*find_state)(struct store *store, const char *id, enum signup_state *state,
                                     struct error *error);
    /* The state of the mail that this event caused; a sent one stays sent. *known: there is such a sign-up.
     */
    bool (*update_mail)(struct store *store, const struct mail_status *status, bool *known,
                        struct error *error);
};

static inline const struct signup_store_operations *signup_operations(const struct store *store) {
    return (const struct signup_store_operations *)(const void *)store->operations;
}

/* A store_opener. */
bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error);

/* A status_applier. */
bool signup_apply_status(struct store *store, const struct mail_status *status, bool *known,
                         struct error *error);

const char *signup_state_text(enum signup_state state);

#endif
