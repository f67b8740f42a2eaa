/* Answers against questions: rows are checked one by one, then gathered by image, then all images are decided. */
#include "fal/results/take.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"

/* One opinion about an image: known before, or a row of the list. */
typedef struct {
    fal_row_answer row; /* but for the annotator's number */
    int label;
    const char *annotator;
    int source;           /* tells unnamed people apart: file, -1 of those known before */
    const fal_said *said; /* NULL: known before */
} opinion;

typedef struct {
    fal_answers *answers;
    const fal_said_list *list;
    const fal_asked *asked;
    int32_t *asked_of;                       /* [n_train] place in asked, -1: not asked about */
    int64_t *first, *next;                   /* rows of an image, in order: first [asked], next [rows]; -1 ends */
    int64_t *last;                           /* [asked] */
    int64_t *first_disputed, *next_disputed; /* the same of answers->disputed */
    opinion *opinions;
    int64_t opinion_count, opinion_room;
    bool news; /* among the opinions is one that was not known before */
    fal_resolve resolve;
    int64_t time;
    fal_taken *taken;
} session;

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static const fal_asked *find_asked(const session *s, const fal_said *said)
{
    const bool in_range = said->image >= 0 && said->image < s->answers->data.n_train;
    const int32_t place = in_range ? s->asked_of[said->image] : -1;
    return place >= 0 ? &s->asked[place] : NULL;
}

static fal_status check_row(const session *s, const fal_said *said)
{
    char where[FAL_SAID_WHERE];
    const fal_asked *asked = find_asked(s, said);
    fal_said_where(s->list, said, where);
    if (asked == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: image %lld: nobody was asked about it", where, (long long)said->image);
    }
    if (asked->sha256[0] != '\0' && said->sha256[0] != '\0' && strcmp(asked->sha256, said->sha256) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: image %lld is not the picture that was asked about (%s, not %s): it is of another data "
                        "set",
                        where, (long long)said->image, said->sha256, asked->sha256);
    }
    if (asked->client >= 0 && said->client >= 0 && asked->client != said->client) {
        return fal_fail(FAL_ERR_INPUT, "%s: image %lld: client %lld asked about it, not client %lld", where,
                        (long long)said->image, (long long)asked->client, (long long)said->client);
    }
    return FAL_OK;
}

static fal_status gather(session *s, int64_t count)
{
    const int64_t rows = s->list->count;
    const fal_table *disputed = &s->answers->disputed;
    FAL_TRY(fal_alloc(&s->asked_of, (size_t)s->answers->data.n_train, sizeof *s->asked_of, "questions"));
    FAL_TRY(fal_alloc(&s->first, (size_t)count, sizeof *s->first, "questions"));
    FAL_TRY(fal_alloc(&s->last, (size_t)count, sizeof *s->last, "questions"));
    FAL_TRY(fal_alloc(&s->first_disputed, (size_t)count, sizeof *s->first_disputed, "questions"));
    FAL_TRY(fal_alloc(&s->next, (size_t)rows, sizeof *s->next, "answers"));
    FAL_TRY(fal_alloc(&s->next_disputed, (size_t)disputed->count, sizeof *s->next_disputed, "answers"));
    for (int64_t i = 0; i < s->answers->data.n_train; i++) {
        s->asked_of[i] = -1;
    }
    for (int64_t a = 0; a < count; a++) {
        FAL_ASSERT(s->asked[a].image >= 0 && s->asked[a].image < s->answers->data.n_train);
        s->asked_of[s->asked[a].image] = (int32_t)a;
        s->first[a] = s->first_disputed[a] = -1;
    }
    for (int64_t r = 0; r < rows; r++) {
        FAL_TRY(check_row(s, &s->list->rows[r]));
        const int32_t a = s->asked_of[s->list->rows[r].image];
        *(s->first[a] < 0 ? &s->first[a] : &s->next[s->last[a]]) = r;
        s->next[r] = -1;
        s->last[a] = r;
    }
    for (int64_t d = disputed->count - 1; d >= 0; d--) {
        const fal_row_answer *row = fal_table_row(disputed, d);
        const int32_t a = s->asked_of[row->image];
        if (a >= 0) {
            s->next_disputed[d] = s->first_disputed[a];
            s->first_disputed[a] = d;
        }
    }
    return FAL_OK;
}

/* ---- one image ------------------------------------------------------------------------------------------------- */

static fal_status add_opinion(session *s, const opinion *added)
{
    FAL_TRY(fal_grow(&s->opinions, s->opinion_count, s->opinion_count + 1, &s->opinion_room, sizeof *s->opinions,
                     "answers"));
    s->opinions[s->opinion_count++] = *added;
    return FAL_OK;
}

