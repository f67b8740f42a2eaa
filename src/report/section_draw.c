/* Figures by kind, as sections hand them on. */
#include "fal/plot/bars.h"
#include "fal/plot/critical.h"
#include "fal/plot/forest.h"
#include "fal/plot/heat.h"

#include "section_internal.h"

fal_status fal_draw_bars(const void *figure, fal_svg_use use, fal_text *svg) { return fal_bars_svg(figure, use, svg); }

fal_status fal_draw_critical(const void *figure, fal_svg_use use, fal_text *svg)
{
    return fal_critical_svg(figure, use, svg);
}

fal_status fal_draw_forest(const void *figure, fal_svg_use use, fal_text *svg)
{
    return fal_forest_svg(figure, use, svg);
}

fal_status fal_draw_heat(const void *figure, fal_svg_use use, fal_text *svg) { return fal_heat_svg(figure, use, svg); }
