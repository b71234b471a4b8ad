/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "web/sqlite_store.h"

/* address: one row for each address ever signed up, what cooldown and confirmation go by.
 * signup: one row for each accepted POST. mail_state: 0 pending, 1 sent, 2 failed, joined by mail_event_id.
 */
static const char first_version[] =
    "CREATE TABLE IF NOT EXISTS address ("
    " address_key TEXT PRIMARY KEY, confirmed_at_ms INTEGER, mailed_at_ms INTEGER NOT NULL DEFAULT 0,"
    " mailed_signup_id TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS signup ("
    " id TEXT PRIMARY KEY, address_key TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, locale TEXT "
    "NOT NULL,"
    " shown_id TEXT NOT NULL, mail_event_id TEXT NOT NULL, mail_state INTEGER NOT NULL DEFAULT 0,"
    " token_hash BLOB NOT NULL, token_expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " confirmed_at_ms INTEGER) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS signup_token_hash ON signup (token_hash);";

/* What became of a mail is told by the event that asked for it. */
static const char second_version[] =
    "ALTER TABLE signup ADD COLUMN mail_event_source TEXT NOT NULL DEFAULT '/signup';"
    "CREATE INDEX signup_mail_event ON signup (mail_event_id);";

static const char *const migrations[] = {first_version, second_version};

enum statement {
    CLAIM_ADDRESS,
    FIND_ADDRESS,
    UPDATE_ADDRESS,
    CONFIRM_ADDRESS,
    INSERT_SIGNUP,
    CONFIRM_SIGNUP,
    FIND_TOKEN,
    FIND_STATE,
    UPDATE_MAIL,
    FIND_MAIL,
    STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [CLAIM_ADDRESS] = "INSERT INTO address (address_key) VALUES (?1) ON CONFLICT DO NOTHING",
    [FIND_ADDRESS] = "SELECT confirmed_at_ms IS NOT NULL, mailed_at_ms, mailed_signup_id FROM address"
                     " WHERE address_key = ?1",
    [UPDATE_ADDRESS] = "UPDATE address SET mailed_at_ms = ?2, mailed_signup_id = ?3 WHERE address_key = ?1",
    [CONFIRM_ADDRESS] = "UPDATE address SET confirmed_at_ms = ?2 WHERE address_key = ?1",
    [INSERT_SIGNUP] =
        "INSERT INTO signup (id, address_key, email, name, locale, shown_id, mail_event_id, token_hash,"
        " token_expires_ms, created_ms, mail_event_source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
        "?11)",
    [CONFIRM_SIGNUP] = "UPDATE signup SET confirmed_at_ms = ?2 WHERE id = ?1",
    [FIND_TOKEN] = "SELECT s.id, s.address_key, s.email, s.name, s.locale, s.token_expires_ms,"
                   " s.confirmed_at_ms IS NOT NULL, a.confirmed_at_ms IS NOT NULL"
                   " FROM signup s JOIN address a ON a.address_key = s.address_key WHERE s.token_hash = ?1",
    [FIND_STATE] = "SELECT s.confirmed_at_ms IS NOT NULL, m.mail_state"
                   " FROM signup s JOIN signup m ON m.id = s.shown_id WHERE s.id = ?1",
    [UPDATE_MAIL] = "UPDATE signup SET mail_state = ?3"
                    " WHERE mail_event_id = ?2 AND mail_event_source = ?1 AND mail_state <> 1",
    [FIND_MAIL] = "SELECT 1 FROM signup WHERE mail_event_id = ?2 AND mail_event_source = ?1",
};

static const struct sqlite_schema schema = {
    .migrations = migrations,
    .migration_count = sizeof migrations / sizeof migrations[0],
    .statements = statement_texts,
    .statement_count = STATEMENT_COUNT,
};

static bool sqlite_claim_address(struct store *store, const char *key, struct address_record *address,
                                 struct error *error) {
    sqlite_bind_text(sqlite_store_statement(store, CLAIM_ADDRESS), 1, key);
    if (!sqlite_store_run(store, sqlite_store_statement(store, CLAIM_ADDRESS), error))
        return false;
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_ADDRESS);
    sqlite_bind_text(statement, 1, key);
    switch (sqlite_store_find(store, statement, error)) {
    case STORE_NOT_FOUND:
        return error_set(error, "the database lost an address within a transaction");
    case STORE_FAILED:
        return false;
    case STORE_FOUND:
        break;
    }
    address->confirmed = sqlite3_column_int(statement, 0) != 0;
    address->mailed_at_ms = sqlite3_column_int64(statement, 1);
    sqlite_copy_column(statement, 2, address->mailed_signup_id, sizeof address->mailed_signup_id);
    sqlite_done(statement);
    return true;
}

