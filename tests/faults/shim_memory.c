/* Preloaded into fal_hpc by faults.py: numbers the requests for memory that come from one program or library, and lets
 * one of them fail. Whose request it is says the return address. Settings come from the environment:
 *
 *   FAULT_IN     part of the library's file name; empty: the program itself
 *   FAULT_RANK   act on this rank only; absent: on each
 *   FAULT_AT     the number, from 1, of the request that fails; 0: only count
 *   FAULT_TIMES  how many from there on fail, 1 by default
 *   FAULT_LOG    gets, where FAULT_AT is 0, a line "number place" for the first request from each place, a place being
 *                the innermost functions of that program or library on the stack; at the end the line "all number" */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RANGES = 8, FRAMES = 24, DEPTH = 8, PLACES = 1 << 16 };

/* Those of the C library itself: they need no look-up, which would ask for memory. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

static uintptr_t base, from[RANGES], to[RANGES];
static int ranges;
static long at, times = 1;
static bool counting;
static int log_file = -1;
static atomic_long requests;
static uint64_t places[PLACES];
static _Thread_local bool inside;

static int look_at_object(struct dl_phdr_info *object, size_t size, void *wanted)
{
    (void)size;
    const char *part = wanted;
    if (part[0] == '\0' ? object->dlpi_name[0] != '\0' : strstr(object->dlpi_name, part) == NULL) {
        return 0;
    }
    base = object->dlpi_addr;
    for (int i = 0; i < object->dlpi_phnum && ranges < RANGES; i++) {
        const ElfW(Phdr) *part_of = &object->dlpi_phdr[i];
        if (part_of->p_type == PT_LOAD && (part_of->p_flags & PF_X) != 0) {
            from[ranges] = base + part_of->p_vaddr;
            to[ranges++] = base + part_of->p_vaddr + part_of->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    const char *own = getenv("OMPI_COMM_WORLD_RANK");
    own = own != NULL ? own : getenv("PMI_RANK");
    const char *wanted = getenv("FAULT_IN");
    const char *only = getenv("FAULT_RANK");
    const char *number = getenv("FAULT_AT");
    const char *log = getenv("FAULT_LOG");
    void *frames[FRAMES];
    const bool here = strcmp(program_invocation_short_name, "fal_hpc") == 0 &&
                      (only == NULL || strcmp(only, own != NULL ? own : "0") == 0);
    if (wanted == NULL || number == NULL || !here) {
        return;
    }
    (void)backtrace(frames, FRAMES); /* the first one asks for memory */
    (void)dl_iterate_phdr(look_at_object, (void *)(uintptr_t)wanted);
    at = atol(number);
    times = getenv("FAULT_TIMES") != NULL ? atol(getenv("FAULT_TIMES")) : 1;
    if (log != NULL && at == 0) {
        log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    counting = true;
}

static bool is_ours(uintptr_t address)
{
    for (int i = 0; i < ranges; i++) {
        if (address >= from[i] && address < to[i]) {
            return true;
        }
    }
    return false;
}

/** One line for the first request from each place. */
static void note_place(long number)
{
    void *frames[FRAMES];
    char line[64];
    uint64_t place = 14695981039346656037u;
    int depth = 0;
    const int count = backtrace(frames, FRAMES);
    for (int i = 0; i < count && depth < DEPTH; i++) {
        if (is_ours((uintptr_t)frames[i])) {
            place = (place ^ ((uintptr_t)frames[i] - base)) * 1099511628211u;
            depth++;
        }
    }
    place += place == 0;
    for (uint64_t slot = place % PLACES;; slot = (slot + 1) % PLACES) {
        if (places[slot] == place) {
            return;
        }
        if (places[slot] == 0) {
            places[slot] = place;
            break;
        }
    }
    (void)write(log_file, line, (size_t)snprintf(line, sizeof line, "%ld %016lx\n", number, (unsigned long)place));
}

__attribute__((destructor)) static void finish(void)
{
    char line[64];
    if (log_file >= 0) {
        (void)write(log_file, line, (size_t)snprintf(line, sizeof line, "all %ld\n", atomic_load(&requests)));
    }
}

/** Does this request, made from `address`, fail? */
static bool refused(void *address)
{
    if (!counting || inside || !is_ours((uintptr_t)address)) {
        return false;
    }
    const long number = atomic_fetch_add(&requests, 1) + 1;
    if (log_file >= 0) {
        inside = true;
        note_place(number);
        inside = false;
    }
    const bool now = at > 0 && number >= at && number - at < times;
    if (now) {
        errno = ENOMEM;
    }
    return now;
}
#define REFUSED refused(__builtin_return_address(0))

void *malloc(size_t bytes) { return REFUSED ? NULL : __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return REFUSED ? NULL : __libc_calloc(count, bytes); }
void *realloc(void *old, size_t bytes) { return bytes > 0 && REFUSED ? NULL : __libc_realloc(old, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return REFUSED ? NULL : __libc_memalign(alignment, bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    void *made = REFUSED ? NULL : __libc_memalign(alignment, bytes);
    if (made == NULL) {
        return ENOMEM;
    }
    *memory = made;
    return 0;
}

/* What asks for memory inside the C library. */
char *strdup(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *made = REFUSED ? NULL : __libc_malloc(bytes);
    return made != NULL ? memcpy(made, text, bytes) : NULL;
}

char *realpath(const char *path, char *resolved)
{
    static char *(*real)(const char *, char *);
    if (real == NULL) {
        real = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
    }
    return resolved == NULL && REFUSED ? NULL : real(path, resolved);
}

DIR *opendir(const char *path)
{
    static DIR *(*real)(const char *);
    if (real == NULL) {
        real = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    }
    return REFUSED ? NULL : real(path);
}

FILE *fopen(const char *path, const char *mode)
{
    static FILE *(*real)(const char *, const char *);
    if (real == NULL) {
        real = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
    }
    return REFUSED ? NULL : real(path, mode);
}

int vasprintf(char **text, const char *format, va_list arguments)
{
    static int (*real)(char **, const char *, va_list);
    if (real == NULL) {
        real = (int (*)(char **, const char *, va_list))dlsym(RTLD_NEXT, "vasprintf");
    }
    return REFUSED ? -1 : real(text, format, arguments);
}

int asprintf(char **text, const char *format, ...)
{
    static int (*real)(char **, const char *, va_list);
    if (real == NULL) {
        real = (int (*)(char **, const char *, va_list))dlsym(RTLD_NEXT, "vasprintf");
    }
    if (REFUSED) {
        return -1;
    }
    va_list arguments;
    va_start(arguments, format);
    const int length = real(text, format, arguments);
    va_end(arguments);
    return length;
}
