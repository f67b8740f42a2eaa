/* A child process hands over what it read; its failures, crashes and excesses become messages here. */
#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/sandbox.h"

enum { MANY = 300000 };

typedef struct {
    fal_status (*act)(fal_sandbox_line *line);
    int32_t received[MANY];
    char heard[64];
    int64_t done, total;
} test_context;

static test_context context; /* large: not on the stack */

static fal_status work(void *given, fal_sandbox_line *line) { return ((test_context *)given)->act(line); }

static fal_status take_all(void *given, fal_sandbox_line *line)
{
    return fal_sandbox_receive(line, ((test_context *)given)->received, sizeof context.received);
}

static void hear(void *given, const char *what, int64_t done, int64_t total)
{
    test_context *c = given;
    (void)fal_text_copy(c->heard, sizeof c->heard, what);
    c->done = done;
    c->total = total;
}

static fal_status run(fal_status (*act)(fal_sandbox_line *line))
{
    const fal_sandbox_limits limits = {.memory = (size_t)64 << 20, .seconds = 1};
    const fal_sandbox_job job = {.work = work, .take = take_all, .hear = hear, .context = &context};
    memset(&context, 0, sizeof context);
    context.act = act;
    return fal_sandbox_exchange("given.bin", &limits, &job);
}

/* ---- what the child does --------------------------------------------------------------------------------------- */

static fal_status send_numbers(fal_sandbox_line *line)
{
    for (int i = 0; i < MANY; i++) {
        context.received[i] = 7 * i;
    }
    fal_sandbox_tell(line, "present.bin", 3, 8);
    return fal_sandbox_send(line, context.received, sizeof context.received);
}

static fal_status send_and_fail(fal_sandbox_line *line)
{
    FAL_TRY(send_numbers(line));
    return fal_fail(FAL_ERR_OUTPUT, "afterwards");
}

static fal_status refuse(fal_sandbox_line *line)
{
    (void)line;
    return fal_fail(FAL_ERR_USAGE, "present.bin: is not wanted");
}

static fal_status crash(fal_sandbox_line *line)
{
    fal_sandbox_tell(line, "present.bin", 0, 1);
    (void)raise(SIGSEGV);
    return FAL_OK;
}

static fal_status crash_in_the_middle(fal_sandbox_line *line)
{
    FAL_TRY(send_numbers(line));
    (void)raise(SIGKILL);
    return FAL_OK;
}

static fal_status send_other_size(fal_sandbox_line *line)
{
    return fal_sandbox_send(line, context.received, sizeof context.received - 4);
}

static fal_status send_twice(fal_sandbox_line *line)
{
    FAL_TRY(send_numbers(line));
    return send_numbers(line);
}

static fal_status swell(fal_sandbox_line *line)
{
    void *memory = NULL;
    fal_sandbox_tell(line, "present.bin", 0, 1);
    for (int i = 0; i < 1000; i++) {
        FAL_TRY(fal_alloc(&memory, 1, 1 << 20, "test"));
    }
    return FAL_OK;
}

static fal_status loop(fal_sandbox_line *line)
{
    (void)line;
    for (volatile int i = 0;; i++) {
    }
    return FAL_OK;
}

static fal_status write_file(fal_sandbox_line *line)
{
    const char *path = fal_test_temporary("written");
    const int descriptor = open(path, O_CREAT | O_WRONLY, 0600);
    (void)signal(SIGXFSZ, SIG_IGN);
    const bool wrote = descriptor >= 0 && write(descriptor, path, 1) == 1;
    return wrote ? fal_fail(FAL_ERR_OUTPUT, "it wrote") : send_numbers(line);
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void blocks_and_progress_arrive(void **state)
{
    (void)state;
    assert_ok(run(send_numbers));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(context.received[i], 7 * i);
    }
    assert_string_equal(context.heard, "present.bin");
    assert_int_equal(context.done, 3);
    assert_int_equal(context.total, 8);
}

static void a_failure_is_the_same_here(void **state)
{
    (void)state;
    assert_fails(run(refuse), FAL_ERR_USAGE, "present.bin: is not wanted");
    assert_fails(run(send_and_fail), FAL_ERR_OUTPUT, "afterwards");
}

static void crashes_name_what_was_read(void **state)
{
    (void)state;
    assert_fails(run(crash), FAL_ERR_INPUT, "present.bin: reading it crashed");
    assert_fails(run(crash_in_the_middle), FAL_ERR_INPUT, "present.bin: reading it crashed");
}

static void blocks_that_were_not_asked_for_are_refused(void **state)
{
    (void)state;
    assert_fails(run(send_other_size), FAL_ERR_INPUT, "given.bin: reading it crashed");
    assert_fails(run(send_twice), FAL_ERR_INPUT, "present.bin: reading it crashed");
}

static void limits_hold(void **state)
{
    (void)state;
    if (fal_sandbox_limits_memory()) {
        assert_fails(run(swell), FAL_ERR_INPUT, "present.bin: reading it takes more than the 64 MiB");
    } else {
        print_message("no limit of memory under a sanitizer\n");
    }
    assert_fails(run(loop), FAL_ERR_INPUT, "given.bin: reading it crashed or took too much memory or time");
    (void)fal_test_temporary("."); /* the folder is ours, not of the child */
    assert_ok(run(write_file));
}

static fal_status make_text(void *given, fal_text *text)
{
    fal_text_add(text, "%s and more", (const char *)given);
    return FAL_OK;
}

static fal_status make_text_and_fail(void *given, fal_text *text)
{
    FAL_TRY(make_text(given, text));
    return fal_fail(FAL_ERR_INPUT, "the rest is damaged");
}

static void texts_come_back_also_before_a_failure(void **state)
{
    (void)state;
    fal_text text = {0};
    assert_ok(fal_sandbox_run("given.bin", make_text, "words", &text));
    assert_string_equal(text.chars, "words and more");
    fal_text_clear(&text);
    assert_fails(fal_sandbox_run("given.bin", make_text_and_fail, "words", &text), FAL_ERR_INPUT, "is damaged");
    assert_string_equal(text.chars, "words and more");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_progress_arrive),
        cmocka_unit_test(a_failure_is_the_same_here),
        cmocka_unit_test(crashes_name_what_was_read),
        cmocka_unit_test(blocks_that_were_not_asked_for_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(texts_come_back_also_before_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
