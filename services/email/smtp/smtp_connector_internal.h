/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection and its connector share; for no one else. The connector drives a connection's easy handle
 * and watches its sockets until libcurl is done with it. Then the connection takes the socket over and
 * watches it itself: the connector stays away from it.
 */
#ifndef NOTIFY_EMAIL_SMTP_CONNECTOR_INTERNAL_H
#define NOTIFY_EMAIL_SMTP_CONNECTOR_INTERNAL_H

#include "smtp_connector.h"
#include "smtp_endpoint.h"
#include <sys/queue.h>

struct smtp_connector {
    uv_loop_t *loop;
    struct open_handles *handles;
    struct smtp_endpoint endpoint;
    struct smtp_timeouts timeouts;
    CURLM *multi;
    uv_timer_t timer;
    bool timer_is_open;
    TAILQ_HEAD(, watched_socket) watched;
    LIST_HEAD(, easy_handle) easy_handles;
};

/* Part of its connection. */
struct easy_handle {
    LIST_ENTRY(easy_handle) entry; /* the connector's */
    CURL *curl;
    curl_socket_t own_socket; /* the connection's since it took it over; else CURL_SOCKET_BAD */
    void (*done)(void *data, CURLcode result); /* it is connected, or failed; from the loop */
    void *data;
};

/* Begins to drive it; all its options but CURLOPT_PRIVATE are set. */
bool smtp_connector_add(struct smtp_connector *connector, struct easy_handle *easy);
/* Its socket is watched no more. CURL_SOCKET_BAD: the connection is gone already. */
curl_socket_t smtp_connector_take_over(struct smtp_connector *connector, struct easy_handle *easy);
/* Whatever comes of it, done is not called any more. */
void smtp_connector_remove(struct smtp_connector *connector, struct easy_handle *easy);

#endif
