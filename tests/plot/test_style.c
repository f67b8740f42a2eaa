/* The stylesheet: colours that can be read on both grounds and told apart by everybody. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/plot/svg.h"
#include "plot/heat_internal.h"

typedef struct {
    double c[3]; /* linear red, green, blue */
} light;

static double linear(double value) { return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4); }

/* A colour laid on a ground with this opacity, mixed as programs mix: in sRGB. */
static light laid(const char *hex, const char *ground, double opacity)
{
    light l;
    const unsigned long top = strtoul(hex + 1, NULL, 16);
    const unsigned long below = strtoul(ground + 1, NULL, 16);
    for (int i = 0; i < 3; i++) {
        const double a = (double)(top >> (16 - 8 * i) & 255U);
        const double b = (double)(below >> (16 - 8 * i) & 255U);
        l.c[i] = linear((b + (a - b) * opacity) / 255);
    }
    return l;
}

/* WCAG 2.1 */
static double luminance(light l) { return 0.2126 * l.c[0] + 0.7152 * l.c[1] + 0.0722 * l.c[2]; }

static double contrast(light a, light b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

/* A custom property's value in one theme: the light ones come first. */
static const char *property(const char *name, bool dark)
{
    static char value[2][8];
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "--fal-%s:#", name);
    const char *at = strstr(fal_svg_style(), wanted);
    at = dark && at != NULL ? strstr(at + 1, wanted) : at;
    assert_non_null(at);
    (void)snprintf(value[dark], sizeof value[dark], "%.7s", at + strlen(wanted) - 1);
    return value[dark];
}

static void series_stand_out_on_both_grounds(void **state)
{
    (void)state;
    static const char *const grounds[2][2] = {{"#ffffff", "#f6f6f6"}, {"#121212", "#1e1e1e"}};
    for (int dark = 0; dark < 2; dark++) {
        assert_string_equal(property("ground", dark), grounds[dark][0]);
        for (int s = 0; s < FAL_SVG_COLOURS; s++) {
            char name[16];
            (void)snprintf(name, sizeof name, "s%d", s);
            assert_string_equal(property(name, dark), fal_svg_colour(s + FAL_SVG_COLOURS, dark));
            for (int g = 0; g < 2; g++) {
                assert_true(
                    contrast(laid(fal_svg_colour(s, dark), "#000000", 1), laid(grounds[dark][g], "#000000", 1)) >= 4.5);
            }
        }
        assert_true(contrast(laid(property("back", dark), "#000000", 1), laid(grounds[dark][0], "#000000", 1)) >= 4.5);
        assert_true(
            contrast(laid(property("ink", dark), grounds[dark][0], 0.8), laid(grounds[dark][0], "#000000", 1)) >= 7);
    }
}

/* Literal colours for viewers without custom properties are those of the light theme. */
static void viewers_without_properties_show_the_light_theme(void **state)
{
    (void)state;
    for (int s = 0; s < FAL_SVG_COLOURS; s++) {
        char rule[64];
        (void)snprintf(rule, sizeof rule, ".s%d{color:%s;color:var(--fal-s%d)}", s, fal_svg_colour(s, false), s);
        fal_test_text_has(fal_svg_style(), rule);
    }
    static const char *const fills[] = {"ground", "heat", "chill", "on", "over"};
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        char rule[64];
        (void)snprintf(rule, sizeof rule, "{fill:%s;fill:var(--fal-%s)}", property(fills[i], false), fills[i]);
        fal_test_text_has(fal_svg_style(), rule);
    }
    assert_null(strchr(fal_svg_style(), '<')); /* stands in an element as it is */
    assert_null(strchr(fal_svg_style(), '&'));
    assert_null(strstr(fal_svg_style(), "url"));
}

/* Oklab (Ottosson, 2020). */
static void oklab(const double c[3], double lab[3])
{
    const double l = cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
    const double m = cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
    const double s = cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
    lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

/* What readers see: all, and those without one kind of cone (Machado, Oliveira and Fernandes, 2009, severity 1). */
static const double views[4][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};

static void series_differ_for_readers_without_one_kind_of_cone(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++) {
        for (int view = 0; view < 4; view++) {
            double lab[FAL_SVG_COLOURS][3];
            for (int s = 0; s < FAL_SVG_COLOURS; s++) {
                const light l = laid(fal_svg_colour(s, dark), "#000000", 1);
                double seen[3];
                for (int i = 0; i < 3; i++) {
                    const double *row = views[view][i];
                    seen[i] = fmin(fmax(row[0] * l.c[0] + row[1] * l.c[1] + row[2] * l.c[2], 0), 1);
                }
                oklab(seen, lab[s]);
                for (int other = 0; other < s; other++) {
                    const double d = sqrt(pow(lab[s][0] - lab[other][0], 2) + pow(lab[s][1] - lab[other][1], 2) +
                                          pow(lab[s][2] - lab[other][2], 2));
                    assert_true(d >= (view == 0 ? 0.1 : 0.065)); /* about 0.02 can just be seen */
                }
            }
        }
    }
}

static void numbers_can_be_read_on_every_cell(void **state)
{
    (void)state;
    static const char *const fills[] = {"heat", "chill"};
    for (int i = 0; i < 4; i++) {
        const bool dark = i >= 2;
        const char *ground = dark ? "#121212" : "#ffffff";
        for (int share = 0; share <= 1000; share++) {
            const light cell = laid(property(fills[i % 2], dark), ground, share / 1000.0);
            const char *text = property(share / 1000.0 > FAL_HEAT_CHANGE ? "over" : "on", dark);
            assert_true(contrast(cell, laid(text, "#000000", 1)) >= 4.5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_stand_out_on_both_grounds),
        cmocka_unit_test(viewers_without_properties_show_the_light_theme),
        cmocka_unit_test(series_differ_for_readers_without_one_kind_of_cone),
        cmocka_unit_test(numbers_can_be_read_on_every_cell),
    };
    return cmocka_run_group_tests_name("plot/style", tests, NULL, NULL);
}
