/* SPDX-License-Identifier: Apache-2.0 */
#include "offset_tracker.h"

#include <stdlib.h>
#include <string.h>

/* The varint of the gap to the highest completed offset, at its longest. */
#define LAST_GAP_BYTES 9

struct offset_tracker {
    /* Incomplete offsets, ascending, in offsets[first .. first + count). Those restored and not taken yet are
     * the last. */
    int64_t *offsets;
    size_t first, count, capacity;
    size_t untaken;   /* how many of them are restored ones that were not read again yet */
    size_t gap_bytes; /* varint bytes of the gaps between neighbours */

    int64_t highest_complete; /* -1: none */
    int64_t next;             /* above everything taken or complete; -1: nothing known */
    int64_t last_taken;       /* -1: none */

    bool changed;                /* since the last snapshot */
    bool outstanding;            /* a snapshot waits for its acknowledgement */
    size_t complete_uncommitted; /* complete, in no acknowledged commit */
    size_t complete_in_snapshot; /* of those, in the outstanding snapshot */
};

struct offset_tracker *offset_tracker_new(void) {
    struct offset_tracker *tracker = calloc(1, sizeof *tracker);
    if (tracker == NULL)
        return NULL;
    offset_tracker_rewind(tracker);
    return tracker;
}

void offset_tracker_free(struct offset_tracker *tracker) {
    if (tracker == NULL)
        return;
    free(tracker->offsets);
    free(tracker);
}

void offset_tracker_rewind(struct offset_tracker *tracker) {
    tracker->first = tracker->count = tracker->untaken = tracker->gap_bytes = 0;
    tracker->highest_complete = tracker->next = tracker->last_taken = -1;
}

static size_t gap_size(int64_t from, int64_t to) {
    return commit_metadata_varint_size((uint64_t)(to - from));
}

static size_t gap_bytes_of(const int64_t *offsets, size_t count) {
    size_t bytes = 0;
    for (size_t i = 1; i < count; i++)
        bytes += gap_size(offsets[i - 1], offsets[i]);
    return bytes;
}

bool offset_tracker_restore(struct offset_tracker *tracker, int64_t committed_offset, const char *metadata) {
    tracker->next = committed_offset;
    if (metadata == NULL || metadata[0] == '\0')
        return true;
    int64_t *incomplete = NULL;
    size_t count = 0;
    int64_t highest_complete = -1;
    if (!commit_metadata_decode(metadata, committed_offset, &incomplete, &count, &highest_complete))
        return false;
    free(tracker->offsets);
    tracker->offsets = incomplete;
    tracker->capacity = tracker->count = tracker->untaken = count;
    tracker->first = 0;
    tracker->gap_bytes = gap_bytes_of(incomplete, count);
    tracker->highest_complete = highest_complete;
    tracker->next = highest_complete + 1;
    return true;
}

/* NULL while there are none; adding 0 to NULL is undefined (C11 §6.5.6). */
static const int64_t *offsets_begin(const struct offset_tracker *tracker) {
    return tracker->offsets != NULL ? tracker->offsets + tracker->first : NULL;
}

