/* One image of the built-in data set: what is in the scene, and painting it.
 *
 * Most images vary little around one of their class's scenes, the prototypes. The first scenes are plain and frequent,
 * so that their images are near-duplicates of many others; the later ones are odd and rare. The other images are scenes
 * of their own: varied in pose, colour and texture, or hard ones with rare forms, contours, low contrast, occlusion and
 * clutter. The test set has the same shares. */
#include <math.h>
#include <string.h>

#include "synth_internal.h"

enum { CLUTTER_MAX = 5, PLAIN_ONE_IN = 4 };
static const double REPEATED = 0.85; /* shares of the images; the rest is hard */
static const double VARIED = 0.12;
static const double TURN = 6.28318530717958648;

/* Where a stream belongs; streams of one image differ in `epoch`. */
enum { OF_TRAIN = 0, OF_TEST = 1, OF_PROTOTYPE = 2 };
enum { SCENE = 0, JITTER = 1, NOISE = 2, GROUND_CLOUDS = 3, FILL_CLOUDS = 4, CLUTTER = 5, STREAMS = 8 };

typedef struct {
    int form;
    float contour; /* share of the radius, 0: filled */
    float radius;  /* shares of half the side */
    float stretch, shear, angle;
    float x, y;           /* centre, shares of half the side */
    fal_synth_paint fill; /* the object's */
    fal_synth_paint ground;
    bool border; /* a contrasting edge around the object */
    int clutter;
    float occlusion; /* width of the bar across the object, share of its radius */
    int blur;
    float noise, gain, fall, fall_angle;
} scene;

/* What the kinds of scene differ in. */
typedef struct {
    double turn;                                /* +- share of a turn */
    double radius_low, radius_high;             /* share of half the side */
    double stretch, shear, shift;               /* +- */
    double contrast_low, contrast_high;         /* distance of the colours of object and ground */
    double ground_texture, fill_texture;        /* distance of the two colours of a pattern */
    double rare_form, contour, border, occlude; /* probabilities */
    int clutter_low, clutter_high;
    int blur_high;
    double noise_low, noise_high, fall;
} kind;

static const kind EASY_KIND = {.turn = 0.06,
                               .radius_low = 0.62,
                               .radius_high = 0.84,
                               .stretch = 0.08,
                               .shear = 0.05,
                               .shift = 0.12,
                               .contrast_low = 0.75,
                               .contrast_high = 2,
                               .ground_texture = 0.2,
                               .fill_texture = 0.12,
                               .rare_form = 0.1,
                               .contour = 0,
                               .border = 0.3,
                               .occlude = 0,
                               .clutter_low = 0,
                               .clutter_high = 1,
                               .blur_high = 0,
                               .noise_low = 0.01,
                               .noise_high = 0.03,
                               .fall = 0.1};
static const kind VARIED_KIND = {.turn = 0.14,
                                 .radius_low = 0.46,
                                 .radius_high = 0.85,
                                 .stretch = 0.18,
                                 .shear = 0.18,
                                 .shift = 0.26,
                                 .contrast_low = 0.5,
                                 .contrast_high = 1.2,
                                 .ground_texture = 0.5,
                                 .fill_texture = 0.3,
                                 .rare_form = 0.3,
                                 .contour = 0.12,
                                 .border = 0.2,
                                 .occlude = 0.3,
                                 .clutter_low = 1,
                                 .clutter_high = 4,
                                 .blur_high = 1,
                                 .noise_low = 0.02,
                                 .noise_high = 0.06,
                                 .fall = 0.25};
static const kind HARD_KIND = {.turn = 0.25,
                               .radius_low = 0.5,
                               .radius_high = 0.8,
                               .stretch = 0.28,
                               .shear = 0.28,
                               .shift = 0.36,
                               .contrast_low = 0.5,
                               .contrast_high = 0.9,
                               .ground_texture = 0.5,
                               .fill_texture = 0.3,
                               .rare_form = 0.7,
                               .contour = 0.35,
                               .border = 0.15,
                               .occlude = 0.4,
                               .clutter_low = 2,
                               .clutter_high = CLUTTER_MAX,
                               .blur_high = 1,
                               .noise_low = 0.03,
                               .noise_high = 0.06,
                               .fall = 0.3};

static fal_rng stream(uint64_t seed, int owner, uint32_t item, int object, int purpose)
{
    return (fal_rng){.seed = seed,
                     .purpose = FAL_RNG_SYNTH,
                     .client = item,
                     .fl_round = (uint32_t)owner,
                     .epoch = (uint32_t)(object * STREAMS + purpose)};
}

static float between(fal_synth_draws *draws, double low, double high)
{
    return (float)fal_synth_uniform(draws, low, high);
}

static float around(fal_synth_draws *draws, double most) { return (float)fal_synth_uniform(draws, -most, most); }

static fal_synth_colour any_colour(fal_synth_draws *draws)
{
    const float r = between(draws, 0.05, 0.95);
    const float g = between(draws, 0.05, 0.95);
    const float b = between(draws, 0.05, 0.95);
    return (fal_synth_colour){r, g, b};
}

