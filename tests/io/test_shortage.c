/* Files where memory runs out: each piece that is missing is said, nothing stays open, and no file is left behind. */
#include "shortage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/archive.h"
#include "fal/io/csv.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/json.h"
#include "fal/io/mat.h"
#include "fal/io/npy.h"
#include "fal/io/picture.h"
#include "fal/io/png_write.h"
#include "fal/io/sandbox.h"
#include "fal/io/tree.h"
#include "fal/io/zip_write.h"

enum { LIMIT = 1 << 20 };

/** Files and folders in the temporary folder. */
static int entries(void)
{
    DIR *folder = opendir(fal_test_temporary("."));
    int count = 0;
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static const char *file_of(const char *name, const char *text)
{
    const char *path = fal_test_temporary(name);
    assert_ok(fal_file_replace(path, text, strlen(text)));
    return path;
}

/** At least `least` pieces were asked for, and whatever became of them, the folder is as it was after a success. */
static void assert_said(fal_status (*work)(void *context), const char *path, int64_t least)
{
    char kept[1024]; /* work may ask for other paths */
    (void)fal_text_copy(kept, sizeof kept, path);
    assert_ok(work(kept));
    const int before = entries();
    assert_true(fal_test_shortages(work, kept, FAL_TEST_NEEDS_ALL) >= least);
    assert_int_equal(entries(), before);
}

/* ---- HDF5 ------------------------------------------------------------------------------------------------------ */

typedef struct {
    int64_t al_round;
    double accuracy;
} row;
static const fal_column columns[] = {
    {"al_round", FAL_COLUMN_INT64, offsetof(row, al_round), "", "AL round"},
    {"accuracy", FAL_COLUMN_REAL, offsetof(row, accuracy), "share", "test accuracy"},
};
static const fal_table_kind kind = {"/rounds", "One row per AL round", columns, 2, sizeof(row)};

static fal_status fill_h5(fal_h5 *file, fal_table *table, const char *path)
{
    static const char *const names[] = {"cat", "dog"};
    const int16_t labels[6] = {0, 1, 2, -1, 300, -300};
    const fal_h5_shape shape = {FAL_H5_INT16, 2, {2, 3}};
    const fal_h5_about about = {"labels of a test", "class", "image,copy", true};
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "results"));
    FAL_TRY(fal_h5_set_texts(file, "/", "class_names", names, 2));
    FAL_TRY(fal_h5_write(file, "/train/labels", &shape, labels, &about));
    FAL_TRY(fal_table_add(table, &(row){1, 0.5}));
    FAL_TRY(fal_h5_write_table(file, table));
    return fal_h5_save(file, path);
}

static fal_status write_h5(void *context)
{
    fal_h5 *file = NULL;
    fal_table table;
    FAL_TRY(fal_h5_create(&file));
    fal_table_init(&table, &kind);
    const fal_status status = fill_h5(file, &table, context);
    fal_table_destroy(&table);
    fal_h5_close(file);
    return status;
}

static fal_status take_h5(fal_h5 *file, fal_table *table, int16_t **labels)
{
    static const char *const required[] = {"al_round", NULL};
    fal_h5_shape shape = {FAL_H5_INT16, 2, {-1, 3}};
    char names[2][8];
    int count = 0;
    FAL_TRY(fal_h5_get_texts(file, "/", "class_names", names[0], sizeof names[0], 2, &count));
    assert_string_equal(names[1], "dog");
    FAL_TRY(fal_h5_read_new(file, "/train/labels", &shape, LIMIT, labels));
    assert_int_equal((*labels)[4], 300);
    FAL_TRY(fal_h5_read_table_known(file, table, 10, required));
    assert_int_equal(table->count, 1);
    return FAL_OK;
}

static fal_status read_h5(void *context)
{
    fal_h5 *file = NULL;
    fal_table table;
    int16_t *labels = NULL;
    fal_table_init(&table, &kind);
    fal_status status = fal_h5_open(context, &file);
    status = status == FAL_OK ? take_h5(file, &table, &labels) : status;
    fal_free(labels);
    fal_table_destroy(&table);
    fal_h5_close(file);
    return status;
}

static fal_status digest(void *context)
{
    char text[65];
    return fal_digest_file(context, text);
}

static fal_status compare(void *context)
{
    char item[64];
    const fal_status status = fal_digest_compare(context, context, item, sizeof item);
    if (status == FAL_OK) {
        assert_string_equal(item, "");
    }
    return status;
}

static void hdf5_files(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("a.h5");
    assert_said(write_h5, path, 10);
    assert_said(read_h5, path, 5);
    assert_said(digest, path, 10);
    assert_said(compare, path, 10);
}

/* ---- texts and arrays ------------------------------------------------------------------------------------------ */

