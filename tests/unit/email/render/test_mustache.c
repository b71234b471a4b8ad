/* SPDX-License-Identifier: Apache-2.0 */
/* The renderer against a table of our own, and its bounds. mustache_spec.c runs the spec's own cases. */
#include "render/mustache.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct example {
    const char *what;
    const char *template;
    const char *context;
    const char *expected;
    const char *partial; /* by the name "p" */
    const char *second;  /* by the name "q" */
};

static const struct example examples[] = {
    {"a text without tags stays as it is", "50 {x} of {50}\n", "{}", "50 {x} of {50}\n", NULL, NULL},
    {"a variable is escaped for HTML", "<{{v}}>", "{\"v\":\"<a href='x'>\\\"&\"}",
     "<&lt;a href=&#39;x&#39;&gt;&quot;&amp;>", NULL, NULL},
    {"three braces and & do not escape", "{{{v}}}{{&v}}{{& v }}", "{\"v\":\"<\"}", "<<<", NULL, NULL},
    {"integers are written as in JSON", "{{a}} {{b}}", "{\"a\":-9007199254740993,\"b\":0}",
     "-9007199254740993 0", NULL, NULL},
    {"reals are written as short as can be", "{{a}} {{b}} {{c}} {{d}} {{e}}",
     "{\"a\":1.1,\"b\":3.0,\"c\":0.1,\"d\":1e300,\"e\":-2.5e-7}", "1.1 3.0 0.1 1e+300 -2.5e-07", NULL, NULL},
    {"true and false are words, null is nothing", "{{a}}|{{b}}|{{c}}|{{d}}",
     "{\"a\":true,\"b\":false,\"c\":null}", "true|false||", NULL, NULL},
    {"an object as a value is JSON", "{{&o}} {{o}}", "{\"o\":{\"k\":[1,\"x\"]}}",
     "{\"k\":[1,\"x\"]} {&quot;k&quot;:[1,&quot;x&quot;]}", NULL, NULL},
    {"dotted names go down", "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep", NULL, NULL},
    {"a dotted name is never a key", "{{a.b}}", "{\"a.b\":\"no\"}", "", NULL, NULL},
    {"a broken dotted name is not looked for further out", "{{#a}}{{b.c}}{{/a}}",
     "{\"a\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "", NULL, NULL},
    {"a name is looked for further out", "{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}",
     "{\"x\":1,\"y\":2,\"a\":{\"b\":{\"y\":3}}}", "13", NULL, NULL},
    {"null hides what is further out", "{{#a}}[{{x}}]{{/a}}", "{\"x\":1,\"a\":{\"x\":null}}", "[]", NULL,
     NULL},
    {"a section runs for each element", "{{#l}}<{{n}}>{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2}]}", "<1><2>",
     NULL, NULL},
    {"the dot is the element", "{{#l}}{{.}},{{/l}}", "{\"l\":[1,\"&\",true]}", "1,&amp;,true,", NULL, NULL},
    {"a list in a list", "{{#l}}{{#.}}{{.}}{{/.}};{{/l}}", "{\"l\":[[1,2],[],[3]]}", "12;;3;", NULL, NULL},
    {"what is falsy", "{{^a}}a{{/a}}{{^b}}b{{/b}}{{^c}}c{{/c}}{{^d}}d{{/d}}{{^e}}e{{/e}}",
     "{\"a\":null,\"b\":false,\"c\":[],\"d\":\"\"}", "abcde", NULL, NULL},
    {"what is truthy", "{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}",
     "{\"a\":0,\"b\":{},\"c\":\" \",\"d\":[null]}", "abcd", NULL, NULL},
    {"a section's tags alone on their lines leave no lines", "a\n  {{#t}}  \nb\n\t{{/t}}\nc\n",
     "{\"t\":true}", "a\nb\nc\n", NULL, NULL},
    {"a CR LF line goes with its tag", "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\nc", "{\"t\":true}", "a\r\nb\r\nc", NULL,
     NULL},
    {"a variable alone on its line keeps the line", "a\n  {{v}}\nb", "{\"v\":1}", "a\n  1\nb", NULL, NULL},
    {"two tags on a line keep the line", "{{#t}}{{/t}}\nb", "{\"t\":true}", "\nb", NULL, NULL},
    {"comments vanish", "a{{! no {{ matter }}b\n {{! alone\nfor two lines }}\nc", "{}", "ab\nc", NULL, NULL},
    {"delimiters change until the template ends", "{{=<% %>=}}{{v}}<%v%><%={{ }}=%>{{v}}<%v%>", "{\"v\":1}",
     "{{v}}11<%v%>", NULL, NULL},
    {"a raw value between other delimiters", "{{=[ ]=}}[{v}][&v][v]", "{\"v\":\"<\"}", "<<&lt;", NULL, NULL},
    {"delimiters of one character", "{{=| |=}}a|v|b", "{\"v\":1}", "a1b", NULL, NULL},
    {"a partial sees the context", "<{{>p}}>", "{\"v\":1}", "<[1]>", "[{{v}}]", NULL},
    {"a missing partial is nothing", "<{{>nobody}}>", "{}", "<>", NULL, NULL},
    {"a partial does not take the delimiters over", "{{=<% %>=}}<%>p%>", "{\"v\":1}", "1", "{{v}}", NULL},
    {"each line of a partial alone on its line is indented", "-\n  {{>p}}\n-", "{\"v\":\"1\\n2\"}",
     "-\n  a\n  1\n2\n  b\n-", "a\n{{v}}\nb\n", NULL},
    {"indentations add up", " {{>p}}\n", "{}", " a\n   b\n c\n", "a\n  {{>q}}\nc\n", "b\n"},
    {"a partial in a line is not indented", "x {{>p}}\n", "{}", "x a\nb\n", "a\nb", NULL},
    {"a partial may call itself as long as there is data", "{{>p}}",
     "{\"n\":1,\"l\":[{\"n\":2,\"l\":[]},{\"n\":3,\"l\":[{\"n\":4,\"l\":[]}]}]}", "1(2()3(4()))",
     "{{n}}({{#l}}{{>p}}{{/l}})", NULL},
    {"a partial named by the data", "{{>*a.b}}{{>* a.b }}{{>*none}}", "{\"a\":{\"b\":\"p\"}}", "xx", "x",
     NULL},
    {"a block shows its default", "{{$b}}default {{v}}{{/b}}", "{\"v\":1}", "default 1", NULL, NULL},
    {"a parent takes arguments and ignores other text", "{{<p}} no {{$b}}mine{{/b}} no {{/p}}", "{}",
     "[mine|c]", "[{{$b}}b{{/b}}|{{$c}}c{{/c}}]", NULL},
    {"a parent without arguments is a partial", "{{<p}}{{/p}}", "{}", "[b]", "[{{$b}}b{{/b}}]", NULL},
    {"the outermost argument wins", "{{<p}}{{$b}}1{{/b}}{{/p}}", "{}", "13",
     "{{<q}}{{$b}}2{{/b}}{{$c}}3{{/c}}{{/q}}", "{{$b}}b{{/b}}{{$c}}c{{/c}}"},
    {"an argument is rendered where the block is", "{{<p}}{{$b}}{{n}}{{/b}}{{/p}}",
     "{\"n\":\"out\",\"s\":{\"n\":\"in\"}}", "in", "{{#s}}{{$b}}{{/b}}{{/s}}", NULL},
    {"an argument may have a block of its own name", "{{<p}}{{$b}}<{{$b}}x{{/b}}>{{/b}}{{/p}}", "{}", "<x>",
     "{{$b}}{{/b}}", NULL},
    {"a parent alone on its line indents", "-\n  {{<p}}{{/p}}\n-", "{}", "-\n  a\n  b\n-", "a\nb\n", NULL},
    {"a block's own indentation gives way to that of its place",
     "{{<p}}\n{{$b}}\n        <p>one</p>\n          <p>two</p>\n{{/b}}\n{{/p}}\n", "{}",
     "<td>\n  <p>one</p>\n    <p>two</p>\n</td>\n", "<td>\n  {{$b}}\n  {{/b}}\n</td>\n", NULL},
    {"a parent named by the data", "{{<*n}}{{$b}}x{{/b}}{{/*n}}", "{\"n\":\"p\"}", "[x]", "[{{$b}}b{{/b}}]",
     NULL},
    {"a parent that is not there is nothing", "a {{<nobody}}{{$b}}x{{/b}}{{/nobody}} b", "{}", "a  b", NULL,
     NULL},
    {"blanks in tags do not matter", "{{ v }}{{# v }}{{ . }}{{/ v }}{{> p }}", "{\"v\":1}", "11p", "p", NULL},
    {"a value is not rendered again", "{{v}}", "{\"v\":\"{{v}}\"}", "{{v}}", NULL, NULL},
};

struct partials {
    struct mustache *p, *q;
};

static const struct mustache *find_partial(void *data, const char *name) {
    const struct partials *partials = data;
    return strcmp(name, "p") == 0 ? partials->p : strcmp(name, "q") == 0 ? partials->q : NULL;
}

static struct mustache *compile(const char *text) {
    struct error error = {0};
    struct mustache *template;
    ck_assert_msg(mustache_compile(&template, text, strlen(text), &error), "%s: %s", text, error.text);
    return template;
}

START_TEST(renders_each_example) {
    const struct example *example = &examples[_i];
    struct error error = {0};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    json_t *context = json_loads(example->context, 0, NULL);
    ck_assert_ptr_nonnull(context);
    struct mustache *template = compile(example->template);
    struct partials partials = {
        .p = example->partial == NULL ? NULL : compile(example->partial),
        .q = example->second == NULL ? NULL : compile(example->second),
    };
    bool rendered =
        mustache_render(template, context, MUSTACHE_ESCAPE_HTML, find_partial, &partials, &out, &error);
    ck_assert_msg(rendered, "%s: %s", example->what, error.text);
    const char *got = out.bytes == NULL ? "" : out.bytes;
    ck_assert_msg(strcmp(got, example->expected) == 0, "%s: got [%s], not [%s]", example->what, got,
                  example->expected);
    mustache_free(partials.p);
    mustache_free(partials.q);
    mustache_free(template);
    text_buffer_free(&out);
    json_decref(context);
}
END_TEST

static const struct {
    const char *template, *error;
} mistakes[] = {
    {"a\nb {{v", "line 2: a tag has no \"}}\""},
    {"{{{v}}", "line 1: a tag has no \"}}}\""},
    {"{{}}", "line 1: a tag without a name"},
    {"\n{{# }}", "line 2: a tag without a name"},
    {"{{a b}}", "line 1: the name \"a b\" has a blank in it"},
    {"{{a..b}}", "line 1: the name \"a..b\" has an empty part"},
    {"{{.a}}", "line 1: the name \".a\" has an empty part"},
    {"{{#a.}}", "line 1: the name \"a.\" has an empty part"},
    {"a\n{{#s}}\nb", "line 2: {{#s}} is never closed"},
    {"{{#a}}\n{{#b}}\n{{/a}}", "line 3: {{/a}} stands where {{#b}} of line 2 has to be closed"},
    {"\n\n{{/a}}", "line 3: {{/a}} closes nothing"},
    {"{{<p}}{{$b}}{{/p}}", "line 1: {{/p}} stands where {{$b}} of line 1 has to be closed"},
    {"{{=<%=}}", "line 1: \"<%\" are not two delimiters (with a blank between, without \"=\")"},
    {"{{=a b c=}}", "line 1: \"a b c\" are not two delimiters (with a blank between, without \"=\")"},
    {"{{=}}", "line 1: a tag has no \"=}}\""},
};

START_TEST(names_line_and_mistake) {
    struct error error = {0};
    struct mustache *template;
    ck_assert(!mustache_compile(&template, mistakes[_i].template, strlen(mistakes[_i].template), &error));
    ck_assert_ptr_null(template);
    ck_assert_str_eq(error.text, mistakes[_i].error);
}
END_TEST

START_TEST(every_beginning_of_a_template_compiles_or_is_refused) {
    static const char text[] =
        "{{=<% %>=}}<%#a%>\n <%>p%>\n<%<p%><%$b%>\n x<%/b%><%/p%>\r\n<%/a%><%={{ }}=%>{{{a}}}{{!x}}";
    for (size_t size = 0; size < sizeof text; size++) {
        struct error error = {0};
        struct mustache *template;
        char *exact = malloc(size == 0 ? 1 : size); /* so that a sanitizer sees one byte read too far */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, size);
        if (!mustache_compile(&template, exact, size, &error))
            ck_assert_uint_gt(strlen(error.text), 0);
        mustache_free(template);
        free(exact);
    }
}
END_TEST

