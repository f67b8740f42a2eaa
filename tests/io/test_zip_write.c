/* Archives that are written here are read by libarchive (and by Python: tests/cli/fal_data_export.sh). */
#include "support.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"
#include "fal/io/zip_write.h"

static fal_status list(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    (void)inside;
    fal_text_add(context, "%s:%.*s;", name, (int)count, (const char *)bytes);
    return fal_text_status(context);
}

static void members_come_out_as_they_went_in(void **state)
{
    (void)state;
    fal_zip_member members[] = {{"one.npy", 5, NULL}, {"two.npy", 0, NULL}, {"a/three", 3, NULL}};
    unsigned char *file = NULL;
    size_t size = 0;
    fal_text text = {0};
    if (!fal_archive_available()) {
        print_message("skipped: built without libarchive\n");
        skip();
    }
    assert_ok(fal_zip_plan(members, 3, &file, &size));
    memcpy(members[0].at, "hello", 5);
    memcpy(members[2].at, "xyz", 3);
    fal_zip_finish(members, 3, file, size);
    const char *path = fal_test_temporary("a.npz");
    assert_ok(fal_file_replace(path, file, size));
    assert_ok(fal_archive_visit(path, 1 << 20, list, &text));
    assert_string_equal(text.chars, "one.npy:hello;two.npy:;a/three:xyz;");
    fal_text_destroy(&text);
    /* The same members, the same bytes. */
    unsigned char *again = NULL;
    size_t again_size = 0;
    assert_ok(fal_zip_plan(members, 3, &again, &again_size));
    memcpy(members[0].at, "hello", 5);
    memcpy(members[2].at, "xyz", 3);
    fal_zip_finish(members, 3, again, again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(file, again, size);
    fal_free(again);
    fal_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(members_come_out_as_they_went_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