static double colour_distance(const fal_synth_colour *a, const fal_synth_colour *b)
{
    const double r = (double)(a->r - b->r);
    const double g = (double)(a->g - b->g);
    const double l = (double)(a->b - b->b);
    return sqrt(r * r + g * g + l * l);
}

/* A colour at a distance from `from`; of a bounded number of tries the nearest to the range. */
static fal_synth_colour colour_apart(fal_synth_draws *draws, const fal_synth_colour *from, double low, double high)
{
    fal_synth_colour best = {0, 0, 0};
    double best_miss = INFINITY;
    for (int attempt = 0; attempt < 24 && best_miss > 0; attempt++) {
        const fal_synth_colour colour = any_colour(draws);
        const double distance = colour_distance(&colour, from);
        const double miss = distance < low ? low - distance : distance > high ? distance - high : 0;
        if (miss < best_miss) {
            best_miss = miss;
            best = colour;
        }
    }
    return best;
}

static fal_synth_paint pattern(fal_synth_draws *draws, fal_synth_colour first, double texture, int side)
{
    static const fal_synth_pattern patterns[6] = {FAL_SYNTH_PLAIN,  FAL_SYNTH_GRADIENT, FAL_SYNTH_CLOUDS,
                                                  FAL_SYNTH_CLOUDS, FAL_SYNTH_STRIPES,  FAL_SYNTH_CHECKS};
    fal_synth_paint paint = {.pattern = patterns[fal_synth_below(draws, 6)], .first = first};
    const double distance = fal_synth_uniform(draws, 0.3 * texture, texture);
    paint.second = colour_apart(draws, &first, 0.8 * distance, 1.2 * distance);
    const float angle = between(draws, 0, TURN);
    paint.cosine = cosf(angle);
    paint.sine = sinf(angle);
    paint.period = between(draws, 4, 11) * (float)side / 32;
    paint.phase = between(draws, 0, 1);
    return paint;
}

static void compose(scene *s, fal_synth_draws *draws, const kind *k, int object, int side)
{
    s->form = fal_synth_chance(draws, k->rare_form) ? 1 + fal_synth_below(draws, FAL_SYNTH_FORMS - 1) : 0;
    s->contour =
        fal_synth_chance(draws, k->contour) && fal_synth_shape_has_contour(object) ? between(draws, 0.2, 0.32) : 0;
    s->radius = between(draws, k->radius_low, k->radius_high);
    s->stretch = 1 + around(draws, k->stretch);
    s->shear = around(draws, k->shear);
    s->angle = around(draws, k->turn * TURN);
    /* Small objects may stand further from the middle; none leaves the image by much. */
    s->x = around(draws, k->shift) * (1.5F - s->radius);
    s->y = around(draws, k->shift) * (1.5F - s->radius);
    const fal_synth_colour ground = any_colour(draws);
    s->ground = pattern(draws, ground, k->ground_texture, side);
    const fal_synth_colour middle = {0.5F * (ground.r + s->ground.second.r), 0.5F * (ground.g + s->ground.second.g),
                                     0.5F * (ground.b + s->ground.second.b)};
    s->fill = pattern(draws, colour_apart(draws, &middle, k->contrast_low, k->contrast_high), k->fill_texture, side);
    s->border = fal_synth_chance(draws, k->border);
    s->clutter = k->clutter_low + fal_synth_below(draws, k->clutter_high - k->clutter_low + 1);
    s->occlusion = fal_synth_chance(draws, k->occlude) ? between(draws, 0.25, 0.5) : 0;
    s->blur = fal_synth_below(draws, k->blur_high + 1);
    s->noise = between(draws, k->noise_low, k->noise_high);
    s->gain = 1 + around(draws, 0.15);
    s->fall = between(draws, 0, k->fall);
    s->fall_angle = between(draws, 0, TURN);
}

/* What makes a near-duplicate differ from its prototype. */
static void jitter(scene *s, fal_synth_draws *draws)
{
    s->x += around(draws, 0.06);
    s->y += around(draws, 0.06);
    s->angle += around(draws, 0.1);
    s->radius *= 1 + around(draws, 0.05);
    s->gain *= 1 + around(draws, 0.08);
}

/* A bar or a blob: no object of any class. Away from the middle if it lies behind the object. */
static void paint_distractor(fal_synth_canvas *canvas, fal_synth_draws *draws, float x, float y, float length,
                             float width)
{
    const float half = 0.5F * (float)canvas->side;
    const bool bar = fal_synth_chance(draws, 0.6);
    fal_synth_outline outline = {.count = 4, .x = {-1, 1, 1, -1}, .y = {-1, -1, 1, 1}};
    if (!bar) {
        outline.count = 7;
        for (int i = 0; i < 7; i++) {
            const float radius = between(draws, 0.5, 1.2);
            outline.x[i] = radius * cosf((float)TURN * (float)i / 7);
            outline.y[i] = radius * sinf((float)TURN * (float)i / 7);
        }
    }
    const fal_synth_pose pose = {.angle = between(draws, 0, TURN),
                                 .scale_x = length * half,
                                 .scale_y = width * half,
                                 .x = half + x * half,
                                 .y = half + y * half};
    const fal_synth_paint paint = {.first = any_colour(draws)};
    fal_synth_place(&outline, &pose);
    fal_synth_draw(canvas, &outline, 0, 1, between(draws, 0.7, 1), &paint);
}