START_TEST(text_escape_none_leaves_values_alone) {
    struct error error;
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    struct mustache *template = compile("{{v}}");
    json_t *context = json_pack("{s:s}", "v", "<&>\"'");
    ck_assert(mustache_render(template, context, MUSTACHE_ESCAPE_NONE, NULL, NULL, &out, &error));
    ck_assert_str_eq(out.bytes, "<&>\"'");
    json_decref(context);
    text_buffer_free(&out);
    mustache_free(template);
}
END_TEST

static void assert_refused(const char *text, const char *partial, json_t *context, const char *expected) {
    struct error error = {0};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    struct mustache *template = compile(text);
    struct partials partials = {.p = partial == NULL ? NULL : compile(partial)};
    ck_assert(
        !mustache_render(template, context, MUSTACHE_ESCAPE_NONE, find_partial, &partials, &out, &error));
    ck_assert_str_eq(error.text, expected);
    ck_assert_uint_le(out.size, MUSTACHE_MAX_OUTPUT + 1024 * 1024);
    mustache_free(template);
    mustache_free(partials.p);
    text_buffer_free(&out);
    json_decref(context);
}

START_TEST(a_partial_that_calls_itself_for_ever_is_refused) {
    assert_refused("{{>p}}", "a\n{{>p}}{{>p}}", json_object(),
                   "line 2: sections and partials are nested more than 64 deep");
}
END_TEST

