/* Where the time of trials went: sums, and the tables of a job's end. */
#include "fal/experiment/timing.h"

void fal_sections_add(fal_sections *to, const fal_sections *from, double factor)
{
    to->train += factor * from->train;
    to->communicate += factor * from->communicate;
    to->local_only += factor * from->local_only;
    to->embed += factor * from->embed;
    to->select += factor * from->select;
    to->evaluate += factor * from->evaluate;
    to->io += factor * from->io;
    to->total += factor * from->total;
}

double fal_sections_overhead(const fal_sections *sections)
{
    return sections->total - sections->train - sections->local_only - sections->embed - sections->select -
           sections->evaluate;
}

/* Seconds of an AL round, mean over those that were run, and the overhead of an FL round. */
static void add_round(const fal_round_costs *costs, int r, fal_text *text)
{
    const fal_sections *spent = &costs->at[r];
    const double n = (double)costs->al_rounds[r];
    fal_text_add(text, "  %2d%-7s %8.2f %8.2f %8.2f %8.2f %9.2f %8.2f %10.2f ms\n", r + 1,
                 r + 1 == FAL_ROUNDS_SHOWN ? " on" : "", spent->total / n, spent->train / n,
                 (spent->local_only + spent->embed + spent->select) / n, spent->evaluate / n, spent->communicate / n,
                 fal_sections_overhead(spent) / n, 1e3 * fal_sections_overhead(spent) / (double)costs->fl_rounds[r]);
}

static void add_rounds(const fal_round_costs *costs, fal_text *text)
{
    fal_text_add(text,
                 "\nSeconds of an AL round (rank 0, mean over its trials); overhead is all but\n"
                 "training, queries and evaluation\n  %-9s %8s %8s %8s %8s %9s %8s %13s\n",
                 "AL round", "in all", "training", "queries", "evaluate", "aggregate", "overhead", "per FL round");
    for (int r = 0; r < FAL_ROUNDS_SHOWN; r++) {
        if (costs->al_rounds[r] > 0) {
            add_round(costs, r, text);
        }
    }
}

fal_status fal_timing_describe(const fal_sections *spent, const fal_round_costs *costs, int64_t rounds, fal_text *text)
{
    const struct {
        const char *name;
        double seconds;
    } rows[] = {{"local training", spent->train},      {"aggregation and waiting", spent->communicate},
                {"evaluation", spent->evaluate},       {"local-only models", spent->local_only},
                {"query: inference", spent->embed},    {"query: selection", spent->select},
                {"results and checkpoints", spent->io}};
    double sum = 0;
    fal_text_add(text, "\nWhere the time went (rank 0)\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sum += rows[i].seconds;
        fal_text_add(text, "  %-24s %10.2f s %6.1f %%\n", rows[i].name, rows[i].seconds,
                     spent->total > 0 ? 100 * rows[i].seconds / spent->total : 0);
    }
    fal_text_add(text, "  %-24s %10.2f s %6.1f %%\n", "everything else", spent->total - sum,
                 spent->total > 0 ? 100 * (spent->total - sum) / spent->total : 0);
    fal_text_add(text, "  %-24s %10.2f s\n", "trials together", spent->total);
    fal_text_add(text, "  %-24s %10.2f ms (of %lld FL rounds)\n", "overhead per FL round",
                 rounds > 0 ? 1e3 * fal_sections_overhead(spent) / (double)rounds : 0, (long long)rounds);
    add_rounds(costs, text);
    return fal_text_status(text);
}
