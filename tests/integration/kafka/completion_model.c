/* SPDX-License-Identifier: Apache-2.0 */
#include "completion_model.h"

#include <check.h>
#include <stdlib.h>

void model_complete(struct model *model, struct group_member *member, size_t index) {
    struct held_record *record = &member->records[index];
    if (record->partition == NULL)
        return;
    model->complete[record->number][record->offset] = true;
    group_member_complete(member, index);
}

static int64_t model_first_incomplete(const struct model *model, int32_t partition) {
    int64_t offset = 0;
    while (offset < EACH && model->complete[partition][offset])
        offset++;
    return offset;
}

size_t model_incomplete(const struct model *model) {
    size_t count = 0;
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        for (int64_t offset = 0; offset < EACH; offset++)
            count += !model->complete[partition][offset];
    return count;
}

void assert_committed_as(const struct model *model) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_eq(cluster_committed(&cluster, GROUP, TOPIC, partition),
                         model_first_incomplete(model, partition));
}

void assert_committed_not_ahead_of(const struct model *model) {
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        ck_assert_int_le(cluster_committed(&cluster, GROUP, TOPIC, partition),
                         model_first_incomplete(model, partition));
}

void assert_in_order(const struct group_member *member) {
    int64_t last[PARTITIONS] = {-1, -1};
    for (size_t i = 0; i < member->count; i++) {
        const struct held_record *record = &member->records[i];
        ck_assert_int_gt(record->offset, last[record->number]);
        last[record->number] = record->offset;
    }
}

void assert_holds_the_rest(const struct group_member *member, const struct model *model) {
    for (size_t i = 0; i < member->count; i++)
        ck_assert_msg(!model->complete[member->records[i].number][member->records[i].offset],
                      "%d/%lld was complete", (int)member->records[i].number,
                      (long long)member->records[i].offset);
    ck_assert_uint_eq(member->count, model_incomplete(model));
    assert_in_order(member);
}

void complete_at_random(struct model *model, struct group_member *member, size_t how_many) {
    while (how_many > 0) {
        size_t index = (size_t)rand() % member->count;
        if (member->records[index].partition == NULL)
            continue;
        model_complete(model, member, index);
        how_many--;
    }
}
