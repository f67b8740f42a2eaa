/* The stylesheet of all figures. Each of the eight colours stands at least 4.5 to 1 against white or against #121212,
 * and they differ for readers without one kind of cone, too (tests/plot/test_style.c computes both). A declaration with
 * a literal colour comes before the one with a custom property, for viewers that know none: these show the light
 * ground.
 *
 * Numbers in cells of a heat map are black or white, whichever stands at least 4.5 to 1 against the cell: the colours
 * of the cells are such that on both grounds the change is at the same share of the full colour (FAL_HEAT_CHANGE). */
#include "fal/plot/svg.h"

static const char style[] =
    ":root{"
    "--fal-ink:#222222;--fal-ground:#ffffff;--fal-heat:#083e7d;--fal-chill:#7d2400;"
    "--fal-on:#000000;--fal-over:#ffffff;--fal-back:#6a6a6a;"
    "--fal-s0:#2c368c;--fal-s1:#d32d0e;--fal-s2:#077f5e;--fal-s3:#bf0ebe;"
    "--fal-s4:#5c3605;--fal-s5:#0d5c8b;--fal-s6:#9d10fd;--fal-s7:#535353}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    ":root{"
    "--fal-ink:#e4e4e4;--fal-ground:#121212;--fal-heat:#5ca5ea;--fal-chill:#e88852;"
    "--fal-on:#ffffff;--fal-over:#000000;--fal-back:#9a9a9a;"
    "--fal-s0:#6ba5fe;--fal-s1:#f94422;--fal-s2:#139a5e;--fal-s3:#c76cb3;"
    "--fal-s4:#f8d44b;--fal-s5:#20d2fd;--fal-s6:#ab60fc;--fal-s7:#b9b9b9}}\n"
    ".s0{color:#2c368c;color:var(--fal-s0)}\n"
    ".s1{color:#d32d0e;color:var(--fal-s1)}\n"
    ".s2{color:#077f5e;color:var(--fal-s2)}\n"
    ".s3{color:#bf0ebe;color:var(--fal-s3)}\n"
    ".s4{color:#5c3605;color:var(--fal-s4)}\n"
    ".s5{color:#0d5c8b;color:var(--fal-s5)}\n"
    ".s6{color:#9d10fd;color:var(--fal-s6)}\n"
    ".s7{color:#535353;color:var(--fal-s7)}\n"
    ".fal{max-width:100%;height:auto;font:11px sans-serif}\n"
    ".fal-file{color:#222222;color:var(--fal-ink)}\n"
    ".fal text{fill:currentColor}\n"
    ".fal .title{font-size:14px;font-weight:600}\n"
    ".fal .name{font-size:12px}\n"
    ".fal .tiny{font-size:10px}\n"
    ".fal .quiet{fill-opacity:.8}\n"
    ".fal .axis{fill:none;stroke:currentColor;stroke-opacity:.6}\n"
    ".fal .grid{fill:none;stroke:currentColor;stroke-opacity:.14}\n"
    ".fal .zone{fill:currentColor;fill-opacity:.1}\n"
    ".fal .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}\n"
    ".fal .small .title{font-size:12px}\n"
    ".fal .small .line{stroke-width:1.6}\n"
    ".d1 .line{stroke-dasharray:7 3}\n"
    ".d2 .line{stroke-dasharray:2 3}\n"
    ".d3 .line{stroke-dasharray:9 3 2 3}\n"
    ".fal .lead{fill:none;stroke:currentColor;stroke-opacity:.6;stroke-width:.8}\n"
    ".fal .thin{fill:none;stroke:currentColor;stroke-opacity:.4;stroke-width:.8;stroke-linecap:round}\n"
    ".fal .band{fill:currentColor;fill-opacity:.14}\n"
    ".fal .mark{fill:currentColor}\n"
    ".fal .back{color:#6a6a6a;color:var(--fal-back)}\n"
    ".fal .back .band{fill-opacity:.25}\n"
    ".fal .bar{fill:currentColor;fill-opacity:.4;stroke:currentColor}\n"
    ".fal .whisker{fill:none;stroke:currentColor;stroke-width:1.5}\n"
    ".fal .interval{fill:none;stroke:currentColor;stroke-width:3}\n"
    ".fal .wide{fill:none;stroke:currentColor;stroke-width:1.2}\n"
    ".fal .joined{fill:none;stroke:currentColor;stroke-width:5;stroke-linecap:round}\n"
    ".fal .ground{fill:#ffffff;fill:var(--fal-ground)}\n"
    ".fal .cell{fill:#083e7d;fill:var(--fal-heat)}\n"
    ".fal .below{fill:#7d2400;fill:var(--fal-chill)}\n"
    ".fal .on{fill:#000000;fill:var(--fal-on)}\n"
    ".fal .over{fill:#ffffff;fill:var(--fal-over)}\n"
    ".fal .place{fill:none;pointer-events:all}\n"
    ".fal image{image-rendering:pixelated}\n";

static const char *const colours[2][FAL_SVG_COLOURS] = {
    {"#2c368c", "#d32d0e", "#077f5e", "#bf0ebe", "#5c3605", "#0d5c8b", "#9d10fd", "#535353"},
    {"#6ba5fe", "#f94422", "#139a5e", "#c76cb3", "#f8d44b", "#20d2fd", "#ab60fc", "#b9b9b9"}};

const char *fal_svg_style(void) { return style; }

const char *fal_svg_colour(int series, bool dark) { return colours[dark ? 1 : 0][(unsigned)series % FAL_SVG_COLOURS]; }
