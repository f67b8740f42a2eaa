/* The CPU quota of the cgroups that this process is in.
 *
 * A limit may be set at any level: on the job's group, on a step below it, on the user's slice above. So every level
 * from the process's own group up to the mount point is looked at. Version 2 has one tree ("0::/path", cpu.max),
 * version 1 a tree per controller (cpu.cfs_quota_us and cpu.cfs_period_us); a machine may have both. */
#include "fal/base/quota.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

/* One tree as the kernel tells of it. */
typedef struct {
    bool second;           /* version 2 */
    char own[PATH_SIZE];   /* our group, from the tree's root */
    char mount[PATH_SIZE]; /* where the tree, or a part of it, is mounted */
    char top[PATH_SIZE];   /* the group that is seen at the mount point */
} tree;

static FILE *open_in(const char *root, const char *path)
{
    char whole[3 * PATH_SIZE];
    return snprintf(whole, sizeof whole, "%s%s", root, path) < (int)sizeof whole ? fopen(whole, "r") : NULL;
}

/* Is "cpu" in "rw,cpu,cpuacct"? */
static bool lists_cpu(const char *list)
{
    for (const char *p = list; p != NULL; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, "cpu", 3) == 0 && (p[3] == ',' || p[3] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool keep(char to[PATH_SIZE], const char *from) { return snprintf(to, PATH_SIZE, "%s", from) < PATH_SIZE; }

/* From lines "4:cpu,cpuacct:/path" and "0::/path". */
static bool find_own(const char *root, tree *t)
{
    FILE *file = open_in(root, "/proc/self/cgroup");
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    while (file != NULL && !found && getline(&line, &room, file) > 0) {
        char *controllers = strchr(line, ':');
        char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL) {
            continue;
        }
        *path++ = '\0';
        controllers++;
        path[strcspn(path, "\n")] = '\0';
        found = (t->second ? strncmp(line, "0:", 2) == 0 && controllers[0] == '\0' : lists_cpu(controllers)) &&
                keep(t->own, path);
    }
    free(line);
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

/* "\040" in a path of mountinfo is a blank. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\\' && strspn(p + 1, "01234567") >= 3) {
            *to++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
            p += 3;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
}

/* Is the group `own` in the part of the tree that begins with `top`? */
static bool covers(const char *top, const char *own)
{
    const size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);
    return strncmp(top, own, length) == 0 && (own[length] == '/' || own[length] == '\0');
}

/* From lines "36 35 98:0 /top /mount/point rw,noatime master:1 - cgroup2 source rw,cpu". A container may see its own
 * part of the tree only, or several mounts of it: one that holds our group is preferred. */
static bool find_mount(const char *root, tree *t)
{
    FILE *file = open_in(root, "/proc/self/mountinfo");
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    while (file != NULL && !(found && covers(t->top, t->own)) && getline(&line, &room, file) > 0) {
        char *rest = line;
        char *fields[5];
        for (int i = 0; i < 5; i++) {
            fields[i] = strsep(&rest, " ");
        }
        char *kind = rest != NULL ? strstr(rest, "- ") : NULL;
        if (kind == NULL || (kind != rest && kind[-1] != ' ')) {
            continue;
        }
        kind += 2;
        kind[strcspn(kind, "\n")] = '\0';
        const char *name = strsep(&kind, " ");
        (void)strsep(&kind, " "); /* the source */
        const bool right =
            t->second ? strcmp(name, "cgroup2") == 0 : strcmp(name, "cgroup") == 0 && kind != NULL && lists_cpu(kind);
        if (right) {
            unescape(fields[3]);
            unescape(fields[4]);
            const bool better = !found || covers(fields[3], t->own);
            found = better ? keep(t->top, fields[3]) && keep(t->mount, fields[4]) : found;
        }
    }
    free(line);
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

/* The first `count` numbers of a file; false if there are fewer ("max"). */
static bool read_numbers(const char *root, const char *folder, const char *name, int count, double *numbers)
{
    char path[2 * PATH_SIZE];
    (void)snprintf(path, sizeof path, "%.*s/%s", PATH_SIZE + PATH_SIZE / 2, folder, name);
    FILE *file = open_in(root, path);
    int got = 0;
    while (file != NULL && got < count && fscanf(file, "%lf", &numbers[got]) == 1) {
        got++;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return got == count;
}

/* Cores that one group leaves; infinite without a limit. */
static double cores_of(const char *root, const tree *t, const char *folder)
{
    double numbers[2] = {-1, 0}; /* quota, period */
    const bool read = t->second ? read_numbers(root, folder, "cpu.max", 2, numbers)
                                : read_numbers(root, folder, "cpu.cfs_quota_us", 1, numbers) &&
                                      read_numbers(root, folder, "cpu.cfs_period_us", 1, &numbers[1]);
    return read && numbers[0] > 0 && numbers[1] > 0 ? numbers[0] / numbers[1] : INFINITY;
}

static double least_of_tree(const char *root, bool second)
{
    tree t = {.second = second};
    char folder[2 * PATH_SIZE];
    double least = INFINITY;
    if (!find_own(root, &t) || !find_mount(root, &t)) {
        return least;
    }
    /* A group outside of what is mounted, or above ("/.."), cannot be walked to: the mount point is what is left. */
    const bool inside = covers(t.top, t.own) && strstr(t.own, "/..") == NULL;
    const char *below = !inside ? "" : t.own + (strcmp(t.top, "/") == 0 ? 0 : strlen(t.top));
    (void)snprintf(folder, sizeof folder, "%s%s", strcmp(t.mount, "/") == 0 ? "" : t.mount,
                   strcmp(below, "/") == 0 ? "" : below);
    const size_t end = strlen(t.mount);
    for (;;) {
        const double cores = cores_of(root, &t, folder);
        least = cores < least ? cores : least;
        char *slash = strrchr(folder, '/');
        if (slash == NULL || strlen(folder) <= end) {
            return least;
        }
        *slash = '\0';
    }
}

int fal_quota_cores(const char *root)
{
    const double second = least_of_tree(root, true);
    const double first = least_of_tree(root, false);
    const double least = first < second ? first : second;
    return least < INT_MAX / 2 ? (int)ceil(least) : 0;
}
