/* SPDX-License-Identifier: Apache-2.0 */
#include "in_flight.h"
#include <string.h>

/* A digest's first byte is as good as any hash of it. */
static struct in_flight_request **bucket_of(struct in_flight *in_flight,
                                            const struct in_flight_request *request) {
    return &in_flight->buckets[request->key[0]];
}

enum in_flight_verdict in_flight_enter(struct in_flight *in_flight, struct in_flight_request *request) {
    enum in_flight_verdict verdict = IN_FLIGHT_ENTERED;
    pthread_mutex_lock(&in_flight->mutex);
    struct in_flight_request **bucket = bucket_of(in_flight, request), *other = *bucket;
    while (other != NULL && memcmp(other->key, request->key, SHA256_SIZE) != 0)
        other = other->next;
    if (other == NULL) {
        request->next = *bucket;
        *bucket = request;
    } else if (memcmp(other->fingerprint, request->fingerprint, SHA256_SIZE) == 0) {
        verdict = IN_FLIGHT_SAME_BODY;
    } else {
        verdict = IN_FLIGHT_OTHER_BODY;
    }
    pthread_mutex_unlock(&in_flight->mutex);
    return verdict;
}

void in_flight_leave(struct in_flight *in_flight, struct in_flight_request *request) {
    pthread_mutex_lock(&in_flight->mutex);
    struct in_flight_request **link = bucket_of(in_flight, request);
    while (*link != NULL && *link != request)
        link = &(*link)->next;
    if (*link != NULL)
        *link = request->next;
    pthread_mutex_unlock(&in_flight->mutex);
}
