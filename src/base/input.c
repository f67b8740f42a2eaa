/* Files from outside, read within bounds. */
#include "fal/base/input.h"

#include <errno.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/retry.h"

fal_status fal_input_open(const char *path, fal_status failure, int *descriptor, size_t *size)
{
    struct stat about = {0};
    int opened = -1;
    FAL_RETRY(opened, open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (opened < 0) {
        return fal_fail(failure, "%s: cannot open: %s", path, strerror(errno));
    }
    fal_status status = FAL_OK;
    if (fstat(opened, &about) != 0) {
        status = fal_fail(failure, "%s: cannot be looked at: %s", path, strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        status = fal_fail(failure, "%s: is %s: give a file", path,
                          S_ISDIR(about.st_mode) ? "a folder" : "not a regular file");
    }
    if (status != FAL_OK) {
        (void)close(opened);
        return status;
    }
    *descriptor = opened;
    *size = (size_t)about.st_size;
    return FAL_OK;
}

fal_status fal_input_take(int descriptor, const char *path, fal_status failure, char *bytes, size_t count, size_t *got)
{
    size_t done = 0;
    while (done < count) {
        const ssize_t here = read(descriptor, bytes + done, count - done);
        if (here < 0 && errno == EINTR) {
            continue;
        }
        if (here < 0) {
            return fal_fail(failure, "%s: cannot read: %s", path, strerror(errno));
        }
        if (here == 0) {
            break;
        }
        done += (size_t)here;
    }
    *got = done;
    return FAL_OK;
}

ssize_t fal_input_at(int descriptor, void *bytes, size_t count, off_t offset)
{
    size_t done = 0;
    ssize_t here = 1;
    while (done < count && here != 0) {
        FAL_RETRY(here, pread(descriptor, (char *)bytes + done, count - done, offset + (off_t)done));
        if (here < 0) {
            return -1;
        }
        done += (size_t)here;
    }
    return (ssize_t)done;
}

fal_status fal_input_read(const char *path, size_t limit, fal_status failure, char **bytes, size_t *count)
{
    int descriptor = -1;
    size_t size = 0;
    size_t got = 0;
    char *text = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_input_open(path, failure, &descriptor, &size));
    if (size > limit) {
        status = fal_fail(failure, "%s: has %zu bytes, more than the %zu that are allowed here", path, size, limit);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&text, size + 1, 1, path));
    FAL_TRY_GOTO(fal_input_take(descriptor, path, failure, text, size, &got));
    text[got] = '\0';
    *bytes = text;
    *count = got;
    text = NULL;
done:
    fal_free(text);
    (void)close(descriptor);
    return status;
}

fal_status fal_input_read_text(const char *path, size_t limit, fal_status failure, char **text, size_t *count)
{
    char *bytes = NULL;
    size_t size = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_input_read(path, limit, failure, &bytes, &size));
    const bool little = size >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0;
    if (little || (size >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)) {
        status = fal_fail(failure, "%s: is text in UTF-16: save it as UTF-8", path);
    } else if (memchr(bytes, '\0', size) != NULL) {
        status = fal_fail(failure, "%s: is no text file: it holds NUL bytes", path);
    }
    if (status != FAL_OK) {
        fal_free(bytes);
        return status;
    }
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        size -= 3;
        memmove(bytes, bytes + 3, size + 1);
    }
    *text = bytes;
    *count = size;
    return FAL_OK;
}

char *fal_input_line(char **at)
{
    char *line = *at;
    if (*line == '\0') {
        return NULL;
    }
    char *end = line + strcspn(line, "\r\n");
    const size_t marks = end[0] == '\r' && end[1] == '\n' ? 2 : *end != '\0';
    *end = '\0';
    *at = end + marks;
    return line;
}
