/* SPDX-License-Identifier: Apache-2.0 */
/* Templates against schemas: what is declared, and what is a mistake. */
#include "routing/name_check.h"
#include "routing/schema_reference_text.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char schema_text[] =
    "{\"$id\": \"https://example.org/order.json\", \"properties\": {"
    "  \"name\": {\"type\": \"string\"}, \"meta\": {\"type\": \"object\"}, \"no\": false,"
    "  \"customer\": {\"$ref\": \"#/$defs/person\"}, \"friend\": {\"$ref\": \"#named\"},"
    "  \"boss\": {\"$ref\": \"https://example.org/order.json#/$defs/person\"}, \"self\": {\"$ref\": \"#\"},"
    "  \"labels\": {\"additionalProperties\": {\"type\": \"string\"}},"
    "  \"rooms\": {\"patternProperties\": {\"^r\": {\"properties\": {\"beds\": {}}}}},"
    "  \"items\": {\"type\": \"array\", \"items\": {\"properties\": {\"sku\": {}, \"tags\": {\"items\": "
    "{\"type\": "
    "\"string\"}}}}},"
    "  \"pair\": {\"prefixItems\": [{\"properties\": {\"left\": {}}}, {\"properties\": {\"right\": {}}}]},"
    "  \"tree\": {\"$ref\": \"#/$defs/tree\"}, \"price\": {\"$ref\": \"#/$defs/money\"}, \"a/b~c\": "
    "{\"$ref\": "
    "\"#/$defs/x~1y~0z%20\"},"
    "  \"loop\": {\"$ref\": \"#/$defs/loop\"}},"
    " \"allOf\": [{\"properties\": {\"all\": {}}}], \"anyOf\": [{\"properties\": {\"any\": {}}}],"
    " \"oneOf\": [{\"properties\": {\"one\": {}}}], \"if\": {\"properties\": {\"asked\": {}}},"
    " \"then\": {\"properties\": {\"yes\": {}}}, \"else\": {\"properties\": {\"not\": {}}},"
    " \"$defs\": {\"person\": {\"$anchor\": \"named\", \"properties\": {\"email\": {}}},"
    "  \"money\": {\"properties\": {\"amount\": {}, \"currency\": {}}}, \"x/y~z \": {\"properties\": "
    "{\"odd\": {}}},"
    "  \"loop\": {\"allOf\": [{\"$ref\": \"#/$defs/loop\"}]},"
    "  \"tree\": {\"properties\": {\"text\": {}, \"children\": {\"items\": {\"$ref\": \"#/$defs/tree\"}}}}}}";

static struct event_shape shape;
static struct problem_list problems;

static void set_up(void) {
    json_t *schema = json_loads(schema_text, JSON_REJECT_DUPLICATES, NULL);
    json_t *variables = json_pack("{s:s}", "set", "yes");
    ck_assert(schema != NULL && variables != NULL);
    ck_assert(event_shape_init(&shape, schema, variables));
    json_decref(schema);
    json_decref(variables);
}

static void tear_down(void) {
    event_shape_free(&shape);
    problem_list_free(&problems);
}

static const char *place_of(void *data, const struct mustache *template) {
    (void)data, (void)template;
    return "t";
}

static struct mustache *tree_partial;

static const struct mustache *find_partial(void *data, const char *name) {
    (void)data;
    return strcmp(name, "tree") == 0 ? tree_partial : NULL;
}

static bool walk(void *data, const struct mustache_visitor *visitor, struct error *error) {
    return mustache_walk(data, find_partial, NULL, visitor, error);
}

static void check(const char *text) {
    struct error error = {0};
    struct mustache *template = NULL;
    const char *tree = "{{text}}{{#children}}{{>tree}}{{/children}}";
    ck_assert_msg(mustache_compile(&template, text, strlen(text), &error), "%s", error.text);
    ck_assert(mustache_compile(&tree_partial, tree, strlen(tree), &error));
    const struct name_check check = {
        .event = &shape,
        .schema_path = "s",
        .place_of = place_of,
        .user = "template t",
        .problems = &problems,
    };
    name_check_run(&check, walk, template);
    mustache_free(template);
    mustache_free(tree_partial);
}

static const char *const declared[] = {
    "{{event.id}}{{event.source}}{{event.type}}{{event.subject}}{{event.time}}",
    "{{data.name}}{{{data.name}}}{{&data.name}}",
    "{{data.meta}}",
    "{{data.customer.email}}{{data.friend.email}}{{data.boss.email}}",
    "{{data.self.self.customer.email}}",
    "{{data.labels.anything}}{{data.rooms.r1.beds}}",
    "{{data.all}}{{data.any}}{{data.one}}{{data.asked}}{{data.yes}}{{data.not}}",
    "{{#data.items}}{{sku}}{{data.name}}{{#tags}}{{.}}{{sku}}{{/tags}}{{/data.items}}",
    "{{#data.pair}}{{left}}{{right}}{{/data.pair}}",
    "{{#data}}{{name}}{{#customer}}{{email}}{{name}}{{/customer}}{{/data}}",
    "{{^data.items}}{{data.name}}{{/data.items}}",
    "{{#data.name}}{{.}}{{/data.name}}",
    "{{data.price.formatted}}{{#data.price}}{{amount}} {{formatted}}{{/data.price}}",
    "{{#data.tree}}{{>tree}}{{/data.tree}}",
    "{{vars.set}}",
    "{{#vars.unset}}{{vars.unset}}{{.}}{{/vars.unset}}{{^vars.unset}}default{{/vars.unset}}",
    "{{#vars.unset}}{{#data.items}}{{sku}}{{vars.unset}}{{/data.items}}{{/vars.unset}}",
};

