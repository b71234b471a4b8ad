/* SPDX-License-Identifier: Apache-2.0 */
/* A table with one setting of each kind, loaded from an environment made for the test. */
#include "common/settings.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct shop_settings {
    struct common_settings common;
    char *url;
    char *password;
    int64_t connections;
    int64_t delay_ms;
    int tls;
    struct host_port listen;
    struct text_list topics;
    struct duration_list delays;
    char *group;
};

static const char *const tls_choices[] = {"required", "opportunistic", "none", NULL};

static const struct setting shop_table_settings[] = {
    SETTINGS_COMMON(struct shop_settings, common),
    {.name = "SHOP_URL",
     .parse = setting_parse_text,
     .offset = offsetof(struct shop_settings, url),
     .help = "where"},
    {.name = "SHOP_PASSWORD",
     .parse = setting_parse_text,
     .offset = offsetof(struct shop_settings, password),
     .flags = SETTING_SECRET,
     .help = "secret"},
    {.name = "SHOP_CONNECTIONS",
     .default_value = "16",
     .parse = setting_parse_integer,
     .minimum = 1,
     .maximum = 100,
     .offset = offsetof(struct shop_settings, connections),
     .help = "how many"},
    {.name = "SHOP_DELAY",
     .default_value = "10s",
     .parse = setting_parse_duration,
     .minimum = 100,
     .maximum = INT64_C(8) * 24 * 3600 * 1000,
     .offset = offsetof(struct shop_settings, delay_ms),
     .help = "how long"},
    {.name = "SHOP_TLS",
     .default_value = "required",
     .parse = setting_parse_choice,
     .choices = tls_choices,
     .offset = offsetof(struct shop_settings, tls),
     .help = "which"},
    {.name = "SHOP_LISTEN",
     .default_value = ":8080",
     .parse = setting_parse_host_port,
     .offset = offsetof(struct shop_settings, listen),
     .help = "where to listen"},
    {.name = "SHOP_TOPICS",
     .default_value = "users,orders",
     .parse = setting_parse_list,
     .offset = offsetof(struct shop_settings, topics),
     .help = "topics"},
    {.name = "SHOP_DELAYS",
     .default_value = "10s,1m",
     .parse = setting_parse_duration_list,
     .offset = offsetof(struct shop_settings, delays),
     .help = "delays"},
    {.name = "KAFKA_GROUP_ID",
     .default_value = "shop",
     .parse = setting_parse_text,
     .offset = offsetof(struct shop_settings, group),
     .help = "the group"},
    {.name = NULL},
};
static const char *const shop_prefixes[] = {"SHOP_", "HTTP_", NULL};
static const char *const shop_open_prefixes[] = {"SHOP_VAR_", NULL};
static const struct settings_table shop_table = {
    .service = "shop",
    .summary = "Sells.",
    .settings = shop_table_settings,
    .prefixes = shop_prefixes,
    .open_prefixes = shop_open_prefixes,
};

/* An environment of these variables and nothing else: NAME, value, NAME, value, …, NULL. */
static void set_environment(const char *const *pairs) {
    ck_assert_int_eq(clearenv(), 0);
    for (; pairs[0] != NULL; pairs += 2)
        ck_assert_int_eq(setenv(pairs[0], pairs[1], 1), 0);
}
#define ENVIRONMENT(...) set_environment((const char *const[]){__VA_ARGS__, NULL})
#define NO_ENVIRONMENT() set_environment((const char *const[]){NULL})

static void expect_error(const char *text) {
    struct shop_settings settings = {.url = NULL};
    struct error error;
    ck_assert(!settings_load(&shop_table, &settings, &error));
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    settings_free(&shop_table, &settings);
}

static void load(struct shop_settings *settings) {
    struct error error = {.text = ""};
    memset(settings, 0, sizeof *settings);
    ck_assert_msg(settings_load(&shop_table, settings, &error), "%s", error.text);
}

