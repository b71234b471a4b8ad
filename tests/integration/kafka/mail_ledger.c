/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_ledger.h"

#include "common/clock.h"
#include "kafka/cloud_event.h"
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t ledger_mails_of(enum event_kind kind) {
    return kind == EVENT_ORDER ? 2 : kind == EVENT_NOTIFICATION ? 1 : 0;
}

/* --- events --- */

#define ENVELOPE                                                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"e-%zu\",\"source\":\"/test\",\"time\":\"%s\",\"type\":\"%s\","
#define MONEY "{\"amount\":980,\"currency\":\"EUR\"}"

static void format_event(char *out, size_t size, size_t number, enum event_kind kind) {
    char time[RFC3339_SIZE];
    clock_format_rfc3339(clock_unix_ms(), time);
    switch (kind) {
    case EVENT_NOTIFICATION:
        snprintf(out, size,
                 ENVELOPE "\"data\":{\"template\":\"notification\",\"recipient\":\"user%zu@example.org\","
                          "\"variables\":{\"subject\":\"Hello\",\"text\":\"Number %zu\"}}}",
                 number, time, "com.example.notification.requested.v1", number, number);
        break;
    case EVENT_ORDER:
        snprintf(out, size,
                 ENVELOPE
                 "\"data\":{\"order_id\":\"01a1fd2a-7234-7238-b3d2-8935b149564b\",\"customer\":{"
                 "\"name\":\"Ada\",\"email\":\"user%zu@example.org\"},\"locale\":\"en\",\"currency\":"
                 "\"EUR\",\"items\":[{\"sku\":\"TEA-100\",\"name\":\"Tea\",\"quantity\":1,"
                 "\"unit_price\":" MONEY ",\"total\":" MONEY "}],\"total\":" MONEY ",\"placed_at\":\"%s\"}}",
                 number, time, "com.example.order.placed.v1", number, time);
        break;
    case EVENT_SKIPPED:
        snprintf(out, size, ENVELOPE "\"data\":{}}", number, time, "com.example.nobody.cares.v1");
        break;
    case EVENT_POISON:
        snprintf(out, size, "poison-%zu", number);
        break;
    }
}

void ledger_write_again(struct ledger *ledger, struct cluster *cluster, const char *topic, int partitions,
                        size_t number) {
    char value[2048], key_text[16];
    const struct ledger_event *event = &ledger->events[number];
    format_event(value, sizeof value, number, event->kind);
    snprintf(key_text, sizeof key_text, "key-%d", event->key);
    cluster_write_later(cluster, topic, event->key % partitions, key_text, value);
}

void ledger_write(struct ledger *ledger, struct cluster *cluster, const char *topic, int partitions, int key,
                  enum event_kind kind) {
    ck_assert_uint_lt(ledger->count, LEDGER_EVENTS_MOST);
    size_t number = ledger->count++;
    ledger->events[number] = (struct ledger_event){.kind = kind, .key = key};
    ledger_write_again(ledger, cluster, topic, partitions, number);
}

static struct ledger_event *event_of(struct ledger *ledger, const char *number) {
    size_t index = strtoul(number, NULL, 10);
    ck_assert_uint_lt(index, ledger->count);
    return &ledger->events[index];
}

/* --- the wire --- */

static bool header_line(const struct smtp_mail *mail, const char *name, char *out, size_t size) {
    const char *found = memmem(mail->message, mail->message_size, name, strlen(name));
    if (found == NULL)
        return false;
    found += strlen(name);
    const char *end = memmem(found, (size_t)(mail->message + mail->message_size - found), "\r\n", 2);
    ck_assert(end != NULL && (size_t)(end - found) < size);
    snprintf(out, size, "%.*s", (int)(end - found), found);
    return true;
}

static struct ledger_mail *mail_named(struct ledger_event *event, const char *message_id, bool add) {
    for (size_t i = 0; i < ledger_mails_of(event->kind); i++) {
        struct ledger_mail *mail = &event->mails[i];
        if (strcmp(mail->message_id, message_id) == 0)
            return mail;
        if (add && mail->message_id[0] == '\0') {
            snprintf(mail->message_id, sizeof mail->message_id, "%s", message_id);
            return mail;
        }
    }
    ck_abort_msg("a mail that the event does not cause: %s", message_id);
    return NULL;
}

static struct ledger_mail *mail_on_wire(struct ledger *ledger, const struct smtp_mail *mail,
                                        struct ledger_event **event_out) {
    char id[64], message_id[256];
    ck_assert(header_line(mail, "X-Event-Id: e-", id, sizeof id));
    ck_assert(header_line(mail, "Message-ID: <", message_id, sizeof message_id));
    message_id[strcspn(message_id, "@")] = '\0';
    *event_out = event_of(ledger, id);
    return mail_named(*event_out, message_id, true);
}

/* A first attempt may only begin when every earlier event of its key has had one charged attempt of each of
 * its mails. */
