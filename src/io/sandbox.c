/* A child process with limits. The libraries that read foreign formats have public reports of memory errors on
 * malformed files; what a stranger's file does to them must not take the caller down, nor fill the machine.
 *
 * The child sends frames through a pipe: blocks of bytes, what it is working on, and how it ended. */
#include "sandbox_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/memory.h"

enum { TEXT_LIMIT = 64 << 20 };

/* Sanitizers reserve terabytes of addresses that they never use. */
#ifndef __has_feature /* gcc before 14 */
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||               \
    __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
enum { ADDRESSES_COUNT = 0 };
#else
enum { ADDRESSES_COUNT = 1 };
#endif

/* Processor time for an HDF5 file: version 1.10 has loops that a few changed bytes make endless. The rate is a
 * thousandth of what reading and hashing take. */
enum { SECONDS_LEAST = 5, BYTES_PER_SECOND = 1 << 18 };

const fal_sandbox_limits fal_sandbox_roomy = {.memory = (size_t)32 << 30, .seconds = 1800};

typedef enum { FRAME_BYTES = 1, FRAME_TELL, FRAME_END } frame_kind;

typedef struct {
    uint32_t kind;
    int32_t status; /* of the end */
    uint64_t count; /* of bytes */
} frame;

typedef struct {
    char what[FAL_SANDBOX_WHAT];
    int64_t done, total;
} told;

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

/* In the child alone: the line on which it tells what it opens. */
static fal_sandbox_line *naming;

void fal_sandbox_name_files(fal_sandbox_line *line) { naming = line; }

/* From here on the child may work as long as a file of this size is worth, and no shorter than before: an earlier one
 * may still be open. */
static void give_time(const char *path)
{
    static rlim_t given;
    struct stat about;
    struct rusage used;
    struct rlimit cpu;
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode) && getrusage(RUSAGE_SELF, &used) == 0 &&
        getrlimit(RLIMIT_CPU, &cpu) == 0) {
        const rlim_t until = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + SECONDS_LEAST +
                             (rlim_t)about.st_size / BYTES_PER_SECOND;
        given = until > given ? until : given;
        cpu.rlim_cur = given < cpu.rlim_max ? given : cpu.rlim_max;
        (void)setrlimit(RLIMIT_CPU, &cpu);
    }
}

void fal_sandbox_opening(const char *path)
{
    if (naming != NULL) {
        fal_sandbox_tell(naming, path, 0, 0);
        give_time(path);
    }
}

static void set_limits(const fal_sandbox_line *line, int64_t cpu_seconds)
{
    const rlim_t bytes = (rlim_t)fal_memory_mapped() + (rlim_t)line->memory;
    const rlim_t seconds = (rlim_t)cpu_seconds;
    const struct rlimit memory = {bytes, bytes};
    const struct rlimit cpu = {seconds, seconds};
    const struct rlimit none = {0, 0};
    if (ADDRESSES_COUNT != 0 && !line->outside) {
        (void)setrlimit(RLIMIT_AS, &memory);
    }
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_FSIZE, &none);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would hear it any more */
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
    set_limits(line, limits->seconds);
    fal_status_clear();
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
    return line->outside
               ? fal_fail(FAL_ERR_INPUT,
                          "%s: reading it crashed or took more time or memory than it may: the limit of memory here "
                          "(ulimit -v) leaves %zu MiB: raise it, or do not use this file",
                          line->what, line->memory >> 20)
               : fal_fail(FAL_ERR_INPUT, "%s: reading it crashed or took too much memory or time: do not use this file",
                          line->what);
}

fal_status fal_sandbox_out_of_memory(const fal_sandbox_line *line)
{
    if (line->roomy) { /* no file of ours takes as much as that limit: there is none */
        return fal_fail(FAL_ERR_MEMORY, "%s: not enough memory to read it: free some, or do not use this file",
                        line->what);
    }
    return line->outside ? fal_fail(FAL_ERR_INPUT,
                                    "%s: reading it takes more than the %zu MiB that the limit of memory here (ulimit "
                                    "-v) leaves: raise it, or do not use this file",
                                    line->what, line->memory >> 20)
                         : fal_fail(FAL_ERR_INPUT,
                                    "%s: reading it takes more than the %zu MiB allowed for a file of its size: "
                                    "damaged, or made to harm; do not use this file",
                                    line->what, line->memory >> 20);
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
        line->end = fal_sandbox_out_of_memory(line);
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

/** The bytes that the child may use: fewer than asked for where a limit from outside leaves less. */
static void find_memory(const fal_sandbox_limits *limits, fal_sandbox_line *line)
{
    const rlim_t mapped = (rlim_t)fal_memory_mapped();
    struct rlimit now = {RLIM_INFINITY, RLIM_INFINITY};
    (void)getrlimit(RLIMIT_AS, &now);
    line->outside = now.rlim_cur != RLIM_INFINITY && now.rlim_cur < mapped + limits->memory;
    line->roomy = !line->outside && limits == &fal_sandbox_roomy;
    line->memory = !line->outside ? limits->memory : now.rlim_cur > mapped ? (size_t)(now.rlim_cur - mapped) : 0;
}

fal_status fal_sandbox_begin(const char *path, const fal_sandbox_limits *limits, const fal_sandbox_job *job,
                             fal_sandbox_line *line)
{
    int ends[2];
    *line = (fal_sandbox_line){.job = job};
    (void)fal_text_copy(line->what, sizeof line->what, path);
    find_memory(limits, line);
    if (pipe(ends) != 0) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no pipe for a reading process: %s", path, strerror(errno));
    }
    (void)fflush(NULL);
    line->child = fork();
    if (line->child < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return fal_fail(FAL_ERR_MEMORY, "%s: no reading process: %s", path, strerror(errno));
    }
    if (line->child == 0) {
        (void)close(ends[0]);
        line->descriptor = ends[1];
        be_child(line, limits);
    }
    (void)close(ends[1]);
    line->descriptor = ends[0];
    return FAL_OK;
}

void fal_sandbox_finish(fal_sandbox_line *line, bool kill_it)
{
    (void)close(line->descriptor);
    if (kill_it) {
        (void)kill(line->child, SIGKILL);
    }
    while (waitpid(line->child, NULL, 0) < 0 && errno == EINTR) {
    }
}

fal_status fal_sandbox_exchange(const char *path, const fal_sandbox_limits *limits, const fal_sandbox_job *job)
{
    fal_sandbox_line line;
    FAL_TRY(fal_sandbox_begin(path, limits, job, &line));
    const fal_status status = be_parent(&line);
    fal_sandbox_finish(&line, status != FAL_OK);
    return status;
}

bool fal_sandbox_limits_memory(void) { return ADDRESSES_COUNT != 0; }

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
    fal_sandbox_name_files(line);
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
    text_job texts = {work, context, text};
    const fal_sandbox_job job = {.work = send_text, .take = take_text, .context = &texts};
    return fal_sandbox_exchange(path, &fal_sandbox_roomy, &job);
}
