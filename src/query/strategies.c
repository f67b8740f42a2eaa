/* The registry of strategies, from their list (strategies.h). */
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"
#include "query_internal.h"

#define ONE(function, id, need, ...) {.name = id, .select = fal_strategy_##function, .needs = need, __VA_ARGS__},
#define BOTH(function, id, need, ...)                                                                                  \
    {.name = id ":global",                                                                                             \
     .alias = id,                                                                                                      \
     .select = fal_strategy_##function,                                                                                \
     .model = FAL_GLOBAL,                                                                                              \
     .needs = FAL_NEED_GLOBAL | need,                                                                                  \
     __VA_ARGS__},                                                                                                     \
        {.name = id ":local",                                                                                          \
         .select = fal_strategy_##function,                                                                            \
         .model = FAL_LOCAL,                                                                                           \
         .needs = FAL_NEED_LOCAL | need,                                                                               \
         __VA_ARGS__},
#define SHARED(function, id, need, ...)                                                                                \
    {.name = id,                                                                                                       \
     .select = fal_strategy_##function,                                                                                \
     .number = fal_strategy_##function##_number,                                                                       \
     .needs = FAL_NEED_SHARED | need,                                                                                  \
     __VA_ARGS__},

static const fal_strategy registry[] = {FAL_STRATEGY_LIST(ONE, BOTH, SHARED)};

enum { COUNT = sizeof registry / sizeof registry[0] };

fal_status fal_strategy_find(const char *name, const fal_strategy **strategy)
{
    const char *names[2 * COUNT];
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        names[count++] = registry[i].name;
        if (registry[i].alias != NULL) {
            names[count++] = registry[i].alias;
        }
        if (strcmp(name, names[count - 1]) == 0 || strcmp(name, registry[i].name) == 0) {
            *strategy = &registry[i];
            return FAL_OK;
        }
    }
    const char *nearest = fal_text_nearest(name, names, count);
    return fal_fail(FAL_ERR_USAGE, "strategy: no strategy is called \"%s\"%s%s%s; --list-strategies shows all", name,
                    nearest != NULL ? ": did you mean \"" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?" : "");
}

const char *fal_strategy_name(const fal_strategy *strategy) { return strategy->name; }

int fal_strategy_needs(const fal_strategy *strategy) { return strategy->needs; }

bool fal_query_needs_logits(int needs, int x)
{
    return (needs & FAL_NEED_LOGITS) &&
           (needs & (x == FAL_GLOBAL ? FAL_NEED_GLOBAL : FAL_NEED_LOCAL | FAL_NEED_FINETUNED));
}

bool fal_query_needs_embeddings(int needs, int x)
{
    return x == FAL_GLOBAL ? (needs & FAL_NEED_GLOBAL) && (needs & FAL_NEED_GLOBAL_EMBEDDINGS)
                           : (needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) && (needs & FAL_NEED_LOCAL_EMBEDDINGS);
}

int fal_query_needs_given(int needs)
{
    if ((needs & FAL_NEED_ANY_EMBEDDINGS) == 0) {
        return needs;
    }
    const int left = needs & ~FAL_NEED_EMBEDDINGS;
    return left & FAL_NEED_LOGITS ? left : left & ~(FAL_NEED_GLOBAL | FAL_NEED_LOCAL | FAL_NEED_FINETUNED);
}

bool fal_strategy_looks(const fal_strategy *strategy)
{
    return (strategy->needs & (FAL_NEED_LOGITS | FAL_NEED_EMBEDDINGS)) != 0;
}

const fal_strategy *fal_strategy_at(int index) { return index >= 0 && index < COUNT ? &registry[index] : NULL; }

static void add_row(fal_text *text, const fal_strategy *s)
{
    char needs[64];
    (void)snprintf(needs, sizeof needs, "%s%s%s%s%s%s%s", s->needs & FAL_NEED_GLOBAL ? "G " : "",
                   s->needs & FAL_NEED_LOCAL ? "L " : "", s->needs & FAL_NEED_FINETUNED ? "finetuned " : "",
                   s->needs & FAL_NEED_LABELLED ? "labelled " : "", s->needs & FAL_NEED_ANY_EMBEDDINGS ? "z " : "",
                   s->needs & FAL_NEED_SHARED ? "shared " : "", s->needs & FAL_NEED_TRUTH ? "truth " : "");
    fal_text_add(text, "%-26s %-14s", s->name, s->needs == 0 ? "-" : needs);
    if (s->about[0] == '\0') {
        fal_text_add(text, " as above, by %s\n", s->score->name);
    } else {
        fal_text_add(text, " %s (%s)\n", s->about, s->source);
    }
}

fal_status fal_strategy_list(char **text)
{
    fal_text list = {0};
    fal_text_add(&list, "%-26s %-14s %s\n", "strategy", "needs", "asks labels for (source)");
    for (int diagnostic = 0; diagnostic < 2; diagnostic++) {
        if (diagnostic) {
            fal_text_add(&list, "Diagnostics, to compare strategies with:\n");
        }
        for (size_t i = 0; i < COUNT; i++) {
            if (registry[i].diagnostic == (diagnostic == 1)) {
                add_row(&list, &registry[i]);
            }
        }
    }
    fal_text_add(&list, "needs: G = global model, L = local-only model, finetuned = G trained further on the client's "
                        "labels,\nlabelled = embeddings of the labelled images, z = embeddings that --embeddings may "
                        "give instead,\nshared = one number averaged over the clients, truth = the labels that are to "
                        "be asked for\n");
    const fal_status status = fal_text_status(&list);
    if (status != FAL_OK) {
        fal_text_destroy(&list);
        return status;
    }
    *text = list.chars;
    return FAL_OK;
}
