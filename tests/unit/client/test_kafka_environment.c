/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_environment.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *value;
    const char *property; /* NULL: none of ours */
    bool is_file;
} variables[] = {
    {"KAFKA_BOOTSTRAP_SERVERS", "a:9092", "bootstrap.servers", false},
    {"KAFKA_SASL_PASSWORD_FILE", "/run/secrets/p", "sasl.password", true},
    {"KAFKA_SASL_KERBEROS_SERVICE_NAME", "kafka", "sasl.kerberos.service.name", false},
    {"KAFKA_LINGER_MS", "5", "linger.ms", false},
    {"KAFKA_", "x", NULL, false},
    {"KAFKA__FILE", "x", NULL, false},
    {"SMTP_URL", "x", NULL, false},
    {"XKAFKA_LINGER_MS", "x", NULL, false},
    /* What Kubernetes injects for services named kafka, kafka-0 and kafka-bootstrap. */
    {"KAFKA_SERVICE_HOST", "10.0.0.1", NULL, false},
    {"KAFKA_SERVICE_PORT", "9092", NULL, false},
    {"KAFKA_SERVICE_PORT_CLIENTS", "9092", NULL, false},
    {"KAFKA_PORT", "tcp://10.0.0.1:9092", NULL, false},
    {"KAFKA_PORT_9092_TCP", "tcp://10.0.0.1:9092", NULL, false},
    {"KAFKA_PORT_9092_TCP_PROTO", "tcp", NULL, false},
    {"KAFKA_PORT_9092_TCP_PORT", "9092", NULL, false},
    {"KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1", NULL, false},
    {"KAFKA_0_SERVICE_HOST", "10.0.0.1", NULL, false},
    {"KAFKA_BOOTSTRAP_PORT", "udp://10.0.0.1:9092", NULL, false},
    {"KAFKA_BOOTSTRAP_PORT_9092_TCP", "tcp://10.0.0.1:9092", NULL, false},
    /* These only look so. */
    {"KAFKA_PORT", "9092", "port", false},
    {"KAFKA_SERVICE_PORTAL", "x", "service.portal", false},
};

START_TEST(variables_map_to_properties) {
    char property[KAFKA_PROPERTY_SIZE] = "";
    bool is_file = false;
    bool ours = kafka_environment_property(variables[_i].name, variables[_i].value, property, &is_file);
    ck_assert_msg(ours == (variables[_i].property != NULL), "%s", variables[_i].name);
    if (ours) {
        ck_assert_str_eq(property, variables[_i].property);
        ck_assert_int_eq(is_file, variables[_i].is_file);
    }
}
END_TEST

START_TEST(a_name_too_long_for_a_property_is_none) {
    char name[KAFKA_PROPERTY_SIZE + 20] = "KAFKA_", property[KAFKA_PROPERTY_SIZE];
    bool is_file;
    memset(name + 6, 'A', KAFKA_PROPERTY_SIZE);
    ck_assert(!kafka_environment_property(name, "x", property, &is_file));
    name[6 + KAFKA_PROPERTY_SIZE - 1] = '\0';
    ck_assert(kafka_environment_property(name, "x", property, &is_file));
    ck_assert_uint_eq(strlen(property), KAFKA_PROPERTY_SIZE - 1);
}
END_TEST

