/* Mutated HDF5 files of ours, read as the programs read them: in a child process (fal/io/sandbox.h).
 *
 *   h5_loop KIND RUNS SEED FILE...      KIND: dataset, model, results, checkpoint, answers, arrays, mat
 *   h5_loop write-answers FILE          a file of answers to start from; the others are fixtures
 *
 * A crash of libhdf5 or a limit that the child meets is no finding: that is what the child is for. A finding is what
 * reaches this process: a failure without a message or with one of two lines, a bug of ours, descriptors or memory that
 * are not given back, an input that takes longer than ALARM seconds. No libFuzzer: its sanitizers make a fork slow, and
 * would not see into the child. The last line: executions, how many were read, refused, and ended with the child.
 *
 *   FAL_FUZZ_FOLDER    folder for the input (default /dev/shm)
 *   FAL_FUZZ_KEEP      folder that gets the inputs that ended with the child
 *   FAL_FUZZ_DIRECT    set: each FILE once, as it is and without a child, for a debugger */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/data/describe.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/mat.h"
#include "fal/io/sandbox.h"
#include "fal/nn/model.h"
#include "fal/nn/modelfile.h"
#include "fal/results/answers.h"
#include "fal/results/curve.h"
#include "fal/results/details.h"
#include "fal/results/state.h"

enum { ALARM = 120, LOOK = 1000, INPUTS = 64, PATH = 4096 };
enum { SUPERBLOCK = 96 }; /* kept, so that the file is opened */
static const size_t input_most = (size_t)4 << 20;
static const fal_sandbox_limits limits = {.memory = (size_t)1 << 30, .seconds = 1};
static const size_t memory_most = (size_t)64 << 20; /* that may come on top */

/* ---- readers --------------------------------------------------------------------------------------------------- */

/** As info, verify and partition of fal_data, then everything into memory. */
static fal_status read_dataset(const char *path)
{
    fal_dataset dataset = {0};
    fal_text text = {0};
    fal_status status = fal_describe_dataset(path, &text);
    if (status == FAL_OK) {
        status = fal_describe_verify(path, &text);
    }
    fal_text_destroy(&text);
    if (status != FAL_OK) {
        return status;
    }
    FAL_TRY(fal_dataset_open(path, &dataset));
    status = fal_dataset_mark_images(&dataset);
    if (status == FAL_OK) {
        status = fal_dataset_load(&dataset, NULL, 0, dataset.n_test);
    }
    fal_dataset_close(&dataset);
    return status;
}

static fal_status read_model(const char *path)
{
    fal_h5 *file = NULL;
    fal_model *model = NULL;
    float *params = NULL;
    fal_model_shape shape;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = fal_modelfile_shape(file, fal_h5_has(file, "/model") ? "/model" : "/", &shape);
    fal_h5_close(file);
    FAL_TRY(status);
    FAL_TRY(fal_model_create(&shape, &model));
    FAL_TRY(fal_alloc(&params, fal_model_size(model), sizeof *params, path));
    status = fal_modelfile_read(path, model, params);
    fal_free(params);
    fal_model_destroy(model);
    return status;
}

/** As fal_report. */
static fal_status read_results(const char *path)
{
    fal_curve curve = {0};
    fal_details details = {0};
    char digest[65];
    FAL_TRY(fal_curve_read(path, FAL_MEASURE_ACCURACY, &curve));
    fal_curve_destroy(&curve);
    FAL_TRY(fal_details_read(path, &details));
    fal_details_destroy(&details);
    return fal_digest_file(path, digest);
}

/** What other programs than fal_hpc read of one. */
static fal_status read_checkpoint(const char *path)
{
    fal_trial_state state;
    char digest[65];
    fal_state_init(path, &state);
    fal_state_read(path, 0, &state);
    return fal_digest_file(path, digest);
}

static const fal_answers_data answers_data = {
    .name = "fuzz", .sha256_train_images = "1", .sha256_train_labels = "2", .n_train = 16, .classes = 3};

