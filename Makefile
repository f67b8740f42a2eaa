# fal_hpc: federated active learning as an HPC batch application.
# `make help` lists the targets. One non-recursive Makefile; object folders are named by a hash of compiler and flags.

# ---- what the user may set -------------------------------------------------------------------------------------------
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
MPICC    ?= mpicc
PREFIX   ?= /usr/local
FLAVOUR  ?= release
OPT      ?= -O2
ifeq ($(origin PYTHON),undefined)
# Once, not at every use: it is exported, and each recipe would look for it anew.
PYTHON := $(firstword $(foreach p,python3 /usr/bin/python3,$(if $(shell $(p) -c 'import h5py' 2>/dev/null && echo y),$(p))) python3)
endif
V        ?= 0
Q        := $(if $(filter 0,$(V)),@,)

# Goals that need no libraries skip the probing below.
LIGHT    := deps dist deb test-mpis test-arm test-bare sanitizers help clean format format-check check-layers check-sizes check-headers check-references
PROBING  := $(if $(MAKECMDGOALS),$(filter-out $(LIGHT),$(MAKECMDGOALS)),all)

# ---- tool probing ----------------------------------------------------------------------------------------------------
ifneq ($(PROBING),)
# Of the MPI whose compiler wrapper MPICC is; MPI_CFLAGS and MPI_LIBS on the command line win.
MPI_PROBE  := $(shell CC='$(CC)' scripts/mpi_flags.sh '$(MPICC)' 2>&1)
MPI_CFLAGS := $(patsubst compile:%,%,$(filter compile:%,$(MPI_PROBE)))
MPI_LIBS   := $(patsubst link:%,%,$(filter link:%,$(MPI_PROBE)))
MPI_NAME   := $(patsubst name:%,%,$(filter name:%,$(MPI_PROBE)))
HDF5_PC    := $(firstword $(foreach p,hdf5-serial hdf5 hdf5-openmpi,$(shell pkg-config --exists $(p) 2>/dev/null && echo $(p))))
ifneq ($(HDF5_PC),)
HDF5_CFLAGS := $(shell pkg-config --cflags $(HDF5_PC))
HDF5_LIBS   := $(shell pkg-config --libs-only-L $(HDF5_PC)) -lhdf5_hl $(shell pkg-config --libs-only-l $(HDF5_PC))
else
# Without a .pc file: what the compiler wrapper of a module shows.
HDF5_SHOW   := $(shell h5cc -show 2>/dev/null || h5pcc -show 2>/dev/null)
HDF5_CFLAGS := $(filter -I%,$(HDF5_SHOW))
HDF5_LIBS   := $(filter -L% -Wl%,$(HDF5_SHOW)) -lhdf5_hl -lhdf5
endif
BLAS_CFLAGS := $(shell pkg-config --cflags openblas 2>/dev/null)
BLAS_LIBS   := $(or $(shell pkg-config --libs openblas 2>/dev/null),-lopenblas)
SSL_CFLAGS  := $(shell pkg-config --cflags libcrypto 2>/dev/null)
SSL_LIBS    := $(or $(shell pkg-config --libs libcrypto 2>/dev/null),-lcrypto)
# libarchive does not look at the checksums of gzip, and chunks of a file are unpacked with bounds of our own.
ZLIB_CFLAGS := $(shell pkg-config --cflags zlib 2>/dev/null)
ZLIB_LIBS   := $(or $(shell pkg-config --libs zlib 2>/dev/null),-lz)
ARCHIVE     := $(shell pkg-config --exists libarchive 2>/dev/null && echo yes)
ARCHIVE_CFLAGS := $(if $(ARCHIVE),$(shell pkg-config --cflags libarchive))
ARCHIVE_LIBS   := $(if $(ARCHIVE),$(shell pkg-config --libs libarchive))
# A program must have one flavour of HDF5, and Debian's matio brings the serial one: ours is linked first, and where it is
# the parallel one there is no matio.
MATIO       := $(if $(filter hdf5-openmpi,$(HDF5_PC)),,$(shell pkg-config --exists matio 2>/dev/null && echo yes))
MATIO_CFLAGS := $(if $(MATIO),$(shell pkg-config --cflags-only-I matio))
MATIO_LIBS  := $(if $(MATIO),$(filter-out -lhdf5%,$(shell pkg-config --libs matio)))
PNG         := $(shell pkg-config --exists libpng 2>/dev/null && echo yes)
JPEG        := $(shell pkg-config --exists libturbojpeg 2>/dev/null && echo yes)
PICTURE_CFLAGS := $(if $(PNG),$(shell pkg-config --cflags libpng)) $(if $(JPEG),$(shell pkg-config --cflags libturbojpeg))
PICTURE_LIBS   := $(if $(PNG),$(shell pkg-config --libs libpng)) $(if $(JPEG),$(shell pkg-config --libs libturbojpeg))
CMOCKA_CFLAGS  := $(shell pkg-config --cflags cmocka 2>/dev/null)
CMOCKA_LIBS    := $(or $(shell pkg-config --libs cmocka 2>/dev/null),-lcmocka)
MACHINE     := $(shell $(CC) -dumpmachine 2>/dev/null)
CC_VERSION  := $(shell $(CC) --version 2>/dev/null | head -n 1)
COMMIT      := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
endif
# A tagged commit has its tag's version, any other tree what the file says.
VERSION     := $(or $(shell git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//'),$(shell cat VERSION))

# ---- flags per flavour -----------------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla
FLAVOUR_release := $(OPT) -g
FLAVOUR_debug   := -O0 -g3 -DFAL_HOT_ASSERTS
FLAVOUR_sanitize := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DFAL_HOT_ASSERTS
# What gcc says of itself under the address sanitizer; clang knows another word for it.
CPPFLAGS_sanitize := $(if $(findstring clang,$(CC)),-D__SANITIZE_ADDRESS__)
# Loops that are marked for vectors are none at -O1, of which clang warns.
FLAVOUR_sanitize += $(if $(findstring clang,$(CC)),-Wno-pass-failed)
FLAVOUR_tsan    := -O1 -g -fsanitize=thread
# Of clang, for `make fuzz` and `make fuzz-coverage`.
FLAVOUR_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
                   -fno-sanitize-recover=all -DFAL_HOT_ASSERTS
FLAVOUR_fuzzcov := -O1 -g -fprofile-instr-generate -fcoverage-mapping
FLAVOUR_coverage := -O0 -g --coverage
# The ends of a process, where tests/checks/coverage.c writes the counters.
WRAPPED_coverage := $(foreach f,kill raise setrlimit _exit _Exit,-Wl,--wrap=$(f))
FLAVOUR_FLAGS   := $(FLAVOUR_$(FLAVOUR))
$(if $(FLAVOUR_FLAGS),,$(error FLAVOUR=$(FLAVOUR): use release, debug, sanitize, tsan, fuzz, fuzzcov or coverage))
# No -ffast-math, no contraction by the compiler: the order and kind of float operations is part of the contract.
CFLAGS_ALL  := -std=c11 -D_GNU_SOURCE -fopenmp -ffp-contract=off $(FLAVOUR_FLAGS) $(WARNINGS) $(CFLAGS)
CPPFLAGS_ALL := -Iinclude $(strip $(CPPFLAGS_$(FLAVOUR)) $(CPPFLAGS))
LDFLAGS_ALL := -fopenmp $(strip $(filter -fsanitize% -fprofile-instr% --coverage,$(FLAVOUR_FLAGS)) $(WRAPPED_$(FLAVOUR)) $(LDFLAGS))
LIBS_BASE   := $(SSL_LIBS) -lm -lpthread
LIBS_IO     := $(HDF5_LIBS) $(ZLIB_LIBS)

HASH := $(shell printf '%s' '$(CC) $(CC_VERSION) $(CFLAGS_ALL) $(CPPFLAGS_ALL) $(LDFLAGS_ALL) $(HDF5_CFLAGS) $(MPI_CFLAGS) $(MPI_LIBS) $(MPI_NAME) $(ARCHIVE) $(MATIO) $(PNG) $(JPEG) $(RELEASE_KERNELS)' | sha256sum | cut -c1-10)
OBJ  := build/$(FLAVOUR)-$(HASH)
BIN  := $(OBJ)/bin

# ---- sources ---------------------------------------------------------------------------------------------------------
LAYERS := base comm io plot data nn train fed query results experiment site report
APPS   := fal_hpc fal_data fal_query fal_site fal_report fal_bench
APPS   := $(foreach a,$(APPS),$(if $(wildcard src/apps/$(a).c),$(a)))

# Vector code is compiled once for each instruction set that machines of this kind may have, and chosen at run time.
# A new set is a line here, a row in src/nn/kernels/simd/sets.h and a header beside that.
SETS_x86_64       := avx512 avx2
SETS_aarch64      := neon
SET_FLAGS_avx512  := -mavx512f -mavx512vl -mavx512bw -mavx512dq -mavx2 -mfma
SET_FLAGS_avx2    := -mavx2 -mfma
SET_FLAGS_neon    :=
SETS              := $(SETS_$(firstword $(subst -, ,$(MACHINE))))
SET_SOURCES       := $(wildcard src/nn/kernels/*/kernel*.c)
# for_sets SOURCES: their objects, FOLDER/NAME_SET.o
for_sets           = $(foreach s,$(SETS),$(patsubst src/%.c,$(OBJ)/%_$(s).o,$(1)))

SRC_ALL       := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c src/$(l)/*/*.c src/$(l)/*/*/*.c))
SRC_ALL       := $(filter-out $(SET_SOURCES),$(SRC_ALL))
# Optional parts: a whole file, or the stub beside it that says "built without".
SRC_ALL       := $(filter-out $(if $(ARCHIVE),src/io/archive_without.c,src/io/archive.c src/io/archive_check.c src/io/archive_zip.c),$(SRC_ALL))
SRC_ALL       := $(filter-out $(if $(PNG),src/io/picture_png_without.c,src/io/picture_png.c),$(SRC_ALL))
SRC_ALL       := $(filter-out $(if $(JPEG),src/io/picture_jpeg_without.c,src/io/picture_jpeg.c),$(SRC_ALL))
SRC_ALL       := $(filter-out $(if $(MATIO),src/io/matfile_without.c,src/io/matfile.c src/io/matfile_check.c),$(SRC_ALL))

layer_objects  = $(patsubst src/%.c,$(OBJ)/%.o,$(filter src/$(1)/%,$(SRC_ALL))) $(call for_sets,$(filter src/$(1)/%,$(SET_SOURCES)))
LIB            = $(OBJ)/libfal_$(1).a
# Libraries in link order, from high layers to low.
LIBS_NO_MPI   := $(foreach l,report results query train nn data plot io base,$(call LIB,$(l)))
LIBS_MPI      := $(foreach l,report site experiment fed query results train nn data plot comm io base,$(call LIB,$(l)))

# What needs MPI says why there is none; "make deps" must still be able to install it.
mpi_flags    = $(if $(strip $(MPI_LIBS)),$(1),$(error $(MPI_PROBE)))
OBJECT_FLAGS = $(if $(filter src/comm/%,$<),$(call mpi_flags,$(MPI_CFLAGS))) \
               $(if $(filter src/io/%,$<),$(HDF5_CFLAGS) $(ZLIB_CFLAGS) $(ARCHIVE_CFLAGS)) \
               $(if $(filter src/io/picture_%.c,$<),$(PICTURE_CFLAGS)) \
               $(if $(filter src/io/matfile%.c,$<),$(MATIO_CFLAGS)) \
               $(if $(filter src/base/%,$<),$(SSL_CFLAGS)) \
               $(if $(filter src/nn/%,$<),$(BLAS_CFLAGS))

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all deps demo test test-parity bench bench-peer bench-trial performance tsan docs format format-check tidy \
        install uninstall clean help
.DEFAULT_GOAL := all

# build/bin is that of the last release build.
LINK_BIN = $(if $(filter release,$(FLAVOUR)),$(Q)ln -sfn $(notdir $(OBJ))/bin build/bin.new && mv -T build/bin.new build/bin)
all: $(APPS:%=$(BIN)/%) ## build the programs into build/bin
	$(Q)mkdir -p $(BIN)
	$(LINK_BIN)

# For machines of sites, which have no MPI (docs/hospital.md).
site: $(addprefix $(BIN)/,fal_site fal_data fal_query) ## build fal_site, fal_data and fal_query alone, which need no MPI
	$(LINK_BIN)
.PHONY: site

# Where branches are counted, networks still have to be quick.
$(if $(filter coverage,$(FLAVOUR)),$(OBJ)/nn/%.o): CFLAGS_ALL += -O2

$(OBJ)/%.o: src/%.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $<")
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(strip $(OBJECT_FLAGS)) -MMD -MP -c $< -o $@

# Under a sanitizer networks take twenty times as long. For scripts, which look at everything around them, vector kernels
# can be those of a release (RELEASE_KERNELS=1); unit tests have them with the sanitizer.
KERNEL_CFLAGS := $(subst $(FLAVOUR_FLAGS),$(FLAVOUR_release),$(CFLAGS_ALL))

# set_rule SET: the same for one instruction set.
define set_rule
$(if $(RELEASE_KERNELS),$(OBJ)/nn/kernels/%_$(1).o): CFLAGS_ALL := $$(KERNEL_CFLAGS)
$(OBJ)/%_$(1).o: src/%.c
	@mkdir -p $$(@D)
	$(if $(Q),@echo "  CC      $$< ($(1))")
	$(Q)$$(CC) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) $(SET_FLAGS_$(1)) -DFAL_SIMD=$(1) -MMD -MP -c $$< -o $$@