START_TEST(accepts_what_is_declared) {
    check(declared[_i]);
    ck_assert_str_eq(problem_list_text(&problems), "");
}
END_TEST

static const struct {
    const char *text, *problems;
} undeclared[] = {
    {"\n\n{{data.nmae}}", "t: line 3: {{data.nmae}} is not declared by s (template t)\n"},
    {"{{name}}", "t: line 1: {{name}} is not declared by s (template t)\n"},
    {"{{event.data}}", "t: line 1: {{event.data}} is not declared by s (template t)\n"},
    {"{{data.name.first}}", "t: line 1: {{data.name.first}} is not declared by s (template t)\n"},
    {"{{data.meta.x}}", "t: line 1: {{data.meta.x}} is not declared by s (template t)\n"},
    {"{{data.no}}", "t: line 1: {{data.no}} is not declared by s (template t)\n"},
    {"{{data.items.sku}}", "t: line 1: {{data.items.sku}} is not declared by s (template t)\n"},
    {"{{^data.items}}{{sku}}{{/data.items}}", "t: line 1: {{sku}} is not declared by s (template t)\n"},
    {"{{#data.items}}{{/data.items}}{{sku}}", "t: line 1: {{sku}} is not declared by s (template t)\n"},
    {"{{data.customer.formatted}}",
     "t: line 1: {{data.customer.formatted}} is not declared by s (template t)\n"},
    {"{{data.loop.x}}", "t: line 1: {{data.loop.x}} is not declared by s (template t)\n"},
    {"{{#data.customer}}{{>tree}}{{/data.customer}}",
     "t: line 1: {{text}} is not declared by s (template t)\n"
     "t: line 1: {{#children}} is not declared by s (template t)\n"},
    {"{{.}}", "t: line 1: {{.}} stands in no section (template t)\n"},
    {"{{>*data.which}}", "t: line 1: {{>*data.which}} is not declared by s (template t)\n"},
    /* One mistake is told once, and what hangs on it not at all. */
    {"{{#data.itmes}}{{sku}}{{.}}{{data.nmae}}{{/data.itmes}}{{data.nmae}}",
     "t: line 1: {{#data.itmes}} is not declared by s (template t)\n"
     "t: line 1: {{data.nmae}} is not declared by s (template t)\n"},
    {"{{vars.unset}}",
     "t: line 1: {{vars.unset}} has no value: no such MAIL_VAR_ is set, and it stands in no "
     "{{#vars.unset}} (template t)\n"},
    {"{{^vars.unset}}{{vars.unset}}{{/vars.unset}}",
     "t: line 1: {{vars.unset}} has no value: no such MAIL_VAR_ is set, and it stands in no "
     "{{#vars.unset}} (template t)\n"},
    {"{{#vars.unset}}{{vars.other}}{{/vars.unset}}",
     "t: line 1: {{vars.other}} has no value: no such MAIL_VAR_ is set, and it stands in no "
     "{{#vars.other}} (template t)\n"},
};

START_TEST(tells_place_line_and_name_of_what_is_not) {
    check(undeclared[_i].text);
    ck_assert_str_eq(problem_list_text(&problems), undeclared[_i].problems);
}
END_TEST

START_TEST(finds_escaped_pointers) {
    const json_t *found = schema_reference_find(shape.document, "#/properties/a~1b~0c");
    ck_assert_str_eq(json_string_value(json_object_get(found, "$ref")), "#/$defs/x~1y~0z%20");
    found = schema_reference_find(shape.document, "#/$defs/x~1y~0z%20");
    ck_assert_ptr_nonnull(json_object_get(json_object_get(found, "properties"), "odd"));
    ck_assert_ptr_null(schema_reference_find(shape.document, "https://example.com/other.json#"));
    ck_assert_ptr_null(schema_reference_find(shape.document, "#nowhere"));
    ck_assert_ptr_null(schema_reference_find(shape.document, "#/no/such/place"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("name_check");
    TCase *names = tcase_create("names");
    tcase_add_checked_fixture(names, set_up, tear_down);
    tcase_add_loop_test(names, accepts_what_is_declared, 0, sizeof declared / sizeof declared[0]);
    tcase_add_loop_test(names, tells_place_line_and_name_of_what_is_not, 0,
                        sizeof undeclared / sizeof undeclared[0]);
    tcase_add_test(names, finds_escaped_pointers);
    suite_add_tcase(suite, names);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
