"""fal_hpc built with a second MPI, from its Python wheel; skipped by name where that cannot be had."""
import os
import subprocess

import job


def second(flavour, copy):
    """A Program, or None."""
    script = f". {job.TOP}/scripts/mpi_wheels.sh; mpi_wheel mpich mpich"
    got = subprocess.run(["bash", "-c", script], cwd=job.TOP, capture_output=True, text=True)
    if got.returncode != 0:
        print(f"skipped: resuming with MPICH: {got.stdout.strip()}", flush=True)
        return None
    folder = os.path.join(job.TOP, "build", "mpis", "mpich", "bin")
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MPICC")}
    environment["PATH"] = folder + ":" + environment["PATH"]
    make = ["make", "-s", "--no-print-directory", f"FLAVOUR={flavour}"]
    asked = subprocess.run(make + ["print-BIN"], cwd=job.TOP, env=environment, capture_output=True, text=True)
    bin_folder = os.path.join(job.TOP, asked.stdout.strip().rpartition(" ")[2])
    made = subprocess.run(make + ["-j2", os.path.relpath(bin_folder, job.TOP) + "/fal_hpc",
                                  os.path.relpath(bin_folder, job.TOP) + "/fal_data"],
                          cwd=job.TOP, env=environment, capture_output=True, text=True)
    if made.returncode != 0:
        print(f"skipped: resuming with MPICH: it does not build: {made.stderr.strip()[-300:]}", flush=True)
        return None
    return job.Program("MPICH", bin_folder, copy, folder)
