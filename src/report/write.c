/* The report as files: the page, and beside it tables and figures for programs and papers. */
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/tree.h"

#include "report_internal.h"

static fal_status write_text(fal_stage *stage, const char *folder, const char *name, const fal_text *text)
{
    fal_text path = {0};
    fal_text_add(&path, "%s/%s", folder, name);
    fal_status status = fal_text_status(&path);
    status = status == FAL_OK ? fal_text_status(text) : status;
    if (status == FAL_OK) {
        status = fal_stage_add(stage, path.chars, text->chars, text->length);
    }
    fal_text_destroy(&path);
    return status;
}

static fal_status write_frames(const fal_report *report, fal_stage *stage, const char *folder)
{
    for (int i = 0; i < report->frame_count; i++) {
        char name[96];
        fal_text csv = {0};
        (void)snprintf(name, sizeof name, "%s.csv", report->frames[i].id);
        fal_frame_csv(&report->frames[i], &csv);
        const fal_status status = write_text(stage, folder, name, &csv);
        fal_text_destroy(&csv);
        FAL_TRY(status);
    }
    return FAL_OK;
}

static fal_status make_folder(const char *folder, const char *name)
{
    fal_text path = {0};
    fal_text_add(&path, "%s/%s", folder, name);
    fal_status status = fal_text_status(&path);
    status = status == FAL_OK ? fal_tree_refuse_link(path.chars) : status;
    status = status == FAL_OK ? fal_file_make_folder(path.chars) : status;
    fal_text_destroy(&path);
    return status;
}

/* FAL_ERR_USAGE if FOLDER/NAME is one of the files that were read. */
static fal_status check_one(const char *folder, const char *name, const char *const *inputs, int count)
{
    fal_text path = {0};
    fal_text_add(&path, "%s/%s", folder, name);
    fal_status status = fal_text_status(&path);
    status = status == FAL_OK ? fal_file_refuse_input(path.chars, inputs, count) : status;
    fal_text_destroy(&path);
    return status;
}

static fal_status check_all(const fal_report *report, const char *folder, const char *const *inputs, int count)
{
    static const char *const names[] = {"report.html", "report.json", "report.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        FAL_TRY(check_one(folder, names[i], inputs, count));
    }
    for (int i = 0; i < report->frame_count; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s.csv", report->frames[i].id);
        FAL_TRY(check_one(folder, name, inputs, count));
    }
    for (int64_t i = 0; i < report->file_count; i++) {
        FAL_TRY(check_one(folder, report->files[i].name, inputs, count));
    }
    return FAL_OK;
}

/* The files that were given, and those that were found in folders. */
static fal_status check_inputs(const fal_report *report, const char *folder, const char *const *inputs, int count)
{
    const char **all = NULL;
    const fal_collection *found = report->found;
    FAL_TRY(fal_alloc(&all, (size_t)(count + found->count), sizeof *all, "list of files"));
    for (int i = 0; i < count; i++) {
        all[i] = inputs[i];
    }
    for (int i = 0; i < found->count; i++) {
        all[count + i] = found->curves[i].path;
    }
    const fal_status status = check_all(report, folder, all, count + found->count);
    fal_free(all);
    return status;
}

/* The page comes last: it is the one that people open. */
static fal_status write_all(const fal_report *report, const fal_text *tables, fal_stage *stage, const char *folder)
{
    fal_status status = FAL_OK;
    fal_text json = {0};
    fal_text html = {0};
    FAL_TRY(write_frames(report, stage, folder));
    for (int64_t i = 0; i < report->file_count; i++) {
        FAL_TRY(write_text(stage, folder, report->files[i].name, &report->files[i].text));
    }
    if (tables != NULL) {
        FAL_TRY(write_text(stage, folder, "report.txt", tables));
    }
    fal_report_json(report, &json);
    FAL_TRY_GOTO(write_text(stage, folder, "report.json", &json));
    fal_report_html(report, json.chars, &html);
    FAL_TRY_GOTO(write_text(stage, folder, "report.html", &html));
    status = fal_stage_finish(stage);
done:
    fal_text_destroy(&html);
    fal_text_destroy(&json);
    return status;
}

fal_status fal_report_write(const fal_report *report, const char *folder, const char *const *inputs, int input_count,
                            const fal_text *tables)
{
    fal_stage *stage = NULL;
    FAL_TRY(check_inputs(report, folder, inputs, input_count));
    FAL_TRY(fal_file_make_folder(folder));
    FAL_TRY(make_folder(folder, "svg"));
    FAL_TRY(make_folder(folder, "tex"));
    FAL_TRY(fal_stage_create(&stage));
    const fal_status status = write_all(report, tables, stage, folder);
    fal_stage_destroy(stage);
    return status;
}
