/* Compressed files and archives: their members come out as they went in; damage and tricks are refused. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"
#include "fal/io/idx.h"

/** Run a shell command in the temporary folder; false if it fails. */
static bool shell(const char *command)
{
    fal_text text = {0};
    fal_text_add(&text, "cd '%s' && { %s; } >/dev/null 2>&1", fal_test_temporary("."), command);
    const int code = system(text.chars);
    fal_text_destroy(&text);
    return code == 0;
}

static void need(const char *command)
{
    if (!fal_archive_available()) {
        print_message("skipped: built without libarchive\n");
        skip();
    }
    if (!shell(command)) {
        print_message("skipped: %s does not work here\n", command);
        skip();
    }
}

/** "name(inside):bytes;" for each member. */
static fal_status list(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    fal_text_add(context, "%s%s:%.*s;", name, inside ? "(inside)" : "", (int)(count < 20 ? count : 20),
                 (const char *)bytes);
    return fal_text_status(context);
}

static void assert_members(const char *file, const char *expected)
{
    fal_text text = {0};
    assert_ok(fal_archive_visit(fal_test_temporary(file), 1 << 20, list, &text));
    assert_string_equal(text.chars, expected);
    fal_text_destroy(&text);
}

static void assert_refused(const char *file, size_t limit, const char *message)
{
    fal_text text = {0};
    assert_fails(fal_archive_visit(fal_test_temporary(file), limit, list, &text), FAL_ERR_INPUT, message);
    fal_text_destroy(&text);
}

static void plain_and_compressed_files_are_their_own_member(void **state)
{
    (void)state;
    need("printf hello >a.bin && gzip -k a.bin && xz -k a.bin");
    assert_members("a.bin", "a.bin:hello;");
    assert_members("a.bin.gz", "a.bin:hello;");
    assert_members("a.bin.xz", "a.bin:hello;");
}

static void a_plain_file_that_begins_with_zeros_is_no_archive(void **state)
{
    (void)state;
    need("{ head -c 2000 /dev/zero; printf end; } >z.bin && gzip -k z.bin");
    assert_members("z.bin", "z.bin:;"); /* the text ends at the first zero */
    assert_members("z.bin.gz", "z.bin:;");
}

static void archives_give_their_regular_members(void **state)
{
    (void)state;
    need("mkdir -p d && printf one >d/1.bin && printf two >d/2.bin && tar cf t.tar d && tar czf t.tar.gz d && "
         "tar cJf t.tar.xz d && rm -r d");
    fal_text text = {0};
    assert_ok(fal_archive_visit(fal_test_temporary("t.tar"), 1 << 20, list, &text));
    assert_non_null(strstr(text.chars, "d/1.bin(inside):one;"));
    assert_non_null(strstr(text.chars, "d/2.bin(inside):two;"));
    assert_members("t.tar.gz", text.chars);
    assert_members("t.tar.xz", text.chars);
    fal_text_destroy(&text);
}

static void links_and_names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    need("printf x >x && ln -s /etc/passwd s && ln x h && tar cf link.tar s && tar cf hard.tar x h && "
         "tar cPf up.tar ../\"$(basename \"$PWD\")\"/x && tar cPf abs.tar \"$PWD\"/x && rm s h");
    assert_refused("link.tar", 1 << 20, "is a link");
    assert_refused("hard.tar", 1 << 20, "is a link");
    assert_refused("up.tar", 1 << 20, "absolute names and .. are refused");
    assert_refused("abs.tar", 1 << 20, "absolute names and .. are refused");
}

static void a_file_that_unpacks_to_too_much_is_refused(void **state)
{
    (void)state;
    need("head -c 3000000 /dev/zero | gzip >bomb.gz");
    assert_refused("bomb.gz", 1 << 20, "unpacks to more than the 1 MiB allowed");
}

