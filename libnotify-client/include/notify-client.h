/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libnotify-client: emit events to Apache Kafka.
 *
 * A thin producer over librdkafka. An application describes what happened as a CloudEvents 1.0 event and
 * publishes it; the library encodes it (structured mode, JSON), queues it, and tells its fate once.
 * It is no part of, and has nothing to do with, GNOME's libnotify.
 *
 * Threads. A notify_client may be used from several threads at once. A notify_client_config and a
 * notify_event belong to one thread at a time. Delivery and log callbacks are called from the one thread of
 * the client (log lines of notify_client_new() from the caller's). A client does not survive fork(): start it
 * in the child.
 *
 * Ownership. A pointer returned through an out-parameter belongs to the caller, who frees it with the free
 * function of its type. Other returned pointers are borrowed: they live as long as the object they came from.
 * Strings passed in are copied. Every free function accepts NULL and returns NULL.
 *
 * Durability. notify_client_publish() returns when the event is in the client's memory: a crash of the
 * process loses it. An event is durable when its delivery callback reports NOTIFY_OK: all in-sync replicas
 * have it (acks=all, idempotent producer). An application that must not lose an event between its own
 * database transaction and Kafka uses libnotify-outbox (notify-outbox.h).
 *
 * Times are in milliseconds unless a name says otherwise.
 */
#ifndef NOTIFY_CLIENT_H
#define NOTIFY_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NOTIFY_API __attribute__((visibility("default")))
#define NOTIFY_MUST_CHECK __attribute__((warn_unused_result))
#else
#define NOTIFY_API
#define NOTIFY_MUST_CHECK
#endif

/** What a function of this library returns. Zero is success; the numbers never change their meaning. */
enum notify_error {
    NOTIFY_OK = 0,
    /** An allocation failed; nothing was changed. */
    NOTIFY_E_NO_MEMORY = 1,
    /** A NULL, empty or malformed argument: a fault in the calling program. */
    NOTIFY_E_INVALID_ARGUMENT = 2,
    /** A property or its value is not accepted; the error text names it. */
    NOTIFY_E_INVALID_CONFIG = 3,
    /** The event lacks or breaks an attribute (the error text names it), or the broker refuses the record as such. */
    NOTIFY_E_INVALID_EVENT = 4,
    /** The encoded event exceeds message.max.bytes, here or at the broker. */
    NOTIFY_E_TOO_LARGE = 5,
    /** The client's queue is full, or its producer is being replaced after a fatal error (a matter of
     * seconds): wait for deliveries and try again, or refuse the work. */
    NOTIFY_E_QUEUE_FULL = 6,
    /** The time given was over; the event may still be delivered later. */
    NOTIFY_E_TIMED_OUT = 7,
    /** The cluster has no such topic. Publishing to it works within seconds of its creation. */
    NOTIFY_E_UNKNOWN_TOPIC = 8,
    /** Kafka refused the credentials or the access to the topic. */
    NOTIFY_E_NOT_AUTHORIZED = 9,
    /** Kafka refused the event, its time was over, or it was given up: it was not stored. */
    NOTIFY_E_NOT_DELIVERED = 10,
    /** The reply was lost: it may be stored. Publishing it again may duplicate it. */
    NOTIFY_E_POSSIBLY_DELIVERED = 11,
    /** The client is being freed. */
    NOTIFY_E_CLOSED = 12,
    /** An operating system call failed; the error text tells which. */
    NOTIFY_E_SYSTEM = 13,
    /** libnotify-outbox: the database refused; the error text is its own. */
    NOTIFY_E_DATABASE = 14,
    /** libnotify-outbox: another relay has the lock of this outbox. */
    NOTIFY_E_LOCKED = 15,
};

/** The name of an error ("NOTIFY_E_QUEUE_FULL"), static. Unknown numbers give "NOTIFY_E_UNKNOWN". */
NOTIFY_API const char *notify_client_error_name(enum notify_error error);

/** One English sentence about an error, static, without a final full stop. */
NOTIFY_API const char *notify_client_error_text(enum notify_error error);

/**
 * What exactly was wrong in the last call of this thread that returned an error ("the event's source is not a
 * URI reference"): valid until the thread's next failing call. "" before the first. Functions with an
 * error_text write the same there.
 */
NOTIFY_API const char *notify_client_last_error_text(void);

/** The version of the library that is loaded, static, for example "0.1.0". */
NOTIFY_API const char *notify_client_version(void);

/* --- configuration --- */
typedef struct notify_client_config notify_client_config;
typedef struct notify_client notify_client;
typedef struct notify_event notify_event;
typedef struct notify_delivery notify_delivery;

/**
 * The fate of one event. Called exactly once for each event that was accepted by a publish function, from the
 * client's own thread; also for those still queued when the client is freed. The delivery is valid during the
 * call. It may publish; it must not flush, wait or free the client.
 */
typedef void (*notify_delivery_callback)(const notify_delivery *delivery, void *callback_data);

/** A line for the application's log; level is a syslog number (3 error, 4 warning, 6 info, 7 debug). */
typedef void (*notify_log_callback)(int level, const char *text, void *callback_data);

/**
 * A configuration with the defaults: idempotent, acks=all, linger.ms=5, partitioner=murmur2_random (a key's
 * partition is the same as with Java's client), and otherwise librdkafka's, whose message.timeout.ms gives an
 * event up after 5 minutes. bootstrap.servers must be set.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_config_new(notify_client_config **config_out);

NOTIFY_API notify_client_config *notify_client_config_free(notify_client_config *config);

/**
 * Set a librdkafka property ("bootstrap.servers", "sasl.username", "linger.ms"). Refused with
 * NOTIFY_E_INVALID_CONFIG: unknown properties, bad values, those of consumers, transactional.id, and what the
 * delivery promise rests on (enable.idempotence, acks, delivery.report.only.error). error_text (may be NULL)
 * receives a sentence.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_config_set(notify_client_config *config,
                                                                        const char *property,
                                                                        const char *value, char *error_text,
                                                                        size_t error_text_size);

/**
 * Take every KAFKA_FOO_BAR of the process environment as librdkafka's foo.bar; KAFKA_FOO_BAR_FILE names a
 * file that holds the value. Properties of librdkafka that only concern consumers are passed over, as are the
 * variables that Kubernetes injects for services (KAFKA_SERVICE_HOST, KAFKA_PORT=tcp://…), and empty values.
 * An unknown one is refused and named.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_client_config_set_from_environment(notify_client_config *config, char *error_text,
                                          size_t error_text_size);

/** The CloudEvents source of events that name none: a URI reference such as "/signup". */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_config_set_source(notify_client_config *config,
                                                                               const char *source);

/**
 * Check events before they are published: FOLDER/<type>.json is the JSON Schema (2020-12) of the data of the
 * events of that type. notify_client_publish() and notify_client_publish_and_wait() then refuse with
 * NOTIFY_E_INVALID_EVENT an event whose data does not satisfy its schema, and one whose type has none; the
 * last error's text names the place and the keyword, not the value. Data that is not set counts as null.
 * notify_client_publish_encoded() does not check.
 *
 * The folder is read here and now, whole; NULL takes the check away again. NOTIFY_E_INVALID_CONFIG: it
 * cannot be read, or a file in it is no schema or has a keyword that is not supported (unevaluatedItems,
 * unevaluatedProperties, dependentSchemas, dynamic and remote references); the last error's text names it,
 * and the configuration is as it was.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_client_config_set_schema_folder(notify_client_config *config, const char *folder);

NOTIFY_API void notify_client_config_set_delivery_callback(notify_client_config *config,
                                                           notify_delivery_callback callback,
                                                           void *callback_data);

/** Without it the client writes warnings and errors to standard error. */
NOTIFY_API void notify_client_config_set_log_callback(notify_client_config *config,
                                                      notify_log_callback callback, void *callback_data);

/** A second configuration with the same contents, callbacks included. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_config_copy(notify_client_config **config_out,
                                                                         const notify_client_config *config);

/** The value that was set for a property, borrowed until the next change; NULL while it has its default. */
NOTIFY_API const char *notify_client_config_get(const notify_client_config *config, const char *property);

/* --- client --- */
/**
 * Start a client: one thread of its own besides librdkafka's. It copies the configuration, and does not wait
 * for the cluster: events are queued until a broker answers.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_new(notify_client **client_out,
                                                                 const notify_client_config *config,
                                                                 char *error_text, size_t error_text_size);

/**
 * Stop. Events that are not yet delivered are given up: their callbacks report NOTIFY_E_NOT_DELIVERED, or
 * NOTIFY_E_POSSIBLY_DELIVERED when they were on the wire. Call notify_client_flush() first to wait for them.
 * Not from a callback.
 */
NOTIFY_API notify_client *notify_client_free(notify_client *client);

/**
 * Queue an event for a topic and return at once. On NOTIFY_OK the delivery callback tells its fate, with
 * opaque as notify_delivery_opaque(); on an error it is never called. The event stays the caller's and can be
 * published again or freed at once. An event without id, time or source gets them here: a UUIDv7, the
 * present, the configured source.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_publish(notify_client *client, const char *topic,
                                                                     notify_event *event, void *opaque);

/**
 * As notify_client_publish(), and wait until the event is durable or refused. timeout_ms: how long to wait,
 * -1 for as long as it takes. The delivery callback is not called. On NOTIFY_E_TIMED_OUT the event stays
 * queued.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_client_publish_and_wait(notify_client *client, const char *topic, notify_event *event, int timeout_ms);

/**
 * Queue bytes that notify_event_encode() made before, for instance read back from a store. key may be NULL.
 * traceparent and tracestate may be NULL. event_id is what notify_delivery_event_id() will tell. Otherwise as
 * notify_client_publish().
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_client_publish_encoded(notify_client *client, const char *topic, const char *event_id, const char *key,
                              const char *encoded, size_t encoded_size, const char *traceparent,
                              const char *tracestate, void *opaque);

/** Wait until nothing is pending. NOTIFY_E_TIMED_OUT when something still is after timeout_ms (-1: no limit).
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_client_flush(notify_client *client, int timeout_ms);

/** How many accepted events have not had their callback yet. */
NOTIFY_API size_t notify_client_pending(const notify_client *client);

/**
 * 1 while the last thing heard is that no broker can be reached, else 0. The first refused connection turns
 * it on; the first delivery, or the client's look at its connections every few seconds, turns it off. Never
 * blocks.
 */
NOTIFY_API int notify_client_is_disconnected(const notify_client *client);

/** Write a line where the client's own go: the log callback, else standard error. For libraries built on this
 * one. */
NOTIFY_API void notify_client_log(const notify_client *client, int level, const char *text);

/* --- delivery --- */
NOTIFY_API enum notify_error notify_delivery_error(const notify_delivery *delivery);
/** Kafka's own words about the error; "" on success. Borrowed. */
NOTIFY_API const char *notify_delivery_error_text(const notify_delivery *delivery);
NOTIFY_API const char *notify_delivery_event_id(const notify_delivery *delivery);
NOTIFY_API const char *notify_delivery_topic(const notify_delivery *delivery);
/** -1 when the event was not stored. */
NOTIFY_API int32_t notify_delivery_partition(const notify_delivery *delivery);
/** -1 when the event was not stored, or Kafka did not tell (a repeated attempt found it stored already). */
NOTIFY_API int64_t notify_delivery_offset(const notify_delivery *delivery);
/** What the publish function was given. */
NOTIFY_API void *notify_delivery_opaque(const notify_delivery *delivery);

/* --- events --- */
/**
 * An event of a type, reverse-DNS with a version suffix: "com.example.user.signed_up.v1"; letters, digits,
 * ".", "_" and "-".
 *
 * What breaks a rule below is NOTIFY_E_INVALID_EVENT, and the event stays as it was: texts are not empty,
 * valid UTF-8 of at most 1024 bytes without control characters; a source has a URI's characters only.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_new(notify_event **event_out, const char *type);

NOTIFY_API notify_event *notify_event_free(notify_event *event);

/** Consumers drop a second event with the same source and id. Default: a UUIDv7 (RFC 9562 §5.7), at
 * publication. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_id(notify_event *event, const char *id);
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_source(notify_event *event,
                                                                       const char *source);
/** The entity the event is about, for example a user's id. Also the Kafka key, unless one is set. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_subject(notify_event *event,
                                                                        const char *subject);
/** Events with one key go to one partition and keep their order. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_key(notify_event *event, const char *key);
/** Milliseconds since 1970-01-01 UTC. Default: the time of publication. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_time(notify_event *event, int64_t unix_ms);
/** W3C Trace Context; sent as Kafka headers. tracestate may be NULL. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error
notify_event_set_trace(notify_event *event, const char *traceparent, const char *tracestate);

/**
 * The event's data, a JSON object as text (RFC 8259, UTF-8). NOTIFY_E_INVALID_EVENT: it is not one, has a
 * duplicate member, a number beyond 64 bits or a NUL in a string, or is nested deeper than 32 levels.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_data_json(notify_event *event,
                                                                          const char *json, size_t json_size);
/** Set one member of the data by a dotted path ("recipient", "variables.name"); objects on the way are made.
 * On an error nothing was set: NOTIFY_E_INVALID_ARGUMENT, it is no path; NOTIFY_E_INVALID_EVENT, something on
 * the way is no object. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_string(notify_event *event, const char *path,
                                                                       const char *value);
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_integer(notify_event *event, const char *path,
                                                                        int64_t value);
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_set_boolean(notify_event *event, const char *path,
                                                                        int value);

/** Borrowed; NULL when not set (or not assigned yet). */
NOTIFY_API const char *notify_event_id(const notify_event *event);
NOTIFY_API const char *notify_event_type(const notify_event *event);
NOTIFY_API const char *notify_event_source(const notify_event *event);
NOTIFY_API const char *notify_event_subject(const notify_event *event);
/** The Kafka key: the one set, else the subject, else NULL. */
NOTIFY_API const char *notify_event_key(const notify_event *event);
/** RFC 3339, as it is sent. */
NOTIFY_API const char *notify_event_time(const notify_event *event);
NOTIFY_API const char *notify_event_traceparent(const notify_event *event);
NOTIFY_API const char *notify_event_tracestate(const notify_event *event);

/**
 * Read an event from CloudEvents structured JSON; extension attributes are kept and encoded again.
 * NOTIFY_E_INVALID_EVENT: error_text (may be NULL) names the attribute and what is wrong with it, and quotes
 * nothing of it.
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_from_json(notify_event **event_out,
                                                                      const char *json, size_t json_size,
                                                                      char *error_text,
                                                                      size_t error_text_size);

/**
 * The event as CloudEvents structured JSON, what a publish function sends. It assigns id and time where they
 * are not set; source must be set. The text belongs to the caller: free it with notify_event_free_encoded().
 */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_encode(notify_event *event, char **encoded_out,
                                                                   size_t *encoded_size_out);

NOTIFY_API void notify_event_free_encoded(char *encoded);

/** A new UUIDv7 as text: 36 characters and a NUL. NOTIFY_E_SYSTEM: no random numbers to be had. */
NOTIFY_API NOTIFY_MUST_CHECK enum notify_error notify_event_new_id(char id[37]);

#ifdef __cplusplus
}
#endif
#endif
