/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records of one partition, in one assignment, are done: from it comes what is committed. Pure.
 *
 * The commit is the watermark (every record below it is complete) and, as metadata, the complete records
 * above it (commit_metadata.h). So one slow mail holds back the watermark but costs no duplicates after a
 * crash.
 *
 * Only incomplete offsets are kept, so the memory is bounded by what is in flight however long the watermark
 * stands still.
 */
#ifndef NOTIFY_KAFKA_OFFSET_TRACKER_H
#define NOTIFY_KAFKA_OFFSET_TRACKER_H

#include "commit_metadata.h"

struct offset_tracker;

/* NULL: no memory. */
struct offset_tracker *offset_tracker_new(void);
void offset_tracker_free(struct offset_tracker *tracker);

/* Where the group stands by its last commit; metadata may be NULL or "". False: the metadata is unreadable
 * (or there is no memory) and was left aside: the offset alone holds, and records above it that were complete
 * are delivered again. */
bool offset_tracker_restore(struct offset_tracker *tracker, int64_t committed_offset, const char *metadata);

/* True: the record was complete in the assignment before, by the restored state. */
bool offset_tracker_was_complete(const struct offset_tracker *tracker, int64_t offset);
/* False: the state with this record would not fit the commit's metadata; leave it unread until others
 * complete. */
bool offset_tracker_has_room(const struct offset_tracker *tracker, int64_t offset);
/* Takes a record: ascending offsets, none that was complete. False: no memory, the record is not taken. An
 * offset below the last (the partition was truncated and begins anew) is refused the same way: call
 * offset_tracker_rewind first. */
bool offset_tracker_take(struct offset_tracker *tracker, int64_t offset);
/* Completes a record that was taken; true once, false when it is not (or no longer) incomplete. */
bool offset_tracker_complete(struct offset_tracker *tracker, int64_t offset);
/* Forgets everything restored: reading begins anew at another offset, after an offset reset. Nothing may be
 * taken yet. */
void offset_tracker_rewind(struct offset_tracker *tracker);

struct offset_commit {
    int64_t offset;
    char metadata[COMMIT_METADATA_MAX + 1]; /* "" when no record above offset is complete */
};
/* What is to be committed now. False: nothing that the last acknowledged (or outstanding) commit does not
 * say. */
bool offset_tracker_snapshot(struct offset_tracker *tracker, struct offset_commit *commit);
/* The next snapshot is made although nothing has changed: what was committed may have been overwritten. */
void offset_tracker_touch(struct offset_tracker *tracker);
/* The outstanding snapshot's fate. */
void offset_tracker_acknowledge(struct offset_tracker *tracker, bool committed);

/* The first offset that is not complete; -1: nothing restored nor taken. */
int64_t offset_tracker_watermark(const struct offset_tracker *tracker);
/* Records taken that no acknowledged commit covers. */
size_t offset_tracker_in_flight(const struct offset_tracker *tracker);
/* Records taken and not complete. */
size_t offset_tracker_incomplete(const struct offset_tracker *tracker);

#endif
