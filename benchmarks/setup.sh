#!/bin/sh
# Time the way from a fresh clone to the finished report of 2ERJ and 2B5I:
#
#     benchmarks/setup.sh            (MIRROR=FOLDER for local entries)
#
# Four runs, each in a clone of its own: package cache and kernel cache empty, then each filled by
# the run before, in seconds by stage. Everything lies in a temporary folder, which goes at the end.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mirror=${MIRROR:-$root/../shared/structures}
work=$(mktemp -d)
# As on any machine: imports may keep what they compile.
unset PYTHONDONTWRITEBYTECODE
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-python3}
python=$("$python" -c 'import sys; print(sys.executable)')

now() { "$python" -c 'import time; print(time.time())'; }

# Prints the seconds since a time.
since() { "$python" -c "import time; print(f'{time.time() - $1:.1f}')"; }

# run PACKAGES KERNELS: one row; each is "cold" (an empty folder from here on) or "warm".
run() {
  [ "$1" = warm ] || rm -rf "$work/packages"
  [ "$2" = warm ] || rm -rf "$work/user"
  mkdir -p "$work/packages" "$work/user"
  rm -rf "$work/clone"
  export UV_CACHE_DIR="$work/packages/uv" PIP_CACHE_DIR="$work/packages/pip"
  export XDG_CACHE_HOME="$work/user"
  start=$(now)
  git clone --quiet "$root" "$work/clone"
  cd "$work/clone"
  PYTHON="$python" scripts/environment.sh >/dev/null
  environment=$(since "$start")
  begun=$(now)
  .venv/bin/python -m il2struct.kernels.warmup report >/dev/null 2>&1
  kernels=$(since "$begun")
  begun=$(now)
  .venv/bin/python -m il2struct.report.page.viewer --npm >/dev/null 2>&1 || true
  .venv/bin/il2struct report 2ERJ 2B5I -q -o out --mirror "$mirror" >/dev/null
  report=$(since "$begun")
  printf '%-9s %-8s %12s %8s %7s %6s\n' "$1" "$2" "$environment" "$kernels" "$report" "$(since "$start")"
  cd "$root"
}

echo "seconds; load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown) at the start"
printf '%-9s %-8s %12s %8s %7s %6s\n' packages kernels environment kernels report all
run cold cold
run warm cold
run warm warm
run cold warm