START_TEST(a_parent_that_calls_itself_for_ever_is_refused) {
    assert_refused("{{<p}}{{/p}}", "{{<p}}{{$b}}{{/b}}{{/p}}", json_object(),
                   "line 1: sections and partials are nested more than 64 deep");
}
END_TEST

START_TEST(loops_in_loops_end) {
    json_t *list = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_integer(i));
    assert_refused("{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}", NULL, json_pack("{s:o}", "l", list),
                   "line 1: more than 1000000 steps; is there a list in a list in a list?");
}
END_TEST

START_TEST(a_text_without_end_is_refused) {
    enum { PIECE = 100000 };
    char *text = malloc(PIECE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', PIECE);
    text[PIECE] = '\0';
    json_t *list = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_integer(i));
    assert_refused("\n{{#l}}{{t}}{{/l}}", NULL, json_pack("{s:o, s:s}", "l", list, "t", text),
                   "line 2: the text is longer than 10485760 bytes");
    free(text);
}
END_TEST

START_TEST(tags_nested_too_deep_do_not_compile) {
    char text[(MUSTACHE_MAX_DEPTH + 1) * 6 + 1] = "";
    for (int i = 0; i <= MUSTACHE_MAX_DEPTH; i++)
        strcat(text, "{{#a}}");
    struct error error = {0};
    struct mustache *template;
    ck_assert(!mustache_compile(&template, text, strlen(text), &error));
    ck_assert_str_eq(error.text, "line 1: more than 64 tags are nested");
}
END_TEST

