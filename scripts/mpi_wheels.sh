# MPI libraries from Python wheels, each in an environment of its own under build/mpis: source it in the repository.
#
#   mpi_wheel NAME PACKAGES...   makes build/mpis/NAME with these packages, whose bin/ has mpicc and mpirun; where it
#                                cannot be had, prints the reason and returns 1
mpi_wheel() {
  local name=$1 here=$PWD/build/mpis python=${PYTHON:-python3}; shift
  if [ -e "$here/$name/ready" ]; then return 0; fi
  mkdir -p "$here"
  rm -rf "${here:?}/$name"
  "$python" -m venv "$here/$name" >"$here/log" 2>&1 || { echo "$python -m venv: $(tail -n 1 "$here/log")"; return 1; }
  "$here/$name/bin/pip" install -q --only-binary :all: "$@" >"$here/log" 2>&1 ||
    { echo "pip install $*: $(grep -m1 ERROR "$here/log")"; return 1; }
  touch "$here/$name/ready"
}