static fal_status read_csv(void *context)
{
    fal_csv *csv = NULL;
    bool there = false;
    FAL_TRY(fal_csv_open(context, LIMIT, &csv));
    fal_status status = fal_csv_read_header(csv);
    status = status == FAL_OK ? fal_csv_next(csv, &there) : status;
    fal_csv_close(csv);
    return status;
}

static fal_status read_json(void *context)
{
    fal_json *json = NULL;
    const fal_json_value *element = NULL;
    FAL_TRY(fal_json_open(context, LIMIT, &json));
    const fal_status status = fal_json_next(json, &element);
    fal_json_close(json);
    return status;
}

static fal_status write_npy(void *context)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {3}};
    return fal_npy_write(context, &shape, (const float[]){1, 2, 3});
}

static fal_status read_npy(void *context)
{
    fal_h5_shape shape;
    float *values = NULL;
    const fal_status status = fal_npy_read(context, LIMIT, &shape, &values);
    if (status == FAL_OK) {
        assert_true(values[2] == 3.0F);
    }
    fal_free(values);
    return status;
}

static fal_status hash_file(void *context)
{
    char text[65];
    return fal_file_sha256(context, text);
}

static void texts_and_arrays(void **state)
{
    (void)state;
    assert_said(read_csv, file_of("a.csv", "image,class\n1,2\n"), 3);
    assert_said(read_json, file_of("a.json", "[{\"a\": [1, 2, {\"b\": \"c\"}]}]"), 4);
    assert_said(write_npy, fal_test_temporary("a.npy"), 2);
    assert_said(read_npy, fal_test_temporary("a.npy"), 2);
    assert_said(hash_file, fal_test_temporary("a.csv"), 2);
}

static fal_status make_zip(void *context)
{
    (void)context;
    unsigned char *file = NULL;
    size_t size = 0;
    fal_zip_member member = {.name = "a", .bytes = 1};
    FAL_TRY(fal_zip_plan(&member, 1, &file, &size));
    member.at[0] = 7;
    fal_zip_finish(&member, 1, file, size);
    fal_free(file);
    return FAL_OK;
}

static fal_status make_pngs(void *context)
{
    (void)context;
    static const uint8_t pixels[4] = {0, 85, 170, 255};
    unsigned char *bytes = NULL;
    size_t count = 0;
    FAL_TRY(fal_png_encode(pixels, 2, 2, 1, &bytes, &count));
    fal_free(bytes);
    FAL_TRY(fal_png_pack(pixels, 2, 2, 1, &bytes, &count));
    fal_free(bytes);
    return FAL_OK;
}

static void files_that_are_made_in_memory(void **state)
{
    (void)state;
    assert_said(make_zip, "", 1);
    assert_said(make_pngs, "", 3);
}

/* ---- what libraries unpack ------------------------------------------------------------------------------------- */

static fal_status read_picture(void *context)
{
    fal_picture picture = {0};
    const fal_status status = fal_picture_read(context, &picture);
    fal_picture_destroy(&picture);
    return status;
}

static void pictures(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb16.png", "palette_alpha.png", "turned6.png", "turned6.jpg"};
    if (!fal_picture_has_png() || !fal_picture_has_jpeg()) {
        print_message("skipped: built without libpng or TurboJPEG\n");
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "pictures/%s", names[i]);
        assert_said(read_picture, fal_test_fixture(path), 2);
    }
}

static fal_status look_at(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    (void)name;
    (void)inside;
    *(size_t *)context += count > 0 && bytes[0] == 'h' ? 1 : 0;
    return FAL_OK;
}

static fal_status read_archive(void *context)
{
    size_t members = 0;
    const fal_status status = fal_archive_visit(context, LIMIT, look_at, &members);
    if (status == FAL_OK) {
        assert_true(members > 0);
    }
    return status;
}

static void archives(void **state)
{
    (void)state;
    static const char command[] = "{ printf hello >h && gzip -k h && tar cf h.tar h && tar czf h.tgz h && "
                                  "\"${PYTHON:-python3}\" -c 'import zipfile; z = zipfile.ZipFile(\"h.zip\", \"w\"); "
                                  "z.write(\"h\"); z.write(\"h\", \"folder/h\")'; } >/dev/null 2>&1";
    static const char *const names[] = {"h", "h.gz", "h.tar", "h.tgz", "h.zip"};
    char whole[2048];
    (void)snprintf(whole, sizeof whole, "cd '%s' && %s", fal_test_temporary("."), command);
    if (!fal_archive_available() || system(whole) != 0) {
        print_message("skipped: no libarchive, gzip, tar or python3\n");
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_said(read_archive, fal_test_temporary(names[i]), 2);
    }
}