/* The index of the first incomplete offset that is not below the given one. */
static size_t lower_bound(const struct offset_tracker *tracker, int64_t offset) {
    const int64_t *offsets = offsets_begin(tracker);
    size_t low = 0, high = tracker->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offsets[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_incomplete(const struct offset_tracker *tracker, int64_t offset, size_t *index_out) {
    size_t index = lower_bound(tracker, offset);
    *index_out = index;
    return index < tracker->count && offsets_begin(tracker)[index] == offset;
}

bool offset_tracker_was_complete(const struct offset_tracker *tracker, int64_t offset) {
    size_t index;
    return tracker->next >= 0 && offset < tracker->next && offset > tracker->last_taken &&
           !is_incomplete(tracker, offset, &index);
}

bool offset_tracker_has_room(const struct offset_tracker *tracker, int64_t offset) {
    if (tracker->count == 0 || offset < tracker->next)
        return true; /* the first one needs no gap; a restored one is counted already */
    int64_t last = offsets_begin(tracker)[tracker->count - 1];
    return tracker->gap_bytes + gap_size(last, offset) + LAST_GAP_BYTES <= COMMIT_METADATA_MAX_VARINT_BYTES;
}

static void remove_at(struct offset_tracker *tracker, size_t index) {
    int64_t *offsets = tracker->offsets + tracker->first;
    bool has_previous = index > 0, has_next = index + 1 < tracker->count;
    if (has_previous)
        tracker->gap_bytes -= gap_size(offsets[index - 1], offsets[index]);
    if (has_next)
        tracker->gap_bytes -= gap_size(offsets[index], offsets[index + 1]);
    if (has_previous && has_next)
        tracker->gap_bytes += gap_size(offsets[index - 1], offsets[index + 1]);
    /* The shorter side moves: completions come mostly from the front. */
    if (index < tracker->count / 2) {
        memmove(offsets + 1, offsets, index * sizeof *offsets);
        tracker->first++;
    } else {
        memmove(offsets + index, offsets + index + 1, (tracker->count - index - 1) * sizeof *offsets);
    }
    tracker->count--;
}

static bool append(struct offset_tracker *tracker, int64_t offset) {
    if (tracker->first + tracker->count == tracker->capacity) {
        if (tracker->first > tracker->capacity / 2) {
            memmove(tracker->offsets, offsets_begin(tracker), tracker->count * sizeof *tracker->offsets);
            tracker->first = 0;
        } else {
            size_t capacity = tracker->capacity == 0 ? 64 : tracker->capacity * 2;
            int64_t *grown = realloc(tracker->offsets, capacity * sizeof *grown);
            if (grown == NULL)
                return false;
            tracker->offsets = grown;
            tracker->capacity = capacity;
        }
    }
    if (tracker->count > 0)
        tracker->gap_bytes += gap_size(offsets_begin(tracker)[tracker->count - 1], offset);
    tracker->offsets[tracker->first + tracker->count++] = offset;
    return true;
}

/* Restored offsets that reading has passed over are gone from the log (retention, compaction): nobody can
 * complete them. */
static void drop_untaken_below(struct offset_tracker *tracker, int64_t offset) {
    while (tracker->untaken > 0) {
        size_t index = tracker->count - tracker->untaken;
        if (offsets_begin(tracker)[index] >= offset)
            return;
        remove_at(tracker, index);
        tracker->untaken--;
        tracker->changed = true;
    }
}

bool offset_tracker_take(struct offset_tracker *tracker, int64_t offset) {
    size_t index;
    if (offset <= tracker->last_taken || offset_tracker_was_complete(tracker, offset))
        return false;
    drop_untaken_below(tracker, offset);
    if (is_incomplete(tracker, offset, &index))
        tracker->untaken--;
    else if (offset < tracker->next || !append(tracker, offset))
        return false;
    tracker->last_taken = offset;
    if (offset >= tracker->next)
        tracker->next = offset + 1;
    return true;
}

bool offset_tracker_complete(struct offset_tracker *tracker, int64_t offset) {
    size_t index;
    if (offset > tracker->last_taken || !is_incomplete(tracker, offset, &index))
        return false;
    remove_at(tracker, index);
    if (offset > tracker->highest_complete)
        tracker->highest_complete = offset;
    tracker->complete_uncommitted++;
    tracker->changed = true;
    return true;
}

bool offset_tracker_snapshot(struct offset_tracker *tracker, struct offset_commit *commit) {
    if (!tracker->changed || tracker->outstanding)
        return false;
    commit->offset = offset_tracker_watermark(tracker);
    commit->metadata[0] = '\0';
    size_t below = lower_bound(tracker, tracker->highest_complete);
    /* It always fits: offset_tracker_has_room saw to that. Were it not so, the watermark alone is right too.
     */
    if (below > 0 &&
        !commit_metadata_encode(offsets_begin(tracker), below, tracker->highest_complete, commit->metadata))
        commit->metadata[0] = '\0';
    tracker->changed = false;
    tracker->outstanding = true;
    tracker->complete_in_snapshot = tracker->complete_uncommitted;
    return true;
}

void offset_tracker_acknowledge(struct offset_tracker *tracker, bool committed) {
    if (!tracker->outstanding)
        return;
    tracker->outstanding = false;
    if (committed)
        tracker->complete_uncommitted -= tracker->complete_in_snapshot;
    else
        tracker->changed = true;
    tracker->complete_in_snapshot = 0;
}

void offset_tracker_touch(struct offset_tracker *tracker) {
    if (tracker->next >= 0)
        tracker->changed = true;
}

int64_t offset_tracker_watermark(const struct offset_tracker *tracker) {
    return tracker->count > 0 ? offsets_begin(tracker)[0] : tracker->next;
}

size_t offset_tracker_in_flight(const struct offset_tracker *tracker) {
    return offset_tracker_incomplete(tracker) + tracker->complete_uncommitted;
}

size_t offset_tracker_incomplete(const struct offset_tracker *tracker) {
    return tracker->count - tracker->untaken;
}