static bool sqlite_update_address(struct store *store, const char *key, const struct address_record *address,
                                  struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, UPDATE_ADDRESS);
    sqlite_bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, address->mailed_at_ms);
    sqlite_bind_text(statement, 3, address->mailed_signup_id);
    return sqlite_store_run(store, statement, error);
}

static bool confirm(struct store *store, enum statement which, const char *key, int64_t now_ms,
                    struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, which);
    sqlite_bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, now_ms);
    return sqlite_store_run(store, statement, error);
}

static bool sqlite_confirm_address(struct store *store, const char *key, int64_t now_ms,
                                   struct error *error) {
    return confirm(store, CONFIRM_ADDRESS, key, now_ms, error);
}

static bool sqlite_confirm_signup(struct store *store, const char *id, int64_t now_ms, struct error *error) {
    return confirm(store, CONFIRM_SIGNUP, id, now_ms, error);
}

static bool sqlite_insert_signup(struct store *store, const struct signup_record *signup,
                                 struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, INSERT_SIGNUP);
    sqlite_bind_text(statement, 1, signup->id);
    sqlite_bind_text(statement, 2, signup->address_key);
    sqlite_bind_text(statement, 3, signup->email);
    sqlite_bind_text(statement, 4, signup->name);
    sqlite_bind_text(statement, 5, signup->locale);
    sqlite_bind_text(statement, 6, signup->shown_id);
    sqlite_bind_text(statement, 7, signup->mail_event_id);
    sqlite_bind_blob(statement, 8, signup->token_hash, SHA256_SIZE);
    sqlite3_bind_int64(statement, 9, signup->token_expires_ms);
    sqlite3_bind_int64(statement, 10, signup->created_ms);
    sqlite_bind_text(statement, 11, signup->mail_event_source);
    return sqlite_store_run(store, statement, error);
}

static enum store_finding sqlite_find_token(struct store *store, const uint8_t hash[SHA256_SIZE],
                                            struct token_record *token, struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_TOKEN);
    sqlite_bind_blob(statement, 1, hash, SHA256_SIZE);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    if (finding != STORE_FOUND)
        return finding;
    sqlite_copy_column(statement, 0, token->id, sizeof token->id);
    sqlite_copy_column(statement, 1, token->address_key, sizeof token->address_key);
    sqlite_copy_column(statement, 2, token->email, sizeof token->email);
    sqlite_copy_column(statement, 3, token->name, sizeof token->name);
    sqlite_copy_column(statement, 4, token->locale, sizeof token->locale);
    token->expires_ms = sqlite3_column_int64(statement, 5);
    token->used = sqlite3_column_int(statement, 6) != 0;
    token->address_confirmed = sqlite3_column_int(statement, 7) != 0;
    sqlite_done(statement);
    return STORE_FOUND;
}

static enum store_finding sqlite_find_state(struct store *store, const char *id, enum signup_state *state,
                                            struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_STATE);
    sqlite_bind_text(statement, 1, id);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    if (finding != STORE_FOUND)
        return finding;
    int mail_state = sqlite3_column_int(statement, 1);
    *state = sqlite3_column_int(statement, 0) != 0 ? SIGNUP_CONFIRMED
             : mail_state == MAIL_SENT             ? SIGNUP_SENT
             : mail_state == MAIL_FAILED           ? SIGNUP_FAILED
                                                   : SIGNUP_PENDING;
    sqlite_done(statement);
    return STORE_FOUND;
}

static bool sqlite_update_mail(struct store *store, const struct mail_status *status, bool *known,
                               struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, UPDATE_MAIL);
    sqlite_bind_text(statement, 1, status->cause_source);
    sqlite_bind_text(statement, 2, status->cause_id);
    sqlite3_bind_int(statement, 3, (int)status->state);
    if (!sqlite_store_run(store, statement, error))
        return false;
    *known = sqlite_store_changes(store) > 0;
    if (*known)
        return true;
    statement = sqlite_store_statement(store, FIND_MAIL);
    sqlite_bind_text(statement, 1, status->cause_source);
    sqlite_bind_text(statement, 2, status->cause_id);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    *known = finding == STORE_FOUND;
    sqlite_done(statement);
    return finding != STORE_FAILED;
}

static const struct signup_store_operations operations = {
    .store = SQLITE_STORE_OPERATIONS,
    .claim_address = sqlite_claim_address,
    .update_address = sqlite_update_address,
    .confirm_address = sqlite_confirm_address,
    .insert_signup = sqlite_insert_signup,
    .confirm_signup = sqlite_confirm_signup,
    .find_token = sqlite_find_token,
    .find_state = sqlite_find_state,
    .update_mail = sqlite_update_mail,
};

bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error) {
    return sqlite_store_open(store_out, path, access, &operations.store, &schema, error);
}
