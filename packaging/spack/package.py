# Copyright fal_hpc contributors
#
# SPDX-License-Identifier: BSD-3-Clause

# Spack 1.0 and newer; older ones have MakefilePackage in spack.package: leave this line out.
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class FalHpc(MakefilePackage):
    """Federated active learning as an MPI batch application: LoGo and the
    query strategies it was compared with, under any number of MPI ranks."""

    # A source archive is made by `make dist`; put it where Spack can fetch it, e.g. in a mirror.
    homepage = "https://arxiv.org/abs/2303.12317"
    manual_download = True
    url = "file:///fal_hpc-0.2.0.tar.gz"

    license("BSD-3-Clause")

    version("0.2.0")

    variant("importers", default=True, description="Read archives, MATLAB files, PNG and JPEG")

    depends_on("c", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5@1.10.7:+hl~mpi")
    depends_on("openblas@0.3.20: threads=none")
    depends_on("random123", type="build")
    depends_on("openssl")
    depends_on("zlib-api")
    with when("+importers"):
        depends_on("libarchive")
        depends_on("matio")
        depends_on("libpng")
        depends_on("libjpeg-turbo")
    depends_on("cmocka", type="test")

    build_targets = ["all", "manual"]

    def flag_handler(self, name, flags):
        # Which float operations are done, and in what order, is part of the results: the
        # Makefile's own flags only.
        return (None, None, None)

    @property
    def common(self):
        random123 = self.spec["random123"].prefix.include
        return [
            "CC=" + spack_cc,
            "MPICC=" + self.spec["mpi"].mpicc,
            "CPPFLAGS=-I" + random123,
            "PREFIX=" + self.prefix,
        ]

    def build(self, spec, prefix):
        make(*self.build_targets, *self.common)

    def install(self, spec, prefix):
        make("install", *self.common)

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        Executable(self.prefix.bin.fal_hpc)("--selftest")
