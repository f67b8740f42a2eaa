/* Which strategies several settings have in common: what is summed or ranked over settings needs them in each. */
#include "setting_internal.h"

#include <string.h>

int fal_study_common(const fal_setting *const *settings, int count, const char **names)
{
    int n = 0;
    for (int i = 0; count > 0 && i < settings[0]->strategy_count; i++) {
        bool everywhere = true;
        for (int s = 1; s < count; s++) {
            everywhere = everywhere && fal_setting_find(settings[s], settings[0]->strategies[i]) >= 0;
        }
        if (everywhere) {
            names[n++] = settings[0]->strategies[i];
        }
    }
    return n;
}

void fal_study_note_others(const fal_setting *const *settings, int count, const char *const *names, int n,
                           fal_text *text)
{
    int noted = 0;
    for (int s = 0; s < count; s++) {
        for (int i = 0; i < settings[s]->strategy_count; i++) {
            const char *name = settings[s]->strategies[i];
            bool known = false;
            for (int k = 0; k < n && !known; k++) {
                known = strcmp(names[k], name) == 0;
            }
            for (int before = 0; before < s && !known; before++) {
                known = fal_setting_find(settings[before], name) >= 0;
            }
            if (!known) {
                fal_text_add(text, "%s%s", noted++ == 0 ? "Not in every setting, so left out: " : ", ", name);
            }
        }
    }
    fal_text_add(text, "%s", noted > 0 ? ".\n" : "");
}
