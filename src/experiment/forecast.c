/* The time that is left (the model: forecast_internal.h). */
#include "forecast_internal.h"

#include <math.h>
#include <stddef.h>

void fal_load_add(fal_load *to, const fal_load *from, double factor)
{
    to->al_rounds += factor * from->al_rounds;
    to->fl_rounds += factor * from->fl_rounds;
    to->train += factor * from->train;
    to->evaluation += factor * from->evaluation;
    to->queries += factor * from->queries;
    to->query += factor * from->query;
}

static void add(fal_price *price, double keep, double seconds, double amount)
{
    if (amount > 0) {
        price->seconds = keep * price->seconds + fmax(seconds, 0);
        price->amount = keep * price->amount + amount;
    }
}

static double of(const fal_price *price, const fal_price *otherwise)
{
    if (price->amount > 0) {
        return price->seconds / price->amount;
    }
    return otherwise != NULL && otherwise->amount > 0 ? otherwise->seconds / otherwise->amount : 0;
}

void fal_forecast_fl_round(fal_forecast *forecast, const fal_load *load, double seconds, double train, double evaluate)
{
    const double keep = fmax(0.95, exp(-seconds / 60)); /* 20 FL rounds, or a minute of short ones */
    add(&forecast->fl_round, keep, seconds - train - evaluate, load->fl_rounds);
    add(&forecast->train, keep, train, load->train);
    add(&forecast->evaluation, keep, evaluate, load->evaluation);
}

/* The entry of a strategy; NULL: not seen yet. */
static const fal_forecast_strategy *find(const fal_forecast *forecast, const void *strategy)
{
    for (int i = 0; i < forecast->count; i++) {
        if (forecast->of[i].strategy == strategy || i + 1 == FAL_FORECAST_STRATEGIES) {
            return &forecast->of[i];
        }
    }
    return NULL;
}

static fal_forecast_strategy *entry_of(fal_forecast *forecast, const void *strategy)
{
    const fal_forecast_strategy *found = find(forecast, strategy);
    if (found != NULL) {
        return &forecast->of[found - forecast->of];
    }
    forecast->of[forecast->count].strategy = strategy;
    return &forecast->of[forecast->count++];
}

void fal_forecast_query(fal_forecast *forecast, const void *strategy, const fal_load *load, double seconds)
{
    const double keep = 0.5;
    fal_forecast_strategy *entry = entry_of(forecast, strategy);
    add(&entry->query, keep, seconds, 1);
    add(&entry->operation, keep, seconds, load->query);
    add(&forecast->any_query, keep, seconds, load->query);
}

void fal_forecast_al_round(fal_forecast *forecast, double seconds) { add(&forecast->al_round, 0.5, seconds, 1); }

static double seconds_of_query(const fal_forecast *forecast, const void *strategy, const fal_load *load)
{
    const fal_forecast_strategy *entry = find(forecast, strategy);
    if (load->query > 0) {
        const fal_price *other = forecast->any_query.amount > 0 ? &forecast->any_query : &forecast->train;
        return load->query * (entry != NULL ? of(&entry->operation, other) : of(other, NULL));
    }
    return entry != NULL ? load->queries * of(&entry->query, NULL) : 0;
}

double fal_forecast_seconds(const fal_forecast *forecast, const void *strategy, const fal_load *load)
{
    if (!(forecast->fl_round.amount > 0)) {
        return NAN;
    }
    return load->fl_rounds * of(&forecast->fl_round, NULL) + load->train * of(&forecast->train, NULL) +
           load->evaluation * of(&forecast->evaluation, &forecast->train) +
           load->al_rounds * of(&forecast->al_round, NULL) + seconds_of_query(forecast, strategy, load);
}

void fal_forecast_forget_waiting(fal_forecast *forecast)
{
    for (int i = 0; i < forecast->count; i++) {
        forecast->of[i].waiting = (fal_load){0};
    }
}

void fal_forecast_add_waiting(fal_forecast *forecast, const void *strategy, const fal_load *load)
{
    fal_load_add(&entry_of(forecast, strategy)->waiting, load, 1);
}

double fal_forecast_waiting(const fal_forecast *forecast)
{
    double sum = 0;
    for (int i = 0; i < forecast->count; i++) {
        sum += fal_forecast_seconds(forecast, forecast->of[i].strategy, &forecast->of[i].waiting);
    }
    return sum / (forecast->groups > 1 ? forecast->groups : 1);
}
