/* SPDX-License-Identifier: Apache-2.0 */
/* Each $ref finds its node in the document, and none leads round in a circle without going deeper. */
#include "schema_builder.h"
#include "uri.h"

#include <string.h>

/* Longer chains of subschemas on one and the same instance are refused: a validation would go as deep. */
enum { MAX_CHAIN = 128 };

static const struct schema_target *find_target(const struct schema_builder *builder, const char *uri,
                                               const char *anchor) {
    for (const struct schema_target *target = builder->targets; target != NULL; target = target->next) {
        if (strcmp(target->uri, uri) == 0 && (anchor == NULL) == (target->anchor == NULL) &&
            (anchor == NULL || strcmp(target->anchor, anchor) == 0))
            return target;
    }
    return NULL;
}

static const struct schema_node *find_node(const struct schema_builder *builder, const char *place) {
    for (const struct schema_node *node = builder->nodes; node != NULL; node = node->next) {
        if (strcmp(node->place, place) == 0)
            return node;
    }
    return NULL;
}

static char hex_value(char digit) {
    return (char)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* prefix and the fragment, percent-decoded. uri_parse() has seen that the digits are there. */
static char *decode(struct schema_builder *builder, const char *prefix, struct uri_part fragment) {
    size_t at = strlen(prefix);
    char *text = schema_take(builder, at + fragment.size + 1, 1);
    if (text == NULL)
        return NULL;
    memcpy(text, prefix, at);
    for (size_t i = 0; i < fragment.size; i++) {
        char c = fragment.text[i];
        if (c == '%') {
            c = (char)(hex_value(fragment.text[i + 1]) << 4 | hex_value(fragment.text[i + 2]));
            i += 2;
        }
        text[at++] = c;
    }
    return text;
}

/* Sets *found to NULL when there is no such place. */
static bool find_in_resource(struct schema_builder *builder, const struct schema_target *resource,
                             struct uri_part fragment, const struct schema_node **found) {
    *found = resource->node;
    if (fragment.size == 0)
        return true;
    char *text = decode(builder, resource->node->place, fragment);
    if (text == NULL)
        return false;
    const char *decoded = text + strlen(resource->node->place);
    if (decoded[0] == '/') {
        *found = find_node(builder, text);
    } else {
        const struct schema_target *anchor = find_target(builder, resource->uri, decoded);
        *found = anchor == NULL ? NULL : anchor->node;
    }
    return true;
}

static bool resolve_reference(struct schema_builder *builder, struct schema_node *node) {
    struct uri base, reference;
    if (!uri_parse(&base, node->base, strlen(node->base)) ||
        !uri_parse(&reference, node->reference, strlen(node->reference)))
        return schema_refuse(builder, node, "$ref", "is not a URI reference");
    char *uri = schema_take(builder, strlen(node->base) + strlen(node->reference) + 3, 1);
    if (uri == NULL)
        return false;
    uri_resolve(&base, &reference, uri);
    const struct schema_target *resource = find_target(builder, uri, NULL);
    if (resource == NULL)
        return schema_refuse(builder, node, "$ref",
                             "leads to another document (%s), and only this one is looked at", uri);
    struct combination_rules *rules = schema_combination_rules(builder, node);
    if (rules == NULL || !find_in_resource(builder, resource, reference.fragment, &rules->reference))
        return false;
    return rules->reference != NULL ||
           schema_refuse(builder, node, "$ref", "leads to no schema of this document (%s)", node->reference);
}

bool schema_resolve_references(struct schema_builder *builder) {
    for (struct schema_node *node = builder->nodes; node != NULL; node = node->next) {
        if (node->reference != NULL && !resolve_reference(builder, node))
            return false;
    }
    return true;
}

static bool visit(struct schema_builder *builder, const struct schema_node *constant, unsigned depth);

/* Visits a subschema, and keeps the height of the highest one. */
static bool visit_under(struct schema_builder *builder, struct schema_node *parent,
                        const struct schema_node *node, unsigned depth) {
    if (node == NULL)
        return true;
    if (!visit(builder, node, depth + 1))
        return false;
    if (parent->height <= node->height)
        parent->height = node->height + 1;
    return true;
}

static bool visit_list(struct schema_builder *builder, struct schema_node *parent,
                       const struct schema_node_list *list, unsigned depth) {
    for (size_t i = 0; i < list->count; i++) {
        if (!visit_under(builder, parent, list->nodes[i], depth))
            return false;
    }
    return true;
}

static bool visit_all(struct schema_builder *builder, struct schema_node *node, unsigned depth) {
    const struct combination_rules *rules = node->combination;
    const struct schema_node *const single[] = {rules->reference, rules->none, rules->condition,
                                                rules->then_schema, rules->else_schema};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (!visit_under(builder, node, single[i], depth))
            return false;
    }
    return visit_list(builder, node, &rules->all, depth) && visit_list(builder, node, &rules->any, depth) &&
           visit_list(builder, node, &rules->one, depth);
}

/* Depth first along the subschemas that apply to the same instance. */
static bool visit(struct schema_builder *builder, const struct schema_node *constant, unsigned depth) {
    struct schema_node *node = (struct schema_node *)constant; /* still being built: the marks are written */
    if (node->visit == NODE_SEEN || node->combination == NULL)
        return true;
    if (node->visit == NODE_ON_PATH)
        return schema_refuse(builder, node, node->reference != NULL ? "$ref" : NULL,
                             "leads back to itself, endlessly");
    node->visit = NODE_ON_PATH;
    if (depth <= MAX_CHAIN && !visit_all(builder, node, depth))
        return false;
    /* The depth bounds the recursion here; the height does not depend on where the visit began. */
    if (depth > MAX_CHAIN || node->height > MAX_CHAIN)
        return schema_refuse(builder, node, NULL,
                             "is refused: more than %d subschemas apply one through another", MAX_CHAIN);
    node->visit = NODE_SEEN;
    return true;
}

bool schema_refuse_loops(struct schema_builder *builder) {
    for (const struct schema_node *node = builder->nodes; node != NULL; node = node->next) {
        if (!visit(builder, node, 0))
            return false;
    }
    return true;
}
