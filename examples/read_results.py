"""Results files -> numbers of your own. Needs h5py.

    python3 examples/read_results.py outputs/*.h5

For each trial one line per AL round: labelled images, test accuracy, and how often each class was asked for. The columns of
all tables are in docs/formats.md; `h5dump -A FILE` shows what each of them means.
"""
import sys

import h5py
import numpy


def main(files):
    print("strategy,seed,al_round,labelled,test_accuracy,queries_per_class")
    for name in files:
        with h5py.File(name) as file:
            if file.attrs["fal_format"] not in ("results", b"results"):
                continue  # a checkpoint, or somebody else's
            strategy = file.attrs["strategy"]
            strategy = strategy.decode() if isinstance(strategy, bytes) else strategy
            classes = len(file["class_accuracy"][0])
            queries = file["queries"][()]
            for row in file["rounds"]:
                bought = queries["label"][queries["al_round"] == row["al_round"]]
                counts = numpy.bincount(bought[bought >= 0], minlength=classes)  # -2: nobody could tell
                print(strategy, file.attrs["seed"], row["al_round"], row["labelled"], f"{row['test_accuracy']:.4f}",
                      " ".join(map(str, counts)), sep=",")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
