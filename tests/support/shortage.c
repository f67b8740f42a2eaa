#include "shortage.h"

#include <dirent.h>
#include <string.h>

#include "fal/io/h5.h"

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

/** Early pieces one by one, then every so many: where there are thousands, running for each takes minutes. */
static int64_t after(int64_t n)
{
    enum { EACH = 300, PART = 40 };
    return n + (n < EACH ? 1 : n / PART);
}

int64_t fal_test_shortages(fal_status (*work)(void *context), void *context, fal_test_missing missing)
{
    const int descriptors = open_descriptors();
    const int64_t objects = fal_h5_open_objects();
    for (int64_t n = 1;; n = after(n)) {
        fal_status_clear();
        fal_test_shortage(n);
        const fal_status status = work(context);
        const bool met = fal_test_shortage_is_over();
        fal_test_shortage(0);
        const char *message = fal_status_message();
        if (status == FAL_OK && !met) {
            fal_status_clear();
            return n - 1;
        }
        if (status == FAL_OK) {
            assert_int_equal(missing, FAL_TEST_MAY_DO_WITHOUT);
            continue;
        }
        if (status != FAL_ERR_MEMORY && !(status == FAL_ERR_INPUT && strstr(message, "MiB allowed") != NULL)) {
            fail_msg("without piece %lld of memory: status %d, \"%s\"", (long long)n, (int)status, message);
        }
        fal_test_text_has(message, "memory");
        if (open_descriptors() != descriptors || fal_h5_open_objects() != objects) {
            fail_msg("without piece %lld of memory something stays open: \"%s\"", (long long)n, message);
        }
    }
}
