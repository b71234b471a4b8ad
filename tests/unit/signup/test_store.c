/* SPDX-License-Identifier: Apache-2.0 */
/* What sign-ups and confirmations do to a real SQLite file, read back by plain SQL. */
#include "confirm.h"
#include "sign_up.h"
#include "suite.h"
#include "temp_store.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define START (INT64_C(1800000000) * SECOND)
#define COOLDOWN (60 * SECOND)

static const struct event_settings event_settings = {
    .source = "/signup",
    .public_url = "https://example.org",
    .signup_topic = "users",
    .notification_topic = "notifications",
};

static struct temp_store temp;
static struct store *store;
static sqlite3 *observer;

static void open_store(void) {
    temp_store_open(&temp, store_open_sqlite, &store, &observer);
}

static void close_store(void) {
    temp_store_close(&temp, store, observer);
}

/* The first column of all rows, joined by blanks. */
static const char *query(const char *text) {
    static char result[4096];
    sqlite3_stmt *statement = NULL;
    result[0] = '\0';
    ck_assert_msg(sqlite3_prepare_v2(observer, text, -1, &statement, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(observer));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *column = (const char *)sqlite3_column_text(statement, 0);
        size_t used = strlen(result);
        snprintf(result + used, sizeof result - used, "%s%s", used > 0 ? " " : "",
                 column != NULL ? column : "NULL");
    }
    sqlite3_finalize(statement);
    return result;
}

static const char templates_query[] =
    "SELECT coalesce(json_extract(event, '$.data.template'), topic) FROM notify_outbox";

struct taken { /* what a test remembers of a sign-up */
    char id[SIGNUP_ID_SIZE];
    struct token token;
};

static struct taken sign_up_as(const char *email, const char *name, int64_t now_ms) {
    struct error error = {0};
    struct taken taken;
    struct sign_up sign_up = {.now_ms = now_ms, .cooldown_ms = COOLDOWN};
    ck_assert_ptr_null(email_check(email, strlen(email), &sign_up.address));
    ck_assert_ptr_null(name_check(name, strlen(name), sign_up.name));
    strcpy(sign_up.locale, "en");
    ck_assert_msg(sign_up_prepare(&sign_up, &event_settings, NULL, NULL, &error), "%s", error.text);
    ck_assert_msg(store->operations->begin(store, &error), "%s", error.text);
    ck_assert_msg(sign_up_run(&sign_up, &event_settings, store, &error), "%s", error.text);
    ck_assert_msg(store->operations->commit(store, &error), "%s", error.text);
    memcpy(taken.id, sign_up.id, sizeof taken.id);
    taken.token = sign_up.token;
    sign_up_finish(&sign_up);
    return taken;
}

static enum confirm_outcome confirm_with(const struct token *token, int64_t now_ms) {
    struct error error = {0};
    struct confirm confirm = {.now_ms = now_ms};
    memcpy(confirm.token_hash, token->hash, sizeof confirm.token_hash);
    ck_assert_msg(store->operations->begin(store, &error), "%s", error.text);
    ck_assert_msg(confirm_run(&confirm, &event_settings, store, &error), "%s", error.text);
    ck_assert_msg(store->operations->commit(store, &error), "%s", error.text);
    return confirm.outcome;
}

static const char *state_of(const char *id) {
    struct error error = {0};
    enum signup_state state;
    ck_assert(store->operations->begin(store, &error));
    enum store_finding finding = signup_operations(store)->find_state(store, id, &state, &error);
    ck_assert(store->operations->commit(store, &error));
    return finding == STORE_FOUND ? signup_state_text(state) : "none";
}

/* One address, step by step. mails: the templates that must be in the outbox afterwards, in their order. */
struct step {
    int64_t at_ms;
    enum { SIGN_UP, CONFIRM_FIRST, CONFIRM_SECOND } action;
    enum confirm_outcome outcome;
    const char *mails;
    const char *states; /* of all sign-ups so far */
};

