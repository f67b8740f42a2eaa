/* Constants of batch normalisation (norm.h). */
#include "norm.h"

#include <math.h>

void fal_norm_layout(void *base, size_t *used, size_t co, norm_channels *channel)
{
    float **const vectors[] = {&channel->mean, &channel->scale, &channel->beta, &channel->c0, &channel->c1};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        *vectors[i] = fal_kernels_take(base, used, co * sizeof(float));
    }
    channel->rstd = fal_kernels_take(base, used, co * sizeof(double));
}

void fal_norm_statistics(const fal_conv_call *call, const double *sums, size_t parts, double values,
                         const norm_channels *channel)
{
    const size_t co = (size_t)call->layer->co;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, square = 0;
        for (size_t part = 0; part < parts; part++) {
            sum += sums[2 * part * co + c];
            square += sums[(2 * part + 1) * co + c];
        }
        const double mean = sum / values;
        const double centred = square - sum * mean;
        const double var = centred < 0 ? 0 : centred / values; /* rounding, where all values are alike */
        const double unbiased = values > 1 ? var * values / (values - 1) : var;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        channel->rstd[c] = 1 / sqrt(var + FAL_BN_EPS);
        channel->mean[c] = (float)mean;
        channel->scale[c] = (float)((double)call->gamma[c] * channel->rstd[c]);
        channel->beta[c] = call->beta[c];
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
    }
}

void fal_norm_gradient(const fal_conv_call *call, const double *sums, size_t parts, double values,
                       const norm_channels *channel)
{
    const size_t co = (size_t)call->layer->co;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, product = 0;
        for (size_t part = 0; part < parts; part++) {
            sum += sums[2 * part * co + c];
            product += sums[(2 * part + 1) * co + c];
        }
        const double rstd = channel->rstd[c], scale = (double)call->gamma[c] * rstd;
        call->dgamma[c] = (float)(product * rstd);
        call->dbeta[c] = (float)sum;
        if (call->dbias != NULL) {
            call->dbias[c] = 0;
        }
        channel->c0[c] = (float)(-scale * sum / values);
        channel->c1[c] = (float)(-scale * rstd * rstd * product / values);
    }
}

double fal_norm_fold(const fal_conv_call *call, size_t c, float *shift)
{
    const double scale = (double)call->gamma[c] / sqrt((double)call->running_var[c] + FAL_BN_EPS);
    const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
    *shift = (float)((double)call->beta[c] + (bias - (double)call->running_mean[c]) * scale);
    return scale;
}