static void join_use(void *data, const struct mustache_use *use) {
    static const char *const marks[] = {" ", "#", "^", "*"};
    strcat(data, marks[use->kind]);
    strcat(data, use->dotted);
}

static void join_leave(void *data) {
    strcat(data, "/");
}

static const struct mustache *named_partial;

static const struct mustache *find_named_partial(void *data, const char *name) {
    return strcmp(name, data) == 0 ? named_partial : NULL;
}

static void join_partial(void *data, const char *name, size_t line) {
    char *text = data;
    snprintf(text + strlen(text), 100, " %s:%zu", name, line);
}

START_TEST(tells_its_partials) {
    char partials[200] = "";
    struct mustache *template = compile("{{a}}\n{{>p}}{{>*f.g}}\n{{<q}}{{$h}}{{i}}{{/h}}{{/q}}");
    mustache_each_partial(template, join_partial, partials);
    ck_assert_str_eq(partials, " p:2 q:3");
    mustache_free(template);
}
END_TEST

static void assert_walk(const char *text, const char *partial_name, const char *partial,
                        const char *expected) {
    char told[2000] = "";
    struct error error = {0};
    struct mustache *template = compile(text), *other = compile(partial);
    const struct mustache_visitor visitor = {join_use, join_leave, told};
    named_partial = other;
    ck_assert_msg(mustache_walk(template, find_named_partial, (void *)partial_name, &visitor, &error), "%s",
                  error.text);
    ck_assert_str_eq(told, expected);
    mustache_free(template);
    mustache_free(other);
}

