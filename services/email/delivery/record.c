/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <stdlib.h>

struct record *record_new(struct group_partition *partition, rd_kafka_message_t *message) {
    struct record *record = calloc(1, sizeof *record);
    if (record == NULL)
        return NULL;
    record->partition = partition;
    record->message = message;
    record->forward.record = record->status.record = record;
    record->forward.failure = &record->failure;
    record->status.kind = FORWARD_STATUS;
    if (rd_kafka_message_headers(message, &record->headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        record->headers = NULL;
    record->past_is_readable = retry_state_read(&record->past, record->headers);
    return record;
}

static void free_suppressions(struct mail *mail) {
    while (mail->suppressions != NULL) {
        struct forward *forward = mail->suppressions;
        mail->suppressions = forward->sibling;
        free(forward->value);
        free(forward);
    }
}

void record_drop_mails(struct record *record) {
    for (size_t i = 0; i < record->mail_count; i++) {
        text_buffer_free(&record->mails[i].message);
        free(record->mails[i].status.value);
        free_suppressions(&record->mails[i]);
    }
    free(record->mails);
    record->mails = NULL;
    record->mail_count = 0;
}

void record_free(struct record *record) {
    if (record == NULL)
        return;
    record_drop_mails(record);
    free(record->status.value);
    cloud_event_clear(&record->event);
    rd_kafka_message_destroy(record->message);
    free(record);
}

bool record_make_mails(struct record *record, size_t count) {
    record->mails = calloc(count, sizeof *record->mails);
    if (record->mails == NULL)
        return false;
    record->mail_count = count;
    for (size_t i = 0; i < count; i++) {
        struct mail *mail = &record->mails[i];
        mail->record = mail->forward.record = mail->status.record = record;
        mail->forward.mail = mail->status.mail = mail;
        mail->forward.failure = &mail->failure;
        mail->status.kind = FORWARD_STATUS;
    }
    return true;
}
