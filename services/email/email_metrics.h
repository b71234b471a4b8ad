/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's metrics: names, labels and the series that are looked up once. */
#ifndef NOTIFY_EMAIL_METRICS_H
#define NOTIFY_EMAIL_METRICS_H

#include "common/metrics.h"
#include "policy/outcome_policy.h"
#include "smtp/smtp_pool.h"

struct email_metrics;

/* NULL: no memory. The registry stays the caller's. */
struct email_metrics *email_metrics_new(struct metrics *registry);
void email_metrics_free(struct email_metrics *metrics);

/* outcome: "sent", "retried", "dead_lettered", "suppressed"; template_name: of a template that exists, or
 * "none". */
void email_metrics_mail(struct email_metrics *metrics, const char *outcome, const char *template_name);
void email_metrics_latency(struct email_metrics *metrics, int64_t milliseconds);
void email_metrics_reply(struct email_metrics *metrics, enum smtp_phase phase, int code);
void email_metrics_retry(struct email_metrics *metrics, const char *delay);
void email_metrics_dead_letter(struct email_metrics *metrics, const char *reason);
void email_metrics_skipped(struct email_metrics *metrics);
void email_metrics_deduplicated(struct email_metrics *metrics);
void email_metrics_offset_reset(struct email_metrics *metrics);

/* When it opens and closes. */
void email_metrics_set_breaker(struct email_metrics *metrics, bool open);

/* Gauges, once a second. */
void email_metrics_set_connections(struct email_metrics *metrics, const struct smtp_pool_counts *counts);
void email_metrics_set_in_flight(struct email_metrics *metrics, size_t count);
/* The partitions now assigned, one by one; those of the round before that are not named again disappear. */
void email_metrics_begin_lag(struct email_metrics *metrics);
void email_metrics_set_lag(struct email_metrics *metrics, const char *topic, int32_t partition, int64_t lag);
void email_metrics_end_lag(struct email_metrics *metrics);

#endif
