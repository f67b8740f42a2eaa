/* Calls that the system refuses: the old file stays whole, nothing half is left, and the message says why.
 *
 * The calls that file.c and lock.c make are defined here, in front of the C library's. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"

typedef enum { NONE, OPEN, WRITE, FSYNC, CLOSE, RENAME, UNLINK, FTRUNCATE, PWRITE, LOCK } call;

static struct {
    call what;
    int passing; /* so many of these are let through before */
    int error;   /* 0: the call does less than it was asked for */
    int only;    /* flags of open that are refused; 0: whatever they are */
} refused;

static void refuse(call what, int passing, int error)
{
    refused.what = what;
    refused.passing = passing;
    refused.error = error;
    refused.only = 0;
}

static bool is_refused(call what)
{
    if (refused.what != what || refused.passing-- > 0) {
        return false;
    }
    errno = refused.error;
    return true;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int); /* whatever is there: used by the system only where it counts */
    va_end(arguments);
    const bool asked = refused.only == 0 || (flags & refused.only) == refused.only;
    return asked && is_refused(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (is_refused(WRITE)) {
        return refused.error == 0 ? 0 : -1;
    }
    return syscall(SYS_write, descriptor, bytes, refused.what == WRITE && count > 1 ? 1 : count);
}

int fsync(int descriptor) { return is_refused(FSYNC) ? -1 : (int)syscall(SYS_fsync, descriptor); }

int close(int descriptor)
{
    const int result = (int)syscall(SYS_close, descriptor);
    return is_refused(CLOSE) ? -1 : result;
}

int rename(const char *from, const char *to)
{
    return is_refused(RENAME) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) { return is_refused(UNLINK) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0); }

int ftruncate(int descriptor, off_t size)
{
    return is_refused(FTRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, descriptor, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    if (is_refused(PWRITE)) {
        return refused.error == 0 ? 1 : -1;
    }
    return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    const bool locks = command == F_OFD_SETLK || command == F_OFD_GETLK;
    return locks && is_refused(LOCK) ? -1 : (int)syscall(SYS_fcntl, descriptor, command, argument);
}

/** Names in the temporary folder that contain this. */
static int names_with(const char *part)
{
    int found = 0;
    DIR *entries = opendir(fal_test_temporary("."));
    assert_non_null(entries);
    for (struct dirent *entry = NULL; (entry = readdir(entries)) != NULL;) {
        found += strstr(entry->d_name, part) != NULL;
    }
    (void)closedir(entries);
    return found;
}

static void assert_holds(const char *path, const char *text)
{
    char *bytes = NULL;
    size_t count = 0;
    refuse(NONE, 0, 0);
    assert_ok(fal_file_read(path, 100, &bytes, &count));
    assert_string_equal(bytes, text);
    fal_free(bytes);
}

/* ---- a file that is replaced ----------------------------------------------------------------------------------- */

static void whatever_is_refused_the_old_file_is_whole(void **state)
{
    (void)state;
    static const int errors[] = {EIO, ENOSPC, EDQUOT};
    static const struct {
        call what;
        const char *message;
    } calls[] = {{OPEN, "cannot make the file"},
                 {WRITE, "cannot write 3 bytes"},
                 {FSYNC, "cannot sync the file to disk"},
                 {CLOSE, "cannot write the file"},
                 {RENAME, "cannot put the new file in place"}};
    char path[1024]; /* other names are asked for in between */
    (void)snprintf(path, sizeof path, "%s", fal_test_temporary("kept"));
    assert_ok(fal_file_replace(path, "old", 3));
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
            refuse(calls[i].what, 0, errors[e]);
            fal_status_clear();
            assert_int_equal(fal_file_replace(path, "new", 3), FAL_ERR_OUTPUT);
            fal_test_message_has(calls[i].message);
            fal_test_message_has(strerror(errors[e]));
            fal_status_clear();
            assert_holds(path, "old");
            assert_int_equal(names_with(".tmp."), 0);
        }
    }
}