$(OBJ)/tests/%_$(1).o: tests/%.c
	@mkdir -p $$(@D)
	$(if $(Q),@echo "  CC      $$< ($(1))")
	$(Q)$$(CC) $$(CPPFLAGS_ALL) -Itests/support -Isrc $$(CMOCKA_CFLAGS) $$(CFLAGS_ALL) $(SET_FLAGS_$(1)) -DFAL_SIMD=$(1) -MMD -MP -c $$< -o $$@
endef
$(foreach s,$(SETS),$(eval $(call set_rule,$(s))))

# What /run records about the build; rewritten only when it changes.
$(OBJ)/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define FAL_VERSION "%s"\n#define FAL_COMMIT "%s"\n#define FAL_COMPILER "%s"\n#define FAL_FLAGS "%s"\n' \
	  '$(VERSION)' '$(COMMIT)' '$(CC_VERSION)' '$(strip $(CFLAGS_ALL))' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:
$(OBJ)/base/version.o: $(OBJ)/version.h
$(OBJ)/base/version.o: CPPFLAGS_ALL += -I$(OBJ)

# Style and script of a page NAME (src/plot/NAME.css, NAME.js) as bytes: NAME_css, NAME_js.
PAGES := page label
define page_rule
$(OBJ)/$(1)_assets.h: src/plot/$(1).css src/plot/$(1).js
	@mkdir -p $$(@D)
	@for a in $$^; do printf 'static const char %s[] = {' $$$$(basename $$$$a | tr . _); \
	  od -An -v -tx1 $$$$a | sed 's/ \(..\)/0x\1,/g'; echo '0};'; done > $$@.new
	@mv $$@.new $$@