#define FACT "users "
#define NEW FACT "signup-confirmation"
static const struct step story_of_a_new_address[] = {
    {0, SIGN_UP, 0, NEW, "pending"},
    {COOLDOWN - 1, SIGN_UP, 0, NEW, "pending pending"},
    {COOLDOWN, SIGN_UP, 0, NEW " " NEW, "pending pending pending"},
};
static const struct step story_of_a_confirmed_address[] = {
    {0, SIGN_UP, 0, NEW, "pending"},
    {SECOND, CONFIRM_FIRST, CONFIRM_DONE, NEW " " FACT "welcome", "confirmed"},
    {SECOND + 1, CONFIRM_FIRST, CONFIRM_USED, NEW " " FACT "welcome", "confirmed"},
    {2 * SECOND, SIGN_UP, 0, NEW " " FACT "welcome", "confirmed pending"},
    {COOLDOWN, SIGN_UP, 0, NEW " " FACT "welcome already-registered", "confirmed pending pending"},
    {COOLDOWN + SECOND, SIGN_UP, 0, NEW " " FACT "welcome already-registered",
     "confirmed pending pending pending"},
    {25 * HOUR, CONFIRM_FIRST, CONFIRM_USED, NEW " " FACT "welcome already-registered",
     "confirmed pending pending pending"},
};
static const struct step story_of_an_expired_token[] = {
    {0, SIGN_UP, 0, NEW, "pending"},
    {24 * HOUR, CONFIRM_FIRST, CONFIRM_EXPIRED, NEW, "pending"},
    {24 * HOUR, SIGN_UP, 0, NEW " " NEW, "pending pending"},
    {48 * HOUR - 1, CONFIRM_SECOND, CONFIRM_DONE, NEW " " NEW " " FACT "welcome", "pending confirmed"},
};
static const struct step story_of_two_links[] = {
    {0, SIGN_UP, 0, NEW, "pending"},
    {COOLDOWN, SIGN_UP, 0, NEW " " NEW, "pending pending"},
    {2 * COOLDOWN, CONFIRM_SECOND, CONFIRM_DONE, NEW " " NEW " " FACT "welcome", "pending confirmed"},
    {3 * COOLDOWN, CONFIRM_FIRST, CONFIRM_DONE, NEW " " NEW " " FACT "welcome", "confirmed confirmed"},
};
static const struct step story_of_a_clock_set_back[] = {
    {10 * HOUR, SIGN_UP, 0, NEW, "pending"},
    {10 * HOUR - COOLDOWN + 1, SIGN_UP, 0, NEW, "pending pending"},
    {1 * HOUR, SIGN_UP, 0, NEW " " NEW, "pending pending pending"},
};

static void play(const struct step *steps, size_t count) {
    struct taken taken[8];
    size_t taken_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        if (step->action == SIGN_UP) {
            taken[taken_count++] = sign_up_as("ada@example.org", "Ada", START + step->at_ms);
        } else {
            const struct token *token = &taken[step->action - CONFIRM_FIRST].token;
            ck_assert_int_eq(confirm_with(token, START + step->at_ms), step->outcome);
        }
        ck_assert_str_eq(query(templates_query), step->mails);
        char states[256] = "";
        for (size_t j = 0; j < taken_count; j++)
            snprintf(states + strlen(states), sizeof states - strlen(states), "%s%s", j > 0 ? " " : "",
                     state_of(taken[j].id));
        ck_assert_str_eq(states, step->states);
    }
}

START_TEST(an_address_gets_no_second_mail_within_the_cooldown) {
    play(story_of_a_new_address, SUITE_COUNT(story_of_a_new_address));
}
END_TEST

START_TEST(a_confirmed_address_gets_another_mail_and_no_confirmation) {
    play(story_of_a_confirmed_address, SUITE_COUNT(story_of_a_confirmed_address));
}
END_TEST

START_TEST(a_token_ends_after_24_hours) {
    play(story_of_an_expired_token, SUITE_COUNT(story_of_an_expired_token));
}
END_TEST

START_TEST(two_links_of_one_address_confirm_one_user) {
    play(story_of_two_links, SUITE_COUNT(story_of_two_links));
}
END_TEST

START_TEST(a_clock_set_back_ends_the_cooldown_rather_than_lengthen_it) {
    play(story_of_a_clock_set_back, SUITE_COUNT(story_of_a_clock_set_back));
}
END_TEST

START_TEST(spellings_share_a_cooldown_and_addresses_do_not) {
    sign_up_as("ada@example.org", "Ada", START);
    sign_up_as("ADA@example.ORG", "Ada", START);
    ck_assert_str_eq(query("SELECT count(*) FROM notify_outbox"), "2");
    sign_up_as("ada@example.com", "Ada", START);
    ck_assert_str_eq(query("SELECT count(*) FROM notify_outbox"), "4");
}
END_TEST

