/* Files are replaced as a whole, read within bounds; a lock belongs to a living process. */
#include "support.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"

static void a_replaced_file_reads_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("a.txt");
    char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_file_replace(path, "one", 3));
    assert_ok(fal_file_replace(path, "second", 6));
    assert_ok(fal_file_read(path, 100, &bytes, &count));
    assert_int_equal(count, 6);
    assert_string_equal(bytes, "second");
    fal_free(bytes);
}

static int names_in(const char *folder, const char *part)
{
    int found = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = NULL; (entry = readdir(entries)) != NULL;) {
        found += strstr(entry->d_name, part) != NULL;
    }
    (void)closedir(entries);
    return found;
}

static void a_failed_write_keeps_the_old_file_and_leaves_no_temporary_one(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("kept.txt");
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    char *large = NULL;
    char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_file_replace(path, "old", 3));
    assert_ok(fal_alloc(&large, 1 << 16, 1, "test"));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fal_status_clear();
    const fal_status status = fal_file_replace(path, large, 1 << 16);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, FAL_ERR_OUTPUT);
    fal_test_message_has("kept.txt: cannot write");
    fal_status_clear();
    assert_ok(fal_file_read(path, 100, &bytes, &count));
    assert_string_equal(bytes, "old");
    assert_int_equal(names_in(fal_test_temporary("."), "kept.txt.tmp"), 0);
    fal_free(bytes);
    fal_free(large);
}

static void writing_into_a_missing_folder_says_so(void **state)
{
    (void)state;
    assert_fails(fal_file_replace(fal_test_temporary("no/such/x"), "", 0), FAL_ERR_OUTPUT, "No such file or directory");
}

