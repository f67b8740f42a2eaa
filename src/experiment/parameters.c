/* The table of all parameters. Numbers from the paper stand here and nowhere else. */
#include "fal/experiment/parameters.h"

#include <math.h>

#include "fal/fed/algorithms.h"
#include "fal/nn/models.h"
#include "fal/query/options.h"
#include "fal/results/curve.h"

#define SCI FAL_PARAM_SCIENTIFIC
#define EXE FAL_PARAM_EXECUTION
#define INT FAL_PARAM_INT
#define REAL FAL_PARAM_REAL
#define CHOICE FAL_PARAM_CHOICE
#define TEXT FAL_PARAM_TEXT
#define PATH FAL_PARAM_PATH
#define FLAG FAL_PARAM_FLAG
#define FIRST "0.1.0" /* results of this version state the parameter, whatever its value */
#define MANY 2147483647.0
#define SEEDS 9223372036854774784.0

/* clang-format off */
static const fal_param table[] = {
    /* what is learnt, and by which query strategy */
    {"strategy", "NAME,...", "", "logo", "", "query strategies, e.g. logo, random, entropy:global (see --list-strategies)", "paper section 5", 0, 0, TEXT, SCI, true, FIRST},
    {"seeds", "LIST", "", "1", "", "seeds, one trial each: 1-4 or 1,2,7", "paper: 4 seeds", 0, SEEDS, INT, SCI, true, FIRST},
    {"model", "NAME", "", "cnn4conv", FAL_MODEL_NAMES, "network architecture", "paper section 3", 0, 0, CHOICE, SCI, true, FIRST},
    {"init", "MODE", "", "random", "random|continue|file", "weights at the start of an AL round: new random ones, the last AL round's, or those of --init-model", "paper section 4", 0, 0, CHOICE, SCI, true, FIRST},
    {"init_model", "FILE", "", "", "", "model file for --init file", "paper section 4 (pretrained)", 0, 0, PATH, SCI, false, FIRST},
    /* the data and who holds it */
    {"clients", "K", "", "10", "", "clients that train together", "paper section 3", 1, 65536, INT, SCI, true, FIRST},
    {"partition", "KIND", "", "dirichlet", "", "how images are dealt to clients: dirichlet, iid, logo-code (Dirichlet as in the program of LoGo's authors), shards:S, site, or a file (.csv with image,client; or another results file)", "paper section 3", 0, 0, TEXT, SCI, true, FIRST},
    {"partition_seed", "N", "", "-1", "", "seed of the partition and the long tail; -1: the trial's seed", "", -1, SEEDS, INT, SCI, true, FIRST},
    {"rho", "X", "", "1", "", "long tail: largest class count / smallest class count over all clients together; 1: as the data set is", "paper section 3", 1, 1e6, REAL, SCI, true, FIRST},
    {"alpha", "A", "", "0.1", "", "Dirichlet concentration: low = clients differ strongly, inf = all alike", "paper section 3", 1e-3, INFINITY, REAL, SCI, true, FIRST},
    {"augment", "KIND", "", "flip", "flip|none", "augmentation while training: horizontal flips", "authors' program", 0, 0, CHOICE, SCI, true, FIRST},
    /* active learning */
    {"budget", "B", "share or images", "0.05", "", "labels per client and AL round: a share of its images (< 1), or a number", "paper: 5 %", 1e-6, MANY, REAL, SCI, true, FIRST},
    {"al_rounds", "R", "", "16", "", "AL rounds at most (ends earlier when every pool is empty)", "authors' program", 1, 10000, INT, SCI, true, FIRST},
    {"initial", "KIND", "", "random", "random|stored", "first labels: --budget images of each client at random, or all that the data set has labels for", "", 0, 0, CHOICE, SCI, true, "0.2.0"},
    {"stop_share", "SHARE", "share", "0.8", "", "no further AL round once this share of the images is labelled", "authors' program: 0.8 for CIFAR", 1e-6, 1, REAL, SCI, true, FIRST},
    {"stop_accuracy", "SHARE", "share", "inf", "", "no further AL round once an AL round's accuracy reaches this; inf: never", "", 0, INFINITY, REAL, SCI, true, FIRST},
    /* federated learning */
    {"algorithm", "NAME", "", "fedavg", FAL_ALGORITHM_NAMES, "federated algorithm", "paper section 3", 0, 0, CHOICE, SCI, true, FIRST},
    {"fedprox_mu", "X", "", "0.01", "", "FedProx: weight of the distance from the global model", "authors' program", 0, 1e6, REAL, SCI, true, FIRST},
    {"scaffold", "KIND", "", "paper", "paper|code", "SCAFFOLD as in its paper, or as in the LoGo authors' program", "algorithms.md section 8", 0, 0, CHOICE, SCI, true, FIRST},
    {"fl_rounds", "T", "", "100", "", "FL rounds in each AL round", "paper section 4", 1, 65535, INT, SCI, true, FIRST},
    {"local_epochs", "E", "", "5", "", "epochs of a client in each FL round", "paper section 4", 1, 10000, INT, SCI, true, FIRST},
    {"batch_size", "N", "images", "64", "", "images per optimiser step", "paper section 4", 1, 65536, INT, SCI, true, FIRST},
    {"lr", "X", "", "0.01", "", "learning rate at the start of an AL round", "paper section 4", 1e-12, 1000, REAL, SCI, true, FIRST},
    {"lr_decay", "X", "", "0.1", "", "factor on the learning rate after the milestone", "authors' program", 0, 1, REAL, SCI, true, FIRST},
    {"lr_milestone", "SHARE", "share", "0.75", "", "FL rounds after floor(SHARE * T) use the decayed rate; the same for the local-only model's epochs", "authors' program", 0, 1, REAL, SCI, true, FIRST},
    {"momentum", "X", "", "0.9", "", "momentum of SGD", "paper section 4", 0, 0.9999, REAL, SCI, true, FIRST},
    {"weight_decay", "X", "", "1e-5", "", "weight decay of SGD, on every parameter", "paper section 4", 0, 10, REAL, SCI, true, FIRST},
    {"participation", "SHARE", "share", "1", "", "share of the clients that take part in an FL round", "", 1e-6, 1, REAL, SCI, true, FIRST},
    {"evaluate", "last|all|N", "FL rounds", "last", "", "FL rounds of an AL round after which the test set is evaluated: the last 5, all, or the last N; the mean of the last 5 is the AL round's accuracy", "authors' notebook", 0, 0, TEXT, SCI, true, FIRST},
    /* the local-only model */
    {"local_only_epochs", "N", "", "50", "", "epochs of a client's local-only model at most", "authors' program", 1, 10000, INT, SCI, true, FIRST},
    {"local_only_stop", "SHARE", "share", "0.99", "", "the local-only model is done at this accuracy on the labelled images", "authors' program", 0, 1, REAL, SCI, true, FIRST},
    {"first_round", "", "", "no", "", "record Figure 3's diagnostics (class-wise accuracy of the first local-only models) also for strategies that train none", "paper Figure 3", 0, 0, FLAG, SCI, false, FIRST},
    {"local_lr_step", "UNIT", "", "batch", "batch|epoch", "what the local-only model's milestone counts", "algorithms.md section 8", 0, 0, CHOICE, SCI, true, FIRST},
    {"local_stop_augment", "", "", "no", "", "flip the images of the local-only model's stop test at random, as the authors' program does", "algorithms.md section 8", 0, 0, FLAG, SCI, false, FIRST},
    FAL_QUERY_OPTIONS(FAL_QUERY_OPTION_ROW)
    {"embeddings", "FILE", "", "", "", "embeddings of another program for the strategies that only ask how near images are (docs/strategies.md): FILE.npy or FILE.h5:/NAME, a row per training image", "", 0, 0, PATH, SCI, false, "0.3.0"},
    /* how it is run */
    {"compat", "NAME", "", "none", "none|logo-code", "logo-code: local_lr_step, local_stop_augment, alfa_head, ensemble, gcn_subset, kmeans_starts, scaffold and partition as in the program of LoGo's authors, where not given explicitly", "algorithms.md section 8", 0, 0, CHOICE, EXE, false, FIRST},
    {"oracle", "WHO", "", "labels", "labels|file", "who answers queries: the data set's own labels (images without one are in no trial), or, for those images, people through a file beside the results", "", 0, 0, CHOICE, EXE, false, "0.2.0"},
    {"answers_needed", "all|N|SHARE", "", "all", "", "with --oracle file: so many of a client's questions must be answered before its trial goes on; what is not answered stays in the pool", "", 0, 0, TEXT, EXE, false, "0.2.0"},
    {"suggest", "", "", "no", "", "with --oracle file: show people the class that the global model predicts (they tend to follow it)", "", 0, 0, FLAG, EXE, false, "0.2.0"},
    {"test", "FILE", "", "", "", "with one data set file per site: a data set whose test images are used instead of the sites' own; rank 0 alone opens it", "", 0, 0, PATH, EXE, false, "0.2.0"},
    {"mean", "NUMBERS", "", "", "", "with one data set file per site: mean of pixels / 255, one number or one per channel, in the place of the files' own", "", 0, 0, TEXT, EXE, false, "0.2.0"},
    {"std", "NUMBERS", "", "", "", "likewise the standard deviation", "", 0, 0, TEXT, EXE, false, "0.2.0"},
    {"output", "DIR", "", "outputs", "", "folder for results", "", 0, 0, PATH, EXE, false, FIRST},
    {"name", "TEXT", "", "", "", "label added to the names of results", "", 0, 0, TEXT, EXE, false, FIRST},
    {"threads", "N", "", "0", "", "threads per rank; 0: as many as the rank has cores", "", 0, 1024, INT, EXE, false, FIRST},
    {"kernels", "KIND", "", "fast", "fast|reference", "training kernels; reference is slow and gives the same bits on every machine", "", 0, 0, CHOICE, EXE, false, FIRST},
    {"checkpoint_minutes", "X", "minutes", "10", "", "longest time between checkpoints", "", 0, 1e6, REAL, EXE, false, FIRST},
    {"loss_bound", "K", "", "1000", "", "a client's mean training loss above K * ln(classes), or a test loss above K * K * ln(classes) at the end of an AL round, ends the trial as diverged (code 5); 0: any finite loss may be", "", 0, 1e30, REAL, EXE, false, "0.2.0"},
    {"max_hours", "X", "hours", "0", "", "the job stops by itself, with a checkpoint and code 75, so that it ends within this time after its start; 0: no limit but SLURM_JOB_END_TIME, which counts wherever it is earlier", "", 0, 1e6, REAL, EXE, false, "0.2.0"},
    {"progress", "HOW", "", "rounds", "", "where standard error is no terminal: rounds (a line per AL round, and one when 10 s went by without any), seconds:N (a line at most every N seconds; 0: after every FL round), or none, also on a terminal", "", 0, 0, TEXT, EXE, false, "0.2.0"},
    {"ranks_per_trial", "N", "ranks", "0", "", "ranks that work on one trial; groups of so many take the job's trials as they become free; 0: as many as there are clients, or all", "", 0, 1048576, INT, EXE, false, FIRST},
    {"dry_run", "", "", "no", "", "print memory, time and disk that the job would take, from a short measurement; run nothing", "", 0, 0, FLAG, EXE, false, FIRST},
    {"plan_cores", "N", "cores", "0", "", "with --dry-run: also lay the job out for a cluster of so many cores, with hours, memory and a job array", "", 0, 1e7, INT, EXE, false, FIRST},
    {"plan_hours", "X", "hours", "0", "", "with --dry-run: also lay the job out for jobs of at most so many hours, on the cores of --plan-cores if given: lines for sbatch, and how often a trial has to be started", "", 0, 1e6, REAL, EXE, false, "0.2.0"},
    {"trial", "I", "", "-1", "", "run only trial I of the list (see --list-trials); -1: all", "", -1, MANY, INT, EXE, false, FIRST},
    {"measure", "KIND", "", "accuracy", FAL_MEASURE_CHOICES, "what the tables at the end of the job compare: accuracy, or the mean of the classes' accuracies", "statistics.md", 0, 0, CHOICE, EXE, false, FIRST},
    {"report", "DIR", "", "", "", "at the end of the job, write a page with verdict, figures and tables there (report.html), as fal_report -o DIR does", "", 0, 0, PATH, EXE, false, "0.2.0"},
    {"threshold", "KIND", "", "paper", "paper|student", "t-score that counts as a win: 2.776, or Student's 97.5 % point for the seeds at hand", "paper Eq. 5", 0, 0, CHOICE, EXE, false, FIRST},
};
/* clang-format on */

