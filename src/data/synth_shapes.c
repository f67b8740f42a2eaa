/* Outlines of the ten objects of the built-in data set, in up to four forms each. */
#include <math.h>

#include "synth_internal.h"

static const float PI = 3.14159265358979F;

static void add(fal_synth_outline *outline, float x, float y)
{
    FAL_ASSERT_HOT(outline->count < FAL_SYNTH_POINTS);
    outline->x[outline->count] = x;
    outline->y[outline->count] = y;
    outline->count++;
}

static void add_points(fal_synth_outline *outline, const float (*points)[2], int count, float wide, float high)
{
    for (int i = 0; i < count; i++) {
        add(outline, points[i][0] * wide, points[i][1] * high);
    }
}

/* `count` points from angle a to b on a circle around (x, 0). */
static void add_arc(fal_synth_outline *outline, float x, float radius, float a, float b, int count)
{
    for (int i = 0; i < count; i++) {
        const float angle = a + (b - a) * (float)i / (float)(count - 1);
        add(outline, x + radius * cosf(angle), radius * sinf(angle));
    }
}

static void round_outline(fal_synth_outline *outline, float wide, float high, float wobble, float phase)
{
    const int count = 28;
    for (int i = 0; i < count; i++) {
        const float angle = 2 * PI * (float)i / (float)count;
        const float radius = 1 + wobble * cosf(2 * angle + phase) + 0.6F * wobble * cosf(3 * angle - 2 * phase);
        add(outline, wide * radius * cosf(angle), high * radius * sinf(angle));
    }
}

static void disc(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float high[FAL_SYNTH_FORMS] = {0.88F, 0.55F, 0.8F, 0.7F};
    const float wobble = form == 2 ? 0.12F : 0.0F;
    const float phase = (float)fal_synth_uniform(draws, 0, 6.28);
    const float higher = (float)fal_synth_uniform(draws, -0.04, 0.04);
    round_outline(outline, form == 2 ? 0.8F : 0.9F, high[form] + higher, wobble, phase);
}

static void ring(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    const float thin = (float)fal_synth_uniform(draws, -0.05, 0.05);
    if (form == 3) { /* an open ring */
        const float gap = (float)fal_synth_uniform(draws, 0.3, 0.5);
        add_arc(outline, 0, 0.9F, gap, 2 * PI - gap, 22);
        add_arc(outline, 0, 0.52F + thin, 2 * PI - gap, gap, 22);
        return;
    }
    round_outline(outline, 0.9F, form == 2 ? 0.6F : 0.9F, 0, 0);
    outline->hole = (form == 1 ? 0.78F : 0.55F) + thin;
}

static void triangle(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float forms[FAL_SYNTH_FORMS][3][2] = {{{0, -0.95F}, {0.88F, 0.6F}, {-0.88F, 0.6F}},
                                                       {{-0.7F, -0.85F}, {0.85F, 0.7F}, {-0.7F, 0.7F}},
                                                       {{0, -1}, {0.45F, 0.85F}, {-0.45F, 0.85F}},
                                                       {{-0.2F, -0.6F}, {1, 0.5F}, {-0.9F, 0.5F}}};
    add_points(outline, forms[form], 3, 1, (float)fal_synth_uniform(draws, 0.92, 1.05));
}

static void square(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float forms[FAL_SYNTH_FORMS][4][2] = {
        {{-0.72F, -0.72F}, {0.72F, -0.72F}, {0.72F, 0.72F}, {-0.72F, 0.72F}},
        {{-0.92F, -0.5F}, {0.92F, -0.5F}, {0.92F, 0.5F}, {-0.92F, 0.5F}},
        {{-0.55F, -0.6F}, {0.95F, -0.6F}, {0.55F, 0.6F}, {-0.95F, 0.6F}},
        {{-0.45F, -0.65F}, {0.45F, -0.65F}, {0.9F, 0.65F}, {-0.9F, 0.65F}}};
    add_points(outline, forms[form], 4, 1, (float)fal_synth_uniform(draws, 0.92, 1.05));
}

static void star(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const int points[FAL_SYNTH_FORMS] = {5, 6, 4, 8};
    static const float inner[FAL_SYNTH_FORMS] = {0.42F, 0.52F, 0.34F, 0.6F};
    const float depth = inner[form] + (float)fal_synth_uniform(draws, -0.04, 0.04);
    for (int i = 0; i < 2 * points[form]; i++) {
        const float angle = PI * (float)i / (float)points[form];
        const float radius = i % 2 == 0 ? 1 : depth;
        add(outline, radius * sinf(angle), -radius * cosf(angle));
    }
}

static void cross(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float half_width[FAL_SYNTH_FORMS] = {0.27F, 0.13F, 0.2F, 0.4F};
    const float w = half_width[form] + (float)fal_synth_uniform(draws, -0.03, 0.03);
    const float bar = form == 2 ? -0.3F : 0; /* height of the crossbar */
    const float arm = form == 2 ? 0.65F : 0.95F;
    const float points[12][2] = {{-w, -0.95F},   {w, -0.95F},     {w, bar - w},    {arm, bar - w},
                                 {arm, bar + w}, {w, bar + w},    {w, 0.95F},      {-w, 0.95F},
                                 {-w, bar + w},  {-arm, bar + w}, {-arm, bar - w}, {-w, bar - w}};
    add_points(outline, points, 12, 1, 1);
}

