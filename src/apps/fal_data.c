/* fal_data: datasets and results files from the command line; one table of subcommands. No MPI. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal_data_command.h"

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/parallel.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/data/dataset.h"
#include "fal/data/describe.h"
#include "fal/data/import.h"
#include "fal/data/synth.h"
#include "fal/io/archive.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/mat.h"
#include "fal/io/picture.h"
#include "fal_data_internal.h"

/* ---- command line ---------------------------------------------------------------------------------------------- */

enum { EXIT_DIFFERENT = 1 };

static fal_status unknown_option(const subcommand *command, const char *text)
{
    const char *names[OPTIONS_MAX + 1] = {"help"};
    char wanted[64];
    size_t count = 1;
    for (; command->options[count - 1].name != NULL; count++) {
        names[count] = command->options[count - 1].name;
    }
    (void)snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(text + 2, "="), text + 2);
    const char *nearest = fal_text_nearest(wanted, names, count);
    return fal_fail(FAL_ERR_USAGE, "%s: there is no option %.60s%s%s: see fal_data %s --help", command->name, text,
                    nearest != NULL ? ", did you mean --" : "", nearest != NULL ? nearest : "", command->name);
}

/** *at moves over a value of its own. */
static fal_status take_option(const subcommand *command, int argc, char **argv, int *at, arguments *in)
{
    const char *text = argv[*at];
    const char *name = strcmp(text, "-o") == 0 ? "output" : text + 2;
    const size_t length = strcspn(name, "=");
    for (int i = 0; command->options[i].name != NULL; i++) {
        const option *known = &command->options[i];
        if (strlen(known->name) != length || strncmp(known->name, name, length) != 0) {
            continue;
        }
        if (known->metavar == NULL) {
            in->values[i] = "";
            return name[length] == '\0' ? FAL_OK : fal_fail(FAL_ERR_USAGE, "--%s: takes no value", known->name);
        }
        return fal_option_text(argc, argv, at, &in->values[i]);
    }
    return unknown_option(command, text);
}

static fal_status check_file(const subcommand *command, const char *word)
{
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    for (; command->options[count].name != NULL; count++) {
        names[count] = command->options[count].name;
    }
    return fal_option_check_file(word, names, count);
}

static fal_status read_arguments(const subcommand *command, int argc, char **argv, arguments *in)
{
    bool only_files = false;
    for (int i = 0; command->options[i].name != NULL; i++) {
        in->values[i] = command->options[i].initial;
    }
    for (int at = 2; at < argc; at++) {
        if (only_files || argv[at][0] != '-' || argv[at][1] == '\0') {
            FAL_TRY(only_files ? FAL_OK : check_file(command, argv[at]));
            in->files[in->file_count++] = argv[at];
        } else if (strcmp(argv[at], "--") == 0) {
            only_files = true;
        } else if (strcmp(argv[at], "-o") == 0 || argv[at][1] == '-') {
            FAL_TRY(take_option(command, argc, argv, &at, in));
        } else {
            return fal_fail(FAL_ERR_USAGE, "%s: there is no option %.60s: see fal_data %s --help", command->name,
                            argv[at], command->name);
        }
    }
    return FAL_OK;
}

static fal_status take_int(const option *about, const char *text, int64_t low, int64_t high, int64_t *value)
{
    if (!fal_text_to_int(text, value) || *value < low || *value > high) {
        return fal_fail(FAL_ERR_USAGE, "--%s %.60s: must be a whole number from %lld to %lld", about->name, text,
                        (long long)low, (long long)high);
    }
    return FAL_OK;
}

/* ---- import ---------------------------------------------------------------------------------------------------- */

enum { IMPORT_OUTPUT, IMPORT_NAME, IMPORT_FIRST };
#define IMPORT_OPTION(id, option, value, help) {option, value, NULL, help},
static const option import_options[] = {
    {"output", "FILE.h5", NULL, "dataset file to write (or -o FILE.h5); replaced as a whole"},
    {"name", "NAME", NULL, "name of the dataset [the kind's own, else the output's]"},
    FAL_IMPORT_OPTIONS(IMPORT_OPTION){NULL, NULL, NULL, NULL}};
