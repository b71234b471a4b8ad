/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of the consumer group: a list of what was completed, and what follows from it. */
#ifndef NOTIFY_TESTS_KAFKA_COMPLETION_MODEL_H
#define NOTIFY_TESTS_KAFKA_COMPLETION_MODEL_H

#include "group_fixture.h"
#include <stdbool.h>

struct model {
    bool complete[PARTITIONS][2 * EACH];
};

/* The record that the member holds there; nothing if it is completed already. */
void model_complete(struct model *model, struct group_member *member, size_t index);
/* So many of the records that the member holds, drawn by rand(). */
void complete_at_random(struct model *model, struct group_member *member, size_t how_many);
/* How many records of those written are not complete. */
size_t model_incomplete(const struct model *model);

/* By a plain client that asks what is committed. */
void assert_committed_as(const struct model *model);
/* A commit that is ahead would lose records. */
void assert_committed_not_ahead_of(const struct model *model);

/* What the member took ascends within each partition. */
void assert_in_order(const struct group_member *member);
/* The member holds exactly what is incomplete. */
void assert_holds_the_rest(const struct group_member *member, const struct model *model);

#endif
