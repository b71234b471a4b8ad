/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source and id of a record's event, by which copies of an event are known (CloudEvents 1.0 §3.1), without
 * decoding the whole: it is asked for every record, and for thousands at once after an assignment.
 *
 * It has one for the records that cloud_event_decode() takes, and no others, but for one difference: a name
 * that stands twice in an object is not noticed.
 */
#ifndef NOTIFY_KAFKA_EVENT_IDENTITY_H
#define NOTIFY_KAFKA_EVENT_IDENTITY_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

struct event_identity {
    const char *source, *id; /* not ended by a NUL; borrowed from the record, or from decoded */
    size_t source_size, id_size;
    char *decoded[2]; /* NULL: nothing had to be */
};

/* headers may be NULL. False: the record is no event (or there is no memory); nothing is to be cleared. */
bool event_identity_read(struct event_identity *identity, const void *value, size_t value_size,
                         const rd_kafka_headers_t *headers);
void event_identity_clear(struct event_identity *identity);

#endif
