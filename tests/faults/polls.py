"""Somebody who opens the results file all the time while trials run."""
import glob
import os
import time

import h5py
import job


def run(bench, wanted):
    """`wanted` openings of results that are being replaced; True if each of them found a whole file."""
    setting = job.Setting("polls", strategy="random", al_rounds=4, fl_rounds=1)
    polls, files, started = 0, set(), time.monotonic()
    good = True
    while polls < wanted and good:
        one = bench.new_job(setting)
        one.start(bench.programs[0])
        path = None
        while one.process.poll() is None:
            there = [name for name in glob.glob(os.path.join(one.outputs, "*.h5")) if ".ckpt." not in name]
            path = path or (there[0] if there else None)
            if path is None:
                time.sleep(0.002)
                continue
            try:
                with h5py.File(path, "r") as file:
                    file["/rounds"][()]
                files.add((path, os.stat(path).st_ino))
                polls += 1
            except (OSError, KeyError) as error:
                bench.fail(one, f"polls: opening {polls + 1} of the results failed: {error}")
                good = False
                break
            time.sleep(0.001)
        one.wait()
        if good:
            good = bench.completes(one, "polls")
        if good:
            one.remove()
    print(f"{'ok  ' if good else 'FAIL'}  polls: results opened {polls} times, whole, while they were replaced "
          f"({len(files)} versions of them; {time.monotonic() - started:.0f} s)", flush=True)
    return good