/** An input to start from. */
static fal_status write_answers(const char *path)
{
    fal_answers answers = {0};
    FAL_TRY(fal_answers_create(&answers_data, &answers));
    for (int64_t i = 0; i < answers_data.n_train; i += 2) {
        const fal_row_answer row = {
            .image = i, .label = i % 3, .time = 1, .al_round = 1, .client = i % 4, .seconds = 1};
        FAL_TRY(fal_answers_add(&answers, &row, i % 4 == 0 ? "ann" : "bob"));
        FAL_TRY(fal_answers_dispute(&answers, &row, "eve"));
    }
    const fal_status status = fal_answers_write(&answers, path);
    fal_answers_destroy(&answers);
    return status;
}

static fal_status read_answers(const char *path)
{
    fal_answers answers = {0};
    const fal_status status = fal_answers_read(path, &answers_data, &answers);
    fal_answers_destroy(&answers);
    return status;
}

static fal_status read_arrays(const char *path)
{
    static const char *const names[] = {"/logits_global", "/embeddings_global", "/labels", "/pool"};
    fal_h5 *file = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_open(path, &file));
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == FAL_OK; i++) {
        fal_h5_shape shape = {0};
        void *values = NULL;
        if (fal_h5_has(file, names[i])) {
            status = fal_h5_read_new(file, names[i], &shape, (int64_t)1 << 26, (void *)&values);
            fal_free(values);
        }
    }
    fal_h5_close(file);
    return status;
}

/** MATLAB 7.3, as import svhn. */
static fal_status read_mat(const char *path)
{
    fal_mat *file = NULL;
    fal_mat_shape shape;
    uint8_t *bytes = NULL;
    double *numbers = NULL;
    FAL_TRY(fal_mat_open(path, (size_t)64 << 20, &file));
    fal_status status = fal_mat_read_bytes(file, "X", &shape, &bytes);
    if (status == FAL_OK) {
        status = fal_mat_read_numbers(file, "y", &shape, &numbers);
    }
    fal_free(bytes);
    fal_free(numbers);
    fal_mat_close(file);
    return status;
}

typedef fal_status reader(const char *path);
static const struct {
    const char *kind;
    reader *read;
} readers[] = {{"dataset", read_dataset},       {"model", read_model},     {"results", read_results},
               {"checkpoint", read_checkpoint}, {"answers", read_answers}, {"mat", read_mat},
               {"arrays", read_arrays}};

typedef struct {
    reader *read;
    const char *path;
} job;

static fal_status in_child(void *context, fal_sandbox_line *line)
{
    const job *j = context;
    (void)line;
    return j->read(j->path);
}

static fal_status take_nothing(void *context, fal_sandbox_line *line)
{
    (void)context;
    (void)line;
    return FAL_OK;
}

/* ---- mutation -------------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned char *bytes;
    size_t count;
} input;

static uint64_t state = 1;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below == 0 ? 0 : state % below;
}

/** Somewhere in the metadata, as a rule: behind one of HDF5's marks, or in the first blocks. */
static size_t place(const input *in)
{
    static const char *const marks[] = {"TREE", "HEAP", "SNOD", "OHDR", "GCOL", "FRHP", "FHDB", "BTHD", "BTLF", "OCHK"};
    const size_t start = SUPERBLOCK + draw(in->count - SUPERBLOCK);
    const char *mark = marks[draw(sizeof marks / sizeof marks[0])];
    const unsigned char *found = NULL;
    switch (draw(4)) {
    case 0:
        return start;
    case 1:
        return SUPERBLOCK + draw(in->count < 4096 ? in->count - SUPERBLOCK : 4096 - SUPERBLOCK);
    default:
        found = memmem(in->bytes + start, in->count - start, mark, 4);
        found = found != NULL ? found : memmem(in->bytes, in->count, mark, 4);
        if (found == NULL) {
            return start;
        }
        const size_t at = (size_t)(found - in->bytes) + draw(300);
        return at < in->count && at >= SUPERBLOCK ? at : start;
    }
}

