/* The digest is equal exactly where the science is: timings, /run, storage and texts for people do not count. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

typedef struct {
    int64_t al_round;
    double accuracy, train_seconds, seconds;
    int64_t sent_bytes;
} row;
static const fal_column columns[] = {
    {"al_round", FAL_COLUMN_INT64, offsetof(row, al_round), "", ""},
    {"accuracy", FAL_COLUMN_REAL, offsetof(row, accuracy), "share", ""},
    {"train_seconds", FAL_COLUMN_REAL, offsetof(row, train_seconds), "s", ""},
    {"seconds", FAL_COLUMN_REAL, offsetof(row, seconds), "s", ""},
    {"sent_bytes", FAL_COLUMN_INT64, offsetof(row, sent_bytes), "bytes", ""},
};
static const fal_table_kind kind = {"rounds", "", columns, 5, sizeof(row)};

/** What may change between two files. The default is all zero. */
typedef struct {
    double accuracy, seconds, alpha;
    int64_t seed, bytes;
    float weight;
    int rows;
    const char *host, *status, *extra, *path, *order_first;
    bool compress, other_nan, wide;
} variant;

static void put_weights(fal_h5 *file, const variant *v)
{
    const fal_h5_about about = {v->status, NULL, NULL, v->compress};
    float values[6] = {1, 2, v->weight, 4, NAN, 6};
    const double wide[6] = {1, 2, v->weight, 4, NAN, 6};
    const fal_h5_shape shape = {v->wide ? FAL_H5_DOUBLE : FAL_H5_FLOAT, 2, {2, 3}};
    if (v->other_nan) {
        const uint32_t bits = 0xffc01234U; /* a NaN with sign and payload */
        memcpy(&values[4], &bits, sizeof bits);
    }
    assert_ok(fal_h5_write(file, "/model/linear.weight", &shape, v->wide ? (const void *)wide : values, &about));
}

static const char *write_variant(const char *name, variant v)
{
    const char *path = fal_test_temporary(name);
    fal_h5 *file = NULL;
    fal_table table;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_text(file, "/", "status", v.status != NULL ? v.status : "complete"));
    assert_ok(fal_h5_set_text(file, "/", "strategy", "logo"));
    assert_ok(fal_h5_set_text(file, "/", "dataset", "synth"));
    assert_ok(fal_h5_set_text(file, "/", "dataset_path", v.path != NULL ? v.path : "inputs/synth.h5"));
    assert_ok(fal_h5_set_int(file, "/", "seed", 1 + v.seed));
    assert_ok(fal_h5_make_group(file, "/parameters", v.host)); /* the description is no science */
    assert_ok(fal_h5_set_real(file, "/parameters", "alpha", 0.1 + v.alpha));
    assert_ok(fal_h5_make_group(file, "/run", NULL));
    assert_ok(fal_h5_set_text(file, "/run", "host", v.host != NULL ? v.host : "here"));
    if (v.order_first == NULL) {
        put_weights(file, &v);
    }
    fal_table_init(&table, &kind);
    for (int i = 0; i < 5 + v.rows; i++) {
        assert_ok(fal_table_add(&table, &(row){i + 1, 0.5 + v.accuracy, 3 + v.seconds, 4 + v.seconds, v.bytes}));
    }
    assert_ok(fal_h5_write_table(file, &table));
    fal_table_destroy(&table);
    if (v.order_first != NULL) {
        put_weights(file, &v);
    }
    if (v.extra != NULL) {
        assert_ok(fal_h5_write(file, v.extra, &(fal_h5_shape){FAL_H5_INT64, 0, {0}}, &(int64_t){3}, NULL));
    }
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    return path;
}

static void assert_same(variant v)
{
    char a[65];
    char b[65];
    char item[64] = "x";
    const char *first = write_variant("a.h5", (variant){0});
    const char *second = write_variant("b.h5", v);
    assert_ok(fal_digest_file(first, a));
    assert_ok(fal_digest_file(second, b));
    assert_string_equal(a, b);
    assert_ok(fal_digest_compare(first, second, item, sizeof item));
    assert_string_equal(item, "");
}

static void assert_differs(variant v, const char *where)
{
    char a[65];
    char b[65];
    char item[64];
    const char *first = write_variant("a.h5", (variant){0});
    const char *second = write_variant("b.h5", v);
    assert_ok(fal_digest_file(first, a));
    assert_ok(fal_digest_file(second, b));
    assert_string_not_equal(a, b);
    assert_ok(fal_digest_compare(first, second, item, sizeof item));
    assert_string_equal(item, where);
    assert_ok(fal_digest_compare(second, first, item, sizeof item));
    assert_string_equal(item, where);
}

