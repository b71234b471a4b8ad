/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the client begin with: a cluster, a configuration for it, and a ledger of what the
 * delivery callback tells. */
#ifndef NOTIFY_TESTS_CLIENT_FIXTURE_H
#define NOTIFY_TESTS_CLIENT_FIXTURE_H

#include "cluster.h"
#include "ledger.h"
#include <notify-client.h>

extern struct cluster cluster;
extern notify_client_config *config;
extern struct ledger ledger;

/* For each test. */
void client_set_up(void);
void client_tear_down(void);

/* Before start_client(). */
void set_property(const char *property, const char *value);
notify_client *start_client(void);

notify_event *make_event(const char *subject);
/* An event that the ledger knows by its number. */
enum notify_error publish(notify_client *client, const char *topic, size_t number);
/* For a client that refuses for a while only. */
void publish_until_accepted(notify_client *client, const char *topic, size_t number);

#endif
