/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's own view of the configuration is the oracle: rd_kafka_conf_get. */
#include "common/kafka_properties.h"
#include "suite.h"
#include <string.h>

static void set_environment(const char *const *pairs) {
    ck_assert_int_eq(clearenv(), 0);
    for (; pairs[0] != NULL; pairs += 2)
        ck_assert_int_eq(setenv(pairs[0], pairs[1], 1), 0);
}
#define ENVIRONMENT(...) set_environment((const char *const[]){__VA_ARGS__, NULL})

static void expect_property(const rd_kafka_conf_t *conf, const char *name, const char *value) {
    char text[256];
    size_t size = sizeof text;
    ck_assert_int_eq(rd_kafka_conf_get(conf, name, text, &size), RD_KAFKA_CONF_OK);
    ck_assert_str_eq(text, value);
}

START_TEST(each_client_gets_what_concerns_it) {
    ENVIRONMENT("KAFKA_LINGER_MS", "77", "KAFKA_FETCH_MIN_BYTES", "33", "KAFKA_SECURITY_PROTOCOL", "ssl",
                "KAFKA_CLIENT_ID", "shop", "KAFKA_GROUP_ID", "mine");
    static const char *const own[] = {"KAFKA_GROUP_ID", NULL};
    struct error error = {.text = ""};
    rd_kafka_conf_t *producer = rd_kafka_conf_new(), *consumer = rd_kafka_conf_new();
    ck_assert_msg(kafka_properties_from_environment(producer, RD_KAFKA_PRODUCER, own, &error), "%s",
                  error.text);
    ck_assert_msg(kafka_properties_from_environment(consumer, RD_KAFKA_CONSUMER, own, &error), "%s",
                  error.text);
    expect_property(producer, "linger.ms", "77");
    expect_property(producer, "fetch.min.bytes", "1");
    expect_property(producer, "security.protocol", "ssl");
    expect_property(producer, "client.id", "shop");
    expect_property(consumer, "linger.ms", "5");
    expect_property(consumer, "fetch.min.bytes", "33");
    expect_property(consumer, "security.protocol", "ssl");
    char group[64];
    size_t size = sizeof group; /* the settings table's, so not set here */
    ck_assert_int_ne(rd_kafka_conf_get(consumer, "group.id", group, &size), RD_KAFKA_CONF_OK);
    rd_kafka_conf_destroy(producer);
    rd_kafka_conf_destroy(consumer);
}
END_TEST

START_TEST(wrong_variables_are_refused_in_words) {
    static const struct {
        const char *name, *value, *text;
    } wrong[] = {
        {"KAFKA_LINGR_MS", "5",
         "KAFKA_LINGR_MS: librdkafka has no property lingr.ms; the nearest one is KAFKA_LINGER_MS"},
        {"KAFKA_SASL_PASWORD", "canary",
         "KAFKA_SASL_PASWORD: librdkafka has no property sasl.pasword; the nearest one is "
         "KAFKA_SASL_PASSWORD"},
        {"KAFKA_BOOTSTRAP_SERVER", "x",
         "KAFKA_BOOTSTRAP_SERVER: librdkafka has no property bootstrap.server; the nearest one is "
         "KAFKA_BOOTSTRAP_SERVERS"},
        {"KAFKA_ACKS", "1", "KAFKA_ACKS: acks is always all: the delivery promise rests on it"},
        {"KAFKA_ENABLE_AUTO_COMMIT", "true",
         "KAFKA_ENABLE_AUTO_COMMIT: enable.auto.commit is always false: the delivery promise rests on it"},
    };
    for (size_t i = 0; i < SUITE_COUNT(wrong); i++) {
        struct error error = {.text = ""};
        ENVIRONMENT(wrong[i].name, wrong[i].value);
        ck_assert(!kafka_properties_check_environment(NULL, &error));
        ck_assert_str_eq(error.text, wrong[i].text);
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    }
}
END_TEST

START_TEST(values_that_librdkafka_refuses_are_refused_at_once_for_both_clients) {
    static const char *const variables[] = {"KAFKA_LINGER_MS", "KAFKA_FETCH_MIN_BYTES",
                                            "KAFKA_SOCKET_TIMEOUT_MS"};
    for (size_t i = 0; i < SUITE_COUNT(variables); i++) {
        struct error error = {.text = ""};
        ENVIRONMENT(variables[i], "soon");
        ck_assert(!kafka_properties_check_environment(NULL, &error));
        ck_assert_int_eq(strncmp(error.text, variables[i], strlen(variables[i])), 0);
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    }
}
END_TEST

START_TEST(set_names_property_and_value_but_no_secret) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    struct error error = {.text = ""};
    ck_assert(kafka_properties_set(conf, "linger.ms", "9", &error));
    expect_property(conf, "linger.ms", "9");
    ck_assert(!kafka_properties_set(conf, "linger.ms", "soon", &error));
    ck_assert_int_eq(strncmp(error.text, "Kafka property linger.ms=soon: ", 31), 0);
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    ck_assert(!kafka_properties_set(conf, "no.such.password", "canary", &error));
    ck_assert_ptr_null(strstr(error.text, "canary"));
    rd_kafka_conf_destroy(conf);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        each_client_gets_what_concerns_it,
        wrong_variables_are_refused_in_words,
        values_that_librdkafka_refuses_are_refused_at_once_for_both_clients,
        set_names_property_and_value_but_no_secret,
    };
    return suite_run("kafka_properties", tests, SUITE_COUNT(tests));
}