static void a_folder_that_cannot_be_synced_is_said_with_the_new_file_in_place(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("placed");
    refuse(FSYNC, 1, EIO);
    assert_fails(fal_file_replace(path, "new", 3), FAL_ERR_OUTPUT, "cannot sync its folder");
    assert_holds(path, "new");
    refuse(OPEN, 1, EMFILE);
    assert_fails(fal_file_replace(path, "newer", 5), FAL_ERR_OUTPUT, "cannot open its folder");
    assert_holds(path, "newer");
}

/* Some file systems cannot sync, some folders cannot be read. */
static void what_a_file_system_does_not_have_is_no_failure(void **state)
{
    (void)state;
    static const int passing[] = {0, 1, 1, 1};
    static const int errors[] = {EINVAL, EINVAL, EROFS, ENOTSUP};
    const char *path = fal_test_temporary("unsynced");
    for (int i = 0; i < 4; i++) {
        refuse(FSYNC, passing[i], errors[i]);
        assert_ok(fal_file_replace(path, "new", 3));
        assert_holds(path, "new");
    }
    refuse(OPEN, 1, EACCES);
    assert_ok(fal_file_replace(path, "newest", 6));
    assert_holds(path, "newest");
}

static void writes_of_single_bytes_make_a_whole_file(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("slow");
    refuse(WRITE, 100, EIO); /* not that far, but each takes one byte */
    assert_ok(fal_file_replace(path, "slowly", 6));
    assert_holds(path, "slowly");
    refuse(WRITE, 3, 0);
    assert_fails(fal_file_replace(path, "slower", 6), FAL_ERR_OUTPUT, "the disk takes no more");
    assert_holds(path, "slowly");
}

static void a_temporary_file_that_was_left_is_no_hindrance(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("again");
    char left[2048];
    (void)snprintf(left, sizeof left, "%s.tmp.%ld", path, (long)getpid());
    assert_ok(fal_file_replace(left, "half", 4));
    assert_ok(fal_file_replace(path, "whole", 5));
    assert_holds(path, "whole");
    assert_false(fal_file_exists(left));
}

static void removing_and_renaming_say_why_not(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("stays");
    assert_ok(fal_file_replace(path, "text", 4));
    refuse(UNLINK, 0, EACCES);
    assert_fails(fal_file_remove(path), FAL_ERR_OUTPUT, "cannot remove");
    refuse(RENAME, 0, EIO);
    assert_fails(fal_file_rename(path, fal_test_temporary("gone")), FAL_ERR_OUTPUT, "cannot rename");
    assert_holds(path, "text");
}

/* ---- a folder that is probed ----------------------------------------------------------------------------------- */

static void a_folder_is_probed_with_a_name_where_it_must_have_one(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("probed");
    refuse(OPEN, 0, EOPNOTSUPP);
    refused.only = O_TMPFILE;
    assert_ok(fal_file_make_folder(path));
    refuse(OPEN, 0, EROFS);
    assert_fails(fal_file_make_folder(path), FAL_ERR_OUTPUT, "cannot make files in this folder");
    refuse(NONE, 0, 0);
    DIR *entries = opendir(path);
    int count = 0;
    assert_non_null(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    assert_int_equal(count, 2);
    assert_int_equal(rmdir(path), 0);
    assert_fails(fal_file_make_folder(""), FAL_ERR_OUTPUT, "the name of the output folder is empty");
}

/* ---- a lock ---------------------------------------------------------------------------------------------------- */

static void a_lock_file_that_cannot_be_written_is_said(void **state)
{
    (void)state;
    static const call calls[] = {FTRUNCATE, PWRITE};
    static const int errors[] = {EIO, EDQUOT};
    fal_lock *lock = NULL;
    for (int i = 0; i < 2; i++) {
        refuse(calls[i], 0, errors[i]);
        assert_fails(fal_lock_take(fal_test_temporary("a.h5"), 0, &lock), FAL_ERR_OUTPUT, "cannot write the lock file");
        assert_null(lock);
    }
    refuse(OPEN, 0, EACCES);
    assert_fails(fal_lock_take(fal_test_temporary("a.h5"), 0, &lock), FAL_ERR_OUTPUT, "cannot make the lock file");
    refuse(NONE, 0, 0);
    assert_ok(fal_lock_take(fal_test_temporary("a.h5"), 0, &lock)); /* what was left is no hindrance */
    fal_lock_release(lock);
    refuse(PWRITE, 0, 0); /* cut short: the rest is written, too */
    assert_ok(fal_lock_take(fal_test_temporary("a.h5"), 0, &lock));
    fal_lock_release(lock);
    refuse(NONE, 0, 0);
}

static void write_lock(const char *path, const char *host, long process)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s %ld\nbusy\n", host, process);
    assert_ok(fal_file_replace(path, text, strlen(text)));
}

