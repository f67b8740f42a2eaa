/* Names, shapes and order of all tensors, parameter counts and embedding sizes against models.json, which lists the
 * authors' state dicts. The file is read by looking for its fields one after the other: its form is known. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/nn/model.h"

enum { FILE_MAX = 1 << 20 };

/* The text after the next `"field": ` and a step forward. */
static const char *after(const char **at, const char *field)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", field);
    const char *found = strstr(*at, quoted);
    assert_non_null(found);
    *at = found + strlen(quoted);
    return *at;
}

static void copy_string(const char *from, char *to, size_t size)
{
    assert_int_equal(*from, '"');
    const size_t length = strcspn(from + 1, "\"");
    assert_true(length < size);
    memcpy(to, from + 1, length);
    to[length] = '\0';
}

static int number(const char **at, const char *field) { return atoi(after(at, field)); }

static void check_tensors(const fal_model *model, const char **at)
{
    int count = 0;
    int counters = 0;
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    for (int t = 0; t < count;) {
        char name[96];
        copy_string(after(at, "name"), name, sizeof name);
        if (strstr(name, "num_batches_tracked") != NULL) {
            assert_string_equal(name, fal_model_counter_name(model, counters++));
            continue;
        }
        assert_string_equal(name, tensors[t].name);
        char *dim = (char *)(size_t)(after(at, "shape") + 1);
        for (int i = 0; i < tensors[t].rank; i++) {
            assert_int_equal(strtol(dim, &dim, 10), tensors[t].dims[i]);
            dim += *dim == ',';
        }
        assert_int_equal(*dim, ']');
        t++;
    }
    assert_null(fal_model_counter_name(model, counters));
}

static void tensors_are_those_of_the_authors(void **state)
{
    (void)state;
    const char *path = fal_test_reference("models.json");
    if (path == NULL) {
        skip();
    }
    char *text = NULL;
    assert_ok(fal_alloc(&text, FILE_MAX, 1, "test"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_in_range(fread(text, 1, FILE_MAX - 1, file), 1000, FILE_MAX - 2);
    (void)fclose(file);
    int models = 0;
    const char *at = text;
    for (; strstr(at, "\"architecture\": ") != NULL; models++) {
        fal_model_shape shape = {0};
        fal_model *model = NULL;
        copy_string(after(&at, "architecture"), shape.architecture, sizeof shape.architecture);
        shape.h = number(&at, "height");
        shape.w = number(&at, "width");
        shape.c = number(&at, "channels");
        shape.classes = number(&at, "classes");
        const int parameters = number(&at, "parameters");
        const int embedding = number(&at, "embedding");
        assert_ok(fal_model_create(&shape, &model));
        assert_int_equal(fal_model_parameter_count(model), parameters);
        assert_int_equal(fal_model_embedding(model), embedding);
        check_tensors(model, &at);
        fal_model_destroy(model);
    }
    assert_int_equal(models, 17);
    fal_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tensors_are_those_of_the_authors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
