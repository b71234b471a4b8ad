/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context: the trace a request belongs to, its own or a new one, passed on unchanged to the events
 * it causes. */
#ifndef NOTIFY_HTTP_TRACE_CONTEXT_H
#define NOTIFY_HTTP_TRACE_CONTEXT_H

#include <stdbool.h>

#define TRACEPARENT_SIZE 56 /* "00-" 32 hex "-" 16 hex "-" 2 hex and a NUL */
#define TRACESTATE_SIZE 513 /* what §3.3.1.5 asks every party to pass on, and a NUL */

struct trace_context {
    char traceparent[TRACEPARENT_SIZE];
    char trace_id[33];
    char tracestate[TRACESTATE_SIZE]; /* "" for none */
};

/* The headers' trace where traceparent is valid, else a new one (then tracestate is dropped, §3.3). Both may
 * be NULL. False: there are no random numbers to be had. */
bool trace_context_take(struct trace_context *context, const char *traceparent, const char *tracestate);

/* Whether this is a traceparent that may be used: §3.2.2, versions above 00 by their first four fields. */
bool traceparent_is_valid(const char *traceparent);

#endif
