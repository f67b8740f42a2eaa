/* Calls that a signal interrupts, or cuts short, are made again; a signal that ends the program leaves no temporary
 * file.
 *
 * The calls that file.c, tree.c and lock.c make are defined here, in front of the C library's: the first ones of each
 * kind fail with EINTR, as they do on network file systems. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/tree.h"

enum { OPEN, FSYNC, RENAME, UNLINK, FTRUNCATE, PREAD, PWRITE, FCNTL, CLOSE, KINDS };
static int interruptions[KINDS];        /* still to come */
static int short_writes;                /* calls of pwrite that write one byte */
static volatile int waiting_write = -1; /* a descriptor on which the next write tells, and waits for a signal */

static int passing; /* calls of open before the interruptions begin */

static bool is_interrupted(int kind)
{
    if (kind == OPEN && passing > 0) {
        passing--;
        return false;
    }
    if (interruptions[kind] > 0) {
        interruptions[kind]--;
        errno = EINTR;
        return true;
    }
    return false;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int); /* whatever is there: used by the system only where it counts */
    va_end(arguments);
    return is_interrupted(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/** What HDF5 calls. */
int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const int mode = va_arg(arguments, int);
    va_end(arguments);
    return open(path, flags, mode);
}

int fsync(int descriptor) { return is_interrupted(FSYNC) ? -1 : (int)syscall(SYS_fsync, descriptor); }

int rename(const char *from, const char *to)
{
    return is_interrupted(RENAME) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) { return is_interrupted(UNLINK) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0); }

int ftruncate(int descriptor, off_t size)
{
    return is_interrupted(FTRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, descriptor, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    if (short_writes > 0 && count > 1) {
        short_writes--;
        count = 1;
    }
    return is_interrupted(PWRITE) ? -1 : syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset)
{
    return is_interrupted(PREAD) ? -1 : syscall(SYS_pread64, descriptor, bytes, count, offset);
}

int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return command == F_OFD_SETLK && is_interrupted(FCNTL) ? -1
                                                           : (int)syscall(SYS_fcntl, descriptor, command, argument);
}