static void check_order(struct ledger *ledger, const struct ledger_event *event) {
    for (const struct ledger_event *earlier = ledger->events; earlier < event; earlier++) {
        if (earlier->key != event->key)
            continue;
        for (size_t i = 0; i < ledger_mails_of(earlier->kind); i++)
            ledger->disorder += earlier->mails[i].charged == 0;
    }
}

void ledger_begins(void *data, const struct smtp_mail *smtp) {
    struct ledger *ledger = data;
    struct ledger_event *event;
    struct ledger_mail *mail = mail_on_wire(ledger, smtp, &event);
    if (mail->charged == 0)
        check_order(ledger, event);
    ledger->overlaps += mail->on_wire > 0 && mail->tried_later == 0;
    mail->is_to_head = strncmp(smtp->recipient, "head@", 5) == 0;
    mail->on_wire++;
}

static bool is_final(const struct smtp_result *result) {
    return result->fate == SMTP_FATE_UNSUPPORTED ||
           (result->fate == SMTP_FATE_REPLIED && (result->code == 250 || result->code >= 500));
}

void ledger_ends(void *data, const struct smtp_mail *smtp, const struct smtp_result *result) {
    struct ledger *ledger = data;
    struct ledger_event *event;
    struct ledger_mail *mail = mail_on_wire(ledger, smtp, &event);
    bool uncharged = result->fate == SMTP_FATE_PUT_BACK ||
                     (result->fate == SMTP_FATE_REPLIED && result->phase == SMTP_PHASE_MAIL) ||
                     (result->code == 421 && result->phase != SMTP_PHASE_DOT);
    ck_assert_uint_gt(mail->on_wire, 0);
    mail->on_wire--;
    mail->charged += !uncharged;
    mail->tried_later += !uncharged && !is_final(result);
    mail->accepted += result->fate == SMTP_FATE_REPLIED && result->code == 250;
}

/* --- the topics --- */

static struct ledger_event *event_of_record(struct ledger *ledger, const rd_kafka_message_t *message) {
    char value[2048];
    snprintf(value, sizeof value, "%.*s", (int)message->len, (const char *)message->payload);
    if (strncmp(value, "poison-", 7) == 0)
        return event_of(ledger, value + 7);
    const char *id = strstr(value, "\"id\":\"e-");
    ck_assert_msg(id != NULL, "an unknown record: %s", value);
    return event_of(ledger, id + strlen("\"id\":\"e-"));
}

static char *mail_name(const rd_kafka_message_t *message) {
    rd_kafka_headers_t *headers = NULL;
    ck_assert_int_eq(rd_kafka_message_headers(message, &headers), 0);
    return kafka_header_text(headers, "notify-mail");
}

void ledger_dead_letter(const rd_kafka_message_t *message, void *data) {
    struct ledger_event *event = event_of_record(data, message);
    char *name = mail_name(message);
    if (name == NULL)
        event->dead_lettered++;
    else
        mail_named(event, name, false)->dead_lettered++;
    free(name);
}

void ledger_parked(const rd_kafka_message_t *message, void *data) {
    struct ledger_event *event = event_of_record(data, message);
    char *name = mail_name(message);
    ck_assert_ptr_nonnull(name);
    mail_named(event, name, false)->parked++;
    free(name);
}

void ledger_status(const rd_kafka_message_t *message, void *data) {
    char value[4096];
    snprintf(value, sizeof value, "%.*s", (int)message->len, (const char *)message->payload);
    const char *id = strstr(value, "\"e-");
    ck_assert_msg(id != NULL, "a status of no event: %s", value);
    event_of(data, id + strlen("\"e-"))->statuses++;
}

/* --- judging --- */

unsigned ledger_surplus_ends(const struct ledger *ledger) {
    unsigned surplus = 0;
    for (size_t number = 0; number < ledger->count; number++) {
        const struct ledger_event *event = &ledger->events[number];
        unsigned expected = event->kind == EVENT_POISON;
        ck_assert_msg(event->dead_lettered >= expected, "event %zu is lost", number);
        surplus += event->dead_lettered - expected;
        for (size_t i = 0; i < ledger_mails_of(event->kind); i++) {
            const struct ledger_mail *mail = &event->mails[i];
            unsigned ends = mail->accepted + mail->dead_lettered + mail->parked;
            ck_assert_msg(ends >= 1, "mail %zu of event %zu is lost (%u attempts charged)", i, number,
                          mail->charged);
            surplus += ends - 1;
        }
    }
    return surplus;
}

/* A mail that was accepted or dead-lettered has told so once; one that is parked has not. */
void ledger_assert_statuses(const struct ledger *ledger) {
    for (size_t number = 0; number < ledger->count; number++) {
        const struct ledger_event *event = &ledger->events[number];
        unsigned ends = 0;
        for (size_t i = 0; i < ledger_mails_of(event->kind); i++)
            ends += event->mails[i].accepted + event->mails[i].dead_lettered;
        ck_assert_msg(event->statuses == ends, "event %zu ended %u times and told it %u times", number, ends,
                      event->statuses);
    }
}
