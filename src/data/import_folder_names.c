/* Names of classes and sites: numbered as they are met, ranked by bytes, and as names of folders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"

/* ---- numbers --------------------------------------------------------------------------------------------------- */

static fal_status append(fal_folder_names *names, const char *name)
{
    FAL_TRY(fal_grow(&names->items, names->count, names->count + 1, &names->room, sizeof *names->items,
                     "names of folders"));
    (void)fal_text_copy(names->items[names->count++].name, FAL_NAME_MAX, name);
    return FAL_OK;
}

int fal_folder_names_find(const fal_folder_names *names, const char *name)
{
    if (names->last < names->count && strcmp(names->items[names->last].name, name) == 0) {
        return names->last;
    }
    for (int i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

fal_status fal_folder_names_take(fal_folder_names *names, const char *name, int most, const char *where, int *number)
{
    *number = fal_folder_names_find(names, name);
    if (*number < 0) {
        if (name[0] == '\0' || strlen(name) >= FAL_NAME_MAX || !fal_text_is_printable(name)) {
            return fal_fail(FAL_ERR_INPUT, "%s: the name \"%.80s\" must have 1 to %d bytes and no invisible characters",
                            where, name, FAL_NAME_MAX - 1);
        }
        if (names->count == most) {
            return fal_fail(FAL_ERR_INPUT, "%s: is one of more than %d classes or sites: is that meant?", where, most);
        }
        *number = names->count;
        FAL_TRY(append(names, name));
    }
    names->last = *number;
    return FAL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const fal_folder_name *const *)a)->name, (*(const fal_folder_name *const *)b)->name);
}

fal_status fal_folder_names_rank(const fal_folder_names *names, int32_t **place)
{
    const fal_folder_name **order = NULL;
    int32_t *places = NULL;
    FAL_TRY(fal_alloc(&order, (size_t)names->count, sizeof *order, "names of folders"));
    const fal_status status = fal_alloc(&places, (size_t)names->count, sizeof *places, "names of folders");
    for (int i = 0; i < names->count && status == FAL_OK; i++) {
        order[i] = &names->items[i];
    }
    if (status == FAL_OK) {
        qsort(order, (size_t)names->count, sizeof *order, by_name); /* all differ */
        for (int i = 0; i < names->count; i++) {
            places[order[i] - names->items] = i;
        }
        *place = places;
    }
    fal_free(order);
    return status;
}

/* ---- names with a meaning -------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *words)
{
    bool found = false;
    for (int i = 0; words[i] != NULL; i++) {
        found = found || strcasecmp(name, words[i]) == 0;
    }
    return found;
}

bool fal_folder_is_unlabelled(const char *name)
{
    static const char *const words[] = {FAL_FOLDER_UNLABELLED, "unlabeled", NULL};
    return is_one_of(name, words);
}

fal_folder_place fal_folder_place_of(const char *name)
{
    static const char *const words[FAL_FOLDER_PLACES][4] = {
        [FAL_FOLDER_TRAIN] = {"train", "training", NULL},
        [FAL_FOLDER_VALIDATION] = {"val", "valid", "validation", NULL},
        [FAL_FOLDER_TEST] = {"test", "testing", NULL},
    };
    for (int place = 0; place < FAL_FOLDER_PLACES; place++) {
        if (is_one_of(name, words[place])) {
            return (fal_folder_place)place;
        }
    }
    return FAL_FOLDER_PLACES;
}

/* ---- names of folders for any class ---------------------------------------------------------------------------- */

void fal_folder_escape(const char *name, char folder[FAL_FOLDER_ESCAPED])
{
    const bool has_meaning = fal_folder_is_unlabelled(name) || fal_folder_place_of(name) != FAL_FOLDER_PLACES;
    const size_t length = strlen(name);
    size_t used = 0;
    FAL_ASSERT(length < FAL_NAME_MAX);
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)name[i];
        const bool first = i == 0;
        const bool last = i + 1 == length;
        bool kept = byte > ' ' && byte != 0x7f && strchr("/\\%<>:\"|?*", byte) == NULL;
        kept = kept || (byte == ' ' && !first && !last);
        kept = kept && !(first && (has_meaning || byte == '.' || byte == '_')) && !(last && byte == '.');
        used += (size_t)snprintf(folder + used, FAL_FOLDER_ESCAPED - used, kept ? "%c" : "%%%02X", byte);
    }
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) % 16 : -1;
}

void fal_folder_unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        const int high = *from == '%' ? hex_digit(from[1]) : -1;
        const int low = high >= 0 ? hex_digit(from[2]) : -1;
        const int byte = low >= 0 ? 16 * high + low : 0;
        *to++ = byte > 0 ? (char)byte : *from;
        from += byte > 0 ? 2 : 0;
    }
    *to = '\0';
}