static void change(input *in)
{
    static const uint64_t values[] = {0,    1,      2,          7,          8,        0x7f,       0x80,
                                      0xff, 0xffff, 0x7fffffff, 0xffffffff, 1U << 31, UINT64_MAX, (uint64_t)1 << 40};
    const size_t at = place(in);
    const uint64_t value = values[draw(sizeof values / sizeof values[0])];
    const size_t width = (size_t)1 << draw(4);
    switch (draw(5)) {
    case 0:
        in->bytes[at] ^= (unsigned char)(1U << draw(8));
        break;
    case 1:
        in->bytes[at] = (unsigned char)draw(256);
        break;
    case 2:
        in->bytes[at] = (unsigned char)(in->bytes[at] + 1 - 2 * draw(2));
        break;
    case 3:
        memcpy(in->bytes + at, &value, width < in->count - at ? width : in->count - at);
        break;
    default: {
        const size_t from = place(in);
        const size_t left = in->count - (at > from ? at : from);
        const size_t count = 1 + draw(64);
        memmove(in->bytes + at, in->bytes + from, count < left ? count : left);
        break;
    }
    }
}

#define ROTATE(x, k) ((x) << (k) | (x) >> (32 - (k)))

/** HDF5's checksum of newer metadata (Bob Jenkins' lookup3, public domain). */
static uint32_t lookup3(const unsigned char *key, size_t length)
{
    uint32_t a = 0xdeadbeefU + (uint32_t)length;
    uint32_t b = a;
    uint32_t c = a;
    for (;;) {
        uint32_t word[3] = {0};
        const size_t count = length < 12 ? length : 12;
        for (size_t i = 0; i < count; i++) {
            word[i / 4] |= (uint32_t)key[i] << 8 * (i % 4);
        }
        a += word[0];
        b += word[1];
        c += word[2];
        if (length <= 12) {
            break;
        }
        a = (a - c) ^ ROTATE(c, 4), c += b;
        b = (b - a) ^ ROTATE(a, 6), a += c;
        c = (c - b) ^ ROTATE(b, 8), b += a;
        a = (a - c) ^ ROTATE(c, 16), c += b;
        b = (b - a) ^ ROTATE(a, 19), a += c;
        c = (c - b) ^ ROTATE(b, 4), b += a;
        key += 12;
        length -= 12;
    }
    if (length == 0) {
        return c;
    }
    c = (c ^ b) - ROTATE(b, 14);
    a = (a ^ c) - ROTATE(c, 11);
    b = (b ^ a) - ROTATE(a, 25);
    c = (c ^ b) - ROTATE(b, 16);
    a = (a ^ c) - ROTATE(c, 4);
    b = (b ^ a) - ROTATE(a, 14);
    return (c ^ b) - ROTATE(b, 24);
}

/** The checksums of object headers: without, everything behind them would be refused by HDF5 alone. */
static void fix_checksums(input *in)
{
    unsigned char *end = in->bytes + in->count;
    for (unsigned char *at = in->bytes; (at = memmem(at, (size_t)(end - at), "OHDR", 4)) != NULL; at += 4) {
        if (end - at < 30) {
            return;
        }
        const unsigned flags = at[5];
        const size_t width = (size_t)1 << (flags & 3U);
        const size_t head = 6 + ((flags & 0x20U) != 0 ? 16U : 0U) + ((flags & 0x10U) != 0 ? 4U : 0U);
        uint64_t size = 0;
        memcpy(&size, at + head, width <= (size_t)(end - at) - head ? width : 0);
        const size_t length = head + width + size;
        if (size < in->count && length + 4 <= (size_t)(end - at)) {
            const uint32_t sum = lookup3(at, length);
            memcpy(at + length, &sum, sizeof sum);
        }
    }
}

static void mutate(const input *from, input *to)
{
    memcpy(to->bytes, from->bytes, from->count);
    to->count = from->count;
    for (uint64_t i = 1 + draw(6); i > 0; i--) {
        change(to);
    }
    if (draw(50) == 0) {
        to->count = SUPERBLOCK + draw(to->count - SUPERBLOCK);
    }
    if (draw(8) != 0) {
        fix_checksums(to);
    }
}

/* ---- the loop -------------------------------------------------------------------------------------------------- */

typedef struct {
    int64_t runs, read, refused, ended;
    int descriptors;
    size_t resident;
} tally;

static _Noreturn void found(const char *what, const char *path)
{
    (void)fprintf(stderr, "FINDING: %s: %s; message: %s\n", path, what, fal_status_message());
    _exit(1);
}

static void too_long(int number)
{
    static const char text[] = "FINDING: an input takes too long\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

static int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static void put(const char *path, const input *in)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, in->bytes, in->count) != (ssize_t)in->count || close(descriptor) != 0) {
        perror(path);
        _exit(2);
    }
}