static void paint_clutter(fal_synth_canvas *canvas, fal_synth_draws *draws, int count)
{
    for (int i = 0; i < count; i++) {
        const float angle = between(draws, 0, TURN);
        const float away = between(draws, 0.6, 1.15);
        const float length = between(draws, 0.15, 0.5);
        paint_distractor(canvas, draws, away * cosf(angle), away * sinf(angle), length, between(draws, 0.04, 0.16));
    }
}

static void paint_object(fal_synth_canvas *canvas, fal_synth_draws *draws, const scene *s, int object)
{
    const float half = 0.5F * (float)canvas->side;
    const float radius = s->radius * half;
    const fal_synth_pose pose = {.angle = s->angle,
                                 .scale_x = radius * s->stretch,
                                 .scale_y = radius / s->stretch,
                                 .shear = s->shear * radius,
                                 .x = half - 0.5F + s->x * half,
                                 .y = half - 0.5F + s->y * half};
    fal_synth_outline outline;
    fal_synth_shape(object, s->form, draws, &outline);
    fal_synth_place(&outline, &pose);
    fal_synth_draw(canvas, &outline, s->contour * radius, 1, 1, &s->fill);
    if (s->border && s->contour == 0) {
        const fal_synth_paint edge = {.first = colour_apart(draws, &s->fill.first, 0.6, 2)};
        fal_synth_draw(canvas, &outline, 1.5F * (float)canvas->side / 32, 1, 1, &edge);
    }
}

static void paint(fal_synth_canvas *canvas, fal_synth_draws *draws, const scene *s, int object)
{
    fal_synth_fill(canvas, &s->ground);
    paint_clutter(canvas, draws, s->clutter);
    paint_object(canvas, draws, s, object);
    if (s->occlusion > 0) { /* across a part of the object, not its middle */
        const float angle = between(draws, 0, TURN);
        const float away = s->radius * between(draws, 0.45, 0.8);
        paint_distractor(canvas, draws, s->x + away * cosf(angle), s->y + away * sinf(angle), 0.5F * s->radius + 0.15F,
                         0.5F * s->occlusion * s->radius);
    }
}

void fal_synth_scene(const fal_synth_settings *settings, bool test, int64_t image, int object, float *scratch,
                     uint8_t *bytes)
{
    const uint64_t seed = settings->seed;
    const int side = settings->side;
    const uint32_t plain = (uint32_t)(settings->scenes + PLAIN_ONE_IN - 1) / PLAIN_ONE_IN;
    const uint32_t item = (uint32_t)image;
    const int owner = test ? OF_TEST : OF_TRAIN;
    fal_synth_draws draws = {.rng = stream(seed, owner, item, object, SCENE)};
    fal_synth_canvas canvas = {.side = side, .pixels = scratch};
    scene s;
    const double which = fal_synth_uniform(&draws, 0, 1);
    fal_synth_draws details = {.rng = stream(seed, owner, item, object, CLUTTER)};
    if (which < REPEATED) {
        const double rank = fal_synth_uniform(&draws, 0, 1);
        const uint32_t prototype = (uint32_t)(rank * rank * rank * settings->scenes);
        fal_synth_draws shared = {.rng = stream(seed, OF_PROTOTYPE, prototype, object, SCENE)};
        compose(&s, &shared, prototype < plain ? &EASY_KIND : &VARIED_KIND, object, side);
        jitter(&s, &draws);
        details.rng = stream(seed, OF_PROTOTYPE, prototype, object, CLUTTER);
        s.ground.clouds = stream(seed, OF_PROTOTYPE, prototype, object, GROUND_CLOUDS);
        s.fill.clouds = stream(seed, OF_PROTOTYPE, prototype, object, FILL_CLOUDS);
    } else {
        compose(&s, &draws, which < REPEATED + VARIED ? &VARIED_KIND : &HARD_KIND, object, side);
        s.ground.clouds = stream(seed, owner, item, object, GROUND_CLOUDS);
        s.fill.clouds = stream(seed, owner, item, object, FILL_CLOUDS);
    }
    paint(&canvas, &details, &s, object);
    fal_synth_blur(&canvas, s.blur, scratch + (int64_t)side * side * 3);
    const fal_rng noise = stream(seed, owner, item, object, NOISE);
    fal_synth_expose(&canvas, s.gain, s.fall, s.fall_angle, s.noise, &noise, bytes);
}
