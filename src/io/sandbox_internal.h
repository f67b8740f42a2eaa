/* What fal_sandbox and fal_look share: a child process and the line to it. */
#ifndef FAL_IO_SANDBOX_INTERNAL_H
#define FAL_IO_SANDBOX_INTERNAL_H

#include <sys/types.h>

#include "fal/io/sandbox.h"

enum { FAL_SANDBOX_WHAT = 256 };

struct fal_sandbox_line {
    int descriptor;
    pid_t child; /* of the parent's end */
    const fal_sandbox_job *job;
    size_t memory;               /* what its limit leaves the child */
    bool outside;                /* a limit from outside is lower than ours */
    bool roomy;                  /* ours is fal_sandbox_roomy */
    char what[FAL_SANDBOX_WHAT]; /* that the child is working on */
    bool ended;
    fal_status end;
};

/** For work that reads any file of ours. */
extern const fal_sandbox_limits fal_sandbox_roomy;

/** A child that does job->work; `job` must stay. The line is filled for fal_sandbox_receive. */
fal_status fal_sandbox_begin(const char *path, const fal_sandbox_limits *limits, const fal_sandbox_job *job,
                             fal_sandbox_line *line);
/** Closes the line and waits for the child; `kill_it`: it may go on without ever writing again. */
void fal_sandbox_finish(fal_sandbox_line *line, bool kill_it);
/** What it means here that the child got no memory. */
fal_status fal_sandbox_out_of_memory(const fal_sandbox_line *line);
/** In the child: the files that it opens are told on this line from here on. */
void fal_sandbox_name_files(fal_sandbox_line *line);

#endif
