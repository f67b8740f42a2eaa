/* One setting per selector, as the paper counts them: all baselines with G, or all with L; strategies that name no
 * selector (random, logo) are the same trials in both. */
#include "fal/report/collect.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

static const char *const selectors[] = {"global", "local"};
enum { SELECTORS = sizeof selectors / sizeof *selectors };

/* Index of the selector at the end of "NAME:global"; -1 without one. */
static int selector_of(const char *strategy)
{
    const char *colon = strrchr(strategy, ':');
    for (int s = 0; colon != NULL && s < SELECTORS; s++) {
        if (strcmp(colon + 1, selectors[s]) == 0) {
            return s;
        }
    }
    return -1;
}

/* Does a curve's setting hold a strategy with selector s? */
static bool has_selector(const fal_collection *all, const char *setting, int s)
{
    for (int i = 0; i < all->count; i++) {
        if (selector_of(all->curves[i].strategy) == s && strcmp(all->curves[i].setting, setting) == 0) {
            return true;
        }
    }
    return false;
}

static fal_status copy_curve(const fal_curve *curve, const char *selector, fal_curve *copy)
{
    const size_t rounds = (size_t)curve->rounds;
    *copy = *curve;
    copy->path = NULL;
    copy->accuracy = NULL;
    copy->share = NULL;
    copy->row = NULL;
    FAL_TRY(fal_alloc(&copy->path, strlen(curve->path) + 1, 1, "learning curve"));
    memcpy(copy->path, curve->path, strlen(curve->path));
    FAL_TRY(fal_alloc(&copy->accuracy, rounds, sizeof *copy->accuracy, "learning curve"));
    FAL_TRY(fal_alloc(&copy->share, rounds, sizeof *copy->share, "learning curve"));
    FAL_TRY(fal_alloc(&copy->row, rounds, sizeof *copy->row, "learning curve"));
    memcpy(copy->row, curve->row, rounds * sizeof *copy->row);
    memcpy(copy->accuracy, curve->accuracy, rounds * sizeof *copy->accuracy);
    memcpy(copy->share, curve->share, rounds * sizeof *copy->share);
    if (selector_of(curve->strategy) >= 0) {
        *strrchr(copy->strategy, ':') = '\0';
    }
    fal_text name = {0};
    fal_text_add(&name, "%s%s%s", curve->setting, selector != NULL ? ", selector " : "",
                 selector != NULL ? selector : "");
    fal_status status = fal_text_status(&name);
    if (status == FAL_OK && !fal_text_copy(copy->setting, sizeof copy->setting, name.chars)) {
        status = fal_fail(FAL_ERR_INPUT, "%.80s...: the name of the setting is too long to split", curve->setting);
    }
    fal_text_destroy(&name);
    return status;
}

fal_status fal_collect_split_selectors(fal_collection *collection)
{
    fal_status status = FAL_OK;
    fal_collection split = {0};
    FAL_TRY_GOTO(fal_alloc(&split.curves, SELECTORS * (size_t)collection->count, sizeof *split.curves, "settings"));
    for (int i = 0; i < collection->count; i++) {
        const fal_curve *curve = &collection->curves[i];
        const int own = selector_of(curve->strategy);
        int copies = 0;
        for (int s = 0; s < SELECTORS; s++) {
            if (own == s || (own < 0 && has_selector(collection, curve->setting, s))) {
                FAL_TRY_GOTO(copy_curve(curve, selectors[s], &split.curves[split.count++]));
                copies++;
            }
        }
        if (copies == 0) {
            FAL_TRY_GOTO(copy_curve(curve, NULL, &split.curves[split.count++]));
        }
    }
    split.left_out = collection->left_out;
    split.left_out_count = collection->left_out_count;
    collection->left_out_count = 0;
    collection->left_out = NULL;
    fal_collection_destroy(collection);
    *collection = split;
    split = (fal_collection){0};
done:
    fal_collection_destroy(&split);
    return status;
}
