/* The registry of strategies: one line each. BOTH makes NAME:global and NAME:local of a strategy of one model. */
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"
#include "query_internal.h"

#define G FAL_NEED_GLOBAL
#define L FAL_NEED_LOCAL
#define M FAL_NEED_LABELLED
#define P FAL_NEED_LOGITS     /* p, the softmax */
#define Z FAL_NEED_EMBEDDINGS /* z */
#define ZG FAL_NEED_GLOBAL_EMBEDDINGS
#define ZL FAL_NEED_LOCAL_EMBEDDINGS
#define PAPER "Kim et al., CVPR 2023"
#define BOTH(name, more, score, select, about, source)                                                                 \
    {name ":global", name, name, G | (more), FAL_GLOBAL, score, select, about, source},                                \
    {                                                                                                                  \
        name ":local", name, NULL, L | (more), FAL_LOCAL, score, select, about, source                                 \
    }

/* clang-format off */
static const fal_strategy registry[] = {
    {"random", "random", NULL, 0, FAL_GLOBAL, NULL, fal_strategy_random, "images drawn at random", "baseline"},
    BOTH("entropy", P, &fal_score_entropy, fal_strategy_by_score, "largest entropy of the softmax", "Shannon 1948; " PAPER),
    BOTH("confidence", P, &fal_score_confidence, fal_strategy_by_score, "smallest largest probability", "Lewis and Gale, SIGIR 1994"),
    BOTH("margin", P, &fal_score_margin, fal_strategy_by_score, "smallest lead of the first class over the second", "Scheffer et al., IDA 2001"),
    BOTH("coreset", Z | M, NULL, fal_strategy_coreset, "k-centre: farthest from everything labelled", "Sener and Savarese, ICLR 2018"),
    BOTH("badge", P | Z, NULL, fal_strategy_badge, "k-means++ draws on gradient embeddings", "Ash et al., ICLR 2020"),
    BOTH("gcnal", Z | M, NULL, fal_strategy_gcnal, "k-centre on features of a graph network", "Caramalau et al., CVPR 2021"),
    BOTH("alfa-mix", P | Z | M, NULL, fal_strategy_alfa, "predictions that change when embeddings are mixed", "Parvaneh et al., CVPR 2022"),
    {"logo", "logo", "logo:entropy", G | L | P | ZL, FAL_LOCAL, &fal_score_entropy, fal_strategy_logo, "L's gradients are clustered, G picks the most uncertain of each cluster", PAPER},
    {"logo:confidence", "logo", NULL, G | L | P | ZL, FAL_LOCAL, &fal_score_confidence, fal_strategy_logo, "", ""},
    {"logo:margin", "logo", NULL, G | L | P | ZL, FAL_LOCAL, &fal_score_margin, fal_strategy_logo, "", ""},
    {"ensemble-logit:entropy", "ensemble-logit", NULL, G | L | P, FAL_GLOBAL, NULL, fal_strategy_ensemble_entropy, "entropy of the mean of both models", PAPER},
    {"ensemble-logit:badge", "ensemble-logit", NULL, G | L | P | Z, FAL_GLOBAL, NULL, fal_strategy_ensemble_badge, "badge on the mean of both models' gradients", PAPER},
    {"ensemble-rank:entropy", "ensemble-rank", NULL, G | L | P, FAL_GLOBAL, &fal_score_entropy, fal_strategy_ensemble_rank, "best places in both models' entropy lists", PAPER},
    {"ensemble-rank:badge", "ensemble-rank", NULL, G | L | P | Z, FAL_GLOBAL, NULL, fal_strategy_ensemble_rank, "best places in both models' badge lists", PAPER},
    {"finetuning:entropy", "finetuning", NULL, FAL_NEED_FINETUNED | P, FAL_LOCAL, &fal_score_entropy, fal_strategy_by_score, "entropy of the finetuned model", PAPER},
    {"finetuning:badge", "finetuning", NULL, FAL_NEED_FINETUNED | P | Z, FAL_LOCAL, NULL, fal_strategy_badge, "badge with the finetuned model", PAPER},
    {"ksas", "ksas", NULL, G | L | P, FAL_GLOBAL, NULL, fal_strategy_ksas, "largest disagreement of both models, classes weighted by the labels", "Cao et al., ICCV 2023"},
    {"feal", "feal", NULL, G | L | P | ZL, FAL_GLOBAL, NULL, fal_strategy_feal, "evidential uncertainty, near neighbours left out", "Chen et al., CVPR 2024"},
    {"fairfal", "fairfal", NULL, G | L | P | ZG | M | FAL_NEED_SHARED, FAL_GLOBAL, NULL, fal_strategy_fairfal, "equal shares for pseudo-classes, uncertain and spread inside", "Zong and Huang, CVPR 2026"},
};
/* clang-format on */

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
    return (needs & FAL_NEED_LOGITS) && (needs & (x == FAL_GLOBAL ? G : L | FAL_NEED_FINETUNED));
}

bool fal_query_needs_embeddings(int needs, int x)
{
    return x == FAL_GLOBAL ? (needs & G) && (needs & ZG) : (needs & (L | FAL_NEED_FINETUNED)) && (needs & ZL);
}

const fal_strategy *fal_strategy_at(int index) { return index >= 0 && index < COUNT ? &registry[index] : NULL; }

static fal_status add_row(fal_text *text, const fal_strategy *s)
{
    char needs[64];
    (void)snprintf(needs, sizeof needs, "%s%s%s%s%s", s->needs & G ? "G " : "", s->needs & L ? "L " : "",
                   s->needs & FAL_NEED_FINETUNED ? "finetuned " : "", s->needs & M ? "labelled " : "",
                   s->needs & FAL_NEED_SHARED ? "shared " : "");
    FAL_TRY(fal_text_add(text, "%-26s %-14s", s->name, s->needs == 0 ? "-" : needs));
    return s->about[0] == '\0' ? fal_text_add(text, " as above, by %s\n", s->score->name)
                               : fal_text_add(text, " %s (%s)\n", s->about, s->source);
}

fal_status fal_strategy_list(char **text)
{
    fal_text list = {0};
    fal_status status = fal_text_add(&list, "%-26s %-14s %s\n", "strategy", "needs", "asks labels for (source)");
    for (size_t i = 0; status == FAL_OK && i < COUNT; i++) {
        status = add_row(&list, &registry[i]);
    }
    if (status == FAL_OK) {
        status = fal_text_add(&list, "needs: G = global model, L = local-only model, finetuned = G trained further on "
                                     "the client's labels,\nlabelled = embeddings of the labelled images, shared = one "
                                     "number averaged over the clients\n");
    }
    if (status != FAL_OK) {
        fal_text_destroy(&list);
        return status;
    }
    *text = list.chars;
    return FAL_OK;
}