$(OBJ)/plot/$(1).o: $(OBJ)/$(1)_assets.h
$(OBJ)/plot/$(1).o: CPPFLAGS_ALL += -I$(OBJ)
endef
$(foreach p,$(PAGES),$(eval $(call page_rule,$(p))))

define layer_rule
$(call LIB,$(1)): $(call layer_objects,$(1))
	@mkdir -p $$(@D)
	$(if $(Q),@echo "  AR      $$(notdir $$@)")
	$(Q)rm -f $$@ && ar qcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(OBJ)/apps/%.o: src/apps/%.c

link = @mkdir -p $(@D); $(if $(Q),echo "  LD      $(notdir $@)";) $(CC) $(LDFLAGS_ALL) -o $@ $(1) $(COUNTERS)

ifeq ($(FLAVOUR),coverage)
COUNTERS    := $(OBJ)/tests/checks/coverage.o
endif

PROGRAM := $(OBJ)/apps/program.o
COMPUTES := $(OBJ)/apps/computing.o
OUTPUT  := $(OBJ)/apps/output.o
COMMAND := $(OBJ)/apps/command.o $(OUTPUT)
$(APPS:%=$(BIN)/%): $(COUNTERS)
HPC_OBJECTS := $(patsubst src/%.c,$(OBJ)/%.o,$(wildcard src/apps/fal_hpc*.c) src/apps/defaults.c) $(PROGRAM) $(COMPUTES)
$(BIN)/fal_hpc: $(HPC_OBJECTS) $(LIBS_MPI)
	@echo "  MPI     $(MPI_NAME)"
	$(call link,$(HPC_OBJECTS) $(LIBS_MPI) $(LIBS_IO) $(BLAS_LIBS) $(MPI_LIBS) $(LIBS_BASE))