/* What the program of a paper's authors does where ours does something else by default (docs/strategies.md). */
static const fal_param_preset presets[] = {
    {"logo-code", "local_lr_step", "batch"}, {"logo-code", "local_stop_augment", "yes"},
    {"logo-code", "alfa_head", "global"},    {"logo-code", "ensemble", "probability"},
    {"logo-code", "gcn_subset", "10000"},    {"logo-code", "kmeans_starts", "10"},
    {"logo-code", "scaffold", "code"},       {"logo-code", "partition", "logo-code"},
};

#define FIRST_ON_THE_LINE "a data set is named on the command line by itself, without an option: PROGRAM DATASET.h5"
static const fal_param_other_word other_words[] = {
    {"learning_rate", "lr", NULL},     {"dataset", NULL, FIRST_ON_THE_LINE}, {"data", NULL, FIRST_ON_THE_LINE},
    {"architecture", "model", NULL},   {"network", "model", NULL},           {"aggregation", "algorithm", NULL},
    {"acquisition", "strategy", NULL},
};

const fal_param_table *fal_parameters(void)
{
    static const fal_param_table all = {table,       (int)(sizeof table / sizeof table[0]),
                                        presets,     (int)(sizeof presets / sizeof presets[0]),
                                        other_words, (int)(sizeof other_words / sizeof other_words[0])};
    return &all;
}
