#!/usr/bin/env python3
"""make test-faults: nothing is ever lost.

Small trials (a second each, a checkpoint after every FL round) are disturbed in every way that we know, and must end
with the digest of the undisturbed run when the same command is given again. At no time may a file be left that cannot
be read, or a checkpoint be behind the one before.

  kills        COUNT jobs over five settings, each killed one to four times by SIGKILL: the whole job, mpirun alone or
               one rank, at a random instant or at the n-th operation on a file of the output folder (half-way through
               a write, too); resumed with other numbers of ranks (1 to 5) and threads and with another MPI
  operations   the n-th operation on the data set, the INI file or in the output folder fails (ENOSPC, EDQUOT, EIO), is
               interrupted (EINTR) or moves only half of the bytes, in a trial from the start and in one that goes on
  memory       the n-th request for memory of the program's own code is refused
  hdf5         the same of the HDF5 library's
  disk         the output folder is a small tmpfs that fills up
  polls        the results are opened 1,000 times while they are replaced

What can be done to a process is in shim_files.c and shim_memory.c, which are preloaded. COUNT is the number of killed
jobs; the other parts are tried as often as fits to it, and completely with --all (hours). Run N of the kills is the
same for the same SEED but for its instants: --run N repeats it. Folders of what failed are kept, with the commands.

Needs python3 with h5py and a C compiler; without root or user name spaces "disk" is skipped, without MPICH's wheel the
second MPI. Files: job.py (one job), bench.py (what the parts share), one file for each part.
"""
import argparse
import os
import random
import sys
import tempfile

try:
    import h5py  # noqa: F401: the parts need it
except ImportError:
    sys.exit("skipped: python3 with h5py is not there")
import allocations
import bench as benches
import disk
import kills
import mpis
import operations
import polls

EVERY = 10 ** 9
PARTS = ("kills", "operations", "memory", "hdf5", "disk", "polls")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.environ.get("BIN", "build/bin"), help="folder of the programs")
    parser.add_argument("--count", type=int, default=25, help="jobs that are killed")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1000000))
    parser.add_argument("--all", action="store_true", help="each operation and each request for memory, not a sample")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--run", type=int, help="only this run of the kills")
    parser.add_argument("--one-mpi", action="store_true", help="the system's alone: nothing is fetched or built")
    parser.add_argument("--polls", type=int, default=1000, help="openings of the results")
    return parser.parse_args()


def main():
    options = arguments()
    parts = options.parts.split(",")
    folder = tempfile.mkdtemp(prefix="fal_faults.")
    os.environ["TMPDIR"] = folder  # where an MPI keeps what it is working with, too
    print(f"seed {options.seed}, {options.count} jobs to kill; working in {folder}", flush=True)
    bench = benches.Bench(folder, os.path.abspath(options.bin), options.seed)
    right = total = 0
    if "kills" in parts:
        other = None if options.one_mpi else mpis.second(os.environ.get("FLAVOUR", "release"),
                                                               os.path.join(folder, "mpich"))
        bench.programs += [other] if other else []
        numbers = [options.run] if options.run is not None else list(range(options.count))
        right += kills.Kills(bench).run(numbers)
        total += len(numbers)
    some = max(1, options.count // 4)
    crowded = options.count // 10
    for name, run, wanted in (("operations", operations.run, 2 * some),
                              ("memory", lambda *how: allocations.run(how[0], "", *how[1:]), some),
                              ("hdf5", lambda *how: allocations.run(how[0], "libhdf5", *how[1:]), 2 * some)):
        if name in parts:
            good, tried = run(bench, EVERY if options.all else wanted, crowded)
            right, total = right + good, total + tried
    if "disk" in parts:
        disk.run(bench, 2 + options.count // 20)
    if "polls" in parts:
        polls.run(bench, options.polls)
    for failure in bench.failures:
        print(f"failed: {failure}")
    if bench.failures:
        print(f"kept: {folder}")
    bench.close()
    print(f"{right} of {total} digests right")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