DATA_OBJECTS := $(patsubst src/%.c,$(OBJ)/%.o,$(wildcard src/apps/fal_data*.c)) $(COMMAND) $(PROGRAM)
# Of experiment, what has no MPI: here the parameters, below the settings, too.
$(BIN)/fal_data: $(DATA_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI)
	$(call link,$(DATA_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI) $(LIBS_IO) $(ARCHIVE_LIBS) $(MATIO_LIBS) $(PICTURE_LIBS) $(BLAS_LIBS) $(LIBS_BASE))
QUERY_OBJECTS := $(patsubst src/%.c,$(OBJ)/%.o,$(wildcard src/apps/fal_query*.c)) $(OUTPUT) $(PROGRAM) $(COMPUTES)
$(BIN)/fal_query: $(QUERY_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI)
	$(call link,$(QUERY_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI) $(LIBS_IO) $(BLAS_LIBS) $(LIBS_BASE))
# Of experiment and fed, what has no MPI: settings, and rounds of clients that are apart.
LIBS_SITE     := $(foreach l,site experiment fed,$(call LIB,$(l)))
SITE_OBJECTS  := $(patsubst src/%.c,$(OBJ)/%.o,$(wildcard src/apps/fal_site*.c)) $(COMMAND) $(PROGRAM) $(COMPUTES)
$(BIN)/fal_site: $(SITE_OBJECTS) $(LIBS_SITE) $(LIBS_NO_MPI)
	$(call link,$(SITE_OBJECTS) $(LIBS_SITE) $(LIBS_NO_MPI) $(LIBS_IO) $(ARCHIVE_LIBS) $(MATIO_LIBS) $(PICTURE_LIBS) $(BLAS_LIBS) $(LIBS_BASE))