static fal_status add_known(session *s, const fal_row_answer *row)
{
    const opinion known = {
        .row = *row, .label = (int)row->label, .annotator = fal_answers_annotator(s->answers, row), .source = -1};
    return add_opinion(s, &known);
}

static fal_status add_said(session *s, const fal_asked *asked, const fal_said *said)
{
    const opinion new = {.row = {.image = asked->image,
                                 .label = said->label,
                                 .time = s->time,
                                 .al_round = asked->al_round,
                                 .client = asked->client,
                                 .seconds = said->seconds},
                         .label = said->label,
                         .annotator = s->list->annotators[said->annotator],
                         .source = said->file,
                         .said = said};
    return add_opinion(s, &new);
}

/* Whether this annotator is known to have said so: among what is known, which comes first. */
static bool was_said(const session *s, const fal_said *said)
{
    for (int64_t i = 0; i < s->opinion_count && s->opinions[i].said == NULL; i++) {
        if (s->opinions[i].label == said->label &&
            strcmp(s->opinions[i].annotator, s->list->annotators[said->annotator]) == 0) {
            return true;
        }
    }
    return false;
}

/* All that is known and said of an image; what counts by now comes first, and what was said again is left out. */
static fal_status collect(session *s, int64_t a)
{
    const fal_row_answer *known = fal_answers_find(s->answers, s->asked[a].image);
    s->opinion_count = 0;
    s->news = false;
    if (known != NULL) {
        FAL_TRY(add_known(s, known));
    }
    for (int64_t d = s->first_disputed[a]; d >= 0; d = s->next_disputed[d]) {
        FAL_TRY(add_known(s, fal_table_row(&s->answers->disputed, d)));
    }
    for (int64_t r = s->first[a]; r >= 0; r = s->next[r]) {
        if (!was_said(s, &s->list->rows[r])) {
            FAL_TRY(add_said(s, &s->asked[a], &s->list->rows[r]));
            s->news = true;
        }
    }
    return FAL_OK;
}

static bool all_agree(const session *s)
{
    for (int64_t i = 1; i < s->opinion_count; i++) {
        if (s->opinions[i].label != s->opinions[0].label) {
            return false;
        }
    }
    return true;
}

static int by_voter(const void *a, const void *b)
{
    const opinion *x = a;
    const opinion *y = b;
    if (x->label != y->label) {
        return x->label < y->label ? -1 : 1;
    }
    const int names = strcmp(x->annotator, y->annotator);
    const bool named = x->annotator[0] != '\0';
    return names != 0 || named ? names : (x->source > y->source) - (x->source < y->source);
}

/* Each annotator has one vote for a class; people without a name are told apart by their files. FAL_ANSWER_NONE: no
 * class has more than every other. */
static fal_status most_say(const session *s, int *label)
{
    opinion *sorted = NULL;
    int64_t best = 0;
    int64_t votes = 0;
    FAL_TRY(fal_alloc(&sorted, (size_t)s->opinion_count, sizeof *sorted, "answers"));
    memcpy(sorted, s->opinions, (size_t)s->opinion_count * sizeof *sorted);
    qsort(sorted, (size_t)s->opinion_count, sizeof *sorted, by_voter);
    *label = FAL_ANSWER_NONE;
    for (int64_t i = 0; i < s->opinion_count; i++) {
        const bool same_label = i > 0 && sorted[i].label == sorted[i - 1].label;
        votes = same_label ? votes + (by_voter(&sorted[i - 1], &sorted[i]) != 0) : 1;
        if (votes > best) {
            best = votes;
            *label = sorted[i].label;
        } else if (votes == best && sorted[i].label != *label) {
            *label = FAL_ANSWER_NONE;
        }
    }
    fal_free(sorted);
    return FAL_OK;
}

/* "image 12: cat (ann, a.csv:3), dog (ben, b.csv:9)", each answer of each person once. */
static void report(session *s, int64_t a)
{
    fal_text *text = &s->taken->report;
    if (s->taken->disputed > FAL_TAKE_LINES) {
        return;
    }
    fal_text_add(text, "image %lld:", (long long)s->asked[a].image);
    for (int64_t i = 0; i < s->opinion_count; i++) {
        const opinion *this = &s->opinions[i];
        char where[FAL_SAID_WHERE] = "known before";
        bool before = false;
        for (int64_t k = 0; k < i && !before; k++) {
            before = by_voter(&s->opinions[k], this) == 0 || (i > FAL_TAKE_LINES);
        }
        if (before) {
            continue;
        }
        if (this->said != NULL) {
            fal_said_where(s->list, this->said, where);
        }
        fal_text_add(text, "%s %s (%s%s%s)", i > 0 ? "," : "", fal_said_label_name(s->list, this->label),
                     this->annotator, this->annotator[0] != '\0' ? ", " : "", where);
    }
    fal_text_add(text, "\n");
}