START_TEST(within_the_cooldown_the_id_shows_the_earlier_mail_s_state_but_no_confirmation) {
    struct taken first = sign_up_as("ada@example.org", "Ada", START);
    struct taken second = sign_up_as("ada@example.org", "Ada", START + 1);
    char update[128];
    static const char *const states[] = {"pending", "sent", "failed"};
    for (int state = 0; state < 3; state++) {
        snprintf(update, sizeof update, "UPDATE signup SET mail_state = %d WHERE id = '%s'", state, first.id);
        query(update);
        ck_assert_str_eq(state_of(second.id), states[state]);
    }
    ck_assert_int_eq(confirm_with(&first.token, START + 2), CONFIRM_DONE);
    ck_assert_str_eq(state_of(first.id), "confirmed");
    ck_assert_str_eq(state_of(second.id), "failed");
}
END_TEST

START_TEST(the_name_is_in_no_mail_before_the_confirmation) {
    struct taken taken = sign_up_as("ada@example.org", "Adversary", START);
    ck_assert_str_eq(
        query("SELECT count(*) FROM notify_outbox WHERE topic = 'notifications' AND event LIKE '%Advers%'"),
        "0");
    ck_assert_int_eq(confirm_with(&taken.token, START + 1), CONFIRM_DONE);
    ck_assert_str_eq(query("SELECT json_extract(event, '$.data.variables.name') FROM notify_outbox"
                           " WHERE event LIKE '%welcome%'"),
                     "Adversary");
}
END_TEST

START_TEST(the_token_is_stored_only_as_its_hash_and_travels_only_in_the_mail) {
    struct taken taken = sign_up_as("ada@example.org", "Ada", START);
    char text[160];
    snprintf(text, sizeof text, "SELECT topic FROM notify_outbox WHERE event LIKE '%%%s%%'",
             taken.token.text);
    ck_assert_str_eq(query(text), "notifications");
    ck_assert_str_eq(
        query("SELECT json_extract(event, '$.data.variables.confirmation_url') LIKE"
              " 'https://example.org/confirm?token=%' FROM notify_outbox WHERE topic = 'notifications'"),
        "1");
    ck_assert_str_eq(query("SELECT length(token_hash) || typeof(token_hash) FROM signup"), "32blob");
}
END_TEST

START_TEST(every_event_of_a_sign_up_has_its_id_as_key_and_subject) {
    struct taken taken = sign_up_as("ada@example.org", "Ada", START);
    ck_assert_int_eq(confirm_with(&taken.token, START + 1), CONFIRM_DONE);
    char text[256];
    snprintf(
        text, sizeof text,
        "SELECT count(*) FROM notify_outbox WHERE key = '%s' AND json_extract(event, '$.subject') = '%s'",
        taken.id, taken.id);
    ck_assert_str_eq(query(text), "4");
    ck_assert_str_eq(query("SELECT count(DISTINCT event_id) FROM notify_outbox"), "4");
}
END_TEST

START_TEST(an_unknown_token_changes_nothing) {
    struct token token;
    ck_assert(token_make(&token));
    sign_up_as("ada@example.org", "Ada", START);
    ck_assert_int_eq(confirm_with(&token, START), CONFIRM_UNKNOWN);
    ck_assert_str_eq(query("SELECT count(*) FROM notify_outbox"), "2");
}
END_TEST

START_TEST(a_rollback_leaves_neither_row_nor_event) {
    struct error error = {0};
    struct sign_up sign_up = {.now_ms = START, .cooldown_ms = COOLDOWN, .name = "Ada", .locale = "en"};
    ck_assert_ptr_null(email_check("ada@example.org", 15, &sign_up.address));
    ck_assert(sign_up_prepare(&sign_up, &event_settings, NULL, NULL, &error));
    ck_assert(store->operations->begin(store, &error));
    ck_assert(sign_up_run(&sign_up, &event_settings, store, &error));
    store->operations->rollback(store);
    ck_assert_str_eq(query("SELECT (SELECT count(*) FROM signup) + (SELECT count(*) FROM address) +"
                           " (SELECT count(*) FROM notify_outbox)"),
                     "0");
    /* The same job again, as the group worker does it. */
    ck_assert(store->operations->begin(store, &error));
    ck_assert(sign_up_run(&sign_up, &event_settings, store, &error));
    ck_assert(store->operations->commit(store, &error));
    ck_assert_str_eq(query("SELECT count(*) FROM notify_outbox"), "2");
    sign_up_finish(&sign_up);
}
END_TEST

START_TEST(a_file_of_a_newer_version_is_refused) {
    struct error error = {0};
    struct store *second = NULL;
    query("PRAGMA user_version = 99");
    ck_assert(!store_open_sqlite(&second, temp.path, STORE_WRITE, &error));
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.text, "newer"));
    ck_assert_ptr_nonnull(strstr(error.text, temp.path));
}
END_TEST

