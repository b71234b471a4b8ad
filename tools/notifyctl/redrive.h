/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redrives dead letters in batches: each record is produced, to a retry topic or back to the dead letters;
 * once Kafka has all of a batch (acks=all), its offsets are committed. So none is lost by a crash, and at
 * most a batch is redriven twice.
 */
#ifndef NOTIFYCTL_REDRIVE_H
#define NOTIFYCTL_REDRIVE_H

#include "dead_letter_filter.h"
#include "dead_letter_reader.h"
#include "progress.h"

#define REDRIVE_BATCH 100

struct redrive {
    struct dead_letter_filter filter;
    int64_t limit; /* records to be redriven */
    int64_t rate;  /* a second; 0: no limit */
    bool is_dry;   /* only counts */

    const char *retry_topic; /* borrowed */
    struct dead_letter_reader reader;
    struct kafka_link producer;
    struct progress progress;
    int64_t waiting; /* how many dead letters there were at the start */
    int64_t redriven, put_back;
    int64_t without_value; /* of those put back: meant, and with nothing to mail (notify-oversize) */
    int64_t begun_at_ms;
    int batch; /* produced, and not committed yet */
    bool has_failed;
    struct error failure; /* of a delivery, or of a commit when partitions were taken away */
};

/* filter, limit, rate and is_dry are the caller's to set before; the rest is zeroed. Close it in either
 * case. */
bool redrive_open(struct redrive *redrive, const struct command_line *line,
                  const struct email_settings *settings, struct error *error);
/* Until the end, the limit, or a signal (exit status 69). What the counts say is committed when it is true.
 */
bool redrive_run(struct redrive *redrive, struct error *error);
void redrive_close(struct redrive *redrive);

#endif