START_TEST(scopes_refusals_and_secrets_are_known) {
    ck_assert_int_eq(kafka_property_scope("group.id"), KAFKA_PROPERTY_CONSUMER);
    ck_assert_int_eq(kafka_property_scope("auto.offset.reset"), KAFKA_PROPERTY_CONSUMER);
    ck_assert_int_eq(kafka_property_scope("linger.ms"), KAFKA_PROPERTY_PRODUCER);
    ck_assert_int_eq(kafka_property_scope("sasl.password"), KAFKA_PROPERTY_ANY);
    const char *refused[] = {"acks",
                             "request.required.acks",
                             "enable.idempotence",
                             "enable.auto.commit",
                             "auto.commit.enable",
                             "enable.auto.offset.store",
                             "partition.assignment.strategy",
                             "delivery.report.only.error",
                             "transactional.id",
                             "log.queue"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        ck_assert_msg(kafka_property_refusal(refused[i]) != NULL, "%s", refused[i]);
    ck_assert_ptr_null(kafka_property_refusal("linger.ms"));
    ck_assert(kafka_property_is_secret("sasl.password"));
    ck_assert(kafka_property_is_secret("ssl.key.password"));
    ck_assert(kafka_property_is_secret("ssl.key.pem"));
    ck_assert(kafka_property_is_secret("sasl.oauthbearer.client.secret"));
    ck_assert(!kafka_property_is_secret("sasl.username"));
}
END_TEST

static char visited[1024];

static enum kafka_environment_result note(const struct kafka_environment_entry *entry, void *data,
                                          char *error_text, size_t error_text_size) {
    const char *refuse = data;
    if (refuse != NULL && strcmp(entry->property, refuse) == 0) {
        snprintf(error_text, error_text_size, "%s: refused by the test", entry->variable);
        return KAFKA_ENVIRONMENT_REFUSED;
    }
    size_t used = strlen(visited);
    snprintf(visited + used, sizeof visited - used, "%s=%s%s ", entry->property, entry->value,
             entry->file == NULL ? "" : "(file)");
    return KAFKA_ENVIRONMENT_OK;
}

static char error_text[300];

static enum kafka_environment_result visit(const char *const *environment, const char *const *own_names,
                                           const char *refuse) {
    visited[0] = '\0';
    error_text[0] = '\0';
    return kafka_environment_visit((char *const *)environment, own_names, note, (void *)refuse, error_text,
                                   sizeof error_text);
}

START_TEST(a_visit_passes_over_what_is_not_ours) {
    const char *environment[] = {"PATH=/bin",
                                 "KAFKA_BOOTSTRAP_SERVERS=a:1,b:2=c",
                                 "KAFKA_CLIENT_ID=",
                                 "KAFKA_GROUP_ID=g",
                                 "KAFKA_SERVICE_HOST=10.0.0.1",
                                 "KAFKA_GROUP_ID_FILE=/none",
                                 "KAFKA_LINGER_MS=10",
                                 "KAFKA_NOEQUALS",
                                 NULL};
    const char *own_names[] = {"KAFKA_GROUP_ID", NULL};
    ck_assert_int_eq(visit(environment, own_names, NULL), KAFKA_ENVIRONMENT_OK);
    ck_assert_str_eq(visited, "bootstrap.servers=a:1,b:2=c linger.ms=10 ");
}
END_TEST

START_TEST(a_refused_variable_is_named) {
    const char *promise[] = {"KAFKA_ACKS=1", NULL};
    ck_assert_int_eq(visit(promise, NULL, NULL), KAFKA_ENVIRONMENT_REFUSED);
    ck_assert_ptr_nonnull(strstr(error_text, "KAFKA_ACKS"));
    const char *unknown[] = {"KAFKA_LINGER_MS=1", "KAFKA_CLIENT_ID=x", NULL};
    ck_assert_int_eq(visit(unknown, NULL, "client.id"), KAFKA_ENVIRONMENT_REFUSED);
    ck_assert_str_eq(error_text, "KAFKA_CLIENT_ID: refused by the test");
}
END_TEST

/* A file with these bytes; its variable in *variable_out. */
static void make_file(const char *bytes, size_t size, char path[32], char *variable_out,
                      size_t variable_size) {
    snprintf(path, 32, "notify-test-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    snprintf(variable_out, variable_size, "KAFKA_SASL_PASSWORD_FILE=%s", path);
}

static const struct {
    const char *bytes;
    size_t size;
    const char *value; /* NULL: refused */
} files[] = {
    {"secret\n", 7, "sasl.password=secret(file) "},
    {"secret\r\n", 8, "sasl.password=secret(file) "},
    {"secret\n\n", 8, "sasl.password=secret\n(file) "},
    {"se cret", 7, "sasl.password=se cret(file) "},
    {"\n", 1, "sasl.password=(file) "},
    {"a\0b", 3, NULL},
};

START_TEST(a_file_gives_the_value_without_its_last_newline) {
    char path[32], variable[80];
    make_file(files[_i].bytes, files[_i].size, path, variable, sizeof variable);
    const char *environment[] = {variable, NULL};
    enum kafka_environment_result result = visit(environment, NULL, NULL);
    unlink(path);
    ck_assert_int_eq(result, files[_i].value == NULL ? KAFKA_ENVIRONMENT_REFUSED : KAFKA_ENVIRONMENT_OK);
    if (files[_i].value != NULL)
        ck_assert_str_eq(visited, files[_i].value);
}
END_TEST

START_TEST(a_file_beyond_1_mib_is_refused) {
    static char bytes[1024 * 1024 + 1];
    char path[32], variable[80];
    memset(bytes, 'x', sizeof bytes);
    make_file(bytes, sizeof bytes, path, variable, sizeof variable);
    const char *environment[] = {variable, NULL};
    enum kafka_environment_result result = visit(environment, NULL, NULL);
    unlink(path);
    ck_assert_int_eq(result, KAFKA_ENVIRONMENT_REFUSED);
    ck_assert_ptr_nonnull(strstr(error_text, "1 MiB"));
}
END_TEST

START_TEST(a_file_that_is_missing_or_doubled_is_refused) {
    const char *missing[] = {"KAFKA_SASL_PASSWORD_FILE=/nonexistent/x", NULL};
    ck_assert_int_eq(visit(missing, NULL, NULL), KAFKA_ENVIRONMENT_REFUSED);
    ck_assert_ptr_nonnull(strstr(error_text, "/nonexistent/x"));
    const char *both[] = {"KAFKA_SASL_PASSWORD_FILE=/x", "KAFKA_SASL_PASSWORD=y", NULL};
    ck_assert_int_eq(visit(both, NULL, NULL), KAFKA_ENVIRONMENT_REFUSED);
    ck_assert_ptr_nonnull(strstr(error_text, "not both"));
    const char *folder[] = {"KAFKA_SASL_PASSWORD_FILE=/", NULL};
    ck_assert_int_eq(visit(folder, NULL, NULL), KAFKA_ENVIRONMENT_REFUSED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("kafka_environment");
    TCase *test_case = tcase_create("kafka_environment");
    tcase_add_loop_test(test_case, variables_map_to_properties, 0, sizeof variables / sizeof variables[0]);
    tcase_add_test(test_case, a_name_too_long_for_a_property_is_none);
    tcase_add_test(test_case, scopes_refusals_and_secrets_are_known);
    tcase_add_test(test_case, a_visit_passes_over_what_is_not_ours);
    tcase_add_test(test_case, a_refused_variable_is_named);
    tcase_add_loop_test(test_case, a_file_gives_the_value_without_its_last_newline, 0,
                        sizeof files / sizeof files[0]);
    tcase_add_test(test_case, a_file_beyond_1_mib_is_refused);
    tcase_add_test(test_case, a_file_that_is_missing_or_doubled_is_refused);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
