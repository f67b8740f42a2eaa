/* What all fuzz targets share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "fal/base/text.h"

void fuzz_expect(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "FINDING: %s; message: %s\n", what, fal_status_message());
        abort();
    }
}

static _Noreturn void abort_all(int exit_code)
{
    (void)exit_code;
    abort();
}

const char *fuzz_file(const char *name, const uint8_t *bytes, size_t count)
{
    static char path[4096];
    const char *folder = getenv("FAL_FUZZ_FOLDER");
    (void)snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/dev/shm", name);
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, bytes, count) != (ssize_t)count || close(descriptor) != 0) {
        perror(path);
        exit(1);
    }
    return path;
}

bool fuzz_take(fuzz_rest *rest, const uint8_t **block, size_t *size)
{
    enum { HEAD = 2 };
    if (rest->count < HEAD) {
        return false;
    }
    const size_t wanted = rest->bytes[0] | (size_t)rest->bytes[1] << 8;
    const size_t left = rest->count - HEAD;
    *block = rest->bytes + HEAD;
    *size = wanted < left ? wanted : left;
    rest->bytes += HEAD + *size;
    rest->count = left - *size;
    return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fal_status_set_abort(abort_all);
    return 0;
}

int fuzz_end(fal_status status)
{
    fuzz_expect(status >= FAL_OK && status < FAL_STATUS_COUNT, "no status");
    fuzz_expect(status != FAL_ERR_INTERNAL, "a bug of ours is reported");
    fuzz_expect(status == FAL_OK || fal_status_message()[0] != '\0', "a failure without a message");
    fuzz_expect(status != FAL_OK || fal_status_message()[0] == '\0', "a message of a failure that was passed over");
    fuzz_expect(strchr(fal_status_message(), '\n') == NULL, "a message of two lines");
    fal_status_clear();
    return 0;
}
