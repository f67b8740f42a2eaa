"""One job of fal_hpc as the tests of faults see it: its settings, its processes, what is in its output folder."""
import glob
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import h5py

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SLOW = int(os.environ.get("FAL_TEST_SLOW", "1"))
STARTED = time.time()
MARK = "FAULT_JOB"  # in the environment of all processes of a job
LIMIT = 120 * SLOW  # seconds after which a job hangs
DYING = 15 * SLOW   # seconds that mpirun gets after a rank was killed

# 120 images, 3 clients, 12 FL rounds, a checkpoint after each of them: a second.
SHORT = {"clients": 3, "al_rounds": 3, "fl_rounds": 4, "local_epochs": 1, "budget": 6, "batch_size": 16, "evaluate": 2,
         "local_only_epochs": 2, "checkpoint_minutes": 0, "progress": "none", "output": "outputs"}


class Setting:
    """A job: its parameters, and the FL rounds of all its trials."""

    def __init__(self, name, several=False, **parameters):
        self.name = name
        self.several = several  # ranks work on different trials
        self.parameters = {**SHORT, **parameters}
        self.trials = parameters.get("strategy", "logo").count(",") + 1
        self.rounds = self.trials * self.parameters["al_rounds"] * self.parameters["fl_rounds"]


SETTINGS = [
    Setting("logo", strategy="logo"),
    Setting("two models", strategy="ensemble-logit:badge"),
    Setting("scaffold", strategy="entropy:global", algorithm="scaffold"),
    Setting("shared number", strategy="fairfal"),
    Setting("several groups", several=True, strategy="logo, random, margin:local", al_rounds=2, ranks_per_trial=1),
]


class Program:
    """fal_hpc built with one MPI."""

    def __init__(self, name, bin_folder, copy, mpi_folder=None):
        self.name = name
        self.bin = copy  # a make meanwhile changes nothing
        os.makedirs(copy)
        for program in ("fal_hpc", "fal_data"):
            shutil.copy(os.path.join(bin_folder, program), copy)
        environment = dict(os.environ)
        if mpi_folder:
            environment["PATH"] = mpi_folder + ":" + environment["PATH"]
        said = subprocess.run(["bash", "-c", '. "$0"; mpi_environment; mpi_signalled; env -0',
                               os.path.join(TOP, "scripts", "mpi.sh")],
                              env=environment, capture_output=True, text=True, check=True).stdout
        self.mpirun, _, rest = said.partition("\n")
        self.environment = dict(one.split("=", 1) for one in rest.split("\0") if "=" in one)

    def command(self, ranks, preloaded, arguments):
        """`preloaded` reaches fal_hpc alone, not mpirun."""
        words = ["env"] + [f"{k}={v}" for k, v in preloaded.items()] if preloaded else []
        start = [self.mpirun, "-np", str(ranks)] if ranks > 1 else []
        return start + words + [os.path.join(self.bin, "fal_hpc")] + arguments


class State:
    """What is in an output folder. Every HDF5 file in it is read from end to end: an unreadable one raises OSError."""

    def __init__(self, folder, setting):
        self.complete, self.rounds = 0, {}
        self.files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        self.temporary = any(".tmp." in name for name in self.files)
        self.checkpoint = any(name.endswith(".ckpt.h5") or name.endswith(".ckpt.prev.h5") for name in self.files)
        for name in self.files:
            if name.endswith(".h5"):
                with h5py.File(os.path.join(folder, name), "r") as file:
                    file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)
                    self._note(name, file.attrs, setting)
        self.done = sum(self.rounds.values())
        self.results = [name for name in self.files if name.endswith(".h5") and ".ckpt." not in name]

    def _note(self, name, attributes, setting):
        fl_rounds = setting.parameters["fl_rounds"]
        trial = re.sub(r"(\.ckpt(\.prev)?)?\.h5$", "", name)
        if ".ckpt." in name:
            done = (int(attributes["al_round"]) - 1) * fl_rounds + int(attributes["fl_rounds_done"])
        elif attributes["status"] in ("complete", b"complete"):
            done = setting.parameters["al_rounds"] * fl_rounds
            self.complete += 1
        else:
            done = 0  # the checkpoint decides where it goes on
        self.rounds[trial] = max(self.rounds.get(trial, 0), done)


class Cores:
    """At most so many ranks at work at a time, over all jobs."""

    def __init__(self, count):
        self.count = self.free = count
        self.changed = threading.Condition()

    def take(self, ranks):
        with self.changed:
            wanted = min(ranks, self.count)
            self.changed.wait_for(lambda: self.free >= wanted)
            self.free -= wanted
            return wanted

    def give(self, taken):
        with self.changed:
            self.free += taken
            self.changed.notify_all()


