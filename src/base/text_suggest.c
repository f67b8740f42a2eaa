/* What a wrong name may have meant: the nearest one, or those that share its words. */
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"

enum { ALIKE = 4 };

/* 2: the same word; 1: one begins as the other, "rounds" and "round", "clients" and "client". */
static int likeness(const char *a, size_t a_length, const char *b, size_t b_length)
{
    enum { BEGINNING = 3 };
    const size_t least = a_length < b_length ? a_length : b_length;
    if (least == 0 || strncmp(a, b, least) != 0) {
        return 0;
    }
    return a_length == b_length ? 2 : least >= BEGINNING;
}

static size_t word_length(const char *word) { return strcspn(word, "_-"); }

static const char *next_word(const char *word)
{
    word += word_length(word);
    return *word != '\0' ? word + 1 : word;
}

/* How much of the words of `wrong` the words of `name` have. */
static int count_shared(const char *wrong, const char *name)
{
    int shared = 0;
    for (const char *w = wrong; *w != '\0'; w = next_word(w)) {
        int best = 0;
        for (const char *n = name; *n != '\0'; n = next_word(n)) {
            const int here = likeness(w, word_length(w), n, word_length(n));
            best = here > best ? here : best;
        }
        shared += best;
    }
    return shared;
}

/* Up to ALIKE names, 0 where there are none, or too many to mean anything. */
static int find_alike(const char *wrong, const char *const *names, size_t count, const char *alike[ALIKE])
{
    int most = 1;
    int found = 0;
    alike[0] = fal_text_nearest(wrong, names, count);
    if (alike[0] != NULL) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        const int shared = count_shared(wrong, names[i]);
        if (shared > most) {
            most = shared;
            found = 0;
        }
        if (shared == most && found < ALIKE) {
            alike[found] = names[i];
        }
        found += shared == most;
    }
    return found <= ALIKE ? found : 0;
}

bool fal_text_suggest(const char *wrong, const char *const *names, size_t count, const char *before, const char *after,
                      char text[FAL_TEXT_SUGGESTION])
{
    const char *alike[ALIKE];
    const int found = find_alike(wrong, names, count, alike);
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < found && used < FAL_TEXT_SUGGESTION; i++) {
        used += (size_t)snprintf(text + used, FAL_TEXT_SUGGESTION - used, "%s%s%.60s%s",
                                 i == 0          ? ""
                                 : i + 1 < found ? ", "
                                                 : " or ",
                                 before, alike[i], after);
    }
    return found > 0;
}
