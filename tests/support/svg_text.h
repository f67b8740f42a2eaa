/* Figures as text: are they whole, and what is in them? */
#ifndef FAL_TESTS_SVG_TEXT_H
#define FAL_TESTS_SVG_TEXT_H

#include "support.h"

#include "fal/plot/svg.h"

/** How often a part stands in a text. */
int fal_test_occurrences(const char *text, const char *part);

/** Fails unless the text is one well-formed element (an XML declaration may stand before it): tags are closed in order,
 *  attributes are quoted and unique in their element, only known entities, valid UTF-8 without what may not be shown;
 *  further no ids, and no number that is none ("nan", "inf") in an attribute except texts. */
void fal_test_svg_is_whole(const fal_text *svg);

/** The value of an attribute after the first `from` in the text; fails if it is not there. `from` names an element or
 *  attribute, the search begins at its start. */
double fal_test_svg_number(const char *text, const char *from, const char *attribute);

/** Names that people could give: elements, quotes, controls, directions, broken UTF-8, very long. */
enum { FAL_TEST_HOSTILE = 8 };
extern const char *const fal_test_hostile[FAL_TEST_HOSTILE];

#endif
