"""One comparison of bench_peer.py: all variants of the peers are screened once; then the fastest of each column,
PyTorch "as it comes" and fal_bench take turns, and medians over the rounds are compared."""
import json
import os
import statistics
import subprocess
import sys

import bench_peer_check as check
from bench_peer_modes import AS_IT_COMES, COLUMNS, HERE, MODES, SETS, environment, left_out, variants


class Peer:
    """A process of a peer with one malloc, restricted to an instruction set or not."""

    def __init__(self, program, malloc, isa, threads, log):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, f"bench_peer_{program}.py")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                        env=environment(malloc, isa, threads))
        line = self.process.stdout.readline()
        self.banner = json.loads(line) if line else {"missing": "does not start: set PEER_LOG=FILE to see its messages"}

    def ask(self, request):
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": "the process ended"}

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


def fal_bench(options, case, isa, more):
    model, shape, threads, _, batch = case
    return subprocess.run([options.fal_bench, "--model", model, "--shape", shape, "--threads", str(threads), "--batch",
                           str(batch), *more], env={**os.environ, "FAL_KERNELS_ISA": isa}, check=True, capture_output=True,
                          text=True).stdout


def ours(options, case, isa, seconds):
    out = fal_bench(options, case, isa, ["--only", case[3], "--runs", "1000", "--seconds", str(seconds), "--clock",
                                         options.clock, "--json", "-"])
    return json.loads(out)["networks"][0]


def arrays(options, case, folder):
    """The folder of what fal_bench computes in this case, the same for both instruction sets."""
    path = os.path.join(folder, "-".join(str(part) for part in (case[0], case[1], case[4])))
    if not os.path.exists(path):
        fal_bench(options, case, SETS[0], ["--arrays", path])
    return path


def request_of(options, case, isa, variant, folder, seconds):
    model, shape, threads, what, batch = case
    return {"model": model, "shape": [int(s) for s in shape.split("x")], "batch": batch, "threads": threads, "what": what,
            "mode": variant[0], "layout": variant[1], "isa": isa, "arrays": folder, "clock": options.clock,
            "seconds": seconds}


class Screening:
    """All variants once. rates: [(rate, variant)], the fastest first; skipped: column -> reasons of variants that are
    not there; of each variant the errors, of each column the banner of its program."""

    def __init__(self, options, case, isa, folder, log):
        self.rates, self.skipped, self.errors, self.banner, self.parameters = [], {}, {}, {}, None
        self.arguments = options, case, isa, folder, log
        names = []
        for name in options.mode:
            reason = left_out(name, case[3], isa, options.flags)
            if reason is None:
                names.append(name)
            else:
                self.skip(MODES[name].column, reason)
        peer, kept = None, None
        for variant in sorted(variants(names, options.layout, options.malloc), key=self.process_of):
            program = self.process_of(variant)
            if peer is None or kept != program or peer.process.poll() is not None:
                if peer is not None:
                    peer.close()
                peer, kept = Peer(*program, isa, case[2], log), program
            self.look(peer, variant)
        if peer is not None:
            peer.close()
        self.rates.sort(reverse=True)

    @staticmethod
    def process_of(variant):
        return MODES[variant[0]].program, variant[2]

    def skip(self, column, reason):
        reasons = self.skipped.setdefault(column, [])
        if reason not in reasons:
            reasons.append(reason)

    def look(self, peer, variant):
        options, case, isa, folder, _ = self.arguments
        mode = MODES[variant[0]]
        if "missing" in peer.banner:
            return self.skip(mode.column, peer.banner["missing"])
        self.banner[mode.column] = peer.banner
        answer = peer.ask(request_of(options, case, isa, variant, folder, options.seconds / 2))
        reason = answer["error"][:120] if "error" in answer else check.refusal(mode.precision, answer["errors"])
        if reason is not None:
            print(f"  not measured: {' '.join(variant)} malloc: {reason}")
            return self.skip(mode.column, reason)
        self.rates.append((answer["rate"], variant))
        self.errors[variant] = answer["errors"]
        self.parameters = answer["parameters"]
        return None

    def without(self, variants):
        """Column -> why none of these variants, which were measured to the end, stands in it."""
        measured = {MODES[variant[0]].column for variant in variants}
        return {column: "; ".join(reasons) for column, reasons in self.skipped.items() if column not in measured}

    def finalists(self, count):
        """The fastest `count` of PyTorch in float32, of each other column the fastest, and PyTorch as it comes."""
        found, seen = [], {column: 0 for column in COLUMNS}
        for _, variant in self.rates:
            column = MODES[variant[0]].column
            if seen[column] < (count if column == "PyTorch" else 1):
                found.append(variant)
                seen[column] += 1
        if AS_IT_COMES not in found and any(variant == AS_IT_COMES for _, variant in self.rates):
            found.append(AS_IT_COMES)
        return found


