#!/bin/sh
# Build the sdist and from it the wheel, install that with each Python from 3.11 to 3.14 that is here, and
# import every module.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .uv/bin/uv)
folder=$(mktemp -d)
# pyenv shows uv only those that it was told to use.
others=$(pyenv root 2>/dev/null || true)/versions
trap 'rm -rf "$folder"' EXIT

"$uv" build --quiet --out-dir "$folder/dist" .
try() {
  "$uv" venv --quiet --python "$2" "$folder/$1"
  "$uv" pip install --quiet --python "$folder/$1" -c constraints.txt "$folder"/dist/*.whl
  cd "$folder"
  "$1/bin/il2struct" docs start >/dev/null
  "$1/bin/python" - "$1" <<'END'
import importlib, pkgutil, sys
from contextlib import suppress

import il2struct

for module in pkgutil.walk_packages(il2struct.__path__, "il2struct."):
    if not module.name.endswith("__main__"):
        with suppress(il2struct.MissingDependencyError):  # of an extra
            importlib.import_module(module.name)
print(f"Python {sys.argv[1]}: il2struct {il2struct.__version__} from the wheel")
END
}

tried=
for version in 3.11 3.12 3.13 3.14; do
  python=$("$uv" python find --no-python-downloads "$version" 2>/dev/null) ||
    python=$(find "$others" -path "*/$version.*/bin/python" 2>/dev/null | head -n 1)
  if [ -n "$python" ]; then
    (try "$version" "$python") &
    tried="$tried $!"
  else
    echo "Python $version is not here: not tried"
  fi
done
for process in $tried; do
  wait "$process"
done
