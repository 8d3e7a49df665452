#!/bin/sh
# Install this checkout, with some extras, into the virtual environment .venv or $VENV:
#
#     scripts/environment.sh [EXTRA[,EXTRA]]
#
# uv does it where it is found or pip can bring it (into .uv), else pip. $PYTHON is the interpreter.
set -eu
cd "$(dirname "$0")/.."
extras=${1:-}
venv=${VENV:-.venv}
python=${PYTHON:-python3}
target=".${extras:+[$extras]}"

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "il2struct needs Python 3.11 or newer; call make with PYTHON=python3.12, say." >&2
  exit 1
}

if ! uv=$(command -v uv); then
  uv=.uv/bin/uv
  [ -x "$uv" ] ||
    "$python" -m pip install --quiet --disable-pip-version-check --target .uv uv >/dev/null 2>&1 ||
    uv=
fi

with_pip() {
  [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

with_uv() {
  [ -x "$venv/bin/python" ] || "$uv" venv --quiet --python "$python" "$venv" || return
  "$uv" pip install --quiet --python "$venv/bin/python" "$@"
}

# uv may not know the index that pip was told of; what is wrong beside that, pip will say too.
install() {
  if [ -n "$uv" ]; then
    with_uv "$@" 2>/dev/null && return
    echo "uv could not install this, so pip does." >&2
    uv=
  fi
  with_pip "$@"
}

# freesasa has few wheels; where there is none it takes a compiler and the headers of Python.
can_compile() {
  command -v cc >/dev/null && "$python" -c '
import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())'
}
if [ -z "$extras" ]; then
  only=
  can_compile || {
    only="--only-binary freesasa"
    echo "There is no C compiler (or no headers of Python) here: freesasa, the independent check of areas, is left out unless it has a wheel." >&2
  }
fi
install -c constraints.txt -e "$target"
# shellcheck disable=SC2086  # two words or none
[ -n "$extras" ] || install -c constraints.txt $only freesasa >/dev/null 2>&1 ||
  echo "freesasa could not be installed and is left out; all else works." >&2
