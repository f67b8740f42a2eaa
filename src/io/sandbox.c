/* A child process with limits. The packaged HDF5 has public reports of memory errors on malformed files; what a check
 * of a stranger's file does to the library must not take the caller down. */
#include "fal/io/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"

/* The address sanitizer reserves terabytes of addresses that it never uses. */
#ifdef __SANITIZE_ADDRESS__
static const rlim_t memory_limit = RLIM_INFINITY;
#else
static const rlim_t memory_limit = (rlim_t)32 << 30;
#endif
static const rlim_t seconds_limit = 1800;
enum { TEXT_LIMIT = 64 << 20 };

/** What the child sends first; the text follows. */
typedef struct {
    int32_t status;
    char message[FAL_MESSAGE_MAX];
    uint64_t length;
} head;

static bool send_all(int descriptor, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t wrote = write(descriptor, (const char *)bytes + done, count - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

static bool receive_all(int descriptor, void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t got = read(descriptor, (char *)bytes + done, count - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static _Noreturn void be_child(int descriptor, fal_status (*work)(void *context, fal_text *text), void *context)
{
    const struct rlimit limits[] = {{memory_limit, memory_limit}, {seconds_limit, seconds_limit}, {0, 0}, {0, 0}};
    fal_text text = {0};
    head first = {0};
    (void)setrlimit(RLIMIT_AS, &limits[0]);
    (void)setrlimit(RLIMIT_CPU, &limits[1]);
    (void)setrlimit(RLIMIT_FSIZE, &limits[2]);
    (void)setrlimit(RLIMIT_CORE, &limits[3]);
    first.status = (int32_t)work(context, &text);
    (void)snprintf(first.message, sizeof first.message, "%s", fal_status_message());
    first.length = text.length;
    const bool sent = send_all(descriptor, &first, sizeof first) && send_all(descriptor, text.chars, text.length);
    fal_text_destroy(&text);
    _exit(sent ? 0 : 1);
}

static fal_status receive(const char *path, int descriptor, fal_text *text)
{
    head first;
    char *chars = NULL;
    if (!receive_all(descriptor, &first, sizeof first) || first.status < 0 || first.status >= FAL_STATUS_COUNT ||
        first.length > TEXT_LIMIT) {
        return fal_fail(FAL_ERR_INPUT, "%s: reading it crashed or took too much memory or time: do not use this file",
                        path);
    }
    FAL_TRY(fal_alloc(&chars, first.length + 1, 1, "text of a check"));
    fal_status status = (fal_status)first.status;
    if (!receive_all(descriptor, chars, first.length)) {
        status = fal_fail(FAL_ERR_INPUT, "%s: reading it crashed: do not use this file", path);
    } else if (fal_text_add(text, "%s", chars) != FAL_OK) {
        status = FAL_ERR_MEMORY;
    } else if (status != FAL_OK) {
        first.message[sizeof first.message - 1] = '\0';
        (void)fal_fail(status, "%s", first.message);
    }
    fal_free(chars);
    return status;
}

fal_status fal_sandbox_run(const char *path, fal_status (*work)(void *context, fal_text *text), void *context,
                           fal_text *text)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no pipe for a checking process: %s", path, strerror(errno));
    }
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return fal_fail(FAL_ERR_MEMORY, "%s: no checking process: %s", path, strerror(errno));
    }
    if (child == 0) {
        (void)close(ends[0]);
        be_child(ends[1], work, context);
    }
    (void)close(ends[1]);
    const fal_status status = receive(path, ends[0], text);
    (void)close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return status;
}