static fal_status read_mat(void *context)
{
    fal_mat *file = NULL;
    fal_mat_shape shape;
    double *values = NULL;
    FAL_TRY(fal_mat_open(context, LIMIT, &file));
    const fal_status status = fal_mat_read_numbers(file, "x", &shape, &values);
    if (status == FAL_OK) {
        assert_true(values[1] == 8.0);
    }
    fal_free(values);
    fal_mat_close(file);
    return status;
}

/** x = [7 8] of class double, as MATLAB writes it with -v6. */
static void write_mat5(const char *path)
{
    static const uint32_t words[] = {14, 56, 6, 8, 6, 0, 5, 8, 1, 2, 1 | 1 << 16, 'x', 9, 16};
    static const double values[] = {7, 8};
    unsigned char bytes[128 + sizeof words + sizeof values] = "MATLAB 5.0 MAT-file";
    memcpy(bytes + 124, "\0\1IM", 4);
    memcpy(bytes + 128, words, sizeof words);
    memcpy(bytes + 128 + sizeof words, values, sizeof values);
    ((uint32_t *)(void *)(bytes + 128))[1] = sizeof words - 8 + sizeof values;
    assert_ok(fal_file_replace(path, bytes, sizeof bytes));
}

static fal_status write_mat73(void *context)
{
    fal_h5 *file = NULL;
    const fal_h5_shape shape = {FAL_H5_DOUBLE, 2, {2, 1}};
    FAL_TRY(fal_h5_create(&file));
    fal_status status = fal_h5_write(file, "/x", &shape, (const double[]){7, 8}, &(fal_h5_about){.units = ""});
    status = status == FAL_OK ? fal_h5_save(file, context) : status;
    fal_h5_close(file);
    return status;
}

static void matlab_files(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("new.mat");
    assert_said(write_mat73, path, 3);
    assert_said(read_mat, path, 4);
    if (!fal_mat_available()) {
        print_message("skipped: built without matio\n");
        skip();
    }
    path = fal_test_temporary("old.mat");
    write_mat5(path);
    assert_said(read_mat, path, 2);
}

/* ---- files and folders ----------------------------------------------------------------------------------------- */

static fal_status replace(void *context) { return fal_file_replace(context, "new", 3); }

static fal_status make_folder(void *context) { return fal_file_make_folder(context); }

static fal_status grow_tree(void *context)
{
    fal_tree *tree = NULL;
    FAL_TRY(fal_tree_create(context, &tree));
    fal_status status = fal_tree_write(tree, "a/b.txt", "text", 4);
    fal_tree_destroy(tree); /* not finished: all of it goes */
    return status;
}

static void files_and_folders(void **state)
{
    (void)state;
    assert_said(replace, fal_test_temporary("replaced"), 2);
    assert_said(make_folder, fal_test_temporary("folder"), 1);
    assert_said(grow_tree, fal_test_temporary("tree"), 5);
}

static fal_status lock(void *context)
{
    fal_lock *taken = NULL;
    FAL_TRY(fal_lock_take(context, 0, &taken));
    fal_lock_release(taken);
    return FAL_OK;
}

static void a_lock_is_taken_or_not_there(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("locked");
    const int before = entries();
    for (int n = 1; n <= 2; n++) { /* the lock itself, and its name */
        fal_test_shortage(n);
        assert_fails(lock((void *)(uintptr_t)path), FAL_ERR_MEMORY, "memory");
        assert_int_equal(entries(), before);
    }
    for (int n = 3; n <= 4; n++) { /* names for removing what killed processes left: that can wait */
        fal_test_shortage(n);
        assert_ok(lock((void *)(uintptr_t)path));
    }
    fal_test_shortage(0);
}

/* ---- a child that reads ---------------------------------------------------------------------------------------- */

static fal_status say(void *context, fal_text *text)
{
    fal_text_add(text, "%s", (const char *)context);
    return fal_text_status(text);
}

static fal_status ask_a_child(void *context)
{
    fal_text text = {0};
    const fal_status status = fal_sandbox_run("a file", say, context, &text);
    if (status == FAL_OK) {
        assert_string_equal(text.chars, context);
    }
    fal_text_destroy(&text);
    return status;
}

static void a_child_and_its_parent(void **state)
{
    (void)state;
    assert_said(ask_a_child, "what the child says", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hdf5_files),
        cmocka_unit_test(texts_and_arrays),
        cmocka_unit_test(files_that_are_made_in_memory),
        cmocka_unit_test(pictures),
        cmocka_unit_test(archives),
        cmocka_unit_test(matlab_files),
        cmocka_unit_test(files_and_folders),
        cmocka_unit_test(a_lock_is_taken_or_not_there),
        cmocka_unit_test(a_child_and_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