/* The path of a new file with these bytes. */
static const char *write_file(char path[static 40], const void *bytes, size_t size) {
    strcpy(path, "/tmp/settings-test-XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, bytes, size), (ssize_t)size);
    close(descriptor);
    return path;
}

START_TEST(defaults_stand_where_nothing_is_set) {
    NO_ENVIRONMENT();
    struct shop_settings settings;
    load(&settings);
    ck_assert_str_eq(settings.common.kafka_bootstrap_servers, "localhost:9092");
    ck_assert_int_eq(settings.common.log_level_choice, 2);
    ck_assert_int_eq(settings.common.admin_listen.port, 9090);
    ck_assert_ptr_null(settings.url);
    ck_assert_ptr_null(settings.password);
    ck_assert_int_eq(settings.connections, 16);
    ck_assert_int_eq(settings.delay_ms, 10000);
    ck_assert_int_eq(settings.tls, 0);
    ck_assert_str_eq(settings.listen.host, "");
    ck_assert_int_eq(settings.listen.port, 8080);
    ck_assert_uint_eq(settings.topics.count, 2);
    ck_assert_str_eq(settings.topics.items[1], "orders");
    ck_assert_uint_eq(settings.delays.count, 2);
    ck_assert_int_eq(settings.delays.items_ms[1], 60000);
    settings_free(&shop_table, &settings);
    ck_assert_ptr_null(settings.topics.items);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(the_environment_overrides_defaults) {
    ENVIRONMENT("SHOP_URL", "https://example.org", "SHOP_CONNECTIONS", "100", "SHOP_DELAY", "7d", "SHOP_TLS",
                "none", "SHOP_LISTEN", "[::1]:0", "SHOP_TOPICS", " a , b,c ", "SHOP_DELAYS", "250ms, 2h",
                "KAFKA_GROUP_ID", "g", "ADMIN_LISTEN", "off", "LOG_LEVEL", "debug", "LOG_FORMAT", "text");
    struct shop_settings settings;
    load(&settings);
    ck_assert_str_eq(settings.url, "https://example.org");
    ck_assert_int_eq(settings.connections, 100);
    ck_assert_int_eq(settings.delay_ms, INT64_C(604800000));
    ck_assert_int_eq(settings.tls, 2);
    ck_assert_str_eq(settings.listen.host, "::1");
    ck_assert_int_eq(settings.listen.port, 0);
    ck_assert_uint_eq(settings.topics.count, 3);
    ck_assert_str_eq(settings.topics.items[0], "a");
    ck_assert_str_eq(settings.topics.items[2], "c");
    ck_assert_int_eq(settings.delays.items_ms[0], 250);
    ck_assert_int_eq(settings.delays.items_ms[1], 7200000);
    ck_assert_str_eq(settings.group, "g");
    ck_assert(settings.common.admin_listen.off);
    ck_assert_int_eq(settings.common.log_level_choice, 3);
    ck_assert_int_eq(settings.common.log_format_choice, 1);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(an_empty_value_counts_as_not_set) {
    ENVIRONMENT("SHOP_URL", "", "SHOP_CONNECTIONS", "", "SHOP_PASSWORD_FILE", "");
    struct shop_settings settings;
    load(&settings);
    ck_assert_ptr_null(settings.url);
    ck_assert_int_eq(settings.connections, 16);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(a_file_gives_the_value_without_its_last_newline) {
    static const struct {
        const char *bytes;
        const char *value;
    } files[] = {{"secret", "secret"},
                 {"secret\n", "secret"},
                 {"secret\r\n", "secret"},
                 {"a\nb\n\n", "a\nb\n"},
                 {" x ", " x "}};
    for (size_t i = 0; i < SUITE_COUNT(files); i++) {
        char path[40];
        ENVIRONMENT("SHOP_PASSWORD_FILE", write_file(path, files[i].bytes, strlen(files[i].bytes)),
                    "SHOP_PASSWORD", "");
        struct shop_settings settings;
        load(&settings);
        ck_assert_str_eq(settings.password, files[i].value);
        settings_free(&shop_table, &settings);
        unlink(path);
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_a_value_is_refused) {
    char path[40], expected[200];
    ENVIRONMENT("SHOP_URL", "x", "SHOP_PASSWORD_FILE", "/nonexistent/secret");
    expect_error("SHOP_PASSWORD_FILE: cannot read /nonexistent/secret: No such file or directory");
    ENVIRONMENT("SHOP_URL", "x", "SHOP_PASSWORD_FILE", "/");
    expect_error("SHOP_PASSWORD_FILE: cannot read /: Is a directory");

    ENVIRONMENT("SHOP_PASSWORD_FILE", write_file(path, "\n", 1));
    snprintf(expected, sizeof expected, "SHOP_PASSWORD_FILE: %s is empty", path);
    expect_error(expected);
    unlink(path);

    ENVIRONMENT("SHOP_PASSWORD_FILE", write_file(path, "a\0b", 3));
    snprintf(expected, sizeof expected, "SHOP_PASSWORD_FILE: %s has a NUL byte", path);
    expect_error(expected);
    unlink(path);

    char *large = calloc(1, 65537);
    ck_assert_ptr_nonnull(large);
    memset(large, 'x', 65537);
    ENVIRONMENT("SHOP_PASSWORD_FILE", write_file(path, large, 65537));
    snprintf(expected, sizeof expected, "SHOP_PASSWORD_FILE: %s has more than 65536 bytes", path);
    expect_error(expected);
    unlink(path);
    free(large);
}
END_TEST

START_TEST(a_value_and_its_file_together_are_refused) {
    ENVIRONMENT("SHOP_PASSWORD", "canary", "SHOP_PASSWORD_FILE", "/etc/hostname");
    expect_error("SHOP_PASSWORD and SHOP_PASSWORD_FILE are both set: keep one");
}
END_TEST

START_TEST(every_wrong_value_gets_a_sentence_that_says_what_is_wrong) {
    static const struct {
        const char *name, *value, *text;
    } wrong[] = {
        {"SHOP_CONNECTIONS", "many", "SHOP_CONNECTIONS: \"many\" is not a whole number"},
        {"SHOP_CONNECTIONS", "1.5", "SHOP_CONNECTIONS: \"1.5\" is not a whole number"},
        {"SHOP_CONNECTIONS", " 1", "SHOP_CONNECTIONS: \" 1\" is not a whole number"},
        {"SHOP_CONNECTIONS", "-", "SHOP_CONNECTIONS: \"-\" is not a whole number"},
        {"SHOP_CONNECTIONS", "0", "SHOP_CONNECTIONS: 0 is less than the smallest allowed, 1"},
        {"SHOP_CONNECTIONS", "-5", "SHOP_CONNECTIONS: -5 is less than the smallest allowed, 1"},
        {"SHOP_CONNECTIONS", "101", "SHOP_CONNECTIONS: 101 is more than the largest allowed, 100"},
        {"SHOP_CONNECTIONS", "9223372036854775808",
         "SHOP_CONNECTIONS: \"9223372036854775808\" is out of range"},
        {"SHOP_DELAY", "10", "SHOP_DELAY: \"10\" is not a duration such as 250ms, 10s, 1m, 24h or 7d"},
        {"SHOP_DELAY", "s", "SHOP_DELAY: \"s\" is not a duration such as 250ms, 10s, 1m, 24h or 7d"},
        {"SHOP_DELAY", "10 s", "SHOP_DELAY: \"10 s\" is not a duration such as 250ms, 10s, 1m, 24h or 7d"},
        {"SHOP_DELAY", "-1s", "SHOP_DELAY: \"-1s\" is not a duration such as 250ms, 10s, 1m, 24h or 7d"},
        {"SHOP_DELAY", "0", "SHOP_DELAY: 0ms is less than the smallest allowed, 100ms"},
        {"SHOP_DELAY", "9d", "SHOP_DELAY: 777600000ms is more than the largest allowed, 691200000ms"},
        {"SHOP_DELAY", "9223372036854775807h", "SHOP_DELAY: \"9223372036854775807h\" is out of range"},
        {"SHOP_TLS", "maybe", "SHOP_TLS: \"maybe\" is not one of required, opportunistic or none"},
        {"SHOP_LISTEN", "off",
         "SHOP_LISTEN: \"off\" is not host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080"},
        {"SHOP_LISTEN", "localhost",
         "SHOP_LISTEN: \"localhost\" is not host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080"},
        {"SHOP_LISTEN", ":65536",
         "SHOP_LISTEN: \":65536\" is not host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080"},
        {"SHOP_LISTEN", "::1:80", "SHOP_LISTEN: \"::1:80\": write an IPv6 address in brackets, [::1]:8080"},
        {"SHOP_LISTEN", "http://x:80",
         "SHOP_LISTEN: \"http://x:80\": write an IPv6 address in brackets, [::1]:8080"},
        {"SHOP_LISTEN", "a b:80", "SHOP_LISTEN: \"a b\" is not a host name or address"},
        {"SHOP_TOPICS", "a,,b", "SHOP_TOPICS: \"a,,b\" has an empty item"},
        {"SHOP_TOPICS", "a,", "SHOP_TOPICS: \"a,\" has an empty item"},
        {"SHOP_TOPICS", " ", "SHOP_TOPICS: \" \" has an empty item"},
        {"SHOP_DELAYS", "10s,0s", "SHOP_DELAYS: a delay of 0 is too short"},
        {"SHOP_DELAYS", "10s,soon",
         "SHOP_DELAYS: \"soon\" is not a duration such as 250ms, 10s, 1m, 24h or 7d"},
        {"ADMIN_LISTEN", "9090",
         "ADMIN_LISTEN: \"9090\" is not host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080, nor off"},
        {"LOG_LEVEL", "loud", "LOG_LEVEL: \"loud\" is not one of error, warning, info or debug"},
        {"SHOP_CONECTIONS", "1",
         "SHOP_CONECTIONS is not a setting of shop; the nearest one is SHOP_CONNECTIONS"},
        {"SHOP_PASWORD_FILE", "/x",
         "SHOP_PASWORD_FILE is not a setting of shop; the nearest one is SHOP_PASSWORD_FILE"},
        {"HTTP_PORT", "80", "HTTP_PORT is not a setting of shop; the nearest one is SHOP_URL"},
        {"LOG_LEVLE", "info", "LOG_LEVLE is not a setting of shop; the nearest one is LOG_LEVEL"},
        {"KAFKA_LINGR_MS", "5",
         "KAFKA_LINGR_MS: librdkafka has no property lingr.ms; the nearest one is KAFKA_LINGER_MS"},
    };
    for (size_t i = 0; i < SUITE_COUNT(wrong); i++) {
        ENVIRONMENT(wrong[i].name, wrong[i].value);
        expect_error(wrong[i].text);
    }
}
END_TEST

START_TEST(a_wrong_value_from_a_file_names_the_file) {
    char path[40], expected[200];
    ENVIRONMENT("SHOP_CONNECTIONS_FILE", write_file(path, "many\n", 5));
    snprintf(expected, sizeof expected, "SHOP_CONNECTIONS (from %s): \"many\" is not a whole number", path);
    expect_error(expected);
    unlink(path);
}
END_TEST

START_TEST(variables_of_others_are_passed_over) {
    ENVIRONMENT("PATH", "/bin", "SHOP_SERVICE_HOST", "10.0.0.1", "SHOP_SERVICE_PORT", "80",
                "SHOP_SERVICE_PORT_HTTP", "80", "SHOP_PORT", "tcp://10.0.0.1:80", "SHOP_PORT_80_TCP",
                "tcp://10.0.0.1:80", "SHOP_PORT_80_TCP_PROTO", "tcp", "SHOP_PORT_80_TCP_ADDR", "10.0.0.1",
                "HTTP_PROXY", "http://proxy:3128", "KAFKA_PORT", "tcp://10.0.0.2:9092", "KAFKA_SERVICE_HOST",
                "10.0.0.2", "SHOP_VAR_ANYTHING", "x", "LOG_DIR", "/var/log", "ADMIN_EMAIL", "a@example.org",
                "SHOPPING_LIST", "x");
    struct shop_settings settings;
    load(&settings);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(a_port_that_is_not_kubernetes_is_refused) {
    ENVIRONMENT("SHOP_PORT", "80");
    expect_error("SHOP_PORT is not a setting of shop; the nearest one is SHOP_URL");
}
END_TEST

START_TEST(several_mistakes_are_told_at_once_and_the_good_settings_are_kept) {
    ENVIRONMENT("SHOP_CONNECTIONS", "x", "SHOP_TLS", "y", "SHOP_URLS", "z", "LOG_LEVEL", "debug");
    struct shop_settings settings = {.url = NULL};
    struct error error;
    ck_assert(!settings_load(&shop_table, &settings, &error));
    ck_assert_str_eq(error.text, "SHOP_CONNECTIONS: \"x\" is not a whole number\n"
                                 "SHOP_TLS: \"y\" is not one of required, opportunistic or none\n"
                                 "SHOP_URLS is not a setting of shop; the nearest one is SHOP_URL");
    ck_assert_int_eq(settings.common.log_level_choice, 3);
    ck_assert_int_eq(settings.connections, 0);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(more_mistakes_than_fit_are_counted) {
    NO_ENVIRONMENT();
    for (int i = 0; i < 60; i++) {
        char name[40];
        snprintf(name, sizeof name, "SHOP_UNKNOWN_%02d", i);
        ck_assert_int_eq(setenv(name, "x", 1), 0);
    }
    struct shop_settings settings = {.url = NULL};
    struct error error;
    ck_assert(!settings_load(&shop_table, &settings, &error));
    unsigned told = 0;
    for (const char *at = error.text; (at = strstr(at, "SHOP_UNKNOWN_")) != NULL; at++)
        told++;
    const char *more = strstr(error.text, "\nand ");
    unsigned unsaid = 0;
    ck_assert_ptr_nonnull(more);
    ck_assert_int_eq(sscanf(more, "\nand %u more", &unsaid), 1);
    ck_assert_uint_gt(told, 5);
    ck_assert_uint_eq(told + unsaid, 60);
    settings_free(&shop_table, &settings);
}
END_TEST

START_TEST(a_required_setting_must_be_there) {
    static const struct setting settings[] = {
        {.name = "SHOP_URL", .parse = setting_parse_text, .flags = SETTING_REQUIRED, .help = "where"},
        {.name = NULL}};
    const struct settings_table table = {.service = "shop", .settings = settings};
    struct error error;
    char *url = NULL;
    NO_ENVIRONMENT();
    ck_assert(!settings_load(&table, &url, &error));
    ck_assert_str_eq(error.text, "SHOP_URL must be set: where");
    ENVIRONMENT("SHOP_URL", "x");
    ck_assert(settings_load(&table, &url, &error));
    ck_assert_str_eq(url, "x");
    settings_free(&table, &url);
}
END_TEST

START_TEST(a_wrong_secret_is_not_quoted) {
    static const struct setting settings[] = {
        {.name = "SHOP_PIN", .parse = setting_parse_integer, .flags = SETTING_SECRET, .help = "pin"},
        {.name = NULL}};
    const struct settings_table table = {.service = "shop", .settings = settings};
    struct error error;
    int64_t pin = 0;
    ENVIRONMENT("SHOP_PIN", "canary");
    ck_assert(!settings_load(&table, &pin, &error));
    ck_assert_str_eq(error.text, "SHOP_PIN: \"********\" is not a whole number");
}
END_TEST

static bool parse_nothing(const struct setting *setting, const char *value, void *target,
                          struct error *error) {
    (void)setting;
    (void)target;
    return error_set(error, "%s does not suit", value); /* sets "internal", which is not what it means here */
}

START_TEST(a_parser_of_the_services_own_fails_as_bad_configuration) {
    static const struct setting settings[] = {{.name = "SHOP_RATE", .parse = parse_nothing, .help = "rate"},
                                              {.name = NULL}};
    const struct settings_table table = {.service = "shop", .settings = settings};
    struct error error;
    int unused = 0;
    ENVIRONMENT("SHOP_RATE", "fast");
    ck_assert(!settings_load(&table, &unused, &error));
    ck_assert_str_eq(error.text, "SHOP_RATE: fast does not suit");
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
}
END_TEST

/* What settings_print writes; free() it. */
static char *print(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    settings_print(&shop_table, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void expect_line(const char *text, const char *line) {
    const char *at = strstr(text, line);
    bool whole = at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
    ck_assert_msg(whole, "no line \"%s\" in:\n%s", line, text);
}

START_TEST(print_tells_each_value_and_where_it_comes_from) {
    char path[40], line[120];
    ENVIRONMENT("SHOP_URL", "a\nb\x01", "SHOP_CONNECTIONS_FILE", write_file(path, "7\n", 2), "SHOP_VAR_HEAD",
                "Ada", "KAFKA_LINGER_MS", "7");
    char *text = print();
    expect_line(text, "KAFKA_BOOTSTRAP_SERVERS=localhost:9092\t# default");
    expect_line(text, "SHOP_URL=a\\nb\\u0001\t# environment");
    expect_line(text, "SHOP_PASSWORD=\t# not set");
    snprintf(line, sizeof line, "SHOP_CONNECTIONS=7\t# file %s", path);
    expect_line(text, line);
    expect_line(text, "SHOP_VAR_HEAD=Ada\t# environment");
    expect_line(text, "KAFKA_LINGER_MS=7\t# environment");
    free(text);
    unlink(path);
}
END_TEST

START_TEST(print_masks_secrets_of_ours_and_of_librdkafka) {
    char path[40], line[120];
    ENVIRONMENT("SHOP_PASSWORD", "canary1", "KAFKA_SASL_PASSWORD", "canary2", "KAFKA_SSL_KEY_PEM", "canary3",
                "KAFKA_SSL_KEY_PASSWORD_FILE", write_file(path, "canary4", 7),
                "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "canary5", "KAFKA_SASL_USERNAME", "ada");
    char *text = print();
    ck_assert_ptr_null(strstr(text, "canary"));
    expect_line(text, "SHOP_PASSWORD=********\t# environment");
    expect_line(text, "KAFKA_SASL_PASSWORD=********\t# environment");
    expect_line(text, "KAFKA_SASL_USERNAME=ada\t# environment");
    snprintf(line, sizeof line, "KAFKA_SSL_KEY_PASSWORD_FILE=********\t# file %s", path);
    expect_line(text, line);
    free(text);
    unlink(path);
}
END_TEST

START_TEST(print_says_what_cannot_be_read) {
    ENVIRONMENT("SHOP_PASSWORD_FILE", "/nonexistent/secret");
    char *text = print();
    expect_line(
        text,
        "SHOP_PASSWORD=\t# SHOP_PASSWORD_FILE: cannot read /nonexistent/secret: No such file or directory");
    free(text);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        defaults_stand_where_nothing_is_set,
        the_environment_overrides_defaults,
        an_empty_value_counts_as_not_set,
        a_file_gives_the_value_without_its_last_newline,
        a_file_that_cannot_be_a_value_is_refused,
        a_value_and_its_file_together_are_refused,
        every_wrong_value_gets_a_sentence_that_says_what_is_wrong,
        a_wrong_value_from_a_file_names_the_file,
        variables_of_others_are_passed_over,
        a_port_that_is_not_kubernetes_is_refused,
        several_mistakes_are_told_at_once_and_the_good_settings_are_kept,
        more_mistakes_than_fit_are_counted,
        a_required_setting_must_be_there,
        a_wrong_secret_is_not_quoted,
        a_parser_of_the_services_own_fails_as_bad_configuration,
        print_tells_each_value_and_where_it_comes_from,
        print_masks_secrets_of_ours_and_of_librdkafka,
        print_says_what_cannot_be_read,
    };
    return suite_run("settings", tests, SUITE_COUNT(tests));
}
