/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a partition whose records are taken: whether it is a retry topic's, and which events stood
 * in it lately. */
#ifndef NOTIFY_EMAIL_PARTITION_INTAKE_H
#define NOTIFY_EMAIL_PARTITION_INTAKE_H

#include "common/siphash.h"
#include "dedupe_window.h"
#include "kafka/group_consumer.h"
#include "settings.h"

struct intake_settings {
    const struct text_list *retry_topics;
    const struct duration_list *retry_delays; /* of these */
    size_t dedupe_window;                     /* 0: off */
    struct siphash_key dedupe_key;            /* of this process: nobody can make two events look like one */
};

/* False: no random key is to be had. */
bool intake_settings_init(struct intake_settings *intake, const struct email_settings *settings);

struct partition_intake {
    bool has_retries;
    int64_t retry_delay_ms;       /* of its topic */
    struct dedupe_window *window; /* NULL: nothing is left out as a duplicate */
};

/* The partition's, made at the first call and kept in group_partition_data(). NULL: no memory. */
struct partition_intake *partition_intake_of(const struct intake_settings *settings,
                                             struct group_partition *partition);
/* Once it is not asked for any more; there may be none. */
void partition_intake_free(struct group_partition *partition);

/* Notes the event of a record, in the order of the offsets. True: it stood in the partition before, within
 * the window. What is no event is no duplicate. */
bool partition_intake_note(const struct intake_settings *settings, struct partition_intake *intake,
                           const rd_kafka_message_t *message);

#endif
