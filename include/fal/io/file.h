/* Files as a whole: replaced atomically, read within bounds. */
#ifndef FAL_IO_FILE_H
#define FAL_IO_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

/** Write all bytes to an open file; `path` is for messages. FAL_ERR_OUTPUT. */
fal_status fal_file_write(int descriptor, const char *path, const void *bytes, size_t count);
/** Write `count` bytes under a temporary name in the same folder, fsync, rename onto `path`, fsync the folder. On
 * failure (FAL_ERR_OUTPUT) the old file is whole and no temporary file is left. A new file has the mode of the one it
 * replaces. A link is replaced, not followed. Refused: what is no regular file, what nobody may write, names of the
 * system's own (/dev/stdout). */
fal_status fal_file_replace(const char *path, const void *bytes, size_t count);
/** Files that belong together: each is written beside its place, as fal_file_replace does, and when all are, they are
 * put in place one right after the other, in the order in which they came. Where one cannot be written, none is. A
 * stage ends before the one that was begun before it. */
typedef struct fal_stage fal_stage;
fal_status fal_stage_create(fal_stage **stage);
fal_status fal_stage_add(fal_stage *stage, const char *path, const void *bytes, size_t count);
fal_status fal_stage_finish(fal_stage *stage);
/** Removes what was not put in place; NULL is fine. */
void fal_stage_destroy(fal_stage *stage);
/** For programs that a signal ends: all but SIGKILL and crashes first remove the temporary file. */
void fal_file_clean_on_signals(void);
/** That alone, for handlers of others: async-signal-safe. */
void fal_file_remove_unfinished(void);
/** The whole file in *bytes (fal_free), with an end mark after it. FAL_ERR_INPUT if missing, no regular file, or larger
 *  than `limit`. */
fal_status fal_file_read(const char *path, size_t limit, char **bytes, size_t *count);
/** A regular file opened for reading, never blocking on a pipe; the caller closes the descriptor. */
fal_status fal_file_open(const char *path, int *descriptor, size_t *size);
/** False where there is certainly nothing. Where that cannot be told (a disk that fails, a folder that may not be
 *  searched) true: who opens it learns why, and nobody begins anew what is there. */
bool fal_file_exists(const char *path);
/** Both are there and are one file, under whatever names: by device and inode, and by real path. */
bool fal_file_is_same(const char *a, const char *b);
/** The first of `count` names that is one file with an earlier one (fal_file_is_same): numbers of the earlier one and
 *  of it; -1, -1: none. Each file is looked at once. */
fal_status fal_file_find_twins(const char *const *paths, int count, int *first, int *second);
/** FAL_ERR_USAGE if `output` is there and is one of the `count` inputs (fal_file_is_same). Inputs that are NULL or not
 * there are passed over. */
fal_status fal_file_refuse_input(const char *output, const char *const *inputs, int count);
/** Remove if there; a missing file is no error. */
fal_status fal_file_remove(const char *path);
/** Rename, replacing; FAL_ERR_OUTPUT. */
fal_status fal_file_rename(const char *from, const char *to);
/** Make the folder and its parents; check that files can be made in it. FAL_ERR_OUTPUT with the reason. */
fal_status fal_file_make_folder(const char *path);
/** SHA-256 of the file's bytes. */
fal_status fal_file_sha256(const char *path, char text[65]);

#define FAL_LOCK_ENDING ".lock"

/** Ownership of an output: an advisory lock on a file "PATH.lock" that vanishes with its process. Retries for
 *  `wait_seconds` before FAL_ERR_USAGE "in use by HOST, process N". */
typedef struct fal_lock fal_lock;
fal_status fal_lock_take(const char *path, double wait_seconds, fal_lock **lock);
/** Also removes the lock file. */
void fal_lock_release(fal_lock *lock);

enum { FAL_LOCK_SIGN = 240 };
/** A sign of life of the owner in the lock file, one line, in place of the last one; its time is the file's. A failure
 *  is passed over. */
void fal_lock_sign(fal_lock *lock, const char *text);

typedef enum {
    FAL_LOCK_NONE,   /* there is no lock file */
    FAL_LOCK_HELD,   /* its owner is alive */
    FAL_LOCK_LEFT,   /* its owner is gone */
    FAL_LOCK_UNKNOWN /* its owner was on another host, and no lock of it is seen from here */
} fal_lock_holder;
typedef struct {
    fal_lock_holder holder;
    char host[128]; /* printable; "" where the file names none */
    long process;
    int64_t changed;          /* when the owner took it or gave its last sign, unix seconds of the file system */
    char sign[FAL_LOCK_SIGN]; /* not trusted; "" if none */
} fal_lock_view;
/** Look at "PATH.lock" itself without taking anything. What cannot be read is FAL_LOCK_NONE. */
void fal_lock_look(const char *lock_path, fal_lock_view *view);

#endif
