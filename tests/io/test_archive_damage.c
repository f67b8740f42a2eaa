/* Whatever is cut off or changed in a compressed file or an archive: it is refused, or the same members come out. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/archive.h"
#include "fal/io/file.h"

enum { LIMIT = 1 << 20 };

static bool shell(const char *command)
{
    fal_text text = {0};
    fal_text_add(&text, "cd '%s' && { %s; } >/dev/null 2>&1", fal_test_temporary("."), command);
    const int code = system(text.chars);
    fal_text_destroy(&text);
    return code == 0;
}

/** "name:text;" for each member; the tests' members are texts. */
static fal_status list(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    fal_text_add(context, "%s%s:%.*s;", name, inside ? "(inside)" : "", (int)count, (const char *)bytes);
    return fal_text_status(context);
}

static fal_status visit(const char *path, fal_text *text)
{
    fal_text_clear(text);
    fal_status_clear();
    return fal_archive_visit(path, LIMIT, list, text);
}

/** fal_file_replace would wait for the disk thousands of times. */
static void write_quickly(const char *path, const char *bytes, size_t count)
{
    (void)remove(path); /* some file systems wait for the disk when a file is written over */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/** Texts of which the members consist, so that the tests know where a plain tar has them. */
static const char *const contents[2] = {"one one one one one one one two three", "four five four five four five"};

/** In a plain tar archive nothing guards the contents. */
static bool is_unguarded(const char *file, const char *bytes, size_t count, size_t at)
{
    for (int i = 0; strcmp(file, "t.tar") == 0 && i < 2; i++) {
        const size_t length = strlen(contents[i]);
        const char *found = memmem(bytes, count, contents[i], length);
        assert_non_null(found);
        if (at >= (size_t)(found - bytes) && at < (size_t)(found - bytes) + length) {
            return true;
        }
    }
    return false;
}

/** `border`: kept bytes that make a whole file of their own, as one member of a gzip file of two; 0: none. */
static void check_damage(const char *file, const char *damaged, size_t border)
{
    char *bytes = NULL;
    char path[512];
    size_t count = 0;
    fal_text whole = {0};
    fal_text text = {0};
    int refused = 0;
    (void)snprintf(path, sizeof path, "%s", fal_test_temporary(damaged));
    assert_ok(fal_file_read(fal_test_temporary(file), LIMIT, &bytes, &count));
    write_quickly(path, bytes, count);
    assert_ok(visit(path, &whole));
    for (size_t kept = 0; kept < count; kept++) {
        if (kept > 0 && kept == border) {
            continue;
        }
        write_quickly(path, bytes, kept);
        if (visit(path, &text) != FAL_OK) {
            assert_non_null(strstr(fal_status_message(), damaged));
            refused++;
        } else if (strcmp(text.chars, whole.chars) != 0) {
            fail_msg("%s cut to %zu of %zu bytes gives %s", file, kept, count, text.chars);
        }
    }
    assert_true(refused > 0);
    refused = 0;
    for (size_t at = 0; at < count; at++) {
        const char kept = bytes[at];
        for (int mask = 0; mask < 3; mask++) {
            if (!is_unguarded(file, bytes, count, at)) {
                bytes[at] = (char)(kept ^ (mask == 0 ? 0xff : mask == 1 ? 1 << at % 8 : 1 << (at + 3) % 8));
                write_quickly(path, bytes, count);
                if (visit(path, &text) != FAL_OK) {
                    refused++;
                } else if (strcmp(text.chars, whole.chars) != 0) {
                    fail_msg("%s with byte %zu changed gives %s", file, at, text.chars);
                }
                bytes[at] = kept;
            }
        }
    }
    assert_true(refused > 0);
    fal_status_clear();
    fal_text_destroy(&text);
    fal_text_destroy(&whole);
    fal_free(bytes);
}

static size_t size_of(const char *file)
{
    char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_file_read(fal_test_temporary(file), LIMIT, &bytes, &count));
    fal_free(bytes);
    return count;
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

static void make_members(void)
{
    assert_ok(fal_file_make_folder(fal_test_temporary(".")));
    write_quickly(fal_test_temporary("a.txt"), contents[0], strlen(contents[0]));
    write_quickly(fal_test_temporary("b.txt"), contents[1], strlen(contents[1]));
}

static void damaged_compressed_files_are_refused(void **state)
{
    (void)state;
    make_members();
    need("gzip -kf a.txt b.txt && xz -kf a.txt && bzip2 -kf a.txt && cat a.txt.gz b.txt.gz >two.txt.gz");
    check_damage("a.txt.gz", "damaged.txt.gz", 0);
    check_damage("two.txt.gz", "damaged.txt.gz", size_of("a.txt.gz"));
    check_damage("a.txt.xz", "damaged.txt.xz", 0);
    check_damage("a.txt.bz2", "damaged.txt.bz2", 0);
}

static void damaged_tar_archives_are_refused(void **state)
{
    (void)state;
    make_members();
    need("tar -b 1 -cf t.tar a.txt b.txt && gzip -kf t.tar && xz -kf t.tar && bzip2 -kf t.tar");
    check_damage("t.tar", "damaged.tar", 0);
    check_damage("t.tar.gz", "damaged.tar.gz", 0);
    check_damage("t.tar.xz", "damaged.tar.xz", 0);
    check_damage("t.tar.bz2", "damaged.tar.bz2", 0);
}

static void damaged_zip_archives_are_refused(void **state)
{
    (void)state;
    make_members();
    need("${PYTHON:-python3} -c \"import zipfile as z\n"
         "for n, m in ('stored', z.ZIP_STORED), ('deflated', z.ZIP_DEFLATED):\n"
         "    with z.ZipFile(n + '.zip', 'w', m) as f:\n"
         "        f.mkdir('d') if hasattr(f, 'mkdir') else f.writestr('d/', '')\n"
         "        f.write('a.txt', 'd/a.txt')\n"
         "        f.write('b.txt')\n"
         "with z.ZipFile('large.zip', 'w', z.ZIP_DEFLATED) as f:\n"
         "    with f.open('a.txt', 'w', force_zip64=True) as m: m.write(open('a.txt', 'rb').read())\n\"");
    check_damage("stored.zip", "damaged.zip", 0);
    check_damage("deflated.zip", "damaged.zip", 0);
    check_damage("large.zip", "damaged.zip", 0); /* sizes in zip64 fields */
}

static void damaged_files_within_an_archive_are_refused(void **state)
{
    (void)state;
    fal_text text = {0};
    make_members();
    need("gzip -kf a.txt && xz -kf b.txt && tar -b 1 -cf in.tar a.txt.gz b.txt.xz && gzip -kf in.tar");
    assert_ok(visit(fal_test_temporary("in.tar"), &text));
    assert_non_null(strstr(text.chars, "a.txt(inside):one one"));
    assert_non_null(strstr(text.chars, "b.txt(inside):four five"));
    fal_text_destroy(&text);
    check_damage("in.tar", "damaged.tar", 0);
    check_damage("in.tar.gz", "damaged.tar.gz", 0);
}

static void assert_members(const char *file, const char *expected)
{
    fal_text text = {0};
    assert_ok(visit(fal_test_temporary(file), &text));
    assert_string_equal(text.chars, expected);
    fal_text_destroy(&text);
}

static void assert_refused(const char *file, const char *message)
{
    fal_text text = {0};
    assert_fails(fal_archive_visit(fal_test_temporary(file), LIMIT, list, &text), FAL_ERR_INPUT, message);
    fal_text_destroy(&text);
}

static void members_and_padding_of_compressed_files_are_read(void **state)
{
    (void)state;
    need("printf one >1 && printf two >2 && for z in gzip xz bzip2; do $z -kf 1 2; done && rm 1 2 && "
         "for e in gz xz bz2; do cat 1.$e 2.$e >12.$e; { cat 12.$e; head -c 512 /dev/zero; } >pad.$e; "
         "{ cat 12.$e; printf garbage!; } >more.$e; { cat pad.$e; printf late; } >late.$e; done");
    const char *const endings[] = {"gz", "xz", "bz2"};
    for (int i = 0; i < 3; i++) {
        char file[32];
        (void)snprintf(file, sizeof file, "12.%s", endings[i]);
        assert_members(file, "12:onetwo;");
        (void)snprintf(file, sizeof file, "pad.%s", endings[i]);
        assert_members(file, "pad:onetwo;");
        (void)snprintf(file, sizeof file, "more.%s", endings[i]);
        assert_refused(file, "copy it again");
        (void)snprintf(file, sizeof file, "late.%s", endings[i]);
        assert_refused(file, "copy it again");
    }
}

static void what_follows_the_end_of_an_archive_is_noticed(void **state)
{
    (void)state;
    make_members();
    need("tar -cf p.tar a.txt && cat p.tar p.tar >twice.tar && gzip -kf twice.tar && head -c 1024 p.tar >noend.tar && "
         "gzip -kf noend.tar && { cat p.tar; head -c 5000 /dev/zero; } >zeros.tar");
    assert_refused("twice.tar", "twice.tar: has something else after its end");
    assert_refused("twice.tar.gz", "twice.tar.gz: has something else after its end");
    assert_refused("noend.tar", "noend.tar: is cut short");
    assert_refused("noend.tar.gz", "noend.tar.gz: is cut short");
    assert_members("zeros.tar", "a.txt(inside):one one one one one one one two three;");
}

static void names_that_promise_something_else_are_refused(void **state)
{
    (void)state;
    make_members();
    need("cp a.txt plain.gz && cp a.txt plain.tar && cp a.txt plain.zip && gzip -c a.txt >other.xz && "
         "gzip -c a.txt | gzip >twice.gz && gzip -c a.txt >x.gz && tar -cf x.tar.gz a.txt");
    assert_refused("plain.gz", "plain.gz: is no .gz file");
    assert_refused("plain.tar", "plain.tar: is no .tar file");
    assert_refused("plain.zip", "plain.zip: is no .zip file");
    assert_refused("other.xz", "other.xz: is no .xz file");
    assert_refused("x.tar.gz", "x.tar.gz: is no .tar.gz file");
    assert_refused("twice.gz", "twice.gz: is compressed more than once");
}

static void members_that_nobody_can_tell_apart_are_refused(void **state)
{
    (void)state;
    make_members();
    need("tar -cf same.tar a.txt && tar -rf same.tar a.txt && ${PYTHON:-python3} -W ignore -c \"import zipfile as z\n"
         "with z.ZipFile('same.zip', 'w') as f:\n"
         "    f.writestr('x', 'one')\n"
         "    f.writestr('x', 'two')\n\"");
    assert_refused("same.tar", "same.tar: holds two members called a.txt");
    assert_refused("same.zip", "same.zip: holds two members called x");
}

/* Members "x" of python's zipfile, which cannot encrypt: the flags are set by hand. */
static void encrypted_zip_archives_are_refused(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t count = 0;
    need("${PYTHON:-python3} -c \"import zipfile as z\n"
         "with z.ZipFile('open.zip', 'w') as f: f.writestr('x', 'one')\n\"");
    assert_ok(fal_file_read(fal_test_temporary("open.zip"), LIMIT, &bytes, &count));
    char *entry = memmem(bytes, count, "PK\1\2", 4);
    assert_non_null(entry);
    bytes[6] |= 1;
    entry[8] |= 1;
    write_quickly(fal_test_temporary("locked.zip"), bytes, count);
    assert_refused("locked.zip", "locked.zip: is encrypted");
    fal_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_compressed_files_are_refused),
        cmocka_unit_test(damaged_tar_archives_are_refused),
        cmocka_unit_test(damaged_zip_archives_are_refused),
        cmocka_unit_test(damaged_files_within_an_archive_are_refused),
        cmocka_unit_test(members_and_padding_of_compressed_files_are_read),
        cmocka_unit_test(what_follows_the_end_of_an_archive_is_noticed),
        cmocka_unit_test(names_that_promise_something_else_are_refused),
        cmocka_unit_test(members_that_nobody_can_tell_apart_are_refused),
        cmocka_unit_test(encrypted_zip_archives_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
