/* The time that is left, from what a job was measured to take so far. Plain numbers in and out: no clock, no files.
 *
 * A trial is a sum of things of which each has a measured price (times are those of a group's rank 0, waiting
 * included):
 *
 *   FL rounds       a fixed price each: aggregation, waiting, bookkeeping
 *   training        per operation. Operations are counted from the settings: labelled images x epochs x operations of
 *                   the network, so an FL round of a larger labelled set costs more
 *   evaluations     per operation of inference on the test set
 *   queries         per operation, a price for each strategy: local-only models on the labelled images, inference on
 *                   the rest of the pool. A strategy without operations (random) has a price per query
 *   AL rounds       a fixed price each: records, results, checkpoints
 *
 * time left = sum over these of what is left x its price. Prices follow what is measured and forget the past: the last
 * minute or 20 FL rounds, the last queries. What was not seen yet has the price of what is most like it: another
 * strategy's query, else training. Before the first FL round there is no price at all and no forecast.
 *
 * With several groups of ranks a group knows its own trial, and world rank 0 what has not been handed out: that is
 * divided by the number of groups. What the other groups still have to do to their trials is taken to end in that time.
 */
#ifndef FAL_EXPERIMENT_FORECAST_INTERNAL_H
#define FAL_EXPERIMENT_FORECAST_INTERNAL_H

/** What there is to do. Training, evaluation and query in operations, the rest are numbers. */
typedef struct {
    double al_rounds, fl_rounds, train, evaluation, queries, query;
} fal_load;
/** to += factor * from */
void fal_load_add(fal_load *to, const fal_load *from, double factor);

/** A price: seconds for an amount, older ones counting less. */
typedef struct {
    double seconds, amount;
} fal_price;

enum { FAL_FORECAST_STRATEGIES = 64 }; /* more share the last entry */

typedef struct {
    const void *strategy;
    fal_price operation, query;
    fal_load waiting; /* trials of this strategy that nobody has begun */
} fal_forecast_strategy;

typedef struct fal_forecast {
    int groups; /* that share what is waiting; 0 counts as 1 */
    fal_price fl_round, train, evaluation, al_round, any_query;
    fal_forecast_strategy of[FAL_FORECAST_STRATEGIES];
    int count;
} fal_forecast;

/** Measured: one FL round of so much training (operations) in `seconds`, of which `train` and `evaluate`. */
void fal_forecast_fl_round(fal_forecast *forecast, const fal_load *load, double seconds, double train, double evaluate);
/** Measured: one query. strategy: any address that stands for it. */
void fal_forecast_query(fal_forecast *forecast, const void *strategy, const fal_load *load, double seconds);
/** Measured: recording and saving an AL round. */
void fal_forecast_al_round(fal_forecast *forecast, double seconds);

/** Seconds for a load of one strategy; NaN: nothing was measured yet. */
double fal_forecast_seconds(const fal_forecast *forecast, const void *strategy, const fal_load *load);

/** Trials that wait: none, or one more. */
void fal_forecast_forget_waiting(fal_forecast *forecast);
void fal_forecast_add_waiting(fal_forecast *forecast, const void *strategy, const fal_load *load);
/** Seconds until all that waits is done, by all groups; NaN: nothing was measured yet. */
double fal_forecast_waiting(const fal_forecast *forecast);

#endif
