/* Status codes, the one message that goes with a failure, and assertions.
 *
 * One list expands into enumerators, names and exit codes, so that they cannot drift. A function that
 * can fail returns fal_status and leaves its outputs untouched; the message is recorded where the cause
 * is known (the first one wins) and printed once, by apps. */
#ifndef FAL_BASE_STATUS_H
#define FAL_BASE_STATUS_H

#include <stdbool.h>

/*            enumerator          exit  name */
#define FAL_STATUS_LIST(X)                                                                                             \
    X(FAL_OK, 0, "done")                                                                                               \
    X(FAL_WAITING, 76, "waiting for labels; the same command goes on")                                                 \
    X(FAL_STOPPED, 75, "stopped on request or out of time; the same command goes on")                                  \
    X(FAL_ERR_USAGE, 2, "usage or configuration")                                                                      \
    X(FAL_ERR_MEMORY, 2, "not enough memory for this configuration")                                                   \
    X(FAL_ERR_INPUT, 3, "unusable input")                                                                              \
    X(FAL_ERR_OUTPUT, 4, "output cannot be written")                                                                   \
    X(FAL_ERR_NUMERIC, 5, "numerical failure")                                                                         \
    X(FAL_ERR_INTERNAL, 1, "internal error: a bug, please report")

#define FAL_STATUS_ENUM(name, exit_code, text) name,
/** Order matters: when ranks disagree, the largest value wins (fal_comm_agree). */
typedef enum { FAL_STATUS_LIST(FAL_STATUS_ENUM) FAL_STATUS_COUNT } fal_status;
#undef FAL_STATUS_ENUM

enum { FAL_MESSAGE_MAX = 1024 };

/** Record a one-line message and return `status`. Form: "file or option: what is wrong: what to do".
 *  The first message since fal_status_clear wins, so callers only pass the status up. Not for use inside
 *  parallel regions: there each piece keeps its own status and the caller reports. */
fal_status fal_fail(fal_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The recorded message, "" if none. Valid until the next fal_fail or fal_status_clear. */
const char *fal_status_message(void);
void fal_status_clear(void);

/** Process exit code (docs: formats.md section 1) and the short name of a status. */
int fal_status_exit_code(fal_status status);
const char *fal_status_text(fal_status status);

/** The worse of two statuses (a stop is worse than done, an error worse than a stop). */
fal_status fal_status_worst(fal_status a, fal_status b);

#define FAL_TRY(call)                                                                                                  \
    do {                                                                                                               \
        fal_status fal_try_status_ = (call);                                                                           \
        if (fal_try_status_ != FAL_OK) {                                                                               \
            return fal_try_status_;                                                                                    \
        }                                                                                                              \
    } while (0)

/** As FAL_TRY for functions with a `done:` label and a `status` variable. */
#define FAL_TRY_GOTO(call)                                                                                             \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != FAL_OK) {                                                                                        \
            goto done;                                                                                                 \
        }                                                                                                              \
    } while (0)

/** Broken invariant of ours: prints file, line, condition and ends the job through the hook that comm
 *  installs (MPI_Abort), or by _Exit(1) where there is no MPI. On in every build. */
#define FAL_ASSERT(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fal_assert_failed(#condition, __FILE__, __LINE__);                                                         \
        }                                                                                                              \
    } while (0)

#ifdef FAL_HOT_ASSERTS
#define FAL_ASSERT_HOT(condition) FAL_ASSERT(condition)
#else
#define FAL_ASSERT_HOT(condition) ((void)sizeof(condition))
#endif

_Noreturn void fal_assert_failed(const char *condition, const char *file, int line);
/** comm installs the function that can end all ranks; called with exit code 1. */
void fal_status_set_abort(void (*abort_all)(int exit_code));

#endif
