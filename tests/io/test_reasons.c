/* The reason in a message is that of the call that failed, not of one after it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/ini.h"
#include "fal/io/file.h"

/* The system's own folder takes no files: not from users (EACCES), not from root (EPERM, EROFS). Its message must not
 * be "No such file or directory", which is what looking at the missing folder afterwards says. */
static const char closed[] = "/sys/fal_test_folder";

static int reason_of_mkdir(const char *path) { return mkdir(path, 0777) == 0 ? 0 : errno; }

static void a_folder_that_cannot_be_made_says_why(void **state)
{
    (void)state;
    const int reason = reason_of_mkdir(closed);
    if (reason == 0 || reason == ENOENT) {
        (void)rmdir(closed);
        print_message("skipped: a_folder_that_cannot_be_made_says_why: /sys is no closed folder here\n");
        skip();
    }
    assert_fails(fal_file_make_folder(closed), FAL_ERR_OUTPUT, strerror(reason));
    assert_fails(fal_file_make_folder("/sys/fal_test_folder/below"), FAL_ERR_OUTPUT,
                 "/sys/fal_test_folder: cannot make the folder");
}

static void what_lies_in_the_way_is_named(void **state)
{
    (void)state;
    char path[512];
    char long_name[400];
    const char *file = fal_test_temporary("file");
    const char *dangling = fal_test_temporary("dangling");
    const char *loop = fal_test_temporary("loop");
    assert_ok(fal_file_replace(file, "x", 1));
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(symlink("loop", loop), 0);
    assert_fails(fal_file_make_folder(file), FAL_ERR_OUTPUT, strerror(ENOTDIR));
    (void)snprintf(path, sizeof path, "%s/below", file);
    assert_fails(fal_file_make_folder(path), FAL_ERR_OUTPUT, strerror(ENOTDIR));
    assert_fails(fal_file_make_folder(dangling), FAL_ERR_OUTPUT, strerror(ENOTDIR));
    (void)snprintf(path, sizeof path, "%s/below", loop);
    assert_fails(fal_file_make_folder(path), FAL_ERR_OUTPUT, strerror(ENOTDIR)); /* the link itself is no folder */
    memset(long_name, 'x', 300);
    long_name[300] = '\0';
    assert_fails(fal_file_make_folder(long_name), FAL_ERR_OUTPUT, strerror(ENAMETOOLONG));
}

/* As root nothing is closed by its mode: then the folder above takes their place. */
static void a_closed_folder_says_that_it_is_closed(void **state)
{
    (void)state;
    const char *folder = fal_test_temporary("closed");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/new", folder);
    assert_int_equal(mkdir(folder, 0555), 0);
    const int reason = reason_of_mkdir(path);
    if (reason == 0) {
        (void)rmdir(path);
        print_message("skipped: a_closed_folder_says_that_it_is_closed: this user may write anywhere\n");
        skip();
    }
    assert_fails(fal_file_make_folder(path), FAL_ERR_OUTPUT, strerror(EACCES));
    assert_fails(fal_file_replace(path, "x", 1), FAL_ERR_OUTPUT, strerror(EACCES));
    fal_lock *lock = NULL;
    assert_fails(fal_lock_take(path, 0, &lock), FAL_ERR_OUTPUT, strerror(EACCES));
}

static void files_and_locks_say_why_they_cannot_be_made(void **state)
{
    (void)state;
    fal_lock *lock = NULL;
    const int descriptor = open(closed, O_WRONLY | O_CREAT | O_EXCL, 0666);
    const int reason = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
        (void)unlink(closed);
        print_message("skipped: files_and_locks_say_why_they_cannot_be_made: /sys is no closed folder here\n");
        skip();
    }
    assert_fails(fal_file_replace(closed, "x", 1), FAL_ERR_OUTPUT, strerror(reason));
    assert_fails(fal_lock_take(closed, 0, &lock), FAL_ERR_OUTPUT, strerror(reason));
    assert_null(lock);
}

static fal_status ignore(void *context, const char *name, const char *value, const char *where)
{
    (void)context, (void)name, (void)value, (void)where;
    return FAL_OK;
}

static void inputs_say_why_they_cannot_be_opened(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t count = 0;
    char path[512];
    const char *file = fal_test_temporary("input");
    const char *loop = fal_test_temporary("circle");
    assert_ok(fal_file_replace(file, "x", 1));
    assert_int_equal(symlink("circle", loop), 0);
    (void)snprintf(path, sizeof path, "%s/below", file);
    assert_fails(fal_file_read(path, 10, &bytes, &count), FAL_ERR_INPUT, strerror(ENOTDIR));
    assert_fails(fal_file_read(loop, 10, &bytes, &count), FAL_ERR_INPUT, strerror(ELOOP));
    assert_fails(fal_ini_read(loop, ignore, NULL), FAL_ERR_USAGE, strerror(ELOOP));
    assert_fails(fal_ini_read(path, ignore, NULL), FAL_ERR_USAGE, strerror(ENOTDIR));
    assert_fails(fal_ini_read(fal_test_temporary("none"), ignore, NULL), FAL_ERR_USAGE, strerror(ENOENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_that_cannot_be_made_says_why),
        cmocka_unit_test(what_lies_in_the_way_is_named),
        cmocka_unit_test(a_closed_folder_says_that_it_is_closed),
        cmocka_unit_test(files_and_locks_say_why_they_cannot_be_made),
        cmocka_unit_test(inputs_say_why_they_cannot_be_opened),
    };
    return cmocka_run_group_tests_name("io/reasons", tests, NULL, NULL);
}
