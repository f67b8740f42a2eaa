/* Which form a file of answers has: a folder, JSON by its name, else a table. */
#include <string.h>
#include <strings.h>

#include <sys/stat.h>

#include "said_internal.h"

fal_status fal_said_read(fal_said_list *list, const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        return fal_said_read_folder(list, path);
    }
    const size_t length = strlen(path);
    return length >= 5 && strcasecmp(path + length - 5, ".json") == 0 ? fal_said_read_json(list, path)
                                                                      : fal_said_read_csv(list, path);
}
