"""Jobs that are killed at random places, resumed on other ranks, threads and MPIs, and then complete."""
import glob
import os
import random
import sys
import time

import job

BEFORE, WRITING, AGAIN, BETWEEN, END = ("before the first checkpoint", "while writing", "while starting again",
                                        "between checkpoints", "at the end, or after it")


class Kills:
    def __init__(self, bench):
        self.bench = bench
        self.places = {name: 0 for name in (BEFORE, WRITING, AGAIN, BETWEEN, END)}
        self.late = 0        # came when the job was over
        self.operations = {} # setting: numbers of the operations that put the first checkpoint and the results in place
        self.seconds = {}    # setting: from the first checkpoint until the last is removed

    def measure(self, setting):
        """An undisturbed run on two ranks: what it changes in the output folder, and its time."""
        bench = self.bench
        one = bench.new_job(setting)
        log = one.folder + ".operations"
        one.start(bench.programs[0], ranks=2, preloaded=bench.watch_files(one, log, FAULT_CHANGES=1))
        self.await_checkpoint(one, None)
        begun = end = time.monotonic()
        while one.process.poll() is None:
            end = time.monotonic() if newest_checkpoint(one) else end
            time.sleep(0.01)
        if one.wait() != 0:
            sys.exit(f"the undisturbed run failed: {setting.name}\n{one.output()}")
        self.seconds[setting.name] = end - begun
        with open(log, encoding="utf-8") as file:
            rows = [line.split(maxsplit=3) for line in file if line.split()[1] == "0"]
        renamed = [(int(number), path) for number, _, call, path in rows if call == "rename"]
        first = next(number for number, path in renamed if ".ckpt." in path)
        self.operations[setting.name] = (first, renamed[-1][0])
        one.remove()
        os.remove(log)

    @staticmethod
    def await_checkpoint(one, before):
        """Until there is a checkpoint newer than `before`, or the job is over."""
        while one.process.poll() is None:
            newest = newest_checkpoint(one)
            if newest is not None and newest != before:
                return
            time.sleep(0.003)

    def by_operation(self, rng, one, how, share_left, resumed):
        """At one operation of one rank on the output folder; True if it was killed."""
        first, last = self.operations[one.setting.name]
        least = first # it takes as many to start again
        most = int(last * share_left) + (20 if rng.random() < 0.1 else 0) # what comes after the results, too
        if rng.random() < 0.1:
            least, most = 1, first
        at = rng.randint(least, max(least, most))
        log = one.folder + ".killed"
        # Only the first rank of a group writes.
        rank = rng.randrange(how["ranks"]) if one.setting.several else 0
        one.start(**how, preloaded=self.bench.watch_files(one, log, FAULT_CHANGES=1, FAULT_AT=at, FAULT_RANK=rank,
                                                          FAULT_DO=rng.choice(["kill", "kill", "half"])))
        while one.process.poll() is None and not os.path.exists(log):
            time.sleep(0.01)
        code = one.wait(dying=os.path.exists(log))
        if os.path.exists(log):
            os.remove(log)
        return code != 0

    def by_time(self, rng, one, how, share_left, resumed):
        """The whole job, mpirun alone or one rank, at a random instant; True if it was killed."""
        before = newest_checkpoint(one)
        left = self.seconds[one.setting.name] * share_left
        one.start(**how)
        if rng.random() < (0.8 if resumed else 0.9):
            self.await_checkpoint(one, before)
            time.sleep(rng.uniform(0, 0.8 * left))
        else:
            time.sleep(rng.uniform(0, 0.5 + left))
        top = one.process.pid
        ranks = one.processes("fal_hpc")
        targets = rng.choice([[top], [rng.choice(ranks)] if ranks else [top], one.processes()])
        over = one.process.poll() is not None
        for pid in targets:
            job.end(pid)
        code = one.wait(dying=True)
        if over or code == 0:
            self.seconds[one.setting.name] *= 0.9
        return not over and code != 0

    def note(self, before, after, setting):
        """Where the kill fell, as the folder tells."""
        if after.temporary:
            place = WRITING
        elif after.complete == setting.trials:
            place = END
        elif not after.checkpoint and after.complete == 0:
            place = BEFORE
        elif before.done > 0 and after.done == before.done:
            place = AGAIN
        else:
            place = BETWEEN
        self.places[place] += 1

    def disturb(self, number):
        """One job, killed several times; True if all is right."""
        bench = self.bench
        rng = random.Random(f"{bench.seed} {number}")
        setting = job.SETTINGS[number % len(job.SETTINGS)]
        what = f"kills, run {number}"
        one = bench.new_job(setting)
        wanted, killed = rng.choice([1, 2, 2, 3, 4]), 0
        before = one.state()
        for _ in range(wanted + 4):
            if killed == wanted or (killed > 0 and before.complete == setting.trials):
                break
            how = self.layout(rng)
            kill = rng.choice([self.by_operation, self.by_time])
            hit = kill(rng, one, how, 1 - before.done / setting.rounds, before.done > 0)
            try:
                after = one.state()
            except OSError as error:
                bench.fail(one, f"{what}: after kill {killed + 1} a file cannot be read: {error}")
                return False
            if after.done < before.done:
                bench.fail(one, f"{what}: kill {killed + 1} lost {before.done - after.done} FL rounds")
                return False
            if hit:
                killed += 1
                self.note(before, after, setting)
            elif after.complete < setting.trials:
                bench.fail(one, f"{what}: ended by itself before it was complete")
                return False
            else:
                self.late += 1
                if killed == 0: # once more from the start
                    for path in glob.glob(os.path.join(one.outputs, "*")):
                        os.remove(path)
                    after = one.state()
            before = after
        good = bench.completes(one, what, **self.layout(rng))
        if good:
            one.remove()
        return good

    def layout(self, rng):
        return {"program": rng.choice(self.bench.programs), "ranks": rng.choice([1, 1, 2, 2, 3, 4, 5]),
                "threads": rng.choice([1, 2])}

    def run(self, numbers):
        for setting in {job.SETTINGS[number % len(job.SETTINGS)] for number in numbers}:
            self.bench.reference(setting)
            self.measure(setting)
        good = self.bench.each("kills", numbers, self.disturb)
        self.show()
        return good

    def show(self):
        total = sum(self.places.values())
        print(f"      {total} kills ({self.late} more came too late); where they fell:")
        for name, count in self.places.items():
            share = count / total if total else 0
            print(f"      {name:28} {count:5} {100 * share:5.1f} %  {'#' * round(50 * share)}")
        inside = self.places[WRITING] + self.places[BETWEEN] + self.places[AGAIN]
        print(f"      between the first checkpoint and the end: {100 * inside / max(total, 1):.0f} %, without those "
              f"while starting again {100 * (inside - self.places[AGAIN]) / max(total, 1):.0f} %", flush=True)
        if total >= 50 and inside < 0.6 * total:
            self.bench.failures.append("kills: less than 60 % fell between the first checkpoint and the end")


def newest_checkpoint(one):
    """When the newest checkpoint was written; None: there is none."""
    newest = None
    for path in glob.glob(os.path.join(one.outputs, "*.ckpt*.h5")):
        try:
            newest = max(newest or 0, os.stat(path).st_mtime_ns)
        except FileNotFoundError: # renamed meanwhile
            pass
    return newest