static void heart(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float wide[FAL_SYNTH_FORMS] = {1, 1.08F, 0.68F, 1};
    static const float high[FAL_SYNTH_FORMS] = {1, 0.7F, 1.05F, 1};
    const int count = 30;
    const float pointed = form == 3 ? 0.35F : 0; /* a deeper notch */
    const float scale = (float)fal_synth_uniform(draws, 0.95, 1.03) / 16.5F;
    for (int i = 0; i < count; i++) {
        const float t = 2 * PI * (float)i / (float)count;
        const float s = sinf(t);
        const float x = 16 * s * s * s;
        const float y = -(13 * cosf(t) - (5 + 6 * pointed) * cosf(2 * t) - 2 * cosf(3 * t) - cosf(4 * t)) - 2;
        add(outline, x * scale * wide[form], y * scale * high[form]);
    }
}

/* Between the outer circle and the circle through its two horns and the point (inner, 0). */
static void moon(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float horn[FAL_SYNTH_FORMS] = {0.85F, 0.7F, 1.5F, 1.2F}; /* angle from the opening's middle */
    static const float inner[FAL_SYNTH_FORMS] = {-0.25F, -0.5F, -0.02F, -0.45F};
    const float radius = 0.92F;
    const float angle = horn[form] + (float)fal_synth_uniform(draws, -0.06, 0.06);
    const float m = inner[form] + (float)fal_synth_uniform(draws, -0.05, 0.05);
    const float x = radius * cosf(angle);
    const float y = radius * sinf(angle);
    const float centre = (x * x + y * y - m * m) / (2 * (x - m));
    const float bow = atan2f(y, x - centre); /* of the lower horn, seen from the inner circle's centre */
    add_arc(outline, 0, radius, angle, 2 * PI - angle, 22);
    add_arc(outline, centre, centre - m, 2 * PI - bow, bow, 16);
    for (int i = 0; i < outline->count; i++) {
        outline->x[i] += 0.2F;
    }
}

static void arrow(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float plain[7][2] = {{-0.95F, -0.22F}, {0.1F, -0.22F}, {0.1F, -0.68F}, {0.98F, 0},
                                      {0.1F, 0.68F},    {0.1F, 0.22F},  {-0.95F, 0.22F}};
    static const float thin[7][2] = {{-1, -0.1F},   {0.4F, -0.1F}, {0.4F, -0.45F}, {1, 0},
                                     {0.4F, 0.45F}, {0.4F, 0.1F},  {-1, 0.1F}};
    static const float both[10][2] = {{-1, 0}, {-0.4F, -0.6F}, {-0.4F, -0.2F}, {0.4F, -0.2F}, {0.4F, -0.6F},
                                      {1, 0},  {0.4F, 0.6F},   {0.4F, 0.2F},   {-0.4F, 0.2F}, {-0.4F, 0.6F}};
    static const float chevron[6][2] = {{-0.6F, -0.9F}, {-0.1F, -0.9F}, {0.7F, 0},
                                        {-0.1F, 0.9F},  {-0.6F, 0.9F},  {0.15F, 0}};
    const float high = (float)fal_synth_uniform(draws, 0.9, 1.08);
    if (form == 0) {
        add_points(outline, plain, 7, 1, high);
    } else if (form == 1) {
        add_points(outline, thin, 7, 1, high);
    } else if (form == 2) {
        add_points(outline, both, 10, 1, high);
    } else {
        add_points(outline, chevron, 6, 1, high);
    }
}

static void bolt(int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    static const float plain[7][2] = {{0.1F, -1},      {-0.55F, 0.15F}, {-0.08F, 0.15F}, {-0.3F, 1},
                                      {0.58F, -0.25F}, {0.08F, -0.25F}, {0.5F, -1}};
    static const float zigzag[8][2] = {{-0.6F, -0.9F}, {0.65F, -0.55F}, {-0.2F, 0.15F}, {0.75F, 0.45F},
                                       {0.5F, 0.95F},  {-0.7F, 0.45F},  {0.15F, -0.3F}, {-0.7F, -0.5F}};
    static const float wave[10][2] = {{-1, -0.4F}, {-0.55F, -0.4F}, {-0.25F, 0.2F}, {0.1F, -0.45F}, {0.5F, -0.45F},
                                      {1, 0.5F},   {0.6F, 0.5F},    {0.3F, -0.05F}, {-0.1F, 0.65F}, {-0.45F, 0.65F}};
    const float wide = (float)fal_synth_uniform(draws, 0.92, 1.1);
    if (form == 0 || form == 3) {
        add_points(outline, plain, 7, form == 0 ? wide : 0.65F * wide, 1);
    } else if (form == 1) {
        add_points(outline, zigzag, 8, wide, 1);
    } else {
        add_points(outline, wave, 10, wide, 1);
    }
}

typedef void draw_outline(int form, fal_synth_draws *draws, fal_synth_outline *outline);

static const struct {
    const char *name;
    draw_outline *draw;
    bool contour;
} shapes[FAL_SYNTH_CLASSES] = {{"disc", disc, false},    {"ring", ring, false}, {"triangle", triangle, true},
                               {"square", square, true}, {"star", star, true},  {"cross", cross, true},
                               {"heart", heart, true},   {"moon", moon, true},  {"arrow", arrow, true},
                               {"bolt", bolt, true}};

void fal_synth_shape(int object, int form, fal_synth_draws *draws, fal_synth_outline *outline)
{
    outline->count = 0;
    outline->hole = 0;
    shapes[object].draw(form, draws, outline);
}

const char *fal_synth_shape_name(int object) { return shapes[object].name; }

bool fal_synth_shape_has_contour(int object) { return shapes[object].contour; }