static void what_is_no_science_does_not_change_the_digest(void **state)
{
    (void)state;
    assert_same((variant){0});
    assert_same((variant){.seconds = 1});
    assert_same((variant){.bytes = 7});
    assert_same((variant){.extra = "/confusion"}); /* follows from what counts; 0.1.0 did not write it */
    assert_same((variant){.extra = "/balanced_accuracy"});
    assert_same((variant){.host = "elsewhere"});
    assert_same((variant){.status = "stopped"});
    assert_same((variant){.extra = "/run/starts"});
    assert_same((variant){.path = "/scratch/other/place.h5"});
    assert_same((variant){.compress = true});
    assert_same((variant){.order_first = "the table"});
}

static void every_nan_is_the_same(void **state)
{
    (void)state;
    assert_same((variant){.other_nan = true});
}

static void every_change_of_science_changes_the_digest_and_is_named(void **state)
{
    (void)state;
    assert_differs((variant){.accuracy = 1e-16 + 1e-15}, "/rounds[accuracy]");
    assert_differs((variant){.seed = 1}, "/@seed");
    assert_differs((variant){.alpha = 0.1}, "/parameters@alpha");
    assert_differs((variant){.weight = 1}, "/model/linear.weight");
    assert_differs((variant){.wide = true}, "/model/linear.weight"); /* the type counts, too */
    assert_differs((variant){.rows = 1}, "/rounds[accuracy]");
    assert_differs((variant){.extra = "/query_counts"}, "/query_counts");
    assert_differs((variant){.extra = "/runs"}, "/runs");
}

static void the_digest_is_the_one_documented(void **state)
{
    (void)state;
    /* SHA-256 of the one line "/@fal_format\ttext\t[1]\t" + SHA-256 of "model\0" + "\n":
     *   h=$(printf 'model\0' | sha256sum | cut -d' ' -f1); printf '/@fal_format\ttext\t[1]\t%s\n' $h | sha256sum */
    const char *path = fal_test_temporary("one.h5");
    fal_h5 *file = NULL;
    char text[65];
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "model"));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    assert_ok(fal_digest_file(path, text));
    assert_string_equal(text, "e218c989e6b08dbc398a8a0b462613c18ba8408d55b3aa94e6fe3dae5e65f21f");
}

/** Is the digest of this part the same in both? */
static bool part_is_same(const char *a, const char *b, const char *item)
{
    char of_a[65];
    char of_b[65];
    assert_ok(fal_digest_item(a, item, of_a));
    assert_ok(fal_digest_item(b, item, of_b));
    return strcmp(of_a, of_b) == 0;
}

static void the_digest_of_a_part_is_that_of_its_items_alone(void **state)
{
    (void)state;
    char text[65];
    const char *a = write_variant("a.h5", (variant){0});
    const char *b = write_variant("b.h5", (variant){.weight = 3});
    const char *c = write_variant("c.h5", (variant){.accuracy = 0.25, .extra = "/model_of_another_kind"});
    assert_false(part_is_same(a, b, "/model"));
    assert_false(part_is_same(a, b, "/model/linear.weight"));
    assert_true(part_is_same(a, b, "/rounds"));
    assert_true(part_is_same(a, c, "/model"));
    assert_false(part_is_same(a, c, "/rounds"));
    assert_false(part_is_same(a, c, "/rounds[accuracy]"));
    assert_true(part_is_same(a, c, "/rounds[al_round]"));
    assert_true(part_is_same(a, c, "/parameters@alpha"));
    assert_fails(fal_digest_item(a, "/rounds[train_seconds]", text), FAL_ERR_INPUT,
                 "has no item /rounds[train_seconds]");
    assert_fails(fal_digest_item(a, "/mod", text), FAL_ERR_INPUT, "a.h5: has no item /mod ");
}

static void a_file_that_is_not_ours_or_damaged_is_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("strange.h5");
    fal_h5 *file = NULL;
    char text[65];
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    assert_fails(fal_digest_file(path, text), FAL_ERR_INPUT, "not one of ours");
    assert_fails(fal_digest_file(fal_test_temporary("gone.h5"), text), FAL_ERR_INPUT, "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_science_does_not_change_the_digest),
        cmocka_unit_test(every_nan_is_the_same),
        cmocka_unit_test(every_change_of_science_changes_the_digest_and_is_named),
        cmocka_unit_test(the_digest_is_the_one_documented),
        cmocka_unit_test(the_digest_of_a_part_is_that_of_its_items_alone),
        cmocka_unit_test(a_file_that_is_not_ours_or_damaged_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
