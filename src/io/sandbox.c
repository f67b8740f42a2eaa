/* A child process with limits. The libraries that read foreign formats have public reports of memory errors on
 * malformed files; what a stranger's file does to them must not take the caller down, nor fill the machine.
 *
 * The child sends frames through a pipe: blocks of bytes, what it is working on, and how it ended. */
#include "fal/io/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"

enum { TEXT_LIMIT = 64 << 20, WHAT_SIZE = 256 };

typedef enum { FRAME_BYTES = 1, FRAME_TELL, FRAME_END } frame_kind;

typedef struct {
    uint32_t kind;
    int32_t status; /* of the end */
    uint64_t count; /* of bytes */
} frame;

typedef struct {
    char what[WHAT_SIZE];
    int64_t done, total;
} told;

struct fal_sandbox_line {
    int descriptor;
    const fal_sandbox_job *job;
    size_t memory;
    char what[WHAT_SIZE]; /* that the child is working on */
    bool ended;
    fal_status end;
};

/* ---- both sides ------------------------------------------------------------------------------------------------ */

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

/* ---- the child ------------------------------------------------------------------------------------------------- */

fal_status fal_sandbox_send(fal_sandbox_line *line, const void *bytes, size_t count)
{
    const frame head = {.kind = FRAME_BYTES, .count = count};
    if (!send_all(line->descriptor, &head, sizeof head) || !send_all(line->descriptor, bytes, count)) {
        return fal_fail(FAL_ERR_INTERNAL, "the process that reads files cannot hand over what it read");
    }
    return FAL_OK;
}

void fal_sandbox_tell(fal_sandbox_line *line, const char *what, int64_t done, int64_t total)
{
    const frame head = {.kind = FRAME_TELL};
    told body = {.done = done, .total = total};
    (void)fal_text_copy(body.what, sizeof body.what, what);
    if (send_all(line->descriptor, &head, sizeof head)) {
        (void)send_all(line->descriptor, &body, sizeof body); /* what fails here fails at the next block, too */
    }
}

static void set_limits(const fal_sandbox_limits *limits)
{
    const rlim_t seconds = (rlim_t)limits->seconds;
    const struct rlimit cpu = {seconds, seconds};
    const struct rlimit none = {0, 0};
/* The address sanitizer reserves terabytes of addresses that it never uses. */
#ifndef __SANITIZE_ADDRESS__
    const rlim_t bytes = (rlim_t)fal_memory_mapped() + (rlim_t)limits->memory;
    const struct rlimit memory = {bytes, bytes};
    (void)setrlimit(RLIMIT_AS, &memory);
#endif
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_FSIZE, &none);
    (void)setrlimit(RLIMIT_CORE, &none);
}

/** A crash ends the child, whatever handlers it was born with. */
static void set_signals(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPIPE, SIGXCPU};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)signal(signals[i], SIG_DFL);
    }
}

static _Noreturn void be_child(fal_sandbox_line *line, const fal_sandbox_limits *limits)
{
    char message[FAL_MESSAGE_MAX] = "";
    set_signals();
    set_limits(limits);
    const fal_status status = line->job->work(line->job->context, line);
    const frame head = {.kind = FRAME_END, .status = (int32_t)status, .count = sizeof message};
    (void)fal_text_copy(message, sizeof message, fal_status_message());
    const bool sent =
        send_all(line->descriptor, &head, sizeof head) && send_all(line->descriptor, message, sizeof message);
    _exit(sent ? 0 : 1);
}

/* ---- the parent ------------------------------------------------------------------------------------------------ */

static fal_status crashed(const fal_sandbox_line *line)
{
    return fal_fail(FAL_ERR_INPUT, "%s: reading it crashed or took too much memory or time: do not use this file",
                    line->what);
}

static fal_status hear(fal_sandbox_line *line)
{
    told body;
    if (!receive_all(line->descriptor, &body, sizeof body)) {
        return crashed(line);
    }
    body.what[sizeof body.what - 1] = '\0';
    (void)fal_text_copy(line->what, sizeof line->what, body.what);
    if (line->job->hear != NULL) {
        line->job->hear(line->job->context, line->what, body.done, body.total);
    }
    return FAL_OK;
}

