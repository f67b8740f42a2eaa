/* A child reads parts ahead of this process: failures come back one by one, a crash costs its own part alone. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/io/look.h"
#include "fal/io/sandbox.h"

enum { PARTS = 9 };

/* What part i does: 'g' reads well, 'r' refuses, 'm' gets no memory, 'c' crashes, 'n' names a file and crashes, 'k' is
 * killed. */
typedef struct {
    const char *acts;
    int64_t touched; /* stays as it is here */
} parts;

/* The compiler is not to see that nothing is there. */
static volatile int *nowhere(void) { return (volatile int *)(uintptr_t)strtoul("8", NULL, 10); }

static fal_status read_part(void *context, int64_t index)
{
    parts *of = context;
    of->touched++;
    fal_log_say("what a child says is not seen");
    switch (of->acts[index]) {
    case 'r':
        return fal_fail(FAL_ERR_USAGE, "part %lld is not wanted", (long long)index);
    case 'm':
        return fal_fail(FAL_ERR_MEMORY, "no memory");
    case 'n':
        fal_sandbox_opening("present.h5");
        (void)raise(SIGSEGV);
        return FAL_OK;
    case 'c':
        (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would write pages about it */
        *nowhere() = 1;
        return FAL_OK;
    case 'k':
        (void)raise(SIGKILL);
        return FAL_OK;
    default:
        return FAL_OK;
    }
}

static void every_part_has_its_own_end(void **state)
{
    static const struct {
        fal_status status;
        const char *message;
    } ends[PARTS] = {{FAL_OK, ""},
                     {FAL_ERR_USAGE, "part 1 is not wanted"},
                     {FAL_ERR_INPUT, "present.h5: reading it crashed"},
                     {FAL_ERR_INPUT, "parts: reading it crashed"},
                     {FAL_OK, ""},
                     {FAL_ERR_MEMORY, "parts: not enough memory to read it"},
                     {FAL_ERR_INPUT, "parts: reading it crashed"},
                     {FAL_ERR_USAGE, "part 7 is not wanted"},
                     {FAL_OK, ""}};
    parts of = {.acts = "grncgmkrg"};
    fal_look *look = NULL;
    (void)state;
    assert_ok(fal_look_begin("parts", PARTS, read_part, &of, &look));
    for (int i = 0; i < PARTS; i++) {
        const fal_status status = fal_look_next(look);
        assert_int_equal(status, ends[i].status);
        if (status != FAL_OK) {
            assert_non_null(strstr(fal_status_message(), ends[i].message));
        }
        fal_status_clear();
    }
    fal_look_end(look);
    assert_int_equal(of.touched, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
}

static void nobody_need_ask_for_all(void **state)
{
    parts of = {.acts = "ggg"};
    fal_look *look = NULL;
    (void)state;
    assert_ok(fal_look_begin("parts", 3, read_part, &of, &look));
    fal_look_end(look); /* before any */
    assert_ok(fal_look_begin("parts", 3, read_part, &of, &look));
    assert_ok(fal_look_next(look));
    fal_look_end(look);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_ok(fal_look_begin("parts", 0, read_part, &of, &look));
    fal_look_end(look);
    fal_look_end(NULL);
}

static void one_part_is_one_call(void **state)
{
    (void)state;
    assert_ok(fal_look_once("parts", read_part, &(parts){.acts = "g"}));
    assert_fails(fal_look_once("parts", read_part, &(parts){.acts = "r"}), FAL_ERR_USAGE, "part 0 is not wanted");
    assert_fails(fal_look_once("parts", read_part, &(parts){.acts = "n"}), FAL_ERR_INPUT, "present.h5: reading it");
}

/* What is opened by the HDF5 layer is what is named, though the reader says nothing. */
static fal_status open_and_crash(void *context, int64_t index)
{
    fal_h5 *file = NULL;
    (void)index;
    FAL_TRY(fal_h5_open(context, &file));
    (void)raise(SIGSEGV);
    return FAL_OK;
}

static void the_file_that_is_open_is_named(void **state)
{
    char path[512];
    fal_h5 *file = NULL;
    (void)state;
    (void)fal_text_copy(path, sizeof path, fal_test_temporary("opened.h5"));
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    assert_fails(fal_look_once("no name", open_and_crash, path), FAL_ERR_INPUT, "opened.h5: reading it crashed");
    assert_fails(fal_look_once("no name", open_and_crash, "nowhere.h5"), FAL_ERR_INPUT, "nowhere.h5: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_has_its_own_end), cmocka_unit_test(nobody_need_ask_for_all),
        cmocka_unit_test(one_part_is_one_call), cmocka_unit_test(the_file_that_is_open_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