# A job waits for disks and for its MPI as long as it computes: three ranks keep two cores busy.
CORES = Cores(3)


class Job:
    """A working folder with a data set, job.ini and outputs/, and the jobs that are started in it."""

    def __init__(self, folder, data, setting):
        self.folder, self.setting = folder, setting
        self.outputs = os.path.join(folder, "outputs")
        self.log = folder + ".log"  # outside: it is no file of the job
        os.makedirs(folder)
        # What an MPI works with: Open MPI's jobs would share a folder, which one may remove as another enters it.
        self.temporary = folder + ".mpi"
        os.makedirs(self.temporary)
        shutil.copy(data, os.path.join(folder, "data.h5"))
        with open(os.path.join(folder, "job.ini"), "w", encoding="ascii") as ini:
            ini.writelines(f"{name} = {value}\n" for name, value in setting.parameters.items())
        self.process, self.started, self.taken = None, [], 0

    def state(self):
        return State(self.outputs, self.setting)

    def start(self, program, ranks=1, threads=1, preloaded=None):
        arguments = ["data.h5", "--config", "job.ini", "--threads", str(threads)]
        command = program.command(ranks, preloaded, arguments)
        self.started.append(f"{program.name}, {ranks} ranks, {threads} threads: {' '.join(command)}")
        self.taken = CORES.take(ranks)
        with open(self.log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            env={**program.environment, MARK: self.folder, "TMPDIR": self.temporary},
                                            start_new_session=True)

    def processes(self, name=None):
        """All of this job that are alive, also those whose mpirun is gone; with this program name."""
        found = []
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                with open(folder + "/environ", "rb") as file:
                    ours = f"{MARK}={self.folder}\0".encode() in file.read()
                with open(folder + "/stat", encoding="ascii", errors="replace") as file:
                    first, _, rest = file.read().rpartition(")")
            except OSError:
                continue
            if ours and rest.split()[0] != "Z" and name in (None, first.partition("(")[2]):
                found.append(int(folder.split("/")[2]))
        return sorted(found)

    def wait(self, dying=False):
        """The exit code; None if it hangs, or mpirun does after the death of a rank. Nothing of it is left."""
        if dying:
            self.rest()
        until = time.monotonic() + (DYING if dying else LIMIT)
        code = None
        try:
            code = self.process.wait(timeout=until - time.monotonic())
        except subprocess.TimeoutExpired:
            pass
        while self.processes() and time.monotonic() < until: # ranks outlive a killed mpirun by a second
            time.sleep(0.05)
        for pid in self.processes():
            end(pid)
        self.process.wait()
        self.rest()
        if dying:
            clear_shared_memory()
        return code

    def rest(self):
        """Uses no core from here on: it is over, or dying, which takes mpirun seconds."""
        CORES.give(self.taken)
        self.taken = 0

    def run(self, program, **how):
        self.start(program, **how)
        return self.wait()

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return text.read()

    def messages(self):
        """What it said of its failure."""
        said = re.findall(r"^fal_hpc: (.*)", self.output(), re.M)
        return [line for line in said if not line.startswith("warning")]

    def digests(self, program):
        files = sorted(glob.glob(os.path.join(self.outputs, "*.h5")))
        out = subprocess.run([os.path.join(program.bin, "fal_data"), "digest"] + files, capture_output=True, text=True)
        return sorted((os.path.basename(line.split()[-1]), line.split()[0]) for line in out.stdout.splitlines())

    def remove(self):
        shutil.rmtree(self.folder)
        shutil.rmtree(self.temporary, ignore_errors=True)
        if os.path.exists(self.log):
            os.remove(self.log)


def clear_shared_memory():
    """Removes what killed ranks left in /dev/shm, which is small in containers: files of an MPI that are ours, that
    nobody maps any more, and that are old enough for that."""
    left = {}
    for kind in ("mpich_shm_*", "vader_segment.*"):
        for path in glob.glob("/dev/shm/" + kind):
            try:
                about = os.stat(path)
                if about.st_uid == os.getuid() and STARTED < about.st_mtime < time.time() - 10:
                    left[path] = True
            except FileNotFoundError:
                pass
    for maps in glob.glob("/proc/[0-9]*/maps") if left else []:
        try:
            with open(maps, encoding="utf-8", errors="replace") as file:
                for line in file:
                    if "/dev/shm/" in line:
                        left.pop(line[line.index("/dev/shm/"):].split(" (deleted)")[0].strip(), None)
        except OSError:
            pass
    for path in left:
        try:
            os.remove(path)
        except FileNotFoundError:
            pass


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
