/* Paths as people write them, in one form. */
#include "fal/base/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/text.h"

/* *rest: what follows "~"; *home: what stands before it, "" without one. */
static fal_status expand_home(const char *given, const char **home, const char **rest)
{
    *home = "";
    *rest = given;
    if (given[0] != '~') {
        return FAL_OK;
    }
    if (given[1] != '/' && given[1] != '\0') {
        return fal_fail(FAL_ERR_USAGE,
                        "%.200s: only ~/ is known, for your own folder: write the whole path, or ./%.200s for a "
                        "file of that name",
                        given, given);
    }
    *home = getenv("HOME");
    *rest = given + 1;
    return *home != NULL && *home[0] == '/'
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%.200s: HOME is not set, so ~ stands for nothing: write the whole path",
                          given);
}

/* Parts of `from` joined by single slashes behind `to`, without "." ones. */
static void append_parts(const char *from, char *to)
{
    size_t used = strlen(to);
    for (const char *p = from; *p != '\0';) {
        const size_t length = strcspn(p, "/");
        if (length > 0 && !(length == 1 && p[0] == '.')) {
            if (used > 0 && to[used - 1] != '/') {
                to[used++] = '/';
            }
            memcpy(to + used, p, length);
            used += length;
        }
        p += length + (p[length] == '/');
    }
    to[used] = '\0';
}

fal_status fal_path_clean(const char *given, char *to, size_t size)
{
    const char *home = NULL;
    const char *rest = NULL;
    FAL_TRY(expand_home(given, &home, &rest));
    if (strlen(home) + strlen(rest) + 3 > size) { /* room for "./" and the end mark */
        return fal_fail(FAL_ERR_USAGE, "%.60s...: a path of more than %zu characters", given, size - 3);
    }
    const bool absolute = given[0] == '/' || home[0] == '/';
    (void)snprintf(to, size, "%s", absolute ? "/" : "");
    append_parts(home, to);
    append_parts(rest, to);
    if (to[0] == '\0' && given[0] != '\0') {
        (void)snprintf(to, size, ".");
    } else if (to[0] == '~') { /* its "./" kept it from being somebody's folder */
        memmove(to + 2, to, strlen(to) + 1);
        memcpy(to, "./", 2);
    }
    return FAL_OK;
}

const char *fal_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}
