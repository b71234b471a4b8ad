/* SPDX-License-Identifier: Apache-2.0 */
/* The idempotency keys of requests that are being worked on: a second request with one of them is told to
 * wait. */
#ifndef NOTIFY_ORDER_IN_FLIGHT_H
#define NOTIFY_ORDER_IN_FLIGHT_H

#include "common/digest.h"
#include <pthread.h>

#define IN_FLIGHT_BUCKETS 256

/* Part of what its request keeps. Both are digests: of the key, and of the body it came with. */
struct in_flight_request {
    struct in_flight_request *next;
    uint8_t key[SHA256_SIZE];
    uint8_t fingerprint[SHA256_SIZE];
};

struct in_flight {
    pthread_mutex_t mutex;
    struct in_flight_request *buckets[IN_FLIGHT_BUCKETS];
};

enum in_flight_verdict {
    IN_FLIGHT_ENTERED,    /* in_flight_leave() is due */
    IN_FLIGHT_SAME_BODY,  /* the same request is being worked on */
    IN_FLIGHT_OTHER_BODY, /* another one with this key is */
};

#define IN_FLIGHT_EMPTY                                                                                      \
    { .mutex = PTHREAD_MUTEX_INITIALIZER }

enum in_flight_verdict in_flight_enter(struct in_flight *in_flight, struct in_flight_request *request);
void in_flight_leave(struct in_flight *in_flight, struct in_flight_request *request);

#endif
