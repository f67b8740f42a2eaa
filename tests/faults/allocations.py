"""Requests for memory that are refused, in the program's own code and in HDF5."""
import os
import random

import job

# How HDF5 1.10 itself ends a process, whatever its caller does: it starts without looking at what strdup gave it, loses
# its heap, or calls exit(-1) in H5I_register; and what is said of it. Under mpirun the codes are 128 + signal.
HDF5_ENDS = {-11: "crashed by SIGSEGV", 139: "crashed by SIGSEGV", -6: "crashed by SIGABRT", 134: "crashed by SIGABRT",
             1: "a library ended the program"}


class Allocations:
    def __init__(self, bench, setting, where):
        self.bench, self.setting, self.where = bench, setting, where
        self.ended = 0  # by HDF5 itself

    def places(self):
        """The number of the first request from each place in the code, and the number of all requests."""
        one = self.bench.new_job(self.setting)
        log = one.folder + ".requests"
        one.run(self.bench.programs[0], preloaded=self.bench.watch_memory(log, self.where))
        with open(log, encoding="ascii") as file:
            rows = [line.split() for line in file]
        one.remove()
        os.remove(log)
        return [int(number) for number, _ in rows if number != "all"], int(rows[-1][1])

    def attempt(self, case):
        """One request, or all from there on, refused; True if all is right."""
        ranks, rank, number, times = case
        bench = self.bench
        one = bench.new_job(self.setting)
        where = self.where or "the program"
        more = " and all after it" if times > 1 else ""
        what = f"{where}: request {number} for memory refused{more}, rank {rank} of {ranks}"
        preloaded = bench.watch_memory("", self.where, FAULT_AT=number, FAULT_RANK=rank, FAULT_TIMES=times)
        code = one.run(bench.programs[0], ranks=ranks, preloaded=preloaded)
        wrong = self.judge(one, code)
        if wrong:
            bench.fail(one, f"{what}: {wrong}")
            return False
        if not bench.completes(one, what):
            return False
        one.remove()
        return True

    def judge(self, one, code):
        """What is wrong with its end; None: nothing."""
        try:
            one.state()
        except OSError as error:
            return f"a file cannot be read: {error}"
        if code == 0: # it was not needed
            right = one.digests(self.bench.programs[0]) == self.bench.reference(self.setting)
            return None if right else "another digest"
        if self.where and code in HDF5_ENDS:
            self.ended += 1 # what follows shows whether something is lost
            said = one.messages()
            right = len(said) == 1 and said[0].startswith(HDF5_ENDS[code])
            return None if right else f"exit code {code} with {said}"
        expected = (2, 3, 4) if self.where else (2,)
        if code not in expected:
            return f"exit code {code} instead of {expected}"
        if len(one.messages()) != 1:
            return f"{len(one.messages())} messages"
        if not self.where and "memory" not in one.messages()[0]:
            return "the message does not speak of memory"
        return None


def run(bench, where, wanted, crowded):
    """So many refused requests on 1 rank, and on 3; first those from different places. Where more are wanted than there
    are places: each place on 3 ranks, too."""
    setting = job.Setting("memory", strategy="logo", al_rounds=2, fl_rounds=2)
    name = where or "the program"
    bench.reference(setting)
    one = Allocations(bench, setting, where)
    rng = random.Random(f"{bench.seed} memory {where}")
    places, requests = one.places()
    numbers = list(range(1, requests + 1)) if wanted > len(places) and not where else places
    chosen = sorted(rng.sample(numbers, min(wanted, len(numbers))))
    cases = [(1, 0, number, rng.choice([1, 1, 1000000])) for number in chosen]
    crowd = places if wanted > len(places) else [rng.choice(places) for _ in range(crowded)]
    cases += [(3, rng.randrange(3), number, 1) for number in crowd]
    print(f"      memory in {name}: {requests} requests from {len(places)} places, {len(chosen)} are refused on "
          f"1 rank, {len(crowd)} on 3 ranks", flush=True)
    good = bench.each(f"memory refused in {name}", cases, one.attempt)
    if one.ended:
        print(f"      note: {one.ended} of {len(cases)} times {name} itself crashed or ended the process, which "
              "was said; nothing was lost", flush=True)
    return good, len(cases)
