/* SPDX-License-Identifier: Apache-2.0 */
/* notifyctl suppression add, remove and check: one address. */
#include "suppression_topic.h"

#include "common/clock.h"
#include "delivery/suppression_record.h"
#include <stdio.h>
#include <string.h>

#define REASON_MAX 256

static const struct command_option add_options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTION_SUPPRESSION_GROUP,
    {"reason", 'r', "TEXT", "why, for those who read the list (default: by hand)"},
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

static const struct command_option other_options[] = {
    OPTION_BOOTSTRAP_SERVER,
    OPTION_SUPPRESSION_GROUP,
    OPTION_JSON,
    {NULL, 0, NULL, NULL},
};

/* Takes the object over. */
static bool print_json(json_t *root, struct error *error) {
    bool done = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
    json_decref(root);
    return done || error_set(error, "the JSON could not be written");
}

/* --- add --- */

static bool read_reason(const struct command_line *line, const char **reason_out, struct error *error) {
    const char *reason = option_value(line, "reason");
    *reason_out = reason == NULL ? "by hand" : reason;
    json_t *text = json_string(*reason_out);
    bool is_text = text != NULL && strlen(*reason_out) <= REASON_MAX;
    json_decref(text);
    return is_text ||
           error_set_status(error, EXIT_STATUS_USAGE, "--reason: not UTF-8 of at most %d bytes", REASON_MAX);
}

static bool run_add(const struct command_line *line, struct error *error) {
    struct suppression_topic topic;
    struct mail_address address;
    const char *reason;
    char since[RFC3339_SIZE], until[RFC3339_SIZE];
    if (!suppression_address(line, &address, error) || !read_reason(line, &reason, error) ||
        !suppression_topic_open(&topic, line, error))
        return false;
    int64_t now = clock_unix_ms();
    bool done = suppression_topic_write(&topic, address.wire, reason, now, error);
    suppression_topic_close(&topic);
    if (!done)
        return false;
    clock_format_rfc3339(now, since);
    clock_format_rfc3339(now + SUPPRESSION_LIFE_MS, until);
    if (option_given(line, "json"))
        return print_json(json_pack("{s:s, s:s, s:s, s:s}", "address", address.wire, "reason", reason, "time",
                                    since, "until", until),
                          error);
    printf("%s is suppressed until %s\n", address.wire, until);
    return true;
}

const struct command command_suppression_add = {
    .name = "suppression add",
    .operands = "ADDRESS",
    .operand_count = 1,
    .summary = "Put an address on the list: no mail is sent to it for 30 days",
    .details = "Every worker of the group hears of it at once. A mail that waits for a session already may "
               "still go.",
    .options = add_options,
    .run = run_add,
};

/* --- remove --- */

static bool run_remove(const struct command_line *line, struct error *error) {
    struct suppression_topic topic;
    struct mail_address address;
    if (!suppression_address(line, &address, error) || !suppression_topic_open(&topic, line, error))
        return false;
    bool done = suppression_topic_write(&topic, address.wire, NULL, 0, error);
    suppression_topic_close(&topic);
    if (!done)
        return false;
    if (option_given(line, "json"))
        return print_json(json_pack("{s:s, s:b}", "address", address.wire, "suppressed", 0), error);
    printf("%s is not suppressed\n", address.wire);
    return true;
}

const struct command command_suppression_remove = {
    .name = "suppression remove",
    .operands = "ADDRESS",
    .operand_count = 1,
    .summary = "Take an address off the list",
    .details = "Whether it is on the list or not. What was not sent meanwhile is not sent later.",
    .options = other_options,
    .run = run_remove,
};

/* --- check --- */

static bool tell(const struct command_line *line, const char *address, const json_t *entry,
                 struct error *error) {
    if (option_given(line, "json")) {
        json_t *root = json_pack("{s:s, s:b}", "address", address, "suppressed", entry != NULL);
        if (root != NULL && entry != NULL && json_object_update_missing(root, (json_t *)entry) != 0) {
            json_decref(root);
            root = NULL;
        }
        return print_json(root, error);
    }
    char reason[REASON_MAX + 1];
    if (entry == NULL) {
        printf("%s is not suppressed\n", address);
        return true;
    }
    suppression_printable(json_string_value(json_object_get(entry, "reason")), reason, sizeof reason);
    printf("%s is suppressed from %s until %s: %s\n", address,
           json_string_value(json_object_get(entry, "time")),
           json_string_value(json_object_get(entry, "until")), reason);
    return true;
}

static bool run_check(const struct command_line *line, struct error *error) {
    struct suppression_topic topic;
    struct mail_address address;
    struct suppression_key key;
    char key_text[SUPPRESSION_KEY_TEXT_SIZE];
    if (!suppression_address(line, &address, error) || !suppression_topic_open(&topic, line, error))
        return false;
    json_t *entries = suppression_topic_read(&topic, error);
    suppression_topic_close(&topic);
    if (entries == NULL)
        return false;
    bool done = suppression_key_of(&key, address.wire) || error_set(error, "no digest could be made");
    if (done) {
        suppression_key_text(&key, key_text);
        const json_t *entry = json_object_get(entries, key_text);
        done = tell(line, address.wire, entry, error);
        if (done && entry == NULL)
            done = command_answers_no(error);
    }
    json_decref(entries);
    return done;
}

const struct command command_suppression_check = {
    .name = "suppression check",
    .operands = "ADDRESS",
    .operand_count = 1,
    .summary = "Tell whether an address is on the list",
    .details = "Exit status 0: it is, so no mail is sent to it. 1: it is not.",
    .options = other_options,
    .run = run_check,
};
