/* What all test programs share. */
#include "support.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATHS = 8, PATH_SIZE = 4096 };

/* The last few paths stay valid, so that two can be used in one expression. */
static char *next_path(void)
{
    static char paths[PATHS][PATH_SIZE];
    static int used;
    return paths[used++ % PATHS];
}

static const char *in_folder(const char *variable, const char *otherwise, const char *file)
{
    const char *folder = getenv(variable);
    char *path = next_path();
    (void)snprintf(path, PATH_SIZE, "%s/%s", folder != NULL && folder[0] != '\0' ? folder : otherwise, file);
    return path;
}

const char *fal_test_reference(const char *file)
{
    const char *path = in_folder("FAL_REFERENCE", "../shared/reference", file);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *fal_test_data(const char *file)
{
    const char *path = in_folder("FAL_DATA", "../shared/data", file);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *fal_test_fixture(const char *file) { return in_folder("FAL_FIXTURES", "tests/fixtures", file); }

static char temporary_folder[1024];

static void remove_temporary(void)
{
    DIR *folder = opendir(temporary_folder);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", temporary_folder, entry->d_name);
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) {
            (void)remove(path);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(temporary_folder);
}

const char *fal_test_temporary(const char *file)
{
    if (temporary_folder[0] == '\0') {
        const char *base = getenv("TMPDIR");
        (void)snprintf(temporary_folder, sizeof temporary_folder, "%s/fal_test_XXXXXX", base != NULL ? base : "/tmp");
        if (mkdtemp(temporary_folder) == NULL) {
            fail_msg("no temporary folder: %s", temporary_folder);
        }
        (void)atexit(remove_temporary);
    }
    char *path = next_path();
    (void)snprintf(path, PATH_SIZE, "%s/%s", temporary_folder, file);
    return path;
}

static void set_variable(const char *name, const char *value, char kept[32], bool *known)
{
    const char *now = getenv(name);
    if (!*known) { /* "-": not set */
        (void)snprintf(kept, 32, "%s", now != NULL ? now : "-");
        *known = true;
    }
    value = value != NULL ? value : kept;
    assert_int_equal(strcmp(value, "-") == 0 ? unsetenv(name) : setenv(name, value, 1), 0);
}

void fal_test_kernels(const char *set, const char *pairs)
{
    static char kept[2][32];
    static bool known[2];
    set_variable("FAL_KERNELS_ISA", set, kept[0], &known[0]);
    set_variable("FAL_KERNELS_PAIRS", pairs, kept[1], &known[1]);
}

void fal_test_message_has(const char *part)
{
    if (strstr(fal_status_message(), part) == NULL) {
        fail_msg("the message \"%s\" does not contain \"%s\"", fal_status_message(), part);
    }
}

static double relative(double difference, double largest)
{
    if (isnan(difference)) {
        return INFINITY;
    }
    return difference == 0 ? 0 : difference / largest;
}

double fal_test_error_float(const float *a, const double *b, size_t count)
{
    double difference = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        const double here = fabs((double)a[i] - b[i]);
        difference = here > difference || isnan(here) ? here : difference;
        largest = fabs(b[i]) > largest ? fabs(b[i]) : largest;
    }
    return relative(difference, largest);
}

double fal_test_error_double(const double *a, const double *b, size_t count)
{
    double difference = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        const double here = fabs(a[i] - b[i]);
        difference = here > difference || isnan(here) ? here : difference;
        largest = fabs(b[i]) > largest ? fabs(b[i]) : largest;
    }
    return relative(difference, largest);
}

void fal_test_text_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", part, text);
    }
}

void fal_test_text_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("\"%s\" is in:\n%s", part, text);
    }
}