REPORT_OBJECTS := $(patsubst src/%.c,$(OBJ)/%.o,$(wildcard src/apps/fal_report*.c) src/apps/defaults.c) $(OUTPUT) $(PROGRAM)
$(BIN)/fal_report: $(REPORT_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI)
	$(call link,$(REPORT_OBJECTS) $(call LIB,experiment) $(LIBS_NO_MPI) $(LIBS_IO) $(BLAS_LIBS) $(LIBS_BASE))
BENCH_SETS    := src/apps/fal_bench_fma.c
BENCH_OBJECTS := $(patsubst src/%.c,$(OBJ)/%.o,$(filter-out $(BENCH_SETS),$(wildcard src/apps/fal_bench*.c))) $(call for_sets,$(BENCH_SETS)) $(OUTPUT) $(PROGRAM) $(COMPUTES)
$(BIN)/fal_bench: $(BENCH_OBJECTS) $(LIBS_MPI)
	$(call link,$(BENCH_OBJECTS) $(LIBS_MPI) $(LIBS_IO) $(BLAS_LIBS) $(MPI_LIBS) $(LIBS_BASE))

# ---- tests -----------------------------------------------------------------------------------------------------------
# tests/<layer>/test_<thing>.c mirrors src; tests/mpi/*.c run under mpirun; found by wildcard.
UNIT_LAYERS  := base comm io plot data nn train fed query results report experiment site
UNIT_SOURCES := $(foreach l,$(UNIT_LAYERS),$(wildcard tests/$(l)/test_*.c))
# One program for each instruction set.
UNIT_SETS    := tests/nn/test_simd.c
UNIT_TESTS   := $(patsubst tests/%.c,$(OBJ)/tests/%,$(filter-out $(UNIT_SETS),$(UNIT_SOURCES))) \
                $(foreach s,$(SETS),$(UNIT_SETS:tests/%.c=$(OBJ)/tests/%_$(s)))
PARITY_TESTS := $(patsubst tests/%.c,$(OBJ)/tests/%,$(wildcard tests/parity/test_*.c))
MPI_TESTS    := $(patsubst tests/%.c,$(OBJ)/tests/%,$(wildcard tests/mpi/test_*.c))
ALL_TESTS    := $(UNIT_TESTS) $(PARITY_TESTS) $(MPI_TESTS)

