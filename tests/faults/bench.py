"""What the parts of the test share: programs, data, shims, right digests, failures, progress."""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import threading
import time

import job


class Bench:
    def __init__(self, folder, bin_folder, seed):
        self.folder, self.bin, self.seed = folder, bin_folder, seed
        self.programs = [job.Program("system", bin_folder, os.path.join(folder, "system"))]
        self.data = os.path.join(folder, "data.h5")
        self.right = {}     # setting: digests
        self.failures = []
        self.made = 0
        self.lock = threading.Lock()
        self.files = self.compile("shim_files")
        self.memory = self.compile("shim_memory")
        self.call([os.path.join(bin_folder, "fal_data"), "synth", "-o", self.data, "--train", "120", "--test", "40",
                   "--side", "16", "--seed", str(seed)])

    def call(self, command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")

    def compile(self, name):
        made = os.path.join(self.folder, name + ".so")
        compiler = os.environ.get("CC", "cc").split()
        self.call(compiler + ["-std=c11", "-O1", "-shared", "-fPIC", "-o", made, os.path.join(job.HERE, name + ".c"),
                              "-ldl"])
        return made

    def new_job(self, setting):
        with self.lock:
            self.made += 1
            number = self.made
        return job.Job(os.path.join(self.folder, f"job{number}"), self.data, setting)

    def watch_files(self, one, log, paths=("outputs",), **more):
        """The environment of shim_files.c."""
        watched = ":".join(os.path.join(one.folder, path) for path in paths)
        return {"LD_PRELOAD": self.files, "FAULT_PATHS": watched, "FAULT_LOG": log, "FAULT_AT": 0, **more}

    def watch_memory(self, log, where, **more):
        """The environment of shim_memory.c."""
        return {"LD_PRELOAD": self.memory, "FAULT_IN": where, "FAULT_LOG": log, "FAULT_AT": 0, **more}

    def reference(self, setting):
        """The digests of an undisturbed run."""
        with self.lock:
            known = self.right.get(setting.name)
        if known is None:
            one = self.new_job(setting)
            if one.run(self.programs[0]) != 0 or len(one.state().results) != setting.trials:
                sys.exit(f"the undisturbed run failed: {setting.name}\n{one.output()}")
            known = self.right[setting.name] = one.digests(self.programs[0])
            one.remove()
        return known

    def fail(self, one, what):
        """Keeps the folder."""
        with self.lock:
            self.failures.append(what)
            print(f"FAIL  {what}\n      folder {one.folder}, of setting \"{one.setting.name}\"")
            for line in one.started:
                print(f"      {line}")
            print("      " + one.output().strip()[-1500:].replace("\n", "\n      "), flush=True)

    def completes(self, one, what, program=None, **how):
        """The same command, undisturbed: ends with the right digest, and leaves results only."""
        program = program or self.programs[0]
        code = one.run(program, **how)
        try:
            state = one.state()
        except OSError as error:
            self.fail(one, f"{what}: then a file cannot be read: {error}")
            return False
        if code != 0:
            self.fail(one, f"{what}: then the same command ended with {code}")
        elif one.digests(program) != self.reference(one.setting):
            self.fail(one, f"{what}: then another digest")
        elif state.files != sorted(state.results):
            self.fail(one, f"{what}: then left behind: {set(state.files) - set(state.results)}")
        else:
            return True
        return False

    def each(self, part, items, work, workers=4):
        """work(item) for all items, some at a time; how many said True."""
        started, shown, good = time.monotonic(), time.monotonic(), 0
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            running = [pool.submit(work, item) for item in items]
            for done, one in enumerate(concurrent.futures.as_completed(running), 1):
                good += bool(one.result())
                now = time.monotonic()
                if now - shown >= 15 and done < len(items):
                    shown = now
                    left = (now - started) / done * (len(items) - done)
                    print(f"      {part}: {done} of {len(items)}, about {left / 60:.1f} min left", flush=True)
        print(f"{'ok  ' if good == len(items) else 'FAIL'}  {part}: {good} of {len(items)} right "
              f"({time.monotonic() - started:.0f} s)", flush=True)
        return good

    def close(self):
        if not self.failures:
            shutil.rmtree(self.folder)