static void cut_files_are_refused_at_every_length(void **state)
{
    (void)state;
    need("seq 3000 >n.txt && gzip -k n.txt && xz -k n.txt && tar czf n.tar.gz n.txt");
    const char *const files[] = {"n.txt.gz", "n.txt.xz"};
    for (int f = 0; f < 2; f++) {
        char *bytes = NULL;
        size_t count = 0;
        assert_ok(fal_file_read(fal_test_temporary(files[f]), 1 << 20, &bytes, &count));
        for (size_t kept = 20; kept < count; kept += count / 50) {
            assert_ok(fal_file_replace(fal_test_temporary("cut"), bytes, kept));
            assert_refused("cut", 1 << 20, "cut: ");
        }
        assert_ok(fal_file_replace(fal_test_temporary("cut"), bytes, count - 1));
        assert_refused("cut", 1 << 20, "cut: ");
        fal_free(bytes);
    }
    assert_ok(fal_file_replace(fal_test_temporary("cut"), "", 0));
    assert_refused("cut", 1 << 20, "is empty");
}

static void a_changed_byte_is_noticed_by_the_checksum(void **state)
{
    (void)state;
    need("seq 3000 >m.txt && gzip -k m.txt && xz -k m.txt");
    const char *const files[] = {"m.txt.gz", "m.txt.xz"};
    for (int f = 0; f < 2; f++) {
        char *bytes = NULL;
        size_t count = 0;
        assert_ok(fal_file_read(fal_test_temporary(files[f]), 1 << 20, &bytes, &count));
        for (size_t at = 64; at + 16 < count; at += count / 40) {
            bytes[at] = (char)(bytes[at] ^ 0x10);
            assert_ok(fal_file_replace(fal_test_temporary("bad"), bytes, count));
            assert_refused("bad", 1 << 20, "bad: ");
            bytes[at] = (char)(bytes[at] ^ 0x10);
        }
        fal_free(bytes);
    }
}

/* ---- IDX ------------------------------------------------------------------------------------------------------- */

static void idx_headers_are_read(void **state)
{
    (void)state;
    const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};
    const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
    fal_idx idx;
    assert_ok(fal_idx_parse("l", labels, sizeof labels, &idx));
    assert_int_equal(idx.rank, 1);
    assert_int_equal(idx.dims[0], 2);
    assert_int_equal(idx.values[1], 9);
    assert_ok(fal_idx_parse("i", images, sizeof images, &idx));
    assert_int_equal(idx.rank, 3);
    assert_int_equal(idx.dims[2], 3);
    assert_int_equal(idx.values[5], 6);
}

static void wrong_idx_headers_are_refused(void **state)
{
    (void)state;
    const struct {
        unsigned char bytes[20];
        size_t count;
        const char *message;
    } cases[] = {
        {{0}, 0, "is no IDX file"},
        {{0, 0, 8}, 3, "is no IDX file"},
        {{0, 0, 9, 1, 0, 0, 0, 1, 1}, 9, "is no IDX file"}, /* signed bytes */
        {{1, 0, 8, 1, 0, 0, 0, 1, 1}, 9, "is no IDX file"},
        {{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1}, 13, "has 2 axes"},
        {{0, 0, 8, 3, 0, 0, 0, 1, 0, 0}, 10, "ends within its header"},
        {{0, 0, 8, 1, 0, 0, 0, 3, 1, 2}, 10, "promises 3 values, 2 are there"},
        {{0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, 10, "promises 1 values, 2 are there"},
        {{0, 0, 8, 1, 0, 0, 0, 0}, 8, "an unusable size"},
        {{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 17, "an unusable size"},
        {{0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 4, 0, 0, 0, 4, 0, 1}, 17, "promises 4503599626321920 values"},
    };
    fal_idx idx;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_fails(fal_idx_parse("x", cases[i].bytes, cases[i].count, &idx), FAL_ERR_INPUT, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_compressed_files_are_their_own_member),
        cmocka_unit_test(a_plain_file_that_begins_with_zeros_is_no_archive),
        cmocka_unit_test(archives_give_their_regular_members),
        cmocka_unit_test(links_and_names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(a_file_that_unpacks_to_too_much_is_refused),
        cmocka_unit_test(cut_files_are_refused_at_every_length),
        cmocka_unit_test(a_changed_byte_is_noticed_by_the_checksum),
        cmocka_unit_test(idx_headers_are_read),
        cmocka_unit_test(wrong_idx_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