static void keep(const tally *t, const char *kind, const input *in)
{
    const char *folder = getenv("FAL_FUZZ_KEEP");
    char path[PATH];
    if (folder != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s-%lld.h5", folder, kind, (long long)t->runs);
        put(path, in);
    }
}

static void judge(tally *t, const char *kind, const char *path, const input *in, fal_status status)
{
    const char *message = fal_status_message();
    if (status < FAL_OK || status >= FAL_ERR_INTERNAL) {
        found("a bug of ours is reported", path);
    }
    if ((status != FAL_OK) != (message[0] != '\0') || strchr(message, '\n') != NULL) {
        found("a failure without a message, or a message of another", path);
    }
    t->runs++;
    t->read += status == FAL_OK;
    if (strstr(message, "crashed or took too much") != NULL || strstr(message, "takes more than the") != NULL) {
        t->ended++;
        keep(t, kind, in);
    } else {
        t->refused += status != FAL_OK;
    }
    fal_status_clear();
    if (t->runs % LOOK == 0) {
        if (t->runs == LOOK) {
            t->descriptors = descriptors();
            t->resident = fal_memory_resident();
        } else if (descriptors() != t->descriptors) {
            found("descriptors are left open", path);
        } else if (fal_memory_resident() > t->resident + memory_most) {
            found("memory is not given back", path);
        }
    }
}

static void loop(const char *kind, reader *read, int64_t runs, const input *inputs, int count)
{
    char path[PATH];
    const char *folder = getenv("FAL_FUZZ_FOLDER");
    input mutated = {malloc(input_most), 0};
    tally t = {0};
    (void)snprintf(path, sizeof path, "%s/h5_loop_%ld.h5", folder != NULL ? folder : "/dev/shm", (long)getpid());
    (void)signal(SIGALRM, too_long);
    for (int64_t i = 0; i < runs; i++) {
        job reading = {read, path};
        const fal_sandbox_job both = {.work = in_child, .take = take_nothing, .context = &reading};
        mutate(&inputs[draw((uint64_t)count)], &mutated);
        put(path, &mutated);
        (void)alarm(ALARM);
        const fal_status status = fal_sandbox_exchange(path, &limits, &both);
        (void)alarm(0);
        judge(&t, kind, path, &mutated, status);
    }
    free(mutated.bytes);
    (void)unlink(path);
    printf("%lld executions: %lld read, %lld refused, %lld ended with the child\n", (long long)t.runs,
           (long long)t.read, (long long)t.refused, (long long)t.ended);
}

int main(int argc, char **argv)
{
    enum { FIRST = 4 };
    static input inputs[INPUTS];
    reader *read = NULL;
    if (argc == 3 && strcmp(argv[1], "write-answers") == 0) {
        return fal_status_exit_code(write_answers(argv[2]));
    }
    int count = 0;
    for (size_t i = 0; argc > FIRST && i < sizeof readers / sizeof readers[0]; i++) {
        read = strcmp(readers[i].kind, argv[1]) == 0 ? readers[i].read : read;
    }
    if (read == NULL) {
        (void)fprintf(stderr, "h5_loop KIND RUNS SEED FILE...\n");
        return 2;
    }
    for (int i = FIRST; i < argc && count < INPUTS; i++) {
        if (getenv("FAL_FUZZ_DIRECT") != NULL) {
            const fal_status status = read(argv[i]);
            printf("%s: %s: %s\n", argv[i], fal_status_text(status), fal_status_message());
            fal_status_clear();
            continue;
        }
        if (fal_file_read(argv[i], input_most, (char **)&inputs[count].bytes, &inputs[count].count) != FAL_OK ||
            inputs[count].count <= 2 * (size_t)SUPERBLOCK) {
            (void)fprintf(stderr, "%s: cannot be used: %s\n", argv[i], fal_status_message());
            return 2;
        }
        count++;
    }
    state = 0x9e3779b97f4a7c15ULL * (uint64_t)(strtoll(argv[3], NULL, 10) + 1) | 1U;
    if (count > 0) {
        loop(argv[1], read, strtoll(argv[2], NULL, 10), inputs, count);
    }
    return 0;
}
