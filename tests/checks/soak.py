"""Memory and descriptors of a long run, sampled from /proc while it goes on.

Usage: soak.py STEPS BYTES_PER_STEP PATTERN COMMAND... ; PATTERN finds in a line of the command's output how many of STEPS
are done: its one group is their number, or three are AL round, FL round and FL rounds of each. Every process called fal_hpc below the command is looked at: from 10 %
of the steps to the end its resident memory may grow by BYTES_PER_STEP for each step and SLACK, its descriptors not at all,
and what it had of /dev/shm must be gone when the job has ended.
With BYTES_PER_STEP 0 only descriptors are compared (sanitizers keep what was freed).
"""

import os
import re
import subprocess
import sys

SLACK = 4 << 20  # what allocators and the MPI library take and keep, whatever the number of steps
SAMPLES = 8  # of each end; the least of them counts: a file may be open just now


def below(ancestor):
    """Processes called fal_hpc with this ancestor."""
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            names[int(entry)] = text[text.index("(") + 1:text.rindex(")")]
            parents[int(entry)] = int(text[text.rindex(")") + 2:].split()[1])
    found = []
    for process in parents:
        up = process
        while up in parents and up != ancestor:
            up = parents[up]
        if up == ancestor and names[process] == "fal_hpc":
            found.append(process)
    return found


def look(process):
    """Resident bytes, descriptors; None where the process has ended."""
    try:
        with open(f"/proc/{process}/statm", encoding="utf-8") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        return resident, len(os.listdir(f"/proc/{process}/fd"))
    except OSError:
        return None


def shared_files(process):
    """What this process has of /dev/shm."""
    try:
        with open(f"/proc/{process}/maps", encoding="utf-8", errors="replace") as file:
            return set(re.findall(r"/dev/shm/[^\n]*?(?= \(deleted\)$|$)", file.read(), re.MULTILINE))
    except OSError:
        return set()


def least(samples):
    return tuple(min(values) for values in zip(*samples))


def main():
    steps, each, pattern, command = int(sys.argv[1]), int(sys.argv[2]), re.compile(sys.argv[3]), sys.argv[4:]
    early, late, shared, done = {}, {}, set(), 0
    # Large blocks go back to the system when they are freed: what is in memory is what is held, not what was once needed.
    os.environ.update(MALLOC_MMAP_THRESHOLD_="65536", MALLOC_TRIM_THRESHOLD_="65536")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as job:
        with open("soak.log", "w", encoding="utf-8") as log:
            for line in job.stdout:
                log.write(line)
                found = pattern.search(line)
                if not found:
                    continue
                numbers = [int(n) for n in found.groups()]
                done = (numbers[0] - 1) * numbers[2] + numbers[1] if len(numbers) == 3 else numbers[0]
                if 10 * done < steps:
                    continue
                for process in below(job.pid):
                    seen = look(process)
                    shared |= shared_files(process)
                    if seen is not None and len(early.setdefault(process, [])) < SAMPLES:
                        early[process].append(seen)
                    elif seen is not None:
                        late[process] = late.get(process, [])[-SAMPLES + 1:] + [seen]
    if job.returncode != 0:
        sys.exit(f"the job ended with {job.returncode}")
    if 10 * done < 9 * steps or not late or set(early) != set(late):
        sys.exit(f"sampled {sorted(early)} early and {sorted(late)} late, up to step {done} of {steps}")
    left = [path for path in shared if os.path.exists(path)]
    if left:
        sys.exit(f"left behind: {', '.join(left)}")
    for process in late:
        (memory_early, files_early), (memory_late, files_late) = least(early[process]), least(late[process])
        growth, bound = memory_late - memory_early, SLACK + steps * each
        print(f"note: {steps} steps: {memory_early >> 10} KiB and {files_early} descriptors at 10 %, {memory_late >> 10} KiB "
              f"and {files_late} at the end (bound {bound >> 10} KiB more)")
        if each > 0 and growth > bound:
            sys.exit(f"memory grew by {growth >> 10} KiB, at most {bound >> 10} KiB follow from what is kept")
        if files_late > files_early:
            sys.exit(f"descriptors grew from {files_early} to {files_late}")


main()
