"""Each operation on a file of the job fails in turn: nothing is lost, one message, the right exit code."""
import errno
import os
import random
import shutil

import job

PATHS = ("outputs", "data.h5", "job.ini")
FULL = [errno.ENOSPC, errno.EDQUOT]
# What can happen to an operation. stat and fstat are not interrupted, and a disk that is full does not hinder reading.
FAULTS = {
    "open-read": [errno.EIO, errno.EINTR], "open-folder": [errno.EIO, errno.EINTR], "opendir": [errno.EIO],
    "open-write": FULL + [errno.EIO, errno.EINTR], "probe": FULL + [errno.EIO, errno.EINTR],
    "mkdir": FULL + [errno.EIO], "stat": [errno.EIO], "fstat": [errno.EIO], "lock": [errno.EIO, errno.EINTR],
    "read": [errno.EIO, errno.EINTR, "short"], "pread": [errno.EIO, errno.EINTR, "short"],
    "write": FULL + [errno.EIO, errno.EINTR, "short"], "pwrite": FULL + [errno.EIO, errno.EINTR, "short"],
    "fsync": FULL + [errno.EIO, errno.EINTR], "ftruncate": FULL + [errno.EIO, errno.EINTR],
    "rename": FULL + [errno.EIO, errno.EINTR], "close": FULL + [errno.EIO, errno.EINTR],
    "unlink": [errno.EIO, errno.EINTR], "remove": [errno.EIO, errno.EINTR],
}
READING = ("open-read", "opendir", "stat", "fstat", "read", "pread")
# What must be seen where it is done to results or checkpoints; others may be passed over where nothing depends on them.
WRITING = ("open-write", "write", "fsync", "rename", "mkdir", "ftruncate")


def harmless(fault):
    return fault in (errno.EINTR, "short")


class Operations:
    def __init__(self, bench, setting, resumed):
        self.bench, self.setting = bench, setting
        self.kept = self.keep_checkpoint() if resumed else None
        self.what = "going on" if resumed else "from the start"

    def keep_checkpoint(self):
        """A folder of outputs in the middle of a trial."""
        bench = self.bench
        one = bench.new_job(self.setting)
        log = one.folder + ".operations"
        one.run(bench.programs[0], preloaded=bench.watch_files(one, log))
        with open(log, encoding="utf-8") as file:
            last = int(file.readlines()[-1].split()[0])
        shutil.rmtree(one.outputs)
        one.run(bench.programs[0], preloaded=bench.watch_files(one, log, FAULT_AT=2 * last // 3, FAULT_DO="kill"))
        return one.outputs

    def begin(self):
        one = self.bench.new_job(self.setting)
        if self.kept:
            shutil.copytree(self.kept, one.outputs)
        return one

    def list(self, ranks):
        """All operations of an undisturbed run: rows of (number, rank, call, file)."""
        one = self.begin()
        log = one.folder + ".operations"
        one.run(self.bench.programs[0], ranks=ranks, preloaded=self.bench.watch_files(one, log, PATHS))
        with open(log, encoding="utf-8") as file:
            rows = [line.split(maxsplit=3) for line in file]
        one.remove()
        os.remove(log)
        return [(int(number), int(rank), call, path.strip()) for number, rank, call, path in rows]

    def cases(self, ranks):
        return [(ranks, rank, number, call, path, fault) for number, rank, call, path in self.list(ranks)
                for fault in FAULTS[call]]

    def attempt(self, case):
        """One operation fails; True if all is right."""
        ranks, rank, number, call, path, fault = case
        bench = self.bench
        one = self.begin()
        before = one.state()
        log = one.folder + ".operations"
        code = one.run(bench.programs[0], ranks=ranks,
                       preloaded=bench.watch_files(one, log, PATHS, FAULT_AT=number, FAULT_RANK=rank, FAULT_DO=fault))
        if os.path.exists(log): # what it was, should the order be another than in the list
            with open(log, encoding="utf-8") as file:
                _, _, call, path = file.readline().split(maxsplit=3)
            os.remove(log)
        name = fault if fault == "short" else errno.errorcode[fault]
        what = f"{name} at operation {number}, {call} {os.path.basename(path.strip())[-30:]}, rank {rank} of {ranks}"
        wrong = self.judge(one, before, call, path.strip(), fault, code)
        if wrong:
            bench.fail(one, f"{what}: {wrong}")
            return False
        if not bench.completes(one, what):
            return False
        one.remove()
        return True

    def judge(self, one, before, call, path, fault, code):
        """What is wrong with its end; None: nothing."""
        try:
            state = one.state()
        except OSError as error:
            return f"a file cannot be read: {error}"
        if state.done < before.done:
            return f"{before.done - state.done} FL rounds are lost"
        if code == 0:
            if one.digests(self.bench.programs[0]) != self.bench.reference(self.setting):
                return "another digest"
            kept = path.endswith(".h5") or ".h5.tmp." in path
            if not harmless(fault) and call in WRITING and kept:
                return "passed over"
            return None
        if harmless(fault):
            return f"exit code {code}"
        expected = {3} if call in READING or path.endswith("data.h5") else {4}
        if path.endswith("job.ini"):
            expected = {2} # the configuration
        if call in ("stat", "close", "lock", "fstat", "opendir", "open-folder") and "outputs" in path:
            expected = {3, 4} # of a file that is read and written
        if code not in expected:
            return f"exit code {code} instead of {sorted(expected)}"
        if len(one.messages()) != 1:
            return f"{len(one.messages())} messages"
        if state.temporary:
            return "a temporary file is left"
        return None


def kind_of(path):
    """Which of the job's files."""
    name = os.path.basename(path)
    for part in (".tmp.", ".ckpt.prev.h5", ".ckpt.h5", ".h5.lock", "data.h5", ".h5", ".ini"):
        if part in name:
            return part
    return "folder"


def choose(rng, cases, wanted):
    """So many of the cases: one of each kind (call, file, fault) first, then the others, in random order."""
    rng.shuffle(cases)
    seen, first, others = set(), [], []
    for case in cases:
        kind = (case[3], kind_of(case[4]), case[5])
        (others if kind in seen else first).append(case)
        seen.add(kind)
    return (first + others)[:wanted]


def run(bench, wanted, crowded):
    """So many failing operations of a trial from the start, and of one that goes on, on 1 rank and on 3."""
    setting = job.Setting("files", strategy="logo", al_rounds=2, fl_rounds=3)
    good = total = 0
    bench.reference(setting)
    for resumed in (False, True):
        one = Operations(bench, setting, resumed)
        rng = random.Random(f"{bench.seed} operations {resumed}")
        every = one.cases(1)
        cases = choose(rng, every, wanted)
        alone = len(cases)
        if crowded:
            cases += choose(rng, one.cases(3), crowded)
        print(f"      failing operations, {one.what}: {alone} of {len(every)} on 1 rank, "
              f"{len(cases) - alone} on 3 ranks", flush=True)
        good += bench.each(f"failing operations, {one.what}", cases, one.attempt)
        total += len(cases)
        if one.kept:
            shutil.rmtree(os.path.dirname(one.kept))
    return good, total
