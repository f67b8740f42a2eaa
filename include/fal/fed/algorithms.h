/* The list of FL algorithms: one line here and one file in src/fed each (docs/adding.md). */
#ifndef FAL_FED_ALGORITHMS_H
#define FAL_FED_ALGORITHMS_H

/* X(name): as on the command line; its row of functions is fal_algorithm_<name>. */
#define FAL_ALGORITHM_LIST(X)                                                                                          \
    X(fedavg)                                                                                                          \
    X(fedprox)                                                                                                         \
    X(scaffold)

/** "fedavg|fedprox|...": the choices of --algorithm. */
#define FAL_ALGORITHM_NAMES (&(FAL_ALGORITHM_LIST(FAL_ALGORITHM_NAME))[1])
#define FAL_ALGORITHM_NAME(name) "|" #name
#define FAL_ALGORITHM_ONE(name) +1
enum { FAL_ALGORITHMS = 0 FAL_ALGORITHM_LIST(FAL_ALGORITHM_ONE) };

#endif