/* The first opinion of this label counts from now on. */
static fal_status let_count(session *s, int64_t a, int label)
{
    const fal_row_answer *known = fal_answers_find(s->answers, s->asked[a].image);
    if (known != NULL && known->label == label) {
        s->taken->known++;
        return FAL_OK;
    }
    for (int64_t i = 0; i < s->opinion_count; i++) {
        if (s->opinions[i].label == label) {
            s->taken->taken++;
            return fal_answers_add(s->answers, &s->opinions[i].row, s->opinions[i].annotator);
        }
    }
    return FAL_OK;
}

/* What the opinions come to; `label` is FAL_ANSWER_NONE where nothing does. */
static fal_status decide(session *s, int *label)
{
    if (s->resolve == FAL_RESOLVE_FIRST) {
        *label = s->opinions[0].label;
        return FAL_OK;
    }
    return most_say(s, label);
}

/* What the trial went on with counts for good, whoever said what since. */
static bool is_final(const session *s, int64_t a)
{
    return s->asked[a].used && fal_answers_find(s->answers, s->asked[a].image) != NULL;
}

/* The same files handed in once more: an old dispute is no new one. */
static bool is_repeat(const session *s) { return !s->news && s->resolve == FAL_RESOLVE_NOT; }

/* Everything that was said is kept, whatever counts: a third opinion may come later. */
static fal_status settle(session *s, int64_t a)
{
    int label = s->opinions[0].label;
    const bool known = fal_answers_find(s->answers, s->asked[a].image) != NULL;
    if (is_final(s, a) || is_repeat(s)) {
        s->taken->known++;
        return FAL_OK;
    }
    if (all_agree(s)) {
        return let_count(s, a, label);
    }
    FAL_TRY(decide(s, &label));
    for (int64_t i = 0; i < s->opinion_count; i++) {
        FAL_TRY(fal_answers_dispute(s->answers, &s->opinions[i].row, s->opinions[i].annotator));
    }
    s->taken->undecided += label == FAL_ANSWER_NONE && !known;
    return label != FAL_ANSWER_NONE ? let_count(s, a, label) : FAL_OK;
}

/* ---- all images ------------------------------------------------------------------------------------------------ */

/* Whoever says something new about what is final must say the same. */
static fal_status check_final(const session *s, int64_t a)
{
    const fal_row_answer *known = fal_answers_find(s->answers, s->asked[a].image);
    for (int64_t i = 0; i < s->opinion_count; i++) {
        const fal_said *said = s->opinions[i].said;
        if (said != NULL && said->label != known->label) {
            char where[FAL_SAID_WHERE];
            fal_said_where(s->list, said, where);
            return fal_fail(FAL_ERR_INPUT,
                            "%s: image %lld is %s in AL round %lld, and the trial went on with it: that cannot be "
                            "changed any more",
                            where, (long long)s->asked[a].image, fal_said_label_name(s->list, (int)known->label),
                            (long long)s->asked[a].al_round);
        }
    }
    return FAL_OK;
}

static fal_status check_image(session *s, int64_t a)
{
    FAL_TRY(collect(s, a));
    if (is_final(s, a)) {
        return check_final(s, a);
    }
    if (!is_repeat(s) && !all_agree(s)) {
        s->taken->disputed++;
        report(s, a);
    }
    return FAL_OK;
}

static fal_status take(session *s, int64_t count)
{
    FAL_TRY(gather(s, count));
    for (int64_t a = 0; a < count; a++) {
        if (s->first[a] >= 0) {
            FAL_TRY(check_image(s, a));
        }
    }
    if (s->taken->disputed > 0 && s->resolve == FAL_RESOLVE_NOT) {
        return fal_fail(FAL_ERR_INPUT,
                        "%lld image%s more than one answer, so nothing was taken: settle who is right, or let "
                        "--resolve first or majority do it",
                        (long long)s->taken->disputed, s->taken->disputed == 1 ? " has" : "s have");
    }
    for (int64_t a = 0; a < count; a++) {
        if (s->first[a] >= 0) {
            FAL_TRY(collect(s, a));
            FAL_TRY(settle(s, a));
        }
    }
    return fal_text_status(&s->taken->report);
}

fal_status fal_answers_take(fal_answers *answers, const fal_said_list *list, const fal_asked *asked, int64_t count,
                            fal_resolve resolve, int64_t time, fal_taken *taken)
{
    session s = {.answers = answers, .list = list, .asked = asked, .resolve = resolve, .time = time, .taken = taken};
    const fal_status status = take(&s, count);
    fal_free(s.asked_of);
    fal_free(s.first);
    fal_free(s.last);
    fal_free(s.next);
    fal_free(s.first_disputed);
    fal_free(s.next_disputed);
    fal_free(s.opinions);
    return status;
}