/** Its end as it told it; its message is the one here. */
static fal_status hear_end(fal_sandbox_line *line, const frame *head)
{
    char message[FAL_MESSAGE_MAX];
    if (head->status < 0 || head->status >= FAL_STATUS_COUNT || head->count != sizeof message ||
        !receive_all(line->descriptor, message, sizeof message)) {
        return crashed(line);
    }
    message[sizeof message - 1] = '\0';
    line->ended = true;
    line->end = (fal_status)head->status;
    if (line->end == FAL_ERR_MEMORY) {
        line->end = fal_fail(FAL_ERR_INPUT,
                             "%s: reading it takes more than the %zu MiB allowed for a file of its size: damaged, or "
                             "made to harm; do not use this file",
                             line->what, line->memory >> 20);
    } else if (line->end != FAL_OK) {
        (void)fal_fail(line->end, "%s", message);
    }
    return line->end;
}

/** The head of the next block, or the child's end; what it tells on the way is heard. */
static fal_status next_frame(fal_sandbox_line *line, frame *head)
{
    for (;;) {
        if (line->ended || !receive_all(line->descriptor, head, sizeof *head)) {
            return crashed(line);
        }
        switch (head->kind) {
        case FRAME_BYTES:
            return FAL_OK;
        case FRAME_TELL:
            FAL_TRY(hear(line));
            break;
        case FRAME_END:
            return hear_end(line, head);
        default:
            return crashed(line);
        }
    }
}

fal_status fal_sandbox_receive(fal_sandbox_line *line, void *bytes, size_t count)
{
    frame head;
    FAL_TRY(next_frame(line, &head));
    if (head.kind != FRAME_BYTES || head.count != count || !receive_all(line->descriptor, bytes, count)) {
        return crashed(line);
    }
    return FAL_OK;
}

static fal_status be_parent(fal_sandbox_line *line)
{
    frame head;
    FAL_TRY(line->job->take(line->job->context, line));
    FAL_TRY(next_frame(line, &head));
    return head.kind == FRAME_END ? FAL_OK : crashed(line);
}

fal_status fal_sandbox_exchange(const char *path, const fal_sandbox_limits *limits, const fal_sandbox_job *job)
{
    int ends[2];
    fal_sandbox_line line = {.job = job, .memory = limits->memory};
    (void)fal_text_copy(line.what, sizeof line.what, path);
    if (pipe(ends) != 0) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no pipe for a reading process: %s", path, strerror(errno));
    }
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return fal_fail(FAL_ERR_MEMORY, "%s: no reading process: %s", path, strerror(errno));
    }
    if (child == 0) {
        (void)close(ends[0]);
        line.descriptor = ends[1];
        be_child(&line, limits);
    }
    (void)close(ends[1]);
    line.descriptor = ends[0];
    const fal_status status = be_parent(&line);
    (void)close(ends[0]);
    if (status != FAL_OK) {
        (void)kill(child, SIGKILL); /* it may go on without ever writing again */
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* ---- a text ---------------------------------------------------------------------------------------------------- */

typedef struct {
    fal_status (*work)(void *context, fal_text *text);
    void *context;
    fal_text *text;
} text_job;

/** The text that was made before a failure is shown, too: so it is sent first, and the failure follows. */
static fal_status send_text(void *context, fal_sandbox_line *line)
{
    const text_job *job = context;
    fal_text text = {0};
    fal_status status = job->work(job->context, &text);
    status = status == FAL_OK ? fal_text_status(&text) : status;
    const uint64_t length = text.length;
    FAL_TRY(fal_sandbox_send(line, &length, sizeof length));
    FAL_TRY(fal_sandbox_send(line, text.chars, text.length));
    fal_text_destroy(&text);
    return status;
}

static fal_status take_text(void *context, fal_sandbox_line *line)
{
    const text_job *job = context;
    uint64_t length = 0;
    char *chars = NULL;
    FAL_TRY(fal_sandbox_receive(line, &length, sizeof length));
    if (length > TEXT_LIMIT) {
        return crashed(line);
    }
    FAL_TRY(fal_alloc(&chars, length + 1, 1, "text of a check"));
    fal_status status = fal_sandbox_receive(line, chars, length);
    if (status == FAL_OK) {
        fal_text_add(job->text, "%s", chars);
        status = fal_text_status(job->text);
    }
    fal_free(chars);
    return status;
}

fal_status fal_sandbox_run(const char *path, fal_status (*work)(void *context, fal_text *text), void *context,
                           fal_text *text)
{
    const fal_sandbox_limits limits = {.memory = (size_t)32 << 30, .seconds = 1800};
    text_job texts = {work, context, text};
    const fal_sandbox_job job = {.work = send_text, .take = take_text, .context = &texts};
    return fal_sandbox_exchange(path, &limits, &job);
}
