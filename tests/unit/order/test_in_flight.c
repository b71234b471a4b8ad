/* SPDX-License-Identifier: Apache-2.0 */
#include "in_flight.h"
#include "suite.h"
#include <string.h>

/* Keys that share a bucket differ in their last byte. */
static struct in_flight_request request_of(uint8_t bucket, uint8_t key, uint8_t body) {
    struct in_flight_request request = {.next = NULL};
    request.key[0] = bucket;
    request.key[SHA256_SIZE - 1] = key;
    request.fingerprint[0] = body;
    return request;
}

START_TEST(a_key_is_in_flight_until_its_request_leaves) {
    struct in_flight in_flight = IN_FLIGHT_EMPTY;
    struct in_flight_request first = request_of(1, 1, 1), same = first, other = request_of(1, 1, 2);
    ck_assert_int_eq(in_flight_enter(&in_flight, &first), IN_FLIGHT_ENTERED);
    ck_assert_int_eq(in_flight_enter(&in_flight, &same), IN_FLIGHT_SAME_BODY);
    ck_assert_int_eq(in_flight_enter(&in_flight, &other), IN_FLIGHT_OTHER_BODY);
    in_flight_leave(&in_flight, &first);
    ck_assert_int_eq(in_flight_enter(&in_flight, &other), IN_FLIGHT_ENTERED);
    in_flight_leave(&in_flight, &other);
}
END_TEST

START_TEST(keys_that_share_a_bucket_do_not_meet) {
    struct in_flight in_flight = IN_FLIGHT_EMPTY;
    struct in_flight_request requests[3];
    for (uint8_t i = 0; i < 3; i++) {
        requests[i] = request_of(7, i, i);
        ck_assert_int_eq(in_flight_enter(&in_flight, &requests[i]), IN_FLIGHT_ENTERED);
    }
    struct in_flight_request first = request_of(7, 0, 0), middle = request_of(7, 1, 1);
    in_flight_leave(&in_flight, &requests[1]);
    ck_assert_int_eq(in_flight_enter(&in_flight, &middle), IN_FLIGHT_ENTERED);
    ck_assert_int_eq(in_flight_enter(&in_flight, &first), IN_FLIGHT_SAME_BODY);
    in_flight_leave(&in_flight, &requests[0]);
    ck_assert_int_eq(in_flight_enter(&in_flight, &first), IN_FLIGHT_ENTERED);
}
END_TEST

START_TEST(one_that_never_entered_may_leave) {
    struct in_flight in_flight = IN_FLIGHT_EMPTY;
    struct in_flight_request first = request_of(1, 1, 1), stranger = request_of(1, 1, 1);
    ck_assert_int_eq(in_flight_enter(&in_flight, &first), IN_FLIGHT_ENTERED);
    in_flight_leave(&in_flight, &stranger);
    ck_assert_int_eq(in_flight_enter(&in_flight, &stranger), IN_FLIGHT_SAME_BODY);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_key_is_in_flight_until_its_request_leaves,
        keys_that_share_a_bucket_do_not_meet,
        one_that_never_entered_may_leave,
    };
    return suite_run("in_flight", tests, SUITE_COUNT(tests));
}
