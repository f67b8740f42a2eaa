#!/usr/bin/env python3
"""What a measurement was made on, as JSON: CPU, its instruction sets that matter here, cores, load. For the files of
docs/performance. Usage: scripts/bench_machine.py [FILE.json ...]; with files of fal_bench: it is added to each."""
import json
import os
import platform
import sys

SETS = ("avx2", "fma", "avx512f", "avx512dq", "avx512_bf16", "amx_bf16")


def cpu(path="/proc/cpuinfo"):
    """(name, family and model, flags as a set); empty where there is no such file."""
    fields = {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, _, value = line.partition(":")
                fields.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    number = f"family {fields['cpu family']} model {fields['model']}" if "cpu family" in fields and "model" in fields else ""
    return fields.get("model name", platform.machine()), number, set(fields.get("flags", "").split())


def machine():
    name, number, flags = cpu()
    return {"cpu": name, "model": number, "instructions": [s for s in SETS if s in flags],
            "cores": len(os.sched_getaffinity(0)), "load": [round(load, 2) for load in os.getloadavg()]}


def main():
    about = machine()
    if len(sys.argv) < 2:
        print(json.dumps(about))
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"machine": about, **report}, file, indent=1)


if __name__ == "__main__":
    main()
