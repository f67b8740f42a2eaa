#include "child.h"
#include "support.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int fal_test_child(void (*run)(void), char *said, size_t size)
{
    const struct rlimit none = {0, 0};
    int ends[2];
    int state = 0;
    size_t used = 0;
    ssize_t got = 1;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        run();
        _exit(0);
    }
    (void)close(ends[1]);
    while (got > 0 && used + 1 < size) {
        got = read(ends[0], said + used, size - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    said[used] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &state, 0), child);
    return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}
