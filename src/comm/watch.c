/* MPI_Init that fails ends the process from inside, with a page of text for the authors of the MPI library and, where a
 * launcher started many, as many pages. A child process that waits for the outcome adds the one line that helps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "comm_internal.h"
#include "fal/base/log.h"

/* In the child: the parent closes its end of the pipe after it has written, or by ending. */
static void wait_and_tell(int from, const fal_launch *launch, const char *library)
{
    char advice[400];
    char byte = 0;
    ssize_t got = 0;
    do {
        got = read(from, &byte, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        fal_launch_advice(launch, library, advice, sizeof advice);
        fal_log_failure(fal_fail(FAL_ERR_USAGE, "%s did not start, see above: %s", library, advice));
    }
}

void fal_watch_start(fal_watch *watch, const fal_launch *launch, const char *library)
{
    int ends[2];
    *watch = (fal_watch){.child = -1, .pipe = -1};
    if (!launch->speaks || pipe(ends) != 0) {
        return;
    }
    watch->child = fork();
    if (watch->child == 0) {
        (void)close(ends[1]);
        wait_and_tell(ends[0], launch, library);
        _exit(0);
    }
    (void)close(ends[0]);
    watch->pipe = ends[1];
}

void fal_watch_end(fal_watch *watch)
{
    if (watch->pipe >= 0) {
        (void)!write(watch->pipe, "", 1);
        (void)close(watch->pipe);
    }
    while (watch->child > 0 && waitpid(watch->child, NULL, 0) < 0 && errno == EINTR) {
    }
}
