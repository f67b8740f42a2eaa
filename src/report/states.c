/* A table of where the trials of a sweep are: narrow enough for 80 columns where names are short. */
#include "fal/report/states.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/quote.h"

#include "grid_internal.h"

enum { STRATEGY, SEED, STATE, AL_ROUND, FL_ROUND, ACCURACY, HOST, SIGN, LEFT, COLUMNS };
enum { SHORT = 16, HOST_SHOWN = 12 };

/* As short as people need it: "42 s", "12 min", "3.4 h", "2.1 d". */
static void duration(double seconds, char text[SHORT])
{
    const double limit = 1e9;
    if (isnan(seconds)) {
        (void)snprintf(text, SHORT, "-");
    } else if (seconds < 99.5) {
        (void)snprintf(text, SHORT, "%.0f s", seconds);
    } else if (seconds < 99.5 * 60) {
        (void)snprintf(text, SHORT, "%.0f min", seconds / 60);
    } else if (seconds < 48 * 3600.0) {
        (void)snprintf(text, SHORT, "%.1f h", seconds / 3600);
    } else {
        (void)snprintf(text, SHORT, "%.1f d", fmin(seconds, limit) / 86400);
    }
}

static void set_place(fal_grid *grid, int row, int column, int64_t at, int64_t of)
{
    if (of <= 0) {
        fal_grid_set(grid, row, column, "-");
    } else {
        fal_grid_set(grid, row, column, "%lld/%lld", (long long)at, (long long)of);
    }
}

static void set_row(fal_grid *grid, int row, const fal_trial_state *state)
{
    char text[SHORT];
    const bool begun = state->al_round > 0;
    fal_grid_set(grid, row, STRATEGY, "%s", state->strategy);
    if (state->seed < 0) {
        fal_grid_set(grid, row, SEED, "?");
    } else {
        fal_grid_set(grid, row, SEED, "%lld", (long long)state->seed);
    }
    fal_grid_set(grid, row, STATE, "%s", fal_state_text(state->word));
    set_place(grid, row, AL_ROUND, state->al_round, begun ? state->al_rounds : 0);
    set_place(grid, row, FL_ROUND, state->fl_round, begun ? state->fl_rounds : 0);
    if (isnan(state->accuracy)) {
        fal_grid_set(grid, row, ACCURACY, "-");
    } else {
        fal_grid_set(grid, row, ACCURACY, "%.1f", 100 * state->accuracy);
    }
    fal_grid_set(grid, row, HOST, "%.*s", HOST_SHOWN, state->host[0] != '\0' ? state->host : "-");
    duration(state->silent, text);
    fal_grid_set(grid, row, SIGN, "%s", text);
    duration(state->word == FAL_STATE_COMPLETE ? NAN : state->left, text);
    fal_grid_set(grid, row, LEFT, "%s", text);
}

static bool is_first_of_setting(const fal_trial_state *states, int i)
{
    for (int k = 0; k < i; k++) {
        if (strcmp(states[k].setting, states[i].setting) == 0) {
            return false;
        }
    }
    return true;
}

static void add_reasons(const fal_trial_state *states, int count, const char *setting, fal_text *text)
{
    for (int i = 0; i < count; i++) {
        if (states[i].reason[0] != '\0' && strcmp(states[i].setting, setting) == 0) {
            fal_text_add(text, "%s: %s\n", fal_state_text(states[i].word), states[i].reason);
        }
    }
}

/* The trials of one setting, the first of which is `from`. */
static fal_status add_setting(const fal_trial_state *states, int count, int from, fal_text *text)
{
    static const char *const head[COLUMNS] = {"strategy", "seed", "state", "AL", "FL", "acc %", "host", "sign", "left"};
    fal_grid grid = {0};
    int rows = 1;
    for (int i = from; i < count; i++) {
        rows += strcmp(states[i].setting, states[from].setting) == 0;
    }
    FAL_TRY(fal_grid_create(&grid, rows, COLUMNS, 2));
    for (int column = 0; column < COLUMNS; column++) {
        fal_grid_set(&grid, 0, column, "%s", head[column]);
    }
    rows = 1;
    for (int i = from; i < count; i++) {
        if (strcmp(states[i].setting, states[from].setting) == 0) {
            set_row(&grid, rows++, &states[i]);
        }
    }
    fal_text_add(text, "%s%s\n\n", text->length > 0 ? "\n" : "", states[from].setting);
    const fal_status status = fal_grid_print(&grid, text);
    fal_grid_destroy(&grid);
    add_reasons(states, count, states[from].setting, text);
    return status;
}

static void add_numbers(const fal_trial_state *states, int count, fal_text *text)
{
    int numbers[FAL_STATES] = {0};
    const char *between = ": ";
    for (int i = 0; i < count; i++) {
        numbers[states[i].word]++;
    }
    fal_text_add(text, "%s%d trial%s", count > 0 ? "\n" : "", count, count == 1 ? "" : "s");
    for (int word = FAL_STATES - 1; word >= 0; word--) {
        if (numbers[word] > 0) {
            fal_text_add(text, "%s%d %s", between, numbers[word], fal_state_text((fal_state_word)word));
            between = ", ";
        }
    }
    fal_text_add(text, "\n%s",
                 count == 0 ? ""
                            : "AL, FL: rounds; sign: since the last sign of life; left: what it will still take\n");
}

static void add_csv_row(const fal_trial_state *state, fal_text *text)
{
    const int64_t numbers[] = {state->al_round, state->al_rounds, state->fl_round, state->fl_rounds};
    fal_csv_text(text, state->setting);
    fal_text_add(text, ",");
    fal_csv_text(text, state->strategy);
    fal_text_add(text, state->seed < 0 ? ",," : ",%lld,", (long long)state->seed);
    fal_text_add(text, "%s", fal_state_text(state->word));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        fal_text_add(text, state->al_round > 0 ? ",%lld" : ",", (long long)numbers[i]);
    }
    fal_text_add(text, ",");
    fal_csv_real(text, state->accuracy);
    fal_text_add(text, ",");
    fal_csv_text(text, state->host);
    fal_text_add(text, ",");
    fal_csv_real(text, state->silent);
    fal_text_add(text, ",");
    fal_csv_real(text, state->left);
    fal_text_add(text, ",");
    fal_csv_text(text, state->file);
    fal_text_add(text, ",");
    fal_csv_text(text, state->reason);
    fal_text_add(text, "\n");
}

fal_status fal_states_describe(const fal_trial_state *states, int count, bool csv, fal_text *text)
{
    if (csv) {
        fal_text_add(text, "setting,strategy,seed,state,al_round,al_rounds,fl_round,fl_rounds,accuracy,host,"
                           "seconds_since_sign,seconds_left,file,reason\n");
    }
    for (int i = 0; i < count; i++) {
        if (csv) {
            add_csv_row(&states[i], text);
        } else if (is_first_of_setting(states, i)) {
            FAL_TRY(add_setting(states, count, i, text));
        }
    }
    if (!csv) {
        add_numbers(states, count, text);
    }
    return fal_text_status(text);
}
