/* Cross-entropy and arg max of logits. */
#include <math.h>

#include "fal/nn/net.h"

int fal_logits_argmax(const float *logits, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++) {
        best = logits[c] > logits[best] ? c : best;
    }
    return best;
}

double fal_logits_loss(const float *logits, int classes, int32_t label)
{
    const double largest = (double)logits[fal_logits_argmax(logits, classes)];
    double sum = 0.0;
    for (int c = 0; c < classes; c++) {
        sum += exp((double)logits[c] - largest);
    }
    return log(sum) + largest - (double)logits[label];
}