def rounds(options, case, isa, folder, log, screening):
    """Alternating: our results, and the rates of each finalist that got through all rounds."""
    finalists = screening.finalists(options.finalists)
    peers = {variant: Peer(*Screening.process_of(variant), isa, case[2], log) for variant in finalists}
    mine, rates = [], {variant: [] for variant in finalists}
    for variant, peer in peers.items():
        peer.ask(request_of(options, case, isa, variant, folder, 0))
    for _ in range(options.rounds):
        mine.append(ours(options, case, isa, options.seconds))
        for variant in list(rates):
            answer = peers[variant].ask(request_of(options, case, isa, variant, folder, options.seconds))
            if "error" in answer:
                print(f"  not measured: {' '.join(variant)} malloc: {answer['error']}")
                screening.skip(MODES[variant[0]].column, answer["error"])
                del rates[variant]
            else:
                rates[variant].append(answer["rate"])
    for peer in peers.values():
        peer.close()
    return mine, rates


def summary(values):
    return {"images_per_second": statistics.median(values), "least": min(values), "most": max(values)}


def times(mine, theirs):
    """Our rate in multiples of theirs, round by round: what disturbs a round disturbs both sides."""
    ratios = [a / b for a, b in zip(mine, theirs)]
    return {"times": statistics.median(ratios), "times_least": min(ratios), "times_most": max(ratios)}


def columns_of(screening, mine, rates):
    """Column -> its fastest variant with version and errors, or why there is none."""
    found, skipped = {}, screening.without(rates)
    for column in COLUMNS:
        here = [v for v in rates if MODES[v[0]].column == column]
        if here:
            best = max(here, key=lambda v: statistics.median(rates[v]))
            found[column] = {**summary(rates[best]), **times(mine, rates[best]), "variant": " ".join(best),
                             "precision": MODES[best[0]].precision,
                             "version": screening.banner[column]["version"], "errors": screening.errors[best]}
        elif column in skipped:
            found[column] = {"skipped": skipped[column]}
    return found


def spread(values):
    return f"{statistics.median(values):8.0f}  ({min(values):.0f} - {max(values):.0f})"


def named(variant):
    return f"{MODES[variant[0]].column:17s}{variant[0]:14s}{variant[1]:14s}{variant[2]:9s}"


def show(isa, screening, mine, rates, kernels):
    print(f"  images/s, median (least - most) of {len(mine)} alternating rounds; once: the screening")
    for variant in sorted(rates, key=lambda v: -statistics.median(rates[v])):
        note = "  <- as it comes" if variant == AS_IT_COMES else ""
        ratio = times(mine, rates[variant])
        print(f"  {named(variant)}{spread(rates[variant])}  {ratio['times']:5.2f} x ({ratio['times_least']:.2f} - "
              f"{ratio['times_most']:.2f}){note}")
    for rate, variant in screening.rates:
        if variant not in rates:
            print(f"  {named(variant)}{rate:8.0f}  once")
    for column, reason in screening.without(rates).items():
        print(f"  {column:17s}skipped: {reason}")
    print(f"  {'fal_hpc':17s}{isa + ' (' + kernels + ')':37s}{spread(mine)}", flush=True)


def compare(options, case, isa, folder, log):
    """Prints one comparison; the row for the JSON file, None where this CPU lacks the instruction set."""
    model, shape, threads, what, batch = case
    limit = ", peers restricted to AVX2" if isa == "avx2" else ""
    first = ours(options, case, isa, 0)
    if first["kernels"].startswith("avx2") and isa == "avx512":
        print(f"\n{what} {model} {shape}: avx512: not on this CPU")
        return None
    print(f"\n{what} {model} {shape}, batch {batch}, {threads} thread(s): our {isa} kernels{limit}", flush=True)
    held = arrays(options, case, folder)
    screening = Screening(options, case, isa, held, log)
    if screening.parameters not in (None, first["parameters"]):
        sys.exit(f"bench_peer.py: {model} has {first['parameters']} parameters in fal_bench, {screening.parameters} in a peer")
    results, rates = rounds(options, case, isa, held, log, screening)
    mine = [result[f"{what}_images_per_second"] for result in results]
    show(isa, screening, mine, rates, first["kernels"])
    columns = columns_of(screening, mine, rates)
    row = {"what": what, "model": model, "shape": shape, "batch": batch, "threads": threads, "isa": isa,
           "clock": options.clock, "kernels": first["kernels"], "parameters": first["parameters"],
           "rounds": options.rounds, **summary(mine), "columns": columns,
           "screening": {" ".join(v): r for r, v in screening.rates}}
    pytorch = [columns[c] for c in ("PyTorch", "PyTorch compiled") if "images_per_second" in columns.get(c, {})]
    if pytorch:
        best = max(pytorch, key=lambda c: c["images_per_second"])
        row.update(best_peer=best["variant"], best_peer_images_per_second=best["images_per_second"])
    if AS_IT_COMES in rates:
        row["as_it_comes_images_per_second"] = statistics.median(rates[AS_IT_COMES])
        row["as_it_comes_times"] = times(mine, rates[AS_IT_COMES])["times"]
    return row
