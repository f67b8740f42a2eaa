/* Painting of the built-in data set: patterns, outlines with smooth edges, blur, light and noise. */
#include <math.h>
#include <string.h>

#include "synth_internal.h"

static float clamp(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

static float smooth(float t) { return t * t * (3 - 2 * t); }

/* Value noise: random values on a lattice of `period` pixels, smoothly between them. */
static float clouds(const fal_synth_paint *paint, float x, float y)
{
    const float u = x / paint->period;
    const float v = y / paint->period;
    const int i = (int)u;
    const int j = (int)v;
    const float s = smooth(u - (float)i);
    const float t = smooth(v - (float)j);
    float corner[4];
    for (int n = 0; n < 4; n++) {
        const uint64_t position = (uint64_t)(j + n / 2) * 1024 + (uint64_t)(i + n % 2);
        corner[n] = (float)(fal_rng_u32(&paint->clouds, position) >> 8) * 0x1p-24F;
    }
    const float above = corner[0] + s * (corner[1] - corner[0]);
    const float below = corner[2] + s * (corner[3] - corner[2]);
    return above + t * (below - above);
}

/* Share of the second colour at a pixel. */
static float mixture(const fal_synth_paint *paint, int side, float x, float y)
{
    const float along = x * paint->cosine + y * paint->sine;
    const float across = y * paint->cosine - x * paint->sine;
    switch (paint->pattern) {
    case FAL_SYNTH_GRADIENT:
        return clamp(0.5F + along / (float)side - 0.35F, 0, 1);
    case FAL_SYNTH_STRIPES:
        return 0.5F + 0.5F * clamp(2.5F * sinf(6.2831853F * (along / paint->period + paint->phase)), -1, 1);
    case FAL_SYNTH_CHECKS:
        return 0.5F + 0.5F * clamp(3 * sinf(6.2831853F * (along / paint->period + paint->phase)) *
                                       sinf(6.2831853F * across / paint->period),
                                   -1, 1);
    case FAL_SYNTH_CLOUDS:
        return clouds(paint, x, y);
    case FAL_SYNTH_PLAIN:
        break;
    }
    return 0;
}

static void blend(float *pixel, const fal_synth_paint *paint, float share, float coverage)
{
    const fal_synth_colour *a = &paint->first;
    const fal_synth_colour *b = &paint->second;
    pixel[0] += coverage * (a->r + share * (b->r - a->r) - pixel[0]);
    pixel[1] += coverage * (a->g + share * (b->g - a->g) - pixel[1]);
    pixel[2] += coverage * (a->b + share * (b->b - a->b) - pixel[2]);
}

void fal_synth_fill(fal_synth_canvas *canvas, const fal_synth_paint *paint)
{
    for (int y = 0; y < canvas->side; y++) {
        for (int x = 0; x < canvas->side; x++) {
            const float share = mixture(paint, canvas->side, (float)x, (float)y);
            blend(canvas->pixels + ((int64_t)y * canvas->side + x) * 3, paint, share, 1);
        }
    }
}

/* Distance to the outline scaled by `size` around its centre, negative inside (even-odd rule over the edges). */
static float signed_distance(const fal_synth_outline *outline, float size, float cx, float cy, float x, float y)
{
    float nearest = 1e30F;
    bool inside = false;
    float ax = cx + (outline->x[outline->count - 1] - cx) * size;
    float ay = cy + (outline->y[outline->count - 1] - cy) * size;
    for (int i = 0; i < outline->count; i++) {
        const float bx = cx + (outline->x[i] - cx) * size;
        const float by = cy + (outline->y[i] - cy) * size;
        const float ex = bx - ax;
        const float ey = by - ay;
        const float px = x - ax;
        const float py = y - ay;
        const float length = ex * ex + ey * ey;
        const float t = length > 0 ? clamp((px * ex + py * ey) / length, 0, 1) : 0;
        const float dx = px - t * ex;
        const float dy = py - t * ey;
        const float distance = dx * dx + dy * dy;
        nearest = distance < nearest ? distance : nearest;
        if ((ay > y) != (by > y) && px < ex * py / ey) {
            inside = !inside;
        }
        ax = bx;
        ay = by;
    }
    nearest = sqrtf(nearest);
    return inside ? -nearest : nearest;
}

typedef struct {
    float low_x, low_y, high_x, high_y;
} box;

static box bounds(const fal_synth_outline *outline)
{
    box b = {outline->x[0], outline->y[0], outline->x[0], outline->y[0]};
    for (int i = 1; i < outline->count; i++) {
        b.low_x = fminf(b.low_x, outline->x[i]);
        b.low_y = fminf(b.low_y, outline->y[i]);
        b.high_x = fmaxf(b.high_x, outline->x[i]);
        b.high_y = fmaxf(b.high_y, outline->y[i]);
    }
    return b;
}

void fal_synth_draw(fal_synth_canvas *canvas, const fal_synth_outline *outline, float contour, float softness,
                    float opacity, const fal_synth_paint *paint)
{
    const box b = bounds(outline);
    const float last = (float)(canvas->side - 1);
    const float cx = 0.5F * (b.low_x + b.high_x);
    const float cy = 0.5F * (b.low_y + b.high_y);
    const int first_x = (int)clamp(b.low_x - softness, 0, last);
    const int first_y = (int)clamp(b.low_y - softness, 0, last);
    const int last_x = (int)clamp(b.high_x + softness + 1, 0, last);
    const int last_y = (int)clamp(b.high_y + softness + 1, 0, last);
    for (int y = first_y; y <= last_y; y++) {
        for (int x = first_x; x <= last_x; x++) {
            float distance = signed_distance(outline, 1, cx, cy, (float)x, (float)y);
            if (outline->hole > 0) {
                distance = fmaxf(distance, -signed_distance(outline, outline->hole, cx, cy, (float)x, (float)y));
            }
            if (contour > 0) {
                distance = fabsf(distance + 0.5F * contour) - 0.5F * contour;
            }
            const float coverage = opacity * clamp(0.5F - distance / softness, 0, 1);
            if (coverage > 0) {
                blend(canvas->pixels + ((int64_t)y * canvas->side + x) * 3, paint,
                      mixture(paint, canvas->side, (float)x, (float)y), coverage);
            }
        }
    }
}

void fal_synth_place(fal_synth_outline *outline, const fal_synth_pose *pose)
{
    const float cosine = cosf(pose->angle);
    const float sine = sinf(pose->angle);
    for (int i = 0; i < outline->count; i++) {
        const float x = outline->x[i] * pose->scale_x + outline->y[i] * pose->shear;
        const float y = outline->y[i] * pose->scale_y;
        outline->x[i] = cosine * x - sine * y + pose->x;
        outline->y[i] = sine * x + cosine * y + pose->y;
    }
}

/* Along one axis: `step` floats between neighbours, the edge repeated. */
static void blur_axis(const float *from, float *to, int side, int64_t step, int64_t line)
{
    for (int a = 0; a < side; a++) {
        for (int b = 0; b < side; b++) {
            const float *here = from + a * line + b * step;
            const float *before = b > 0 ? here - step : here;
            const float *after = b < side - 1 ? here + step : here;
            float *out = to + a * line + b * step;
            for (int channel = 0; channel < 3; channel++) {
                out[channel] = 0.25F * before[channel] + 0.5F * here[channel] + 0.25F * after[channel];
            }
        }
    }
}

void fal_synth_blur(fal_synth_canvas *canvas, int passes, float *scratch)
{
    for (int pass = 0; pass < passes; pass++) {
        blur_axis(canvas->pixels, scratch, canvas->side, 3, (int64_t)canvas->side * 3);
        blur_axis(scratch, canvas->pixels, canvas->side, (int64_t)canvas->side * 3, 3);
    }
}

void fal_synth_expose(const fal_synth_canvas *canvas, float gain, float fall, float angle, float noise,
                      const fal_rng *rng, uint8_t *bytes)
{
    const float half = 0.5F * (float)canvas->side;
    const float cosine = cosf(angle) / half;
    const float sine = sinf(angle) / half;
    for (int y = 0; y < canvas->side; y++) {
        for (int x = 0; x < canvas->side; x++) {
            const float along = ((float)x - half) * cosine + ((float)y - half) * sine;
            const float light = gain * (1 - fall * along);
            for (int channel = 0; channel < 3; channel++) {
                const int64_t at = ((int64_t)y * canvas->side + x) * 3 + channel;
                /* The sum of four bytes: near enough to normal, standard deviation 147.8. */
                const uint32_t word = fal_rng_u32(rng, (uint64_t)at);
                const uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
                const float value = canvas->pixels[at] * light + noise * ((float)sum - 510.0F) / 147.8F;
                bytes[at] = (uint8_t)(255.0F * clamp(value, 0, 1) + 0.5F);
            }
        }
    }
}
