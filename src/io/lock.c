/* Ownership of an output: an advisory lock on "PATH.lock".
 *
 * The lock belongs to the open file (F_OFD_SETLK), so it vanishes with its process however that ends, holds between
 * nodes on file systems that share locks, and is seen inside one process as well. A lock file that a killed process
 * left is just a file. Where the file system has no locks at all, the host and process named in the file decide. */
#include "fal/io/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/input.h"
#include "fal/base/memory.h"
#include "fal/base/retry.h"
#include "fal/base/text.h"
#include "lock_internal.h"

struct fal_lock {
    int descriptor;
    char *path;      /* of the lock file */
    off_t owner_end; /* where the line that names the owner ends and the sign of life begins */
};

typedef enum { TAKEN, BUSY, GONE, FOREIGN, FAILED } outcome;

/** Host and process id from the lock file; false if it says nothing that we wrote. */
static bool read_owner(int descriptor, char host[FAL_HOST_SIZE], long *process)
{
    char text[FAL_OWNER_SIZE] = "";
    const ssize_t got = fal_input_at(descriptor, text, sizeof text - 1, 0);
    return got > 0 && fal_lock_owner(text, host, process);
}

/** Without locks in the file system: is the process that the file names alive on this host? */
static bool owner_is_alive(int descriptor)
{
    char host[FAL_HOST_SIZE];
    char here[FAL_HOST_SIZE];
    long process = 0;
    fal_lock_host(here);
    return read_owner(descriptor, host, &process) && strcmp(host, here) == 0 && process != (long)getpid() &&
           fal_lock_process_is_there(process);
}

static outcome try_lock(int descriptor, const char *path)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat ours;
    struct stat there;
    int result = 0;
    if (fstat(descriptor, &ours) != 0) {
        return FAILED;
    }
    if (!S_ISREG(ours.st_mode) || ours.st_nlink > 1) { /* what we write into it would be in somebody's file */
        return FOREIGN;
    }
    FAL_RETRY(result, fcntl(descriptor, F_OFD_SETLK, &range));
    if (result != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            return BUSY;
        }
        if (owner_is_alive(descriptor)) {
            return BUSY;
        }
    }
    /* Its owner may have removed the file between our open and our lock: then we hold a lock on nothing. */
    if (stat(path, &there) != 0) {
        return errno == ENOENT ? GONE : FAILED;
    }
    return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino ? TAKEN : GONE;
}

/** With errno as the reason where it fails. */
static bool write_owner(int descriptor, off_t *end)
{
    char host[FAL_HOST_SIZE];
    char text[FAL_OWNER_SIZE];
    fal_lock_host(host);
    const int length = snprintf(text, sizeof text, "%s %ld\n", host, (long)getpid());
    int cut = 0;
    FAL_RETRY(cut, ftruncate(descriptor, 0));
    if (cut != 0) {
        return false;
    }
    for (int done = 0; done < length;) {
        ssize_t wrote = 0;
        FAL_RETRY(wrote, pwrite(descriptor, text + done, (size_t)(length - done), done));
        if (wrote <= 0) {
            errno = wrote == 0 ? ENOSPC : errno;
            return false;
        }
        done += (int)wrote;
    }
    *end = length;
    return true;
}

/** Of "<stem>" and `rest`: what the owner of an output writes, which is the output, a trial's checkpoint and its
 * clients' states. Everything else of the folder is somebody else's, whatever its name. */
static bool is_written_by_owner(const char *rest, size_t length)
{
    static const char *const whole[] = {".h5", ".ckpt.h5"};
    static const char client[] = ".client_";
    static const char state[] = ".state";
    bool found = length > sizeof client + sizeof state - 2 && strncmp(rest, client, sizeof client - 1) == 0 &&
                 strncmp(rest + length - (sizeof state - 1), state, sizeof state - 1) == 0;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        found = found || (strlen(whole[i]) == length && strncmp(rest, whole[i], length) == 0);
    }
    return found;
}

/** "<stem>.h5.tmp.N" and the like, or a probe of the folder, of a process that is gone from this host. */
static bool is_leftover(const char *name, const char *stem, size_t length)
{
    static const char mark[] = ".tmp.";
    static const char probe[] = ".fal_probe";
    const char *at = strstr(name, mark);
    int64_t process = 0;
    if (at == NULL || !fal_text_to_int(at + sizeof mark - 1, &process) || process < 1 || process > INT_MAX) {
        return false;
    }
    const size_t until = (size_t)(at - name);
    const bool ours =
        (until > length && strncmp(name, stem, length) == 0 && is_written_by_owner(name + length, until - length)) ||
        (until == sizeof probe - 1 && strncmp(name, probe, until) == 0);
    return ours && !fal_lock_process_is_there((long)process);
}