static void what_is_no_regular_file_is_never_replaced(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("device");
    struct stat about;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_fails(fal_file_replace(path, "abc", 3), FAL_ERR_OUTPUT, "device: is not a regular file");
    assert_int_equal(stat(path, &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
    assert_fails(fal_file_replace(fal_test_temporary("."), "abc", 3), FAL_ERR_OUTPUT, "is a folder");
}

static void reading_refuses_what_is_no_file_or_too_large(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t count = 0;
    const char *pipe_path = fal_test_temporary("pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_fails(fal_file_read(fal_test_temporary("missing"), 10, &bytes, &count), FAL_ERR_INPUT, "No such file");
    assert_fails(fal_file_read(fal_test_temporary("."), 10, &bytes, &count), FAL_ERR_INPUT, "is a folder");
    assert_fails(fal_file_read(pipe_path, 10, &bytes, &count), FAL_ERR_INPUT, "not a regular file");
    assert_ok(fal_file_replace(fal_test_temporary("long"), "0123456789a", 11));
    assert_fails(fal_file_read(fal_test_temporary("long"), 10, &bytes, &count), FAL_ERR_INPUT, "more than the 10");
    assert_null(bytes);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    const char *top = fal_test_temporary("folder");
    const char *path = fal_test_temporary("folder/with/parents");
    struct stat about;
    assert_ok(fal_file_make_folder(path));
    assert_ok(fal_file_make_folder(path)); /* there already */
    assert_int_equal(stat(path, &about), 0);
    assert_true(S_ISDIR(about.st_mode));
    assert_int_equal(names_in(path, "fal_probe"), 0);
    assert_ok(fal_file_replace(fal_test_temporary("plain"), "", 0));
    assert_fails(fal_file_make_folder(fal_test_temporary("plain/below")), FAL_ERR_OUTPUT, "cannot make the folder");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(fal_test_temporary("folder/with")), 0);
    assert_int_equal(rmdir(top), 0);
}

static void sha256_of_a_file_is_the_known_one(void **state)
{
    (void)state;
    char text[65];
    assert_ok(fal_file_replace(fal_test_temporary("abc"), "abc", 3));
    assert_ok(fal_file_sha256(fal_test_temporary("abc"), text));
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-4 */
}

static void removing_and_renaming(void **state)
{
    (void)state;
    assert_ok(fal_file_replace(fal_test_temporary("from"), "x", 1));
    assert_ok(fal_file_rename(fal_test_temporary("from"), fal_test_temporary("to")));
    assert_false(fal_file_exists(fal_test_temporary("from")));
    assert_true(fal_file_exists(fal_test_temporary("to")));
    assert_ok(fal_file_remove(fal_test_temporary("to")));
    assert_ok(fal_file_remove(fal_test_temporary("to"))); /* missing is fine */
    assert_fails(fal_file_rename(fal_test_temporary("to"), fal_test_temporary("x")), FAL_ERR_OUTPUT, "cannot rename");
}

static void a_lock_is_refused_while_it_is_held_and_free_afterwards(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("out.h5");
    fal_lock *first = NULL;
    fal_lock *second = NULL;
    char owner[64];
    (void)snprintf(owner, sizeof owner, "process %ld", (long)getpid());
    assert_ok(fal_lock_take(path, 0, &first));
    assert_fails(fal_lock_take(path, 0.2, &second), FAL_ERR_USAGE, owner);
    fal_lock_release(first);
    assert_false(fal_file_exists(fal_test_temporary("out.h5.lock")));
    assert_ok(fal_lock_take(path, 0, &second));
    fal_lock_release(second);
    fal_lock_release(NULL);
}

/** A child that holds the lock of `path` until it is killed; returns once it holds it. */
static pid_t start_owner(const char *path)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        fal_lock *lock = NULL;
        const char result = fal_lock_take(path, 0, &lock) == FAL_OK ? 'y' : 'n';
        if (write(ready[1], &result, 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    char result = 0;
    assert_int_equal(read(ready[0], &result, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    assert_int_equal(result, 'y');
    return child;
}

static void the_lock_of_a_killed_process_does_not_block(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("killed.h5");
    fal_lock *lock = NULL;
    const pid_t child = start_owner(path);
    char owner[64];
    (void)snprintf(owner, sizeof owner, "process %ld", (long)child);
    assert_fails(fal_lock_take(path, 0, &lock), FAL_ERR_USAGE, owner);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(fal_file_exists(fal_test_temporary("killed.h5.lock")));
    assert_ok(fal_lock_take(path, 0, &lock));
    fal_lock_release(lock);
}

static int64_t size_of(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return about.st_size;
}

static void files_of_a_stage_are_put_in_place_together_or_not_at_all(void **state)
{
    (void)state;
    fal_stage *stage = NULL;
    char a[256], b[256], c[256];
    (void)snprintf(a, sizeof a, "%s", fal_test_temporary("stage_a"));
    (void)snprintf(b, sizeof b, "%s", fal_test_temporary("stage_b"));
    (void)snprintf(c, sizeof c, "%s", fal_test_temporary("stage_c"));
    assert_ok(fal_file_replace(a, "old", 3));
    assert_ok(fal_stage_create(&stage));
    assert_ok(fal_stage_add(stage, a, "newer", 5));
    assert_ok(fal_stage_add(stage, b, "newer", 5));
    assert_ok(fal_file_replace(c, "meanwhile", 9)); /* one that was begun later ends before */
    assert_int_equal(size_of(a), 3);
    assert_false(fal_file_exists(b));
    assert_ok(fal_stage_finish(stage));
    assert_int_equal(size_of(a), 5);
    assert_int_equal(size_of(b), 5);
    assert_ok(fal_stage_add(stage, a, "third", 2)); /* once more, and not finished */
    assert_int_equal(mkdir(fal_test_temporary("stage_folder"), 0777), 0);
    assert_fails(fal_stage_add(stage, fal_test_temporary("stage_folder"), "x", 1), FAL_ERR_OUTPUT, "is a folder");
    fal_stage_destroy(stage);
    assert_int_equal(size_of(a), 5);
    assert_int_equal(names_in(fal_test_temporary("."), "stage_a.tmp"), 0);
    fal_file_remove_unfinished(); /* of none */
    assert_ok(fal_stage_create(&stage));
    assert_ok(fal_stage_add(stage, a, "fourth", 6));
    assert_ok(fal_stage_add(stage, b, "fourth", 6));
    fal_file_remove_unfinished(); /* as a signal would */
    assert_int_equal(names_in(fal_test_temporary("."), "stage_a.tmp"), 0);
    assert_fails(fal_stage_finish(stage), FAL_ERR_OUTPUT, "cannot put the new file in place");
    fal_stage_destroy(stage);
    fal_stage_destroy(NULL);
    assert_int_equal(size_of(a), 5);
}

static const char *temporary_of(const char *name, pid_t process)
{
    static char text[128];
    (void)snprintf(text, sizeof text, "%s.tmp.%ld", name, (long)process);
    return fal_test_temporary(text);
}

static void taking_a_lock_clears_what_killed_writers_left_of_this_output_alone(void **state)
{
    (void)state;
    static const char *const mine[] = {"t_s1.h5", "t_s1.ckpt.h5", "t_s1.client_03.state", ".fal_probe"};
    static const char *const others[] = {"t_s10.h5",        "t_s1",     "t_s1.notes",
                                         "t_s1.answers.h5", "t_s1.svg", "t_s1.more.h5"};
    enum { MINE = sizeof mine / sizeof *mine, OTHERS = sizeof others / sizeof *others };
    fal_lock *lock = NULL;
    const pid_t gone = fork();
    if (gone == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    const pid_t alive = fork(); /* of this program */
    if (alive == 0) {
        (void)pause();
        _exit(0);
    }
    const pid_t ended = fork(); /* and not asked for yet */
    if (ended == 0) {
        _exit(0);
    }
    siginfo_t about;
    assert_int_equal(waitid(P_PID, (id_t)ended, &about, WEXITED | WNOWAIT), 0);
    for (int i = 0; i < MINE; i++) {
        assert_ok(fal_file_replace(temporary_of(mine[i], gone), "x", 1));
        assert_ok(fal_file_replace(temporary_of(mine[i], ended), "x", 1));
        assert_ok(fal_file_replace(temporary_of(mine[i], 1), "x", 1)); /* has been given to another program */
    }
    for (int i = 0; i < OTHERS; i++) {
        assert_ok(fal_file_replace(temporary_of(others[i], gone), "x", 1));
    }
    assert_ok(fal_file_replace(temporary_of("t_s1.h5", alive), "x", 1));
    assert_ok(fal_file_replace(fal_test_temporary("t_s1.h5.tmp.2x"), "x", 1));
    assert_ok(fal_lock_take(fal_test_temporary("t_s1.h5"), 0, &lock));
    for (int i = 0; i < MINE; i++) {
        assert_false(fal_file_exists(temporary_of(mine[i], gone)));
        assert_false(fal_file_exists(temporary_of(mine[i], ended)));
        assert_false(fal_file_exists(temporary_of(mine[i], 1)));
    }
    for (int i = 0; i < OTHERS; i++) {
        assert_true(fal_file_exists(temporary_of(others[i], gone)));
    }
    assert_true(fal_file_exists(temporary_of("t_s1.h5", alive)));
    assert_int_equal(kill(alive, SIGKILL), 0);
    assert_int_equal(waitpid(alive, NULL, 0), alive);
    assert_int_equal(waitpid(ended, NULL, 0), ended);
    assert_true(fal_file_exists(fal_test_temporary("t_s1.h5.tmp.2x")));
    fal_lock_release(lock);
    assert_ok(fal_lock_take(fal_test_temporary("t_s1.answers.h5"), 0, &lock));
    assert_false(fal_file_exists(temporary_of("t_s1.answers.h5", gone)));
    fal_lock_release(lock);
}

static void a_new_file_is_as_private_as_the_one_it_replaces(void **state)
{
    (void)state;
    struct stat about;
    char link_name[256];
    char *path = strdup(fal_test_temporary("private.txt"));
    assert_non_null(path);
    assert_ok(fal_file_replace(path, "old", 3));
    assert_int_equal(chmod(path, 0640), 0);
    assert_ok(fal_file_replace(path, "new", 3));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    assert_int_equal(about.st_size, 3);
    assert_int_equal(chmod(path, 0444), 0);
    assert_fails(fal_file_replace(path, "newer", 5), FAL_ERR_OUTPUT, "private.txt: is write-protected");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 3);
    /* A link of ours is replaced by a file; one into /proc, as /dev/stdout is, stays. */
    (void)snprintf(link_name, sizeof link_name, "%s", fal_test_temporary("link"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(symlink(path, link_name), 0);
    assert_ok(fal_file_replace(link_name, "x", 1));
    assert_int_equal(lstat(link_name, &about), 0);
    assert_true(S_ISREG(about.st_mode));
    const int descriptor = open(path, O_WRONLY);
    assert_true(descriptor >= 0);
    char target[64];
    (void)snprintf(target, sizeof target, "/proc/self/fd/%d", descriptor);
    assert_fails(fal_file_replace(target, "x", 1), FAL_ERR_OUTPUT, "is not a regular file");
    assert_int_equal(unlink(link_name), 0);
    assert_int_equal(symlink(target, link_name), 0);
    assert_fails(fal_file_replace(link_name, "x", 1), FAL_ERR_OUTPUT, "link: is not a regular file");
    assert_int_equal(lstat(link_name, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    (void)close(descriptor);
    free(path);
}

static void a_lock_is_not_written_into_a_file_of_somebody(void **state)
{
    (void)state;
    const char *theirs = fal_test_temporary("theirs.txt");
    const char *lock_path = fal_test_temporary("mine.h5.lock");
    fal_lock *lock = NULL;
    char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_file_replace(theirs, "precious", 8));
    assert_int_equal(link(theirs, lock_path), 0);
    assert_fails(fal_lock_take(fal_test_temporary("mine.h5"), 0, &lock), FAL_ERR_OUTPUT, "mine.h5.lock: is not a lock");
    assert_int_equal(unlink(lock_path), 0);
    assert_int_equal(symlink("theirs.txt", lock_path), 0);
    assert_fails(fal_lock_take(fal_test_temporary("mine.h5"), 0, &lock), FAL_ERR_OUTPUT, "mine.h5.lock: cannot make");
    assert_int_equal(unlink(lock_path), 0);
    assert_int_equal(mkfifo(lock_path, 0600), 0);
    assert_fails(fal_lock_take(fal_test_temporary("mine.h5"), 0, &lock), FAL_ERR_OUTPUT, "mine.h5.lock: is not a lock");
    assert_int_equal(unlink(lock_path), 0);
    assert_ok(fal_file_read(theirs, 100, &bytes, &count));
    assert_string_equal(bytes, "precious");
    fal_free(bytes);
}

static void an_output_that_is_an_input_is_found_under_every_name(void **state)
{
    (void)state;
    const char *input = fal_test_temporary("in.bin");
    const char *hard = fal_test_temporary("hard.bin");
    const char *soft = fal_test_temporary("soft.bin");
    const char *other = fal_test_temporary("other.bin");
    const char *const inputs[] = {NULL, fal_test_temporary("not-there"), fal_test_temporary("."), input};
    assert_ok(fal_file_replace(input, "x", 1));
    assert_ok(fal_file_replace(other, "x", 1));
    assert_int_equal(link(input, hard), 0);
    assert_int_equal(symlink("in.bin", soft), 0);
    const char *const names[] = {other, inputs[1], input, soft, hard};
    int first = 0;
    int second = 0;
    assert_ok(fal_file_find_twins(names, 5, &first, &second));
    assert_int_equal(first, 2);
    assert_int_equal(second, 3);
    assert_ok(fal_file_find_twins(names, 3, &first, &second));
    assert_true(first == -1 && second == -1);
    assert_fails(fal_file_refuse_input(input, inputs, 4), FAL_ERR_USAGE, "would be written over, but it is read");
    assert_fails(fal_file_refuse_input(hard, inputs, 4), FAL_ERR_USAGE, "hard.bin: would be written over");
    assert_fails(fal_file_refuse_input(soft, inputs, 4), FAL_ERR_USAGE, "soft.bin: would be written over");
    assert_fails(fal_file_refuse_input(fal_test_temporary("./in.bin"), inputs, 4), FAL_ERR_USAGE, "in.bin");
    assert_ok(fal_file_refuse_input(other, inputs, 4));
    assert_ok(fal_file_refuse_input(fal_test_temporary("not-there"), inputs, 4));
    assert_ok(fal_file_refuse_input(fal_test_temporary("."), inputs, 4)); /* a folder is never replaced */
    assert_ok(fal_file_refuse_input(input, inputs, 3));
}

/* A loop of links stands for a disk that fails: root, too, cannot look at it. */
static void what_cannot_be_looked_at_is_not_taken_for_missing(void **state)
{
    (void)state;
    const char *loop = fal_test_temporary("loop");
    assert_int_equal(symlink("loop", loop), 0);
    assert_true(fal_file_exists(loop));
    assert_false(fal_file_exists(fal_test_temporary("not-there")));
    assert_false(fal_file_exists(fal_test_temporary("not-there/either")));
    assert_ok(fal_file_replace(fal_test_temporary("plain"), "x", 1));
    assert_false(fal_file_exists(fal_test_temporary("plain/below-a-file")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_file_reads_back),
        cmocka_unit_test(a_failed_write_keeps_the_old_file_and_leaves_no_temporary_one),
        cmocka_unit_test(writing_into_a_missing_folder_says_so),
        cmocka_unit_test(what_is_no_regular_file_is_never_replaced),
        cmocka_unit_test(reading_refuses_what_is_no_file_or_too_large),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(sha256_of_a_file_is_the_known_one),
        cmocka_unit_test(removing_and_renaming),
        cmocka_unit_test(a_lock_is_refused_while_it_is_held_and_free_afterwards),
        cmocka_unit_test(the_lock_of_a_killed_process_does_not_block),
        cmocka_unit_test(files_of_a_stage_are_put_in_place_together_or_not_at_all),
        cmocka_unit_test(a_new_file_is_as_private_as_the_one_it_replaces),
        cmocka_unit_test(taking_a_lock_clears_what_killed_writers_left_of_this_output_alone),
        cmocka_unit_test(a_lock_is_not_written_into_a_file_of_somebody),
        cmocka_unit_test(an_output_that_is_an_input_is_found_under_every_name),
        cmocka_unit_test(what_cannot_be_looked_at_is_not_taken_for_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
