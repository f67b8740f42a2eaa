/* The calls that the linker leads here (--wrap): those of our own code; libraries go where they always went. Nothing of
 * ours is called from here, so that every test program can have it. */
#include "shortage.h"

#include <errno.h>
#include <stdlib.h>

int __real_posix_memalign(void **memory, size_t alignment, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static int64_t left; /* pieces until one is missing; 0: none will be */

void fal_test_shortage(int64_t n) { left = n; }

bool fal_test_shortage_is_over(void) { return left == 0; }

static bool is_missing(void) { return left > 0 && --left == 0; }

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    return is_missing() ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (is_missing()) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    if (is_missing()) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_strdup(text);
}