START_TEST(walks_through_sections_in_order) {
    assert_walk("{{a.b}}{{#c}}{{.}}{{^d}}{{{e}}}{{/d}}{{/c}}{{>*f.g}}{{!j}}", "p", "", " a.b#c .^d e//*f.g");
}
END_TEST

START_TEST(walks_into_partials_and_filled_blocks) {
    assert_walk("{{#l}}{{>p}}{{/l}}{{>missing}}", "p", "{{x}}", "#l x/");
    assert_walk("{{<p}}{{ignored}}{{$b}}{{mine}}{{/b}}{{$unused}}{{u}}{{/unused}}{{/p}}", "p",
                "{{#s}}{{$b}}{{default}}{{/b}}{{$c}}{{other}}{{/c}}{{/s}}", "#s mine other/");
}
END_TEST

START_TEST(walks_three_times_into_a_partial_that_is_inside_itself) {
    assert_walk("{{>p}}", "p", "{{x}}{{#l}}{{>p}}{{/l}}", " x#l x#l x#l///");
}
END_TEST

START_TEST(percent_encodes_values_for_a_uri) {
    struct error error = {0};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    struct mustache *template = compile("https://example.org/?u={{u}}&t={{{t}}}");
    json_t *context = json_pack("{s:s, s:s}", "u", "a b&\u00e9/~-._", "t", "a%20b");
    ck_assert(mustache_render(template, context, MUSTACHE_ESCAPE_URI, NULL, NULL, &out, &error));
    ck_assert_str_eq(out.bytes, "https://example.org/?u=a%20b%26%C3%A9%2F~-._&t=a%20b");
    json_decref(context);
    text_buffer_free(&out);
    mustache_free(template);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mustache");
    TCase *rendering = tcase_create("rendering");
    tcase_add_loop_test(rendering, renders_each_example, 0, sizeof examples / sizeof *examples);
    tcase_add_test(rendering, text_escape_none_leaves_values_alone);
    tcase_add_test(rendering, percent_encodes_values_for_a_uri);
    tcase_add_test(rendering, tells_its_partials);
    tcase_add_test(rendering, walks_through_sections_in_order);
    tcase_add_test(rendering, walks_into_partials_and_filled_blocks);
    tcase_add_test(rendering, walks_three_times_into_a_partial_that_is_inside_itself);
    suite_add_tcase(suite, rendering);
    TCase *refusing = tcase_create("refusing");
    tcase_add_loop_test(refusing, names_line_and_mistake, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_test(refusing, every_beginning_of_a_template_compiles_or_is_refused);
    tcase_add_test(refusing, a_partial_that_calls_itself_for_ever_is_refused);
    tcase_add_test(refusing, a_parent_that_calls_itself_for_ever_is_refused);
    tcase_add_test(refusing, loops_in_loops_end);
    tcase_add_test(refusing, a_text_without_end_is_refused);
    tcase_add_test(refusing, tags_nested_too_deep_do_not_compile);
    suite_add_tcase(suite, refusing);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