/** The owner is the only writer of this output: its temporary files were left by killed processes. */
static void remove_leftovers(const char *path)
{
    char *for_folder = strdup(path);
    char *for_stem = strdup(path);
    DIR *entries = NULL;
    if (for_folder == NULL || for_stem == NULL) {
        goto done;
    }
    const char *folder = dirname(for_folder);
    char *stem = basename(for_stem);
    char *extension = strrchr(stem, '.');
    if (extension != NULL && strcmp(extension, ".h5") == 0) {
        *extension = '\0';
    }
    const size_t length = strlen(stem);
    entries = opendir(folder);
    for (struct dirent *entry = NULL; entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (is_leftover(entry->d_name, stem, length)) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
done:
    if (entries != NULL) {
        (void)closedir(entries);
    }
    free(for_stem);
    free(for_folder);
}

static fal_status fail_busy(int descriptor, const char *path)
{
    char host[FAL_HOST_SIZE] = "another host";
    long process = 0;
    if (!read_owner(descriptor, host, &process)) {
        return fal_fail(FAL_ERR_USAGE, "%s: in use by another process: wait for its end, or choose another --output",
                        path);
    }
    return fal_fail(FAL_ERR_USAGE, "%s: in use by %s, process %ld: wait for its end, or choose another --output", path,
                    host, process);
}

static void pause_briefly(void)
{
    const struct timespec wait = {.tv_nsec = 100 * 1000 * 1000};
    (void)nanosleep(&wait, NULL);
}

/** One lock file opened and locked, or the reason why not. */
static fal_status take(const char *path, const char *lock_path, double wait_seconds, fal_lock *lock)
{
    const double until = fal_clock_seconds() + wait_seconds;
    for (;;) {
        int opened = -1;
        FAL_RETRY(opened, open(lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
        if (opened < 0) {
            return fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the lock file: %s", lock_path, strerror(errno));
        }
        const outcome result = try_lock(opened, lock_path);
        if (result == TAKEN && write_owner(opened, &lock->owner_end)) {
            lock->descriptor = opened;
            return FAL_OK;
        }
        fal_status status = FAL_OK;
        if (result == TAKEN || result == FAILED) {
            status = fal_fail(FAL_ERR_OUTPUT, "%s: cannot write the lock file: %s", lock_path, strerror(errno));
        } else if (result == BUSY && fal_clock_seconds() >= until) {
            status = fail_busy(opened, path);
        } else if (result == FOREIGN) {
            status = fal_fail(FAL_ERR_OUTPUT, "%s: is not a lock file of this program: remove or rename it", lock_path);
        }
        (void)close(opened);
        FAL_TRY(status);
        if (result == BUSY) {
            pause_briefly();
        }
    }
}

fal_status fal_lock_take(const char *path, double wait_seconds, fal_lock **lock)
{
    fal_lock *made = NULL;
    fal_text lock_path = {0};
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "lock"));
    made->descriptor = -1;
    fal_text_add(&lock_path, "%s" FAL_LOCK_ENDING, path);
    FAL_TRY_GOTO(fal_text_status(&lock_path));
    FAL_TRY_GOTO(take(path, lock_path.chars, wait_seconds, made));
    made->path = lock_path.chars;
    lock_path = (fal_text){0};
    remove_leftovers(path);
    *lock = made;
    made = NULL;
done:
    fal_text_destroy(&lock_path);
    fal_free(made);
    return status;
}

void fal_lock_release(fal_lock *lock)
{
    if (lock == NULL) {
        return;
    }
    int removed = 0;
    FAL_RETRY(removed,
              unlink(lock->path)); /* before the lock goes, so that nobody locks a file that is about to vanish */
    (void)removed;                 /* one that stays is a file that nobody holds */
    (void)close(lock->descriptor);
    free(lock->path);
    fal_free(lock);
}

/* One write of always the same length, so that no older sign shows behind a shorter one. */
void fal_lock_sign(fal_lock *lock, const char *text)
{
    char line[FAL_LOCK_SIGN];
    ssize_t wrote = 0;
    if (lock == NULL) {
        return;
    }
    (void)snprintf(line, sizeof line, "%-*.*s\n", FAL_LOCK_SIGN - 2, FAL_LOCK_SIGN - 2, text);
    FAL_RETRY(wrote, pwrite(lock->descriptor, line, FAL_LOCK_SIGN - 1, lock->owner_end));
    (void)wrote;
}