TEST_LIBS    := $(call LIB,tests) $(LIBS_MPI)
# Memory that tests/support/shortage_calls.c can refuse, and counts; the library stands twice, since the others ask for
# it, and so does the compiler's own of FLAVOUR=coverage (-u).
WRAPPED_TESTS := $(foreach f,posix_memalign realloc strdup free,-Wl,--wrap=$(f)) -Wl,-u,__wrap_free
$(call LIB,tests): $(patsubst tests/%.c,$(OBJ)/tests/%.o,$(wildcard tests/support/*.c))
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^
$(OBJ)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $<")
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests/support -Isrc $(CMOCKA_CFLAGS) $(CFLAGS_ALL) -MMD -MP -c $< -o $@
$(ALL_TESTS): $(OBJ)/tests/%: $(OBJ)/tests/%.o $(TEST_LIBS) $(COUNTERS)
	$(call link,$< $(TEST_LIBS) $(call LIB,tests) $(LIBS_IO) $(ARCHIVE_LIBS) $(MATIO_LIBS) $(PICTURE_LIBS) $(BLAS_LIBS) $(MPI_LIBS) $(CMOCKA_LIBS) $(LIBS_BASE) $(WRAPPED_TESTS))
.PRECIOUS: $(OBJ)/tests/%.o $(OBJ)/%.o

export PYTHON
# README's two commands compile on all cores (8 at most), unless -j was given.
ALL_CORES = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell n=$$(env -u OMP_NUM_THREADS nproc 2>/dev/null || echo 1); echo $$((n > 8 ? 8 : n))))
test: deps ## run all tests (the last line counts them)
	$(Q)$(MAKE) --no-print-directory $(ALL_CORES) all $(ALL_TESTS)
	$(Q)$(MAKE) --no-print-directory test-built
.PHONY: test-built
test-built: all $(ALL_TESTS)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh

# What the one test needs: its program, or for a script all programs.
test-one: $(if $(filter cli/%,$(T)),all,$(T:%=$(OBJ)/tests/%)) ## one test: T=data/test_partition, parity/test_nn, mpi/test_comm, cli/fal_query
	$(if $(T),,$(error make test-one T=LAYER/test_NAME, or T=cli/NAME))
	$(Q)mkdir -p $(BIN)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh $(T)
.PHONY: test-one

test-parity: all $(PARITY_TESTS) ## the reference numbers only (folder: FAL_REFERENCE)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh parity

test-machines: deps ## what depends on kernels or BLAS, as other CPUs compute it (MACHINES= names of variants)
	$(Q)$(MAKE) --no-print-directory test-machines-built
.PHONY: test-machines test-machines-built
test-machines-built: all $(UNIT_TESTS) $(PARITY_TESTS)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) scripts/test_machines.sh $(MACHINES)

test-sanitized: deps ## the unit tests with the address and undefined-behaviour sanitizers
	$(Q)$(MAKE) --no-print-directory FLAVOUR=sanitize test-units
tsan: deps ## the unit tests with the thread sanitizer (gcc)
	$(Q)$(MAKE) --no-print-directory FLAVOUR=tsan test-units
sanitizers: deps ## before a release: all tests under the sanitizers, gcc and clang (hours; SANITIZERS= names of runs)
	$(Q)scripts/test_sanitizers.sh $(SANITIZERS)
.PHONY: test-sanitized sanitizers test-units test-programs test-scripts
test-units: $(UNIT_TESTS)
	$(Q)mkdir -p $(BIN)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh unit
test-programs: $(ALL_TESTS)
	$(Q)mkdir -p $(BIN)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh unit parity mpi
test-scripts: all $(OBJ)/tests/mpi/test_exact_sum
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh cli

# Each tests/fuzz/fuzz_NAME.c is a target; fuzz.c and fuzz_import.c are what they share.
FUZZ_SHARED   := tests/fuzz/fuzz.c tests/fuzz/fuzz_import.c
FUZZ_SOURCES  := $(filter-out $(FUZZ_SHARED),$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(patsubst tests/%.c,$(OBJ)/tests/%,$(FUZZ_SOURCES))
FUZZ_OBJECTS  := $(patsubst tests/%.c,$(OBJ)/tests/%.o,$(FUZZ_SHARED))
# Only what reads: the rest takes minutes to build with sanitizers.
FUZZ_LIBS     := $(OBJ)/experiment/parameters.o $(foreach l,results data plot io base,$(call LIB,$(l)))
$(FUZZ_PROGRAMS): LDFLAGS_ALL += -fsanitize=fuzzer
$(FUZZ_PROGRAMS): $(OBJ)/tests/%: $(OBJ)/tests/%.o $(FUZZ_OBJECTS) $(FUZZ_LIBS)
	$(call link,$< $(FUZZ_OBJECTS) $(FUZZ_LIBS) $(LIBS_IO) $(ARCHIVE_LIBS) $(MATIO_LIBS) $(PICTURE_LIBS) $(LIBS_BASE))
# HDF5 files go through the child process, in an ordinary build.
$(OBJ)/tests/fuzz/h5_loop: $(OBJ)/tests/fuzz/h5_loop.o $(LIBS_NO_MPI)
	$(call link,$< $(LIBS_NO_MPI) $(LIBS_IO) $(MATIO_LIBS) $(BLAS_LIBS) $(LIBS_BASE))
fuzz-h5-built: $(OBJ)/tests/fuzz/h5_loop
.PHONY: fuzz-h5-built
FUZZ_CLANG    := $(firstword $(foreach c,clang $(patsubst %,clang-%,19 18 17 16 15 14),$(if $(shell command -v $(c)),$(c))))
fuzz: ## fuzz the readers of foreign files with clang's libFuzzer (RUNS= for each target, TARGET= names)
	$(Q)CLANG='$(FUZZ_CLANG)' RUNS='$(RUNS)' TARGET='$(TARGET)' MAKE='$(MAKE)' tests/fuzz/run.sh fuzz
fuzz-coverage: ## lines of each reader that the fuzz targets' seeds and corpus reach
	$(Q)CLANG='$(FUZZ_CLANG)' TARGET='$(TARGET)' MAKE='$(MAKE)' tests/fuzz/run.sh coverage
.PHONY: fuzz fuzz-coverage fuzz-built
fuzz-built: $(FUZZ_PROGRAMS)
coverage: deps ## lines and branches that the tests run through, by layer (COVERAGE= parts of tests/run.sh)
	$(Q)$(MAKE) --no-print-directory FLAVOUR=coverage coverage-built
COVERAGE ?= unit $(addprefix cli/,fal_data fal_data_hostile fal_data_import_arrays fal_query fal_report \
              fal_report_extras fal_report_hostile hdf5_versions status terminal)
.PHONY: coverage coverage-built
coverage-built: all $(UNIT_TESTS)
	$(Q)find $(OBJ) -name '*.gcda' -delete
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) tests/run.sh $(COVERAGE)
	$(Q)$(PYTHON) tests/checks/coverage.py $(OBJ) build/coverage base io query report

soak: all ## 2,000 FL rounds in one trial, and a job of 100 trials: memory and descriptors stay flat
	$(Q)mkdir -p $(BIN)
	$(Q)BIN=$(BIN) TESTS=$(OBJ)/tests FLAVOUR=$(FLAVOUR) FAL_SOAK=full FAL_TEST_SLOW=10 tests/run.sh cli/soak
.PHONY: soak

test-arm: ## unit and parity tests of what computes, cross-compiled for 64-bit Arm and run under an emulator
	$(Q)scripts/test_arm.sh
.PHONY: test-arm

test-mpis: ## build and test with the system's MPI, and with Open MPI 5, MPICH and Intel MPI from Python wheels
	$(Q)scripts/test_mpis.sh
.PHONY: test-mpis

COUNT ?= 25
test-faults: deps ## kills, failing operations and memory, full disks: nothing is lost (COUNT=300 for a release, SEED= ALL=1)
	$(Q)$(MAKE) --no-print-directory test-faults-built
.PHONY: test-faults test-faults-built
test-faults-built: all
	$(Q)CC='$(CC)' FLAVOUR=$(FLAVOUR) $(PYTHON) tests/faults/faults.py --bin $(BIN) --count $(COUNT) \
	  $(if $(SEED),--seed $(SEED)) $(if $(ALL),--all) $(FAULTS)

test-hosts: deps ## one file per site on hosts of their own: network and mount namespaces, Open MPI over TCP (root)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/test_hosts.sh $(BIN)
.PHONY: test-hosts

test-slurm: deps ## the job scripts under a throw-away SLURM of two nodes on this machine (root; installs SLURM on Debian)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/test_slurm.sh $(BIN)
.PHONY: test-slurm

test-bare: ## README's commands, the Debian package and the Apptainer recipe in bare Debian trees (root; SUITES=, BARE_TEST=unit)
	$(Q)scripts/test_bare.sh $(SUITES)
.PHONY: test-bare

# ---- the other targets -----------------------------------------------------------------------------------------------
# With these goals, what tests are compiled with is required, too.
TESTING := $(filter test test-machines test-sanitized tsan sanitizers coverage,$(MAKECMDGOALS))
deps: ## install what is missing (Debian, Ubuntu; as root or by sudo without a password), or say how
	$(Q)CC='$(CC)' MPICC='$(MPICC)' scripts/deps.sh $(if $(TESTING),tests)

demo: deps ## make data, run ten clients under mpirun, show the result
	$(Q)$(MAKE) --no-print-directory $(ALL_CORES) all
	$(Q)scripts/demo.sh

bench: all ## measure networks, queries, clustering, aggregation, two ranks and threads (BENCH= options of fal_bench)
	$(Q)scripts/bench.sh $(BIN) $(BENCH)

bench-peer: all ## training, inference and layers beside PyTorch, OpenVINO, ncnn, oneDNN (installed into build/peer; PEER= options)
	$(Q)scripts/bench_peer.sh $(BIN) $(PEER)

performance: all ## all numbers of docs/performance.md again, into docs/performance/NAME (MACHINE=NAME; hours)
	$(Q)scripts/performance.sh $(BIN) $(MACHINE)

bench-trial: all ## a small trial on CIFAR-10 on one core and two (CIFAR10= folder of its .bin files)
	$(Q)scripts/bench_trial.sh $(BIN) $(CIFAR10)

docs: all ## write docs/parameters.md
	$(Q)$(BIN)/fal_hpc --document-parameters > docs/parameters.md

FORMAT_FILES := $(shell find src include tests examples -name '*.[ch]' 2>/dev/null)
format: ## reformat all C files in place
	$(Q)command -v clang-format >/dev/null || { echo "make format: clang-format is not there (Debian: apt-get install clang-format)"; exit 1; }
	$(Q)clang-format -i $(FORMAT_FILES)
format-check: ## fail if a C file is not formatted
	$(Q)clang-format --dry-run --Werror $(FORMAT_FILES)

CHECKS := check-layers check-headers format-check check-sizes check-circles check-parameters check-references check-examples
.PHONY: check check-built $(CHECKS)
check: deps ## what needs no run: layers, headers, form, sizes, circles, parameters page, references, examples
	$(Q)$(MAKE) --no-print-directory check-built
check-built: all
	$(Q)MAKE='$(MAKE)' tests/checks/run.sh $(CHECKS)

check-layers: ## fail if a file includes from a higher layer, or a foreign library outside its place
	$(Q)tests/checks/layers.sh
check-headers: ## fail if a header does not compile by itself
	$(Q)CC='$(CC)' WARNINGS='$(WARNINGS)' tests/checks/headers.sh
check-sizes: ## fail if a file of src or include is over 400 lines, or a function over 70
	$(Q)tests/checks/sizes.sh
check-circles: all ## fail if layers, or files of one folder, use each other both ways
	$(Q)tests/checks/circles.sh
check-parameters: all ## fail if docs/parameters.md is not what the program writes
	$(Q)BIN=$(BIN) tests/checks/parameters.sh
check-references: ## fail if a page, section or file that a text names does not exist, or a page is too wide
	$(Q)tests/checks/references.sh
check-examples: ## fail if a file of examples does not compile where docs/adding.md puts it
	$(Q)CC='$(CC)' WARNINGS='$(WARNINGS)' tests/checks/examples.sh

tidy: ## clang-tidy over all sources
	$(Q)clang-tidy --quiet $(SRC_ALL) $(filter-out $(BENCH_SETS),$(wildcard src/apps/*.c)) -- $(CPPFLAGS_ALL) -I$(OBJ) -std=c11 -D_GNU_SOURCE -fopenmp \
	  $(HDF5_CFLAGS) $(MPI_CFLAGS) $(ZLIB_CFLAGS) $(ARCHIVE_CFLAGS) $(MATIO_CFLAGS) $(PICTURE_CFLAGS)
	$(if $(SETS),$(Q)clang-tidy --quiet $(SET_SOURCES) $(BENCH_SETS) -- $(CPPFLAGS_ALL) -std=c11 -D_GNU_SOURCE -fopenmp \
	  -DFAL_SIMD=$(firstword $(SETS)) $(SET_FLAGS_$(firstword $(SETS))))

# Where the parts go; packagers may move each.
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/fal_hpc
DATADIR    ?= $(PREFIX)/share/fal_hpc
COMPDIR    ?= $(PREFIX)/share/bash-completion/completions
MODULEDIR  ?= $(PREFIX)/share/modulefiles
# For packaging/*.sh alone, blanks and all: another make below would take them for its own.
$(foreach v,DESTDIR PREFIX BINDIR MANDIR DOCDIR DATADIR COMPDIR MODULEDIR,$(eval install uninstall manual: export $(v) := $$($(v))))

manual: all ## write manual pages and completion for bash into build/manual
	$(Q)packaging/manual.sh $(BIN) build/manual $(APPS)
	$(Q)packaging/completion.sh $(BIN) > build/manual/fal_hpc.bash
.PHONY: manual dist deb

install: manual ## install programs, manual pages, completion, modulefile, docs, jobs, examples under PREFIX (DESTDIR respected)
	$(Q)packaging/install.sh install $(BIN) $(VERSION) $(APPS)
uninstall: ## remove what install put there
	$(Q)packaging/install.sh uninstall $(BIN) $(VERSION) $(APPS)

dist: ## a source archive of the committed tree: build/fal_hpc-VERSION.tar.gz
	$(Q)mkdir -p build
	$(Q)git archive --format=tar.gz --prefix=fal_hpc-$(VERSION)/ -o build/fal_hpc-$(VERSION).tar.gz HEAD
	$(Q)echo build/fal_hpc-$(VERSION).tar.gz

deb: ## a Debian package of the committed tree, in build/deb (needs dpkg-dev, debhelper)
	$(Q)packaging/deb.sh $(VERSION)

clean: ## remove everything that was built
	rm -rf build

print-%: ; @echo '$* = $($*)'

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'
	@echo "  Variables: CC=$(CC) FLAVOUR=release|debug|sanitize|tsan|coverage PREFIX=$(PREFIX) MPICC=$(MPICC) V=1; make print-VAR shows one"

-include $(shell find build/$(FLAVOUR)-$(HASH) -name '*.d' 2>/dev/null)
