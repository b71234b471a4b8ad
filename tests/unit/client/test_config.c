/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static notify_client_config *config;
static char error_text[300];

static void set_up(void) {
    ck_assert_int_eq(clearenv(), 0);
    ck_assert_int_eq(notify_client_config_new(&config), NOTIFY_OK);
    error_text[0] = '\0';
}

static void tear_down(void) {
    config = notify_client_config_free(config);
}

static enum notify_error set(const char *property, const char *value) {
    return notify_client_config_set(config, property, value, error_text, sizeof error_text);
}

/* What librdkafka itself holds. */
static void assert_property(const char *property, const char *expected) {
    char value[256];
    size_t size = sizeof value;
    ck_assert_int_eq(rd_kafka_conf_get(config->conf, property, value, &size), RD_KAFKA_CONF_OK);
    ck_assert_str_eq(value, expected);
}

START_TEST(the_defaults_keep_the_delivery_promise) {
    assert_property("enable.idempotence", "true");
    assert_property("acks", "-1");
    assert_property("linger.ms", "5");
    assert_property("message.timeout.ms", "300000");
    ck_assert_ptr_null(notify_client_config_get(config, "linger.ms"));
}
END_TEST

START_TEST(properties_go_to_librdkafka_and_can_be_asked_for) {
    ck_assert_int_eq(set("linger.ms", "20"), NOTIFY_OK);
    ck_assert_int_eq(set("security.protocol", "sasl_ssl"), NOTIFY_OK);
    ck_assert_int_eq(set("queue.buffering.max.ms", "30"), NOTIFY_OK); /* the same under its older name */
    assert_property("linger.ms", "30");
    assert_property("security.protocol", "sasl_ssl");
    ck_assert_str_eq(notify_client_config_get(config, "linger.ms"), "30");
}
END_TEST

static const struct {
    const char *property, *value, *words;
} refused[] = {
    {"acks", "1", "acks"},
    {"request.required.acks", "1", "request.required.acks"},
    {"enable.idempotence", "false", "enable.idempotence"},
    {"delivery.report.only.error", "true", "delivery.report.only.error"},
    {"group.id", "g", "concerns consumers"},
    {"no.such.property", "x", "no.such.property"},
    {"linger.ms", "soon", "linger.ms"},
    {"linger.ms", "-5", "linger.ms"},
};

START_TEST(what_breaks_the_promise_or_is_unknown_is_refused_by_name) {
    ck_assert_int_eq(set(refused[_i].property, refused[_i].value), NOTIFY_E_INVALID_CONFIG);
    ck_assert_msg(strstr(error_text, refused[_i].words) != NULL, "%s", error_text);
    ck_assert_str_eq(error_text, notify_client_last_error_text());
    ck_assert_ptr_null(notify_client_config_get(config, refused[_i].property));
}
END_TEST

START_TEST(the_environment_is_taken) {
    setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1", 1);
    setenv("KAFKA_LINGER_MS", "7", 1);
    setenv("KAFKA_GROUP_ID", "passed over", 1);
    setenv("KAFKA_SERVICE_HOST", "passed over", 1);
    setenv("KAFKA_CLIENT_ID", "", 1);
    ck_assert_int_eq(notify_client_config_set_from_environment(config, error_text, sizeof error_text),
                     NOTIFY_OK);
    ck_assert_str_eq(notify_client_config_get(config, "bootstrap.servers"), "a:1");
    assert_property("metadata.broker.list", "a:1");
    assert_property("linger.ms", "7");
    assert_property("client.id", "libnotify-client");
}
END_TEST

START_TEST(an_unknown_or_bad_variable_is_named) {
    const char *variables[][2] = {
        {"KAFKA_LINGER_MSS", "5"}, {"KAFKA_LINGER_MS", "soon"}, {"KAFKA_ENABLE_IDEMPOTENCE", "false"}};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        clearenv();
        setenv(variables[i][0], variables[i][1], 1);
        ck_assert_int_eq(notify_client_config_set_from_environment(config, error_text, sizeof error_text),
                         NOTIFY_E_INVALID_CONFIG);
        ck_assert_msg(strstr(error_text, variables[i][0]) != NULL, "%s", error_text);
    }
}
END_TEST

static void no_delivery(const notify_delivery *delivery, void *data) {
    (void)delivery;
    (void)data;
}

START_TEST(a_copy_is_the_same_and_apart) {
    int data;
    ck_assert_int_eq(set("client.id", "one"), NOTIFY_OK);
    ck_assert_int_eq(notify_client_config_set_source(config, "/s"), NOTIFY_OK);
    notify_client_config_set_delivery_callback(config, no_delivery, &data);
    notify_client_config *copy;
    ck_assert_int_eq(notify_client_config_copy(&copy, config), NOTIFY_OK);
    ck_assert_int_eq(set("client.id", "two"), NOTIFY_OK);
    ck_assert_str_eq(notify_client_config_get(copy, "client.id"), "one");
    ck_assert_str_eq(copy->source, "/s");
    ck_assert_ptr_eq(copy->delivery_callback_data, &data);
    ck_assert(copy->delivery_callback == no_delivery);
    notify_client_config_free(copy);
}
END_TEST

START_TEST(a_source_must_be_a_uri_reference) {
    ck_assert_int_eq(notify_client_config_set_source(config, "not a uri"), NOTIFY_E_INVALID_CONFIG);
    ck_assert_int_eq(notify_client_config_set_source(config, ""), NOTIFY_E_INVALID_CONFIG);
    ck_assert_int_eq(notify_client_config_set_source(config, NULL), NOTIFY_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(a_client_needs_brokers_and_a_consistent_configuration) {
    notify_client *client;
    ck_assert_int_eq(notify_client_new(&client, config, error_text, sizeof error_text),
                     NOTIFY_E_INVALID_CONFIG);
    ck_assert_ptr_null(client);
    ck_assert_ptr_nonnull(strstr(error_text, "KAFKA_BOOTSTRAP_SERVERS"));
    ck_assert_int_eq(set("bootstrap.servers", "127.0.0.1:1"), NOTIFY_OK);
    ck_assert_int_eq(set("retries", "0"), NOTIFY_OK); /* not with an idempotent producer */
    ck_assert_int_eq(notify_client_new(&client, config, error_text, sizeof error_text),
                     NOTIFY_E_INVALID_CONFIG);
    ck_assert_msg(strstr(error_text, "retries") != NULL, "%s", error_text);
    ck_assert_int_eq(notify_client_new(NULL, config, NULL, 0), NOTIFY_E_INVALID_ARGUMENT);
    ck_assert_int_eq(notify_client_new(&client, NULL, NULL, 0), NOTIFY_E_INVALID_ARGUMENT);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("config");
    TCase *test_case = tcase_create("config");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, the_defaults_keep_the_delivery_promise);
    tcase_add_test(test_case, properties_go_to_librdkafka_and_can_be_asked_for);
    tcase_add_loop_test(test_case, what_breaks_the_promise_or_is_unknown_is_refused_by_name, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(test_case, the_environment_is_taken);
    tcase_add_test(test_case, an_unknown_or_bad_variable_is_named);
    tcase_add_test(test_case, a_copy_is_the_same_and_apart);
    tcase_add_test(test_case, a_source_must_be_a_uri_reference);
    tcase_add_test(test_case, a_client_needs_brokers_and_a_consistent_configuration);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
