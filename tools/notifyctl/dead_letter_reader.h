/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a group's dead letters up to the end that each partition had when the reader was opened: what is
 * appended meanwhile, by a redrive itself for one, is for the next.
 *
 * The group <group>.dlq.redrive keeps how far they were redriven. A reader joins it (redrive: several share
 * the partitions), or only looks at what it committed.
 */
#ifndef NOTIFYCTL_DEAD_LETTER_READER_H
#define NOTIFYCTL_DEAD_LETTER_READER_H

#include "kafka_link.h"
#include "settings.h"

struct dead_letter_partition {
    int64_t low, end;  /* as they were at the opening */
    int64_t start;     /* where the group had come to then */
    int64_t next;      /* the offset after the last record that was read in this assignment; 0: none was */
    int64_t committed; /* by this reader, likewise */
    bool is_assigned, is_reached;
};

struct dead_letter_reader {
    struct kafka_link link;
    const char *topic; /* borrowed from the settings */
    char *group;
    struct dead_letter_partition *partitions;
    int partition_count;
    bool has_joined, is_assigned;
    /* Before partitions are taken away: the last chance to commit. lost: it is too late for that. */
    void (*revoked)(void *data, bool lost);
    void *data;
    int64_t heard_at_ms; /* when Kafka last gave a sign */
};

/* Zeroes it first; the settings stay until the close. Close it in either case. */
bool dead_letter_reader_open(struct dead_letter_reader *reader, const struct command_line *line,
                             const struct email_settings *settings, struct error *error);
void dead_letter_reader_close(struct dead_letter_reader *reader);

/* Begin, by one of these. From where the group has come to, or from the first record there is: */
bool dead_letter_reader_look(struct dead_letter_reader *reader, bool from_first, struct error *error);
/* From one record on: */
bool dead_letter_reader_look_at(struct dead_letter_reader *reader, int32_t partition, int64_t offset,
                                struct error *error);
/* As a member of the group: */
bool dead_letter_reader_join(struct dead_letter_reader *reader, void (*revoked)(void *data, bool lost),
                             void *data, struct error *error);

enum dead_letter_next {
    DEAD_LETTER_RECORD,
    DEAD_LETTER_NONE_YET, /* a moment has passed: there may be something else to do */
    DEAD_LETTER_END,
    DEAD_LETTER_TROUBLE, /* error is set */
};
/* The caller destroys the message. */
enum dead_letter_next dead_letter_reader_next(struct dead_letter_reader *reader,
                                              rd_kafka_message_t **message_out, struct error *error);

/* As a member: all that was read is done with. Waits for Kafka's answer; false: it may be read again. */
bool dead_letter_reader_commit(struct dead_letter_reader *reader, struct error *error);

/* How many records lie between where the group had come to and the end, as both were at the opening. */
int64_t dead_letter_reader_waiting(const struct dead_letter_reader *reader);

#endif