/* Where the file system has no locks, the process that the file names decides. */
static void without_locks_the_process_decides(void **state)
{
    (void)state;
    char host[128] = "";
    const char *path = fal_test_temporary("b.h5.lock");
    fal_lock *lock = NULL;
    fal_lock_view view;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    const pid_t alive = fork(); /* of this program */
    if (alive == 0) {
        (void)pause();
        _exit(0);
    }
    write_lock(path, host, (long)alive);
    refuse(LOCK, 0, ENOLCK);
    assert_fails(fal_lock_take(fal_test_temporary("b.h5"), 0, &lock), FAL_ERR_USAGE, "in use by");
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_UNKNOWN);
    static const long gone[] = {1 /* another program's */, 999999999 /* more than a system has */};
    for (int i = 0; i < 2; i++) {
        write_lock(path, host, gone[i]);
        fal_lock_look(path, &view);
        assert_int_equal(view.holder, FAL_LOCK_LEFT);
    }
    assert_int_equal(kill(alive, SIGKILL), 0);
    assert_int_equal(waitpid(alive, NULL, 0), alive);
    assert_ok(fal_lock_take(fal_test_temporary("b.h5"), 0, &lock));
    fal_lock_release(lock);
    refuse(NONE, 0, 0);
}

static void looking_tells_who_holds_a_lock(void **state)
{
    (void)state;
    char host[128] = "";
    char path[1024];
    fal_lock *lock = NULL;
    fal_lock_view view;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    (void)snprintf(path, sizeof path, "%s", fal_test_temporary("c.h5.lock"));
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_NONE);
    fal_lock_look(fal_test_temporary("."), &view);
    assert_int_equal(view.holder, FAL_LOCK_NONE); /* a folder */

    assert_ok(fal_lock_take(fal_test_temporary("c.h5"), 0, &lock));
    fal_lock_sign(NULL, "nobody's");
    fal_lock_sign(lock, "a long sign of life");
    fal_lock_sign(lock, "AL round 3");
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_HELD);
    assert_string_equal(view.host, host);
    assert_int_equal(view.process, getpid());
    assert_memory_equal(view.sign, "AL round 3 ", 11);
    assert_true(view.changed > 0);
    fal_lock_release(lock);

    write_lock(path, host, 999999999);
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_LEFT);
    write_lock(path, "elsewhere\033[31m", 1);
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_UNKNOWN);
    assert_string_equal(view.host, "elsewhere?[31m");
    assert_ok(fal_file_replace(path, "", 0));
    fal_lock_look(path, &view);
    assert_int_equal(view.holder, FAL_LOCK_UNKNOWN); /* being written, or nothing of ours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_refused_the_old_file_is_whole),
        cmocka_unit_test(a_folder_that_cannot_be_synced_is_said_with_the_new_file_in_place),
        cmocka_unit_test(what_a_file_system_does_not_have_is_no_failure),
        cmocka_unit_test(writes_of_single_bytes_make_a_whole_file),
        cmocka_unit_test(a_temporary_file_that_was_left_is_no_hindrance),
        cmocka_unit_test(removing_and_renaming_say_why_not),
        cmocka_unit_test(a_folder_is_probed_with_a_name_where_it_must_have_one),
        cmocka_unit_test(a_lock_file_that_cannot_be_written_is_said),
        cmocka_unit_test(without_locks_the_process_decides),
        cmocka_unit_test(looking_tells_who_holds_a_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
