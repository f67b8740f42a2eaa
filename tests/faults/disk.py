"""A small file system that fills up while a trial writes. Runs by itself in a name space of its own:
disk.py FOLDER BIN SEED COUNT, started by run() through unshare."""
import os
import random
import subprocess
import sys

import bench as benches
import job

SETTING = job.Setting("disk", strategy="logo", al_rounds=3, fl_rounds=3)


def mount(folder, kilobytes, again=False):
    options = f"{'remount,' if again else ''}size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)


def attempt(bench, kilobytes, ranks):
    """True if it fails for lack of room, and completes after there is some."""
    one = bench.new_job(SETTING)
    os.mkdir(one.outputs)
    mount(one.outputs, kilobytes)
    what = f"a disk of {kilobytes} KiB, {ranks} ranks"
    code = one.run(bench.programs[0], ranks=ranks)
    try:
        state = one.state()
    except OSError as error:
        bench.fail(one, f"{what}: a file cannot be read: {error}")
        return False
    if code not in (0, 4) or (code == 4 and len(one.messages()) != 1):
        bench.fail(one, f"{what}: exit code {code}, {len(one.messages())} messages")
        return False
    mount(one.outputs, 65536, again=True)
    if state.temporary:
        bench.fail(one, f"{what}: a temporary file is left")
        return False
    if not bench.completes(one, what):
        return False
    if state.done > 0:
        print(f"      {what}: exit code {code} after {state.done} of {SETTING.rounds} FL rounds, then complete",
              flush=True)
    subprocess.run(["umount", one.outputs], check=True)
    one.remove()
    return True


def inside(folder, bin_folder, seed, count):
    os.makedirs(folder)
    bench = benches.Bench(folder, bin_folder, seed)
    bench.reference(SETTING)
    rng = random.Random(f"{seed} disk")
    # Results and checkpoints take some 500 KiB each: from room for the lock alone to room for almost all.
    cases = [(rng.randint(4, 2200) // 4 * 4, rng.choice([1, 1, 3])) for _ in range(count)]
    bench.each("disks that fill up", cases, lambda case: attempt(bench, *case), workers=1)
    bench.close()
    return 1 if bench.failures else 0


def run(bench, count):
    """None: it cannot be tried here; else whether all is right."""
    for options in (["-m"], ["-rm"]):
        start = ["unshare"] + options
        folder = os.path.join(bench.folder, "disk")
        try:
            probe = subprocess.run(start + ["mount", "-t", "tmpfs", "none", bench.folder], capture_output=True)
        except FileNotFoundError:
            continue
        if probe.returncode == 0:
            command = [sys.executable, os.path.abspath(__file__), folder, bench.programs[0].bin, str(bench.seed)]
            good = subprocess.run(start + command + [str(count)], stdin=subprocess.DEVNULL).returncode == 0
            if not good:
                bench.failures.append("disks that fill up")
            return good
    print("skipped: disks that fill up: no tmpfs can be mounted here (root or user name spaces)", flush=True)
    return None


if __name__ == "__main__":
    sys.exit(inside(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
