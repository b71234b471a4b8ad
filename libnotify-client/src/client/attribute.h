/* SPDX-License-Identifier: Apache-2.0 */
/* What the text of an event's attribute may be. Pure; each returns NULL, or what is wrong, for a sentence
 * after "the id ". */
#ifndef NOTIFY_CLIENT_ATTRIBUTE_H
#define NOTIFY_CLIENT_ATTRIBUTE_H

#include <stdbool.h>
#include <stdint.h>

#define ATTRIBUTE_MAX 1024 /* bytes: room for any sane id, small against message.max.bytes */

/* CloudEvents 1.0 §"Type System", String: UTF-8, no control characters, no noncharacters. Here also: not
 * empty, bounded. */
const char *attribute_check_text(const char *text);
/* Letters, digits, ".", "_", "-", beginning with a letter: reverse-DNS, and safe as the name of a schema's
 * file. */
const char *attribute_check_type(const char *text);
/* The characters of a URI-reference (RFC 3986 §4.1), with whole percent-encodings. */
const char *attribute_check_source(const char *text);
/* RFC 3339 §5.6 date-time, any offset. */
const char *attribute_check_time(const char *text);
/* W3C Trace Context §3.2. */
const char *attribute_check_traceparent(const char *text);
/* W3C Trace Context §3.3, as far as it must not harm others: printable ASCII, bounded. */
const char *attribute_check_tracestate(const char *text);
/* A CloudEvents extension's name: lower-case letters and digits. */
const char *attribute_check_extension_name(const char *text);
/* Kafka's rule: 1 to 249 of letters, digits, ".", "_", "-"; not "." or "..". */
const char *attribute_check_topic(const char *text);

bool attribute_is_utf8(const char *text);

#define ATTRIBUTE_TIME_SIZE 25 /* "2026-11-21T07:29:00.123Z" and a NUL */
/* NULL, or what is wrong: RFC 3339 has years 0 to 9999 only. */
const char *attribute_format_time(int64_t unix_ms, char out[ATTRIBUTE_TIME_SIZE]);

#endif