#undef IMPORT_OPTION
_Static_assert(IMPORT_FIRST + FAL_IMPORT_OPTION_COUNT < OPTIONS_MAX, "room for every option of import");

static fal_status need_output(const char *path)
{
    if (path == NULL || path[0] == '\0') {
        return fal_fail(FAL_ERR_USAGE, "--output is missing: name the dataset file to write, e.g. -o inputs/NAME.h5");
    }
    return FAL_OK;
}

static fal_status write_parts(const fal_dataset_parts *parts, const char *path)
{
    FAL_TRY(fal_dataset_write(parts, path));
    fal_log_say("%s: %s, %lld training and %lld test images of %d x %d x %d, %d classes", path, parts->name,
                (long long)parts->n_train, (long long)parts->n_test, parts->h, parts->w, parts->c, parts->classes);
    return FAL_OK;
}

/** "inputs/fashion-mnist.h5" -> "fashion-mnist" */
static void stem_of(const char *path, char name[FAL_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    const char *stem = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(stem, '.');
    const size_t length = dot != NULL && dot != stem ? (size_t)(dot - stem) : strlen(stem);
    name[0] = '\0'; /* a longer one is no name: cut short, two outputs would share it */
    if (length < FAL_NAME_MAX) {
        memcpy(name, stem, length);
        name[length] = '\0';
    }
}

void fal_data_show(display *d, int64_t done, int64_t total, const char *what)
{
    static const double moment = 2;
    const double now = fal_clock_seconds();
    const double spent = now - d->started;
    if (!d->running) {
        fal_progress_start(total, 0);
        d->running = true;
    }
    if (spent > moment && now - d->shown > fmax(moment / 2, spent / 10)) {
        fal_progress_step(done, "%s", what);
        d->shown = now;
    }
}

static void show_progress(void *context, const char *file, int64_t done, int64_t total)
{
    char what[128];
    (void)snprintf(what, sizeof what, "reading %s", file);
    fal_data_show(context, done, total, what);
}

static void show_remarks(const fal_import_remarks *remarks)
{
    fal_log_print(remarks->notes.chars);
    for (const char *line = remarks->warnings.chars; line != NULL && *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        fal_log_warn("%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/** No file that is read may be written over, however it is named. */
static fal_status refuse_inputs(const fal_import_settings *settings, const char *output)
{
    FAL_TRY(fal_file_refuse_input(output, settings->files, settings->file_count));
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        if (fal_import_option_is_path((fal_import_option)i)) {
            FAL_TRY(fal_file_refuse_input(output, &settings->values[i], 1));
        }
    }
    return FAL_OK;
}

static fal_status run_import(arguments *in)
{
    const char *output = in->values[IMPORT_OUTPUT];
    char stem[FAL_NAME_MAX];
    fal_dataset_parts *parts = NULL;
    if (in->file_count < 1) {
        return fal_fail(FAL_ERR_USAGE, "import: the kind of data is missing: see fal_data import --help");
    }
    FAL_TRY(need_output(output));
    stem_of(output, stem);
    fal_import_settings settings = {.kind = in->files[0],
                                    .files = in->files + 1,
                                    .file_count = in->file_count - 1,
                                    .name = in->values[IMPORT_NAME],
                                    .output_name = stem};
    for (int i = 0; i < FAL_IMPORT_OPTION_COUNT; i++) {
        settings.values[i] = in->values[IMPORT_FIRST + i];
    }
    FAL_TRY(refuse_inputs(&settings, output));
    FAL_TRY(fal_data_check_output(output));
    display shown = {.started = fal_clock_seconds()};
    fal_import_remarks remarks;
    settings.progress = show_progress;
    settings.progress_context = &shown;
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_import_make(&settings, parts, &remarks);
    fal_progress_end();
    if (status == FAL_OK) {
        status = write_parts(parts, output);
    }
    if (status == FAL_OK) {
        show_remarks(&remarks);
    }
    fal_text_destroy(&remarks.notes);
    fal_text_destroy(&remarks.warnings);
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return status;
}

/* ---- synth ----------------------------------------------------------------------------------------------------- */

static const option synth_options[] = {
    {"output", "FILE.h5", NULL, "dataset file to write (or -o FILE.h5); replaced as a whole"},
    {"seed", "N", "1", "another seed draws other images of the same kind"},
    {"train", "N", "10000", "training images"},
    {"test", "N", "2000", "test images"},
    {"classes", "C", "10", "the first C of the ten classes"},
    {"side", "PIXELS", "32", "height and width of the images"},
    {"name", "NAME", NULL, "name of the dataset [synth]"},
    {NULL, NULL, NULL, NULL}};

static fal_status run_synth(arguments *in)
{
    int64_t seed = 0;
    int64_t classes = 0;
    int64_t side = 0;
    fal_synth_settings settings = fal_synth_defaults();
    fal_dataset_parts *parts = NULL;
    if (in->file_count != 0) {
        return fal_fail(FAL_ERR_USAGE, "synth: %.60s: needs no input: fal_data synth -o DATASET.h5", in->files[0]);
    }
    FAL_TRY(need_output(in->values[0]));
    FAL_TRY(fal_data_check_output(in->values[0]));
    const char *name = in->values[6];
    if (name != NULL && !fal_dataset_name_is_valid(name)) {
        return fal_fail(FAL_ERR_USAGE, "--name %.60s: must consist of letters, digits, '-', '_', '+' and '.'", name);
    }
    FAL_TRY(take_int(&synth_options[1], in->values[1], 0, INT64_MAX, &seed));
    FAL_TRY(take_int(&synth_options[2], in->values[2], 2, FAL_IMAGES_MAX, &settings.n_train));
    FAL_TRY(take_int(&synth_options[3], in->values[3], 2, FAL_IMAGES_MAX, &settings.n_test));
    FAL_TRY(take_int(&synth_options[4], in->values[4], 2, FAL_SYNTH_CLASSES, &classes));
    FAL_TRY(take_int(&synth_options[5], in->values[5], FAL_SYNTH_SIDE_MIN, FAL_SYNTH_SIDE_MAX, &side));
    settings.seed = (uint64_t)seed;
    settings.classes = (int)classes;
    settings.side = (int)side;
    fal_parallel_set_threads(fal_parallel_cores());
    FAL_TRY(fal_alloc(&parts, 1, sizeof *parts, "dataset"));
    fal_status status = fal_synth_make(&settings, parts);
    if (status == FAL_OK) {
        if (name != NULL) {
            (void)fal_text_copy(parts->name, sizeof parts->name, name);
        }
        status = write_parts(parts, in->values[0]);
    }
    fal_dataset_parts_destroy(parts);
    fal_free(parts);
    return status;
}

/* ---- info, verify, digest -------------------------------------------------------------------------------------- */

static const option no_options[] = {{NULL, NULL, NULL, NULL}};

static fal_status describe_each(const arguments *in, const char *command,
                                fal_status (*describer)(const char *path, fal_text *text))
{
    if (in->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "%s: no file is given: fal_data %s FILE.h5 ...", command, command);
    }
    for (int i = 0; i < in->file_count; i++) {
        fal_text text = {0};
        const fal_status status = fal_data_describe(in->files[i], describer, &text);
        if (text.length > 0) {
            fal_log_print(i > 0 ? "\n" : "");
            fal_log_print(text.chars);
        }
        fal_text_destroy(&text);
        FAL_TRY(status);
    }
    return FAL_OK;
}

static fal_status run_info(arguments *in) { return describe_each(in, "info", fal_describe_dataset); }

static fal_status run_verify(arguments *in) { return describe_each(in, "verify", fal_describe_verify); }

static const option digest_options[] = {
    {"compare", NULL, NULL, "of two files: name the first item that differs; exit code 1 if there is one"},
    {NULL, NULL, NULL, NULL}};

static fal_status run_compare(arguments *in)
{
    fal_text item = {0};
    if (in->file_count != 2) {
        return fal_fail(FAL_ERR_USAGE, "digest --compare: give two files");
    }
    const fal_status status = fal_data_compare(in->files, &item);
    if (status == FAL_OK) {
        fal_log_say("%s%s", item.length == 0 ? "same" : "first difference: ", item.length == 0 ? "" : item.chars);
        in->exit_code = item.length == 0 ? 0 : EXIT_DIFFERENT; /* an answer, as cmp and diff give it */
    }
    fal_text_destroy(&item);
    return status;
}

static fal_status run_digest(arguments *in)
{
    if (in->values[0] != NULL) {
        return run_compare(in);
    }
    if (in->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "digest: no file is given: fal_data digest FILE.h5 ...");
    }
    for (int i = 0; i < in->file_count; i++) {
        fal_text text = {0};
        const fal_status status = fal_data_digest(in->files[i], &text);
        if (status == FAL_OK) {
            fal_log_say("%s  %s", text.chars, in->files[i]);
        }
        fal_text_destroy(&text);
        FAL_TRY(status);
    }
    return FAL_OK;
}

/* ---- partition ------------------------------------------------------------------------------------------------- */

static const option partition_options[] = {
    {"clients", "K", "10", "number of clients"},
    {"alpha", "A", "0.1", "Dirichlet concentration: low = clients differ strongly, inf = all alike"},
    {"seed", "N", "1", "seed of the trial whose partition is shown"},
    {"partition", "KIND", "dirichlet", "dirichlet, iid, shards:S, site, or a file (CSV image,client; results .h5)"},
    {"rho", "R", "1", "long tail: largest / smallest class count; 1: as the dataset is"},
    {"csv", NULL, NULL, "as CSV"},
    {"plot", "FILE.svg", NULL, "also draw it as a picture"},
    {NULL, NULL, NULL, NULL}};

static fal_status run_partition(arguments *in)
{
    int64_t clients = 0;
    int64_t seed = 0;
    const char *plot = in->values[6];
    fal_describe_partition_settings settings = {.csv = in->values[5] != NULL};
    fal_text text = {0};
    fal_text svg = {0};
    if (in->file_count != 1) {
        return fal_fail(FAL_ERR_USAGE, "partition: give one dataset: fal_data partition DATASET.h5 [--clients K]");
    }
    FAL_TRY(take_int(&partition_options[0], in->values[0], 1, 65536, &clients));
    FAL_TRY(take_int(&partition_options[2], in->values[2], 0, INT64_MAX, &seed));
    if (!fal_text_to_real(in->values[1], &settings.partition.alpha) || settings.partition.alpha < 1e-3) {
        return fal_fail(FAL_ERR_USAGE, "--alpha %.60s: must be a number from 0.001, or inf", in->values[1]);
    }
    if (!fal_text_to_real(in->values[4], &settings.rho) || settings.rho < 1 || settings.rho > 1e6) {
        return fal_fail(FAL_ERR_USAGE, "--rho %.60s: must be a number from 1 to 1000000", in->values[4]);
    }
    FAL_TRY(fal_partition_parse(in->values[3], &settings.partition));
    settings.partition.clients = (int)clients;
    settings.partition.seed = (uint64_t)seed;
    if (plot != NULL) {
        FAL_TRY(fal_data_check_picture(plot, in->files[0], &settings.partition));
    }
    fal_status status = fal_data_partition(in->files[0], &settings, &text, plot != NULL ? &svg : NULL);
    if (status == FAL_OK && plot != NULL) {
        status = fal_file_replace(plot, svg.chars, svg.length);
    }
    if (status == FAL_OK) {
        fal_log_print(text.chars);
    }
    fal_text_destroy(&svg);
    fal_text_destroy(&text);
    return status;
}

/* ---- the program ----------------------------------------------------------------------------------------------- */

static const subcommand commands[] = {
    {"import", "KIND FILE... -o DATASET.h5", "make a dataset from other people's files", import_options, run_import},
    {"synth", "-o DATASET.h5", "draw the built-in dataset", synth_options, run_synth},
    {"info", "DATASET.h5 ...", "counts, classes, shape, constants, checksums", no_options, run_info},
    {"verify", "DATASET.h5 ...", "check everything, recompute the checksums", no_options, run_verify},
    {"digest", "FILE.h5 ... | --compare A B", "one line that is equal where the science is", digest_options,
     run_digest},
    {"constants", "DATASET.h5 ...", "mean and standard deviation of the pixels, over all files",
     fal_data_constants_options, fal_data_run_constants},
    {"export", "DATASET.h5 --png DIR | --npz FILE", "images and labels for other programs", fal_data_export_options,
     fal_data_run_export},
    {"partition", "DATASET.h5", "images per client and class", partition_options, run_partition},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    fal_log_print("fal_data: datasets for fal_hpc, and checks of its files\n\n");
    for (int i = 0; i < COMMANDS; i++) {
        fal_log_say("  fal_data %-9s %-28s %s", commands[i].name, commands[i].usage, commands[i].help);
    }
    fal_log_print("\nfal_data SUBCOMMAND --help lists the options of one; --version prints the version.\n"
                  "Options are --name value or --name=value; given twice, the last one counts.\n"
                  "Exit codes: 0 done, 2 usage, 3 unusable input, 4 output cannot be written.\n");
}

static void print_command_help(const subcommand *command)
{
    fal_log_say("fal_data %s %s [OPTION ...]", command->name, command->usage);
    fal_log_say("  %s", command->help);
    if (strcmp(command->name, "import") == 0) {
        fal_log_print("\nkinds:\n");
        for (const fal_import_kind *kind = fal_import_kinds(); kind->kind != NULL; kind++) {
            fal_log_say("  %-18s %s", kind->kind, kind->help);
        }
    }
    fal_log_print("\noptions:\n");
    for (const option *o = command->options; o->name != NULL; o++) {
        char left[64];
        (void)snprintf(left, sizeof left, "--%s%s%s", o->name, o->metavar != NULL ? " " : "",
                       o->metavar != NULL ? o->metavar : "");
        fal_log_say("  %-18s %s%s%s%s", left, o->help, o->initial != NULL ? " [" : "",
                    o->initial != NULL ? o->initial : "", o->initial != NULL ? "]" : "");
    }
    fal_log_say("  %-18s %s", "--help", "this text");
}

static const subcommand *find_command(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    const char *nearest = fal_text_nearest(name, names, COMMANDS);
    (void)fal_fail(FAL_ERR_USAGE, "there is no subcommand %.60s%s%s: see fal_data --help", name,
                   nearest != NULL ? ", did you mean " : "", nearest != NULL ? nearest : "");
    return NULL;
}

static fal_status run(int argc, char **argv, int *exit_code)
{
    if (argc < 2) {
        return fal_fail(FAL_ERR_USAGE, "a subcommand is missing: see fal_data --help");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return FAL_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        fal_log_say("fal_data %s (%s), HDF5 %s, %clibarchive %cmatio %clibpng %clibturbojpeg", fal_version(),
                    fal_version_commit(), fal_h5_library(), fal_archive_available() ? '+' : '-',
                    fal_mat_available() ? '+' : '-', fal_picture_has_png() ? '+' : '-',
                    fal_picture_has_jpeg() ? '+' : '-');
        return FAL_OK;
    }
    const subcommand *command = find_command(argv[1]);
    if (command == NULL) {
        return FAL_ERR_USAGE;
    }
    if (fal_option_asked(argc, argv, "--help")) {
        print_command_help(command);
        return FAL_OK;
    }
    arguments in = {0};
    FAL_TRY(fal_option_expand(argc, argv));
    FAL_TRY(fal_alloc(&in.files, (size_t)argc, sizeof *in.files, "command line"));
    fal_status status = read_arguments(command, argc, argv, &in);
    if (status == FAL_OK) {
        status = command->run(&in);
    }
    fal_free(in.files);
    *exit_code = in.exit_code;
    return status;
}

int main(int argc, char **argv)
{
    int exit_code = 0;
    fal_log_start("fal_data", true);
    fal_file_clean_on_signals();
    const fal_status status = fal_log_finish(run(argc, argv, &exit_code));
    if (status != FAL_OK) {
        fal_log_failure(status);
        return fal_status_exit_code(status);
    }
    return exit_code;
}
