#!/bin/sh
# Build the sdist and from it the wheel, and install that with each Python from 3.11 to 3.14 that is here.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .uv/bin/uv)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$uv" build --quiet --out-dir "$folder/dist" .
for version in 3.11 3.12 3.13 3.14; do
  python=$("$uv" python find --no-python-downloads "$version" 2>/dev/null) || {
    echo "Python $version is not here: not tried"
    continue
  }
  "$uv" venv --quiet --python "$python" "$folder/$version"
  "$uv" pip install --quiet --python "$folder/$version" -c constraints.txt "$folder"/dist/*.whl
  # Every module is imported; what the wheel must bring along is there.
  (
    cd "$folder"
    "$version/bin/il2struct" docs start >/dev/null
    "$version/bin/python" - "$version" <<'END'
import importlib, pkgutil, sys
import il2struct

for module in pkgutil.walk_packages(il2struct.__path__, "il2struct."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(f"Python {sys.argv[1]}: il2struct {il2struct.__version__} from the wheel")
END
  )
done
