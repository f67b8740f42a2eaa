/* Work on files from strangers in a child process: what crashes, loops or swells there ends there. */
#ifndef FAL_IO_SANDBOX_H
#define FAL_IO_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"
#include "fal/base/text.h"

/** What the child may use. It may not write files in any case. */
typedef struct {
    size_t memory;   /* bytes of address space beyond what this process has mapped already */
    int64_t seconds; /* of processor time */
} fal_sandbox_limits;

/** The line between the two processes. */
typedef struct fal_sandbox_line fal_sandbox_line;

typedef struct {
    /* In the child: reads and sends. Nothing else that it changes is seen here. */
    fal_status (*work)(void *context, fal_sandbox_line *line);
    /* Here, meanwhile: receives the same blocks in the same order, and believes nothing of what is in them. */
    fal_status (*take)(void *context, fal_sandbox_line *line);
    /* Here: what fal_sandbox_tell says; or NULL. */
    void (*hear)(void *context, const char *what, int64_t done, int64_t total);
    void *context;
} fal_sandbox_job;

/** Run both sides; the child's failure, status and message, comes back as if it had happened here. A crash or an
 *  exceeded limit is FAL_ERR_INPUT and names what the child told last, else `path`; so is memory that the limit does
 * not give, here or under the limit (ulimit -v) that this process has itself. (Of fal_sandbox_run it is
 * FAL_ERR_MEMORY: its limit is one that no file of ours comes near.) Not under MPI and not with threads
 * running. */
fal_status fal_sandbox_exchange(const char *path, const fal_sandbox_limits *limits, const fal_sandbox_job *job);

/** In the child: a block of bytes. */
fal_status fal_sandbox_send(fal_sandbox_line *line, const void *bytes, size_t count);
/** In the child: what it is working on (a file's name) and how far it is, in any unit. */
void fal_sandbox_tell(fal_sandbox_line *line, const char *what, int64_t done, int64_t total);
/** In the child: a file is about to be opened, which a crash is to name, and which takes no longer than its size is
 *  worth; nothing elsewhere, or where the job tells of its work itself (fal_sandbox_exchange). */
void fal_sandbox_opening(const char *path);
/** Here: the next block, which must have exactly this many bytes. Fails as the child failed, if it did. */
fal_status fal_sandbox_receive(fal_sandbox_line *line, void *bytes, size_t count);

/** The same for work that makes a text, with room for any file of ours. */
fal_status fal_sandbox_run(const char *path, fal_status (*work)(void *context, fal_text *text), void *context,
                           fal_text *text);

/** False where a sanitizer takes addresses without end, so that no limit of memory is set. */
bool fal_sandbox_limits_memory(void);

#endif