/** Linux closes, whatever it says. */
int close(int descriptor)
{
    const int result = (int)syscall(SYS_close, descriptor);
    return is_interrupted(CLOSE) ? -1 : result;
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (waiting_write >= 0) {
        (void)syscall(SYS_write, waiting_write, "w", 1);
        for (;;) {
            (void)pause();
        }
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

static void interrupt_all(int times)
{
    for (int i = 0; i < KINDS; i++) {
        interruptions[i] = times;
    }
}

/** All but those of calls that were not made. */
static void assert_consumed(const int *kinds, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(interruptions[kinds[i]], 0);
    }
    interrupt_all(0);
}

static void a_file_is_replaced_all_the_same(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("replaced");
    char *bytes = NULL;
    size_t count = 0;
    interrupt_all(3);
    assert_ok(fal_file_replace(path, "text", 4));
    assert_consumed((const int[]){OPEN, FSYNC, RENAME}, 3);
    interrupt_all(3);
    assert_ok(fal_file_read(path, 100, &bytes, &count));
    assert_consumed((const int[]){OPEN}, 1);
    assert_string_equal(bytes, "text");
    fal_free(bytes);
}

static void files_are_renamed_and_removed_all_the_same(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("from");
    assert_ok(fal_file_replace(path, "text", 4));
    interrupt_all(2);
    assert_ok(fal_file_rename(path, fal_test_temporary("to")));
    assert_ok(fal_file_remove(fal_test_temporary("to")));
    assert_consumed((const int[]){RENAME, UNLINK}, 2);
    assert_false(fal_file_exists(fal_test_temporary("to")));
}

static void a_lock_is_taken_all_the_same(void **state)
{
    (void)state;
    fal_lock *lock = NULL;
    interrupt_all(2);
    assert_ok(fal_lock_take(fal_test_temporary("locked"), 0, &lock));
    assert_consumed((const int[]){OPEN, FTRUNCATE, PWRITE, FCNTL}, 4);
    interrupt_all(2);
    fal_lock_release(lock);
    assert_consumed((const int[]){UNLINK}, 1);
    assert_false(fal_file_exists(fal_test_temporary("locked" FAL_LOCK_ENDING)));
}

static void the_owner_is_named_in_full_by_short_writes(void **state)
{
    (void)state;
    fal_lock *lock = NULL;
    fal_lock_view view;
    short_writes = 5;
    assert_ok(fal_lock_take(fal_test_temporary("short"), 0, &lock));
    assert_int_equal(short_writes, 0);
    interruptions[PREAD] = 2;
    fal_lock_look(fal_test_temporary("short" FAL_LOCK_ENDING), &view);
    assert_int_equal(interruptions[PREAD], 0);
    assert_int_equal(view.process, getpid());
    fal_lock_release(lock);
}

static void a_folder_of_files_is_written_all_the_same(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    assert_ok(fal_tree_create(fal_test_temporary("tree"), &tree));
    interrupt_all(2);
    assert_ok(fal_tree_write(tree, "below/file", "text", 4));
    assert_ok(fal_tree_finish(tree));
    assert_consumed((const int[]){OPEN, RENAME}, 2);
    fal_tree_destroy(tree);
    assert_true(fal_file_exists(fal_test_temporary("tree/below/file")));
}

static void a_folder_is_probed_all_the_same(void **state)
{
    (void)state;
    interrupt_all(2);
    assert_ok(fal_file_make_folder(fal_test_temporary("probed")));
    assert_consumed((const int[]){OPEN}, 1);
}

static void an_hdf5_file_is_opened_all_the_same(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("opened.h5");
    fal_h5 *file = NULL;
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    for (int skipped = 0; skipped < 2; skipped++) { /* by us, then by HDF5 */
        passing = skipped;
        interruptions[OPEN] = 2;
        assert_ok(fal_h5_open(path, &file));
        assert_int_equal(interruptions[OPEN], 0);
        fal_h5_close(file);
    }
    interruptions[PREAD] = 2; /* of the signature, by us */
    assert_ok(fal_h5_open(path, &file));
    assert_int_equal(interruptions[PREAD], 0);
    fal_h5_close(file);
}

/** Does a name in the temporary folder contain this? */
static bool is_left(const char *part)
{
    bool found = false;
    DIR *entries = opendir(fal_test_temporary("."));
    assert_non_null(entries);
    for (struct dirent *entry = NULL; (entry = readdir(entries)) != NULL;) {
        found = found || strstr(entry->d_name, part) != NULL;
    }
    (void)closedir(entries);
    return found;
}

static void a_signal_that_ends_the_program_leaves_no_temporary_file(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int told[2];
        int result = 0;
        char word = 0;
        const char *path = fal_test_temporary("killed");
        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();
        if (child == 0) {
            fal_file_clean_on_signals();
            waiting_write = told[1];
            (void)fal_file_replace(path, "text", 4);
            _exit(1);
        }
        assert_int_equal(read(told[0], &word, 1), 1);
        assert_true(is_left("killed.tmp."));
        assert_int_equal(kill(child, signals[i]), 0);
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_true(WIFSIGNALED(result) && WTERMSIG(result) == signals[i]);
        assert_false(is_left("killed"));
        (void)close(told[0]);
        (void)close(told[1]);
    }
}

static void an_ignored_signal_stays_ignored(void **state)
{
    (void)state;
    struct sigaction now;
    (void)signal(SIGHUP, SIG_IGN);
    fal_file_clean_on_signals();
    assert_int_equal(sigaction(SIGHUP, NULL, &now), 0);
    assert_true(now.sa_handler == SIG_IGN);
    (void)signal(SIGHUP, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_all_the_same),
        cmocka_unit_test(files_are_renamed_and_removed_all_the_same),
        cmocka_unit_test(a_lock_is_taken_all_the_same),
        cmocka_unit_test(the_owner_is_named_in_full_by_short_writes),
        cmocka_unit_test(a_folder_of_files_is_written_all_the_same),
        cmocka_unit_test(a_folder_is_probed_all_the_same),
        cmocka_unit_test(an_hdf5_file_is_opened_all_the_same),
        cmocka_unit_test(a_signal_that_ends_the_program_leaves_no_temporary_file),
        cmocka_unit_test(an_ignored_signal_stays_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
