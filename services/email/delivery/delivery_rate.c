/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rate limit, between its policy, the group's partitions and the pool.
 *
 * A mail is given to the pool only when the bucket has one for it and for all that wait there, and is taken
 * from the bucket when a session begins with it. So what waits for a connection, however long, costs nothing
 * and never goes out in a crowd; and what is put back is taken again when it begins again.
 */
#include "delivery_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include <stdio.h>

#define COUNT_RETRY_MS 500
#define DRAIN_WAIT_MOST_MS 1000

static bool is_limited(const struct delivery *delivery) {
    return delivery->parts.settings->rate_limit > 0;
}

/* settings->subscription has the event topics first, then the retry topics; so have the counts. */
static struct rate_partitions all_partitions(const struct delivery *delivery, const size_t *counts) {
    const struct email_settings *settings = delivery->parts.settings;
    struct rate_partitions all = {0};
    for (size_t i = 0; i < settings->subscription.count; i++) {
        if (i < settings->topics.count)
            all.events += counts[i];
        else
            all.retries += counts[i];
    }
    return all;
}

/* False: a broker answered that has not heard of a partition yet which is this worker's already. */
static bool is_counted(const struct delivery *delivery, const struct group_partition *partition,
                       const size_t *counts) {
    const struct text_list *topics = &delivery->parts.settings->subscription;
    size_t at = text_list_find(topics, group_partition_topic(partition));
    return at < topics->count && (size_t)group_partition_number(partition) < counts[at];
}

static void tell_share(const struct delivery *delivery, double share) {
    char text[64];
    snprintf(text, sizeof text, "%.4g of %.4g mails a second", share, delivery->parts.settings->rate_limit);
    log_info("this worker's share of the rate limit", LOG_FIELDS(log_text("share", text)));
}

static void on_counted(void *data, const size_t *counts) {
    struct delivery *delivery = data;
    struct group_partition **partitions = NULL;
    size_t count = group_consumer_partitions(delivery->consumer, &partitions);
    struct rate_partitions own = {0};
    bool all_counted = counts != NULL;
    delivery->counting_partitions = false;
    if (count == 0)
        return; /* they were revoked meanwhile */
    for (size_t i = 0; i < count && all_counted; i++) {
        all_counted = is_counted(delivery, partitions[i], counts);
        if (delivery_is_of_retries(delivery, partitions[i]))
            own.retries++;
        else
            own.events++;
    }
    if (!all_counted) {
        if (delivery->count_again_ms == 0)
            log_warning(
                "the partitions that share the rate limit are not known: nothing is sent until they are",
                NULL);
        delivery->count_again_ms = clock_monotonic_ms() + COUNT_RETRY_MS;
        return;
    }
    double share =
        rate_limit_share(delivery->parts.settings->rate_limit, own, all_partitions(delivery, counts));
    rate_limit_begin(&delivery->rate, share, clock_monotonic_ms());
    delivery->rate_is_known = true;
    delivery->count_again_ms = 0;
    tell_share(delivery, share);
    delivery_pump(delivery);
}

static void find_out_share(struct delivery *delivery) {
    struct group_partition **partitions = NULL;
    int64_t now = clock_monotonic_ms();
    if (delivery->counting_partitions || now < delivery->count_again_ms ||
        group_consumer_partitions(delivery->consumer, &partitions) == 0)
        return;
    delivery->counting_partitions = group_consumer_count_partitions(delivery->consumer, on_counted, delivery);
    if (!delivery->counting_partitions)
        delivery->count_again_ms = now + COUNT_RETRY_MS;
}

/* In a drain only the rest of what has begun is left to send. It would not be sent in time at a very low
 * rate, and then the partition's next owner would send the event's other mails twice: worse than a mail too
 * early. */
static bool may_not_wait(const struct delivery *delivery, size_t mails, int64_t now) {
    return delivery->draining && rate_limit_wait_ms(&delivery->rate, mails, now) > DRAIN_WAIT_MOST_MS;
}

static void wake_when_allowed(struct delivery *delivery, size_t mails, int64_t now) {
    int64_t wait_ms = rate_limit_wait_ms(&delivery->rate, mails, now);
    if (wait_ms > 0 && delivery->parts.wake_after != NULL)
        delivery->parts.wake_after(delivery->parts.data, wait_ms);
}

static size_t with_those_that_wait(const struct delivery *delivery) {
    return smtp_pool_counts(delivery->pool).waiting + 1;
}

bool delivery_may_send(struct delivery *delivery) {
    if (!is_limited(delivery))
        return true;
    if (!delivery->rate_is_known) {
        find_out_share(delivery);
        return false;
    }
    int64_t now = clock_monotonic_ms();
    size_t mails = with_those_that_wait(delivery);
    if (rate_limit_allows(&delivery->rate, mails, now) || may_not_wait(delivery, mails, now))
        return true;
    wake_when_allowed(delivery, mails, now);
    return false;
}

void delivery_mail_begins(struct delivery *delivery) {
    if (!is_limited(delivery))
        return;
    int64_t now = clock_monotonic_ms();
    rate_limit_take(&delivery->rate, now);
    wake_when_allowed(delivery, with_those_that_wait(delivery), now);
}

void delivery_rate_forget(struct delivery *delivery) {
    rate_limit_begin(&delivery->rate, 0, clock_monotonic_ms());
    delivery->rate_is_known = false;
}
