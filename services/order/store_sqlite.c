/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "web/sqlite_store.h"
#include <string.h>

/* mail: what was heard of an order's mails; without a message_id a mail (without a template: the whole event)
 * failed before it was made. idempotency: what a key was answered with. */
static const char first_version[] =
    "CREATE TABLE placed_order ("
    " id TEXT PRIMARY KEY, event_source TEXT NOT NULL, event_id TEXT NOT NULL, placed_ms INTEGER NOT NULL,"
    " document TEXT NOT NULL);"
    "CREATE UNIQUE INDEX placed_order_event ON placed_order (event_id, event_source);"
    "CREATE TABLE mail ("
    " order_id TEXT NOT NULL, message_id TEXT NOT NULL, template TEXT NOT NULL, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, reason TEXT NOT NULL, smtp_code INTEGER NOT NULL, enhanced_code TEXT NOT "
    "NULL,"
    " updated_ms INTEGER NOT NULL, PRIMARY KEY (order_id, message_id, template)) WITHOUT ROWID;"
    "CREATE TABLE idempotency ("
    " key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, order_id TEXT NOT NULL, answer TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX idempotency_expires ON idempotency (expires_ms);";

static const char *const migrations[] = {first_version};

enum statement {
    FIND_KEY,
    INSERT_KEY,
    DELETE_EXPIRED_KEYS,
    INSERT_ORDER,
    FIND_ORDER,
    FIND_MAILS,
    FIND_ORDER_OF_EVENT,
    DELETE_UNMADE_MAILS,
    UPDATE_MAIL,
    STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [FIND_KEY] = "SELECT fingerprint, order_id, answer, expires_ms FROM idempotency"
                 " WHERE key = ?1 AND expires_ms > ?2",
    [INSERT_KEY] = "INSERT OR REPLACE INTO idempotency (key, fingerprint, order_id, answer, expires_ms)"
                   " VALUES (?1, ?2, ?3, ?4, ?5)",
    /* More than one goes for each that comes, so there is no end to wait for and no large transaction. */
    [DELETE_EXPIRED_KEYS] =
        "DELETE FROM idempotency WHERE key IN"
        " (SELECT key FROM idempotency WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT 4)",
    [INSERT_ORDER] = "INSERT INTO placed_order (id, event_source, event_id, placed_ms, document)"
                     " VALUES (?1, ?2, ?3, ?4, ?5)",
    [FIND_ORDER] = "SELECT document FROM placed_order WHERE id = ?1",
    [FIND_MAILS] = "SELECT template, state, attempts, reason, smtp_code, enhanced_code, updated_ms FROM mail"
                   " WHERE order_id = ?1 ORDER BY template, message_id LIMIT 32",
    [FIND_ORDER_OF_EVENT] = "SELECT id FROM placed_order WHERE event_id = ?1 AND event_source = ?2",
    [DELETE_UNMADE_MAILS] = "DELETE FROM mail WHERE order_id = ?1 AND message_id = ''"
                            " AND (template = '' OR template = ?2)",
    [UPDATE_MAIL] =
        "INSERT INTO mail (order_id, message_id, template, state, attempts, reason, smtp_code, enhanced_code,"
        " updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (order_id, message_id, template) DO UPDATE SET state = excluded.state,"
        " attempts = excluded.attempts, reason = excluded.reason, smtp_code = excluded.smtp_code,"
        " enhanced_code = excluded.enhanced_code, updated_ms = excluded.updated_ms WHERE state <> 1",
};

static const struct sqlite_schema schema = {
    .migrations = migrations,
    .migration_count = sizeof migrations / sizeof migrations[0],
    .statements = statement_texts,
    .statement_count = STATEMENT_COUNT,
};

static enum store_finding sqlite_find_key(struct store *store, struct key_record *record, int64_t now_ms,
                                          struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_KEY);
    sqlite_bind_blob(statement, 1, record->key, sizeof record->key);
    sqlite3_bind_int64(statement, 2, now_ms);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    if (finding != STORE_FOUND)
        return finding;
    const void *fingerprint = sqlite3_column_blob(statement, 0);
    if (fingerprint != NULL && sqlite3_column_bytes(statement, 0) == SHA256_SIZE)
        memcpy(record->fingerprint, fingerprint, SHA256_SIZE);
    else
        finding = STORE_FAILED;
    sqlite_copy_column(statement, 1, record->order_id, sizeof record->order_id);
    sqlite_copy_column(statement, 2, record->answer, sizeof record->answer);
    record->expires_ms = sqlite3_column_int64(statement, 3);
    sqlite_done(statement);
    if (finding == STORE_FAILED)
        error_set(error, "the database holds an idempotency key that cannot be read");
    return finding;
}