START_TEST(a_reader_sees_what_is_committed_while_another_writes) {
    struct error error = {0};
    struct store *reader = NULL;
    enum signup_state state;
    struct taken taken = sign_up_as("ada@example.org", "Ada", START);
    ck_assert_msg(store_open_sqlite(&reader, temp.path, STORE_READ, &error), "%s", error.text);
    ck_assert(store->operations->begin(store, &error)); /* holds the write lock */
    ck_assert(reader->operations->begin(reader, &error));
    ck_assert_int_eq(signup_operations(reader)->find_state(reader, taken.id, &state, &error), STORE_FOUND);
    ck_assert_int_eq(signup_operations(reader)->find_state(reader, "nobody", &state, &error),
                     STORE_NOT_FOUND);
    ck_assert(reader->operations->commit(reader, &error));
    ck_assert(store->operations->commit(store, &error));
    store_close(reader);
}
END_TEST

/* Whether the mail that this sign-up caused is known, once it was told what became of it. */
static bool hear(const char *signup_id, enum mail_state mail_state, const char *source) {
    struct error error = {0};
    bool known = false;
    char text[160], event_id[64];
    snprintf(text, sizeof text, "SELECT mail_event_id FROM signup WHERE id = '%s'", signup_id);
    snprintf(event_id, sizeof event_id, "%s", query(text));
    const struct mail_status status = {.state = mail_state, .cause_source = source, .cause_id = event_id};
    ck_assert(store->operations->begin(store, &error));
    ck_assert_msg(signup_apply_status(store, &status, &known, &error), "%s", error.text);
    ck_assert(store->operations->commit(store, &error));
    return known;
}

START_TEST(a_mail_fails_or_is_sent_and_stays_so_for_all_that_show_it) {
    static const struct {
        enum mail_state told;
        const char *shown;
    } steps[] = {{MAIL_FAILED, "failed"}, {MAIL_SENT, "sent"}, {MAIL_FAILED, "sent"}, {MAIL_SENT, "sent"}};
    struct taken first = sign_up_as("ada@example.org", "Ada", START);
    struct taken within_cooldown = sign_up_as("ada@example.org", "Ada", START + SECOND);
    struct taken other = sign_up_as("grace@example.org", "Grace", START);
    for (size_t i = 0; i < SUITE_COUNT(steps); i++) {
        ck_assert(hear(first.id, steps[i].told, "/signup"));
        ck_assert_str_eq(state_of(first.id), steps[i].shown);
        ck_assert_str_eq(state_of(within_cooldown.id), steps[i].shown);
        ck_assert_str_eq(state_of(other.id), "pending");
    }
    ck_assert(!hear(other.id, MAIL_SENT, "/order"));
    ck_assert_str_eq(state_of(other.id), "pending");
    ck_assert(confirm_with(&first.token, START + SECOND) == CONFIRM_DONE);
    ck_assert_str_eq(state_of(first.id), "confirmed");
    ck_assert(hear(first.id, MAIL_FAILED, "/signup"));
    ck_assert_str_eq(state_of(first.id), "confirmed");
}
END_TEST

START_TEST(the_probe_writes) {
    struct error error = {0};
    ck_assert(store->operations->probe(store, &error));
    ck_assert(store->operations->probe(store, &error));
    ck_assert_str_eq(query("SELECT count(*) FROM probe WHERE probed_ms > 0"), "1");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        an_address_gets_no_second_mail_within_the_cooldown,
        a_confirmed_address_gets_another_mail_and_no_confirmation,
        a_token_ends_after_24_hours,
        two_links_of_one_address_confirm_one_user,
        a_clock_set_back_ends_the_cooldown_rather_than_lengthen_it,
        spellings_share_a_cooldown_and_addresses_do_not,
        within_the_cooldown_the_id_shows_the_earlier_mail_s_state_but_no_confirmation,
        the_name_is_in_no_mail_before_the_confirmation,
        the_token_is_stored_only_as_its_hash_and_travels_only_in_the_mail,
        every_event_of_a_sign_up_has_its_id_as_key_and_subject,
        an_unknown_token_changes_nothing,
        a_rollback_leaves_neither_row_nor_event,
        a_file_of_a_newer_version_is_refused,
        a_reader_sees_what_is_committed_while_another_writes,
        a_mail_fails_or_is_sent_and_stays_so_for_all_that_show_it,
        the_probe_writes,
    };
    return suite_run_with_fixture("store", tests, SUITE_COUNT(tests), open_store, close_store);
}
