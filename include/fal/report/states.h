/* A table of where the trials of a sweep are. */
#ifndef FAL_REPORT_STATES_H
#define FAL_REPORT_STATES_H

#include "fal/base/text.h"
#include "fal/results/state.h"

/** For people: one table per setting, in the order in which settings come, reasons of damaged files below, the numbers
 *  at the end. csv: one line per trial, in the given order. */
fal_status fal_states_describe(const fal_trial_state *states, int count, bool csv, fal_text *text);

#endif