static bool sqlite_insert_key(struct store *store, const struct key_record *record, int64_t now_ms,
                              struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, DELETE_EXPIRED_KEYS);
    sqlite3_bind_int64(statement, 1, now_ms);
    if (!sqlite_store_run(store, statement, error))
        return false;
    statement = sqlite_store_statement(store, INSERT_KEY);
    sqlite_bind_blob(statement, 1, record->key, sizeof record->key);
    sqlite_bind_blob(statement, 2, record->fingerprint, sizeof record->fingerprint);
    sqlite_bind_text(statement, 3, record->order_id);
    sqlite_bind_text(statement, 4, record->answer);
    sqlite3_bind_int64(statement, 5, record->expires_ms);
    return sqlite_store_run(store, statement, error);
}

static bool sqlite_insert_order(struct store *store, const struct order_record *order, struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, INSERT_ORDER);
    sqlite_bind_text(statement, 1, order->id);
    sqlite_bind_text(statement, 2, order->event_source);
    sqlite_bind_text(statement, 3, order->event_id);
    sqlite3_bind_int64(statement, 4, order->placed_ms);
    sqlite_bind_text(statement, 5, order->document);
    return sqlite_store_run(store, statement, error);
}

static void read_mail(sqlite3_stmt *statement, struct order_mail *mail) {
    sqlite_copy_column(statement, 0, mail->template_name, sizeof mail->template_name);
    int state = sqlite3_column_int(statement, 1);
    mail->state = state == MAIL_SENT ? MAIL_SENT : MAIL_FAILED;
    mail->attempts = sqlite3_column_int64(statement, 2);
    sqlite_copy_column(statement, 3, mail->reason, sizeof mail->reason);
    mail->smtp_code = sqlite3_column_int64(statement, 4);
    sqlite_copy_column(statement, 5, mail->enhanced_code, sizeof mail->enhanced_code);
    mail->updated_ms = sqlite3_column_int64(statement, 6);
}

static enum store_finding sqlite_find_order(struct store *store, const char *id, struct text_buffer *document,
                                            struct order_mails *mails, struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_ORDER);
    sqlite_bind_text(statement, 1, id);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    if (finding != STORE_FOUND)
        return finding;
    text_buffer_reset(document);
    text_buffer_append(document, sqlite3_column_text(statement, 0),
                       (size_t)sqlite3_column_bytes(statement, 0));
    sqlite_done(statement);

    mails->count = 0;
    statement = sqlite_store_statement(store, FIND_MAILS);
    sqlite_bind_text(statement, 1, id);
    while ((finding = sqlite_store_find(store, statement, error)) == STORE_FOUND) {
        struct order_mail *mail = order_mails_add(mails);
        if (mail != NULL)
            read_mail(statement, mail);
    }
    return finding == STORE_FAILED ? STORE_FAILED : STORE_FOUND;
}

/* A mail that was made after all, when its dead letter was sent again, takes the place of the failure to make
 * it. */
static bool delete_unmade_mails(struct store *store, const char *order_id, const struct mail_status *status,
                                struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, DELETE_UNMADE_MAILS);
    sqlite_bind_text(statement, 1, order_id);
    sqlite_bind_text(statement, 2, status->template_name);
    return sqlite_store_run(store, statement, error);
}

static bool write_mail(struct store *store, const char *order_id, const struct mail_status *status,
                       struct error *error) {
    sqlite3_stmt *statement = sqlite_store_statement(store, UPDATE_MAIL);
    sqlite_bind_text(statement, 1, order_id);
    sqlite_bind_text(statement, 2, status->message_id);
    sqlite_bind_text(statement, 3, status->template_name);
    sqlite3_bind_int(statement, 4, (int)status->state);
    sqlite3_bind_int64(statement, 5, status->attempts);
    sqlite_bind_text(statement, 6, status->reason);
    sqlite3_bind_int64(statement, 7, status->smtp_code);
    sqlite_bind_text(statement, 8, status->enhanced_code);
    sqlite3_bind_int64(statement, 9, status->time_ms);
    return sqlite_store_run(store, statement, error);
}

static bool sqlite_update_mail(struct store *store, const struct mail_status *status, bool *known,
                               struct error *error) {
    char order_id[ORDER_ID_SIZE];
    sqlite3_stmt *statement = sqlite_store_statement(store, FIND_ORDER_OF_EVENT);
    sqlite_bind_text(statement, 1, status->cause_id);
    sqlite_bind_text(statement, 2, status->cause_source);
    enum store_finding finding = sqlite_store_find(store, statement, error);
    *known = finding == STORE_FOUND;
    if (finding != STORE_FOUND)
        return finding == STORE_NOT_FOUND;
    sqlite_copy_column(statement, 0, order_id, sizeof order_id);
    sqlite_done(statement);
    return (status->message_id[0] == '\0' || delete_unmade_mails(store, order_id, status, error)) &&
           write_mail(store, order_id, status, error);
}

static const struct order_store_operations operations = {
    .store = SQLITE_STORE_OPERATIONS,
    .find_key = sqlite_find_key,
    .insert_key = sqlite_insert_key,
    .insert_order = sqlite_insert_order,
    .find_order = sqlite_find_order,
    .update_mail = sqlite_update_mail,
};

bool store_open_sqlite(struct store **store_out, const char *path, enum store_access access,
                       struct error *error) {
    return sqlite_store_open(store_out, path, access, &operations.store, &schema, error);
}
