/* The calls that the linker leads here (--wrap): those of our own code; libraries go where they always went. Nothing of
 * ours is called from here, so that every test program can have it. */
#include "shortage.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

int __real_posix_memalign(void **memory, size_t alignment, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

static int64_t left; /* pieces until one is missing; 0: none will be */

void fal_test_shortage(int64_t n) { left = n; }

bool fal_test_shortage_is_over(void) { return left == 0; }

static bool is_missing(void) { return left > 0 && --left == 0; }

/* Blocks since fal_test_memory_watch, as they were asked for: what the allocator adds for alignment is no matter. */
enum { BLOCKS = 4096 };
static struct {
    void *at;
    size_t size;
} blocks[BLOCKS];
static size_t count, held, most;
static bool watching;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void fal_test_memory_watch(void)
{
    count = held = most = 0;
    watching = true;
}

size_t fal_test_memory_most(void)
{
    watching = false;
    return most;
}

static void note_taken(void *at, size_t size)
{
    (void)pthread_mutex_lock(&lock);
    if (count == BLOCKS) {
        abort();
    }
    blocks[count].at = at;
    blocks[count++].size = size;
    held += size;
    most = held > most ? held : most;
    (void)pthread_mutex_unlock(&lock);
}

static void note_released(const void *at)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = count; i > 0; i--) {
        if (blocks[i - 1].at == at) {
            held -= blocks[i - 1].size;
            blocks[i - 1] = blocks[--count];
            break;
        }
    }
    (void)pthread_mutex_unlock(&lock);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    const int code = is_missing() ? ENOMEM : __real_posix_memalign(memory, alignment, size);
    if (code == 0 && watching) {
        note_taken(*memory, size);
    }
    return code;
}

void __wrap_free(void *memory)
{
    if (watching) {
        note_released(memory);
    }
    __real_free(memory);
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
