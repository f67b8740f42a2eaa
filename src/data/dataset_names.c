/* Which names a dataset and its classes may have: one check for readers and writers, so that no writer makes a file
 * that every reader refuses. */
#include <string.h>

#include "dataset_internal.h"

#include "fal/base/text.h"

bool fal_dataset_name_is_valid(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";
    const size_t length = strlen(name);
    return length > 0 && length < FAL_NAME_MAX && name[0] != '.' && strspn(name, allowed) == length;
}

static const char *fault_of(const char *names, int index)
{
    const char *name = names + (size_t)index * FAL_NAME_MAX;
    if (memchr(name, '\0', FAL_NAME_MAX) == NULL) {
        return "is too long";
    }
    if (name[0] == '\0') {
        return "is empty";
    }
    if (!fal_text_is_printable(name)) {
        return "holds control characters or is not UTF-8";
    }
    for (int i = 0; i < index; i++) {
        if (strcmp(name, names + (size_t)i * FAL_NAME_MAX) == 0) {
            return "is used twice";
        }
    }
    return NULL;
}

fal_status fal_dataset_check_class_names(const char *where, const char *names, int count)
{
    if (count < 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: class_names is empty: name each class", where);
    }
    for (int i = 0; i < count; i++) {
        const char *fault = fault_of(names, i);
        if (fault != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s: the name of class %d (\"%.*s\") %s: give each class a name of its own",
                            where, i, FAL_NAME_MAX - 1, names + (size_t)i * FAL_NAME_MAX, fault);
        }
    }
    return FAL_OK;
}
