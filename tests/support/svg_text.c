/* A reader of XML that is as strict as it is small. */
#include "svg_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fal_test_hostile[FAL_TEST_HOSTILE] = {
    "<script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "' & ]]> <!--",
    "\x1b[31mred\x07\x7f",
    "a\xe2\x80\xae"
    "b\xe2\x81\xa6"
    "c\xef\xbb\xbf"
    "d\xe2\x80\x8f",
    "broken \xff\xc3\x28 \xe2\x82",
    "c1 \xc2\x85 nul\xed\xa0\x80",
    "a name that is so long that it fits nowhere, in no margin and under no line, whatever anybody does about it, "
    "really, "
    "not even if the picture were much wider than it is, since it goes on and on for more than two hundred characters",
};

int fal_test_occurrences(const char *text, const char *part)
{
    int count = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        count++;
    }
    return count;
}

static void stop(const char *what, const char *at)
{
    print_error("%s: %.120s\n", what, at);
    fail();
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\n') {
        p++;
    }
    return p;
}

/* Character data up to '<' or `end`. */
static const char *content(const char *p, char end)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    while (*p != '\0' && *p != '<' && *p != end) {
        bool good = *p == '\n' && end == '<';
        const size_t length = good ? 1 : fal_text_character(p, &good);
        if (!good) {
            stop("a character that may not be shown", p);
        }
        if (*p == '&') {
            good = false;
            for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
                good = good || strncmp(p, known[i], strlen(known[i])) == 0;
            }
            if (!good) {
                stop("a bare &", p);
            }
        }
        p += length;
    }
    return p;
}

static size_t name_length(const char *p)
{
    size_t length = 0;
    while (isalnum((unsigned char)p[length]) || p[length] == '-') {
        length++;
    }
    return length;
}

/* Other than texts, values are ours. */
static void check_value(const char *name, size_t length, const char *value, size_t size)
{
    char lower[64];
    const bool text = strncmp(name, "aria-label", length) == 0 || strncmp(name, "data-name", length) == 0 ||
                      strncmp(name, "href", length) == 0;
    if (strncmp(name, "id", length) == 0) {
        stop("an id", name);
    }
    for (size_t i = 0; !text && i + 3 <= size; i++) {
        (void)snprintf(lower, sizeof lower, "%.3s", value + i);
        if (strcasecmp(lower, "nan") == 0 || strcasecmp(lower, "inf") == 0) {
            stop("no number", name);
        }
    }
}

static const char *attributes(const char *p)
{
    const char *seen[32];
    size_t count = 0;
    for (p = skip_blanks(p); *p != '>' && *p != '/' && *p != '?'; p = skip_blanks(p)) {
        const size_t length = name_length(p);
        if (length == 0 || p[length] != '=' || p[length + 1] != '"' || p[-1] != ' ' || count == 32) {
            stop("no attribute", p);
        }
        for (size_t i = 0; i < count; i++) {
            if (strncmp(seen[i], p, length + 1) == 0) {
                stop("an attribute twice", p);
            }
        }
        seen[count++] = p;
        const char *value = p + length + 2;
        const char *end = content(value, '"');
        if (*end != '"') {
            stop("a value without an end", p);
        }
        check_value(p, length, value, (size_t)(end - value));
        p = end + 1;
    }
    return p;
}

void fal_test_svg_is_whole(const fal_text *svg)
{
    enum { DEEP = 16 };
    const char *open[DEEP];
    int depth = 0;
    const char *p = svg->chars;
    assert_non_null(p);
    assert_int_equal(strlen(p), svg->length);
    if (strncmp(p, "<?xml", 5) == 0) {
        p = skip_blanks(attributes(p + 5) + 2);
    }
    do {
        if (*p != '<') {
            stop("no element", p);
        }
        const bool closes = p[1] == '/';
        const char *name = p + 1 + closes;
        const size_t length = name_length(name);
        p = closes ? name + length : attributes(name + length);
        if (length == 0 || (closes && (depth == 0 || name_length(open[depth - 1]) != length ||
                                       strncmp(open[depth - 1], name, length) != 0))) {
            stop("closed in another order", name);
        }
        depth -= closes;
        if (!closes && *p != '/') {
            assert_true(depth < DEEP);
            open[depth++] = name;
        }
        p += *p == '/';
        if (*p != '>') {
            stop("an element without an end", name);
        }
        p = depth > 0 ? content(p + 1, '<') : skip_blanks(p + 1);
    } while (depth > 0);
    assert_string_equal(p, "");
}

double fal_test_svg_number(const char *text, const char *from, const char *attribute)
{
    char wanted[64];
    const char *at = strstr(text, from);
    (void)snprintf(wanted, sizeof wanted, "%s=\"", attribute);
    assert_non_null(at);
    at = strstr(at, wanted);
    assert_non_null(at);
    return strtod(at + strlen(wanted), NULL);
}
