/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where sign-ups are kept: one connection to a database, used by one thread, behind an interface that each
 * backend implements (store_sqlite.c). It stores and finds; what a sign-up or a confirmation means is decided
 * in sign_up.c and confirm.c. Every operation but open, close and probe belongs between begin and commit.
 */
#ifndef NOTIFY_SIGNUP_STORE_H
#define NOTIFY_SIGNUP_STORE_H

#include "common/digest.h"
#include "common/error.h"
#include "common/mail_address.h"
#include "field_rules.h"
#include "http/negotiation.h"
#include <notify-client.h>

#define SIGNUP_ID_SIZE 37 /* a UUIDv7 and a NUL */

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
    const char *shown_id;      /* the sign-up whose mail's state this one shows: itself, or an earlier one */
    const char *mail_event_id; /* of its own mail; "" when it caused none */
    const uint8_t *token_hash; /* SHA256_SIZE bytes */
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

enum store_access { STORE_READ, STORE_WRITE };
enum store_finding { STORE_FOUND, STORE_NOT_FOUND, STORE_FAILED };

struct store {
    const struct store_operations *operations;
};

struct store_operations {
    void (*close)(struct store *store);
    bool (*begin)(struct store *store, struct error *error);
    bool (*commit)(struct store *store, struct error *error);
    void (*rollback)(struct store *store);
    /* Whether something can be written now, in a transaction of its own. */
    bool (*probe)(struct store *store, struct error *error);

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
    /* Puts an event into the outbox. */
    bool (*append_event)(struct store *store, const char *topic, notify_event *event, struct error *error);
};

/* Opens the file, and makes it and its tables where access is STORE_WRITE. Exit status 78 in error. */
bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error);

const char *signup_state_text(enum signup_state state);

static inline void store_close(struct store *store) {
    if (store != NULL)
        store->operations->close(store);
}

#endif
