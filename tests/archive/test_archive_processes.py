"""Real processes: several at once, and one that is killed on the way."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from il2struct.archive import locate, parse_entry_id

ID = parse_entry_id("2ERJ")
ONE = "/one/2ERJ.cif.gz"

SCRIPT = """
import sys
from pathlib import Path
from il2struct.archive import ArchiveSettings, Site, locate

url, cache = sys.argv[1:]
settings = ArchiveSettings(
    cache=Path(cache),
    sites=(Site(name="one", mmcif=(url + "/one/{ID4}.cif.gz",)),),
    read_timeout_s=120.0,
    total_timeout_s=120.0,
)
found = locate("2ERJ", settings)
print(found.origin, found.sha256)
"""


def start(server_url: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, server_url, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_want_the_same_entry_download_it_once(server, settings, texts):
    server.at(ONE, server.slow(texts.mmcif_gz(), delay_s=0.5))
    processes = [start(server.url, settings.cache) for _ in range(3)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [error for _, error in outputs] == ["", "", ""]
    origins, sums = zip(*(output.split() for output, _ in outputs), strict=True)
    assert sorted(origins) == ["cache", "cache", "download"]
    assert len(set(sums)) == 1
    assert server.count() == 1


def test_a_killed_process_leaves_nothing_that_is_used(
    server, settings, texts, wait_until
):
    server.at(ONE, server.stalling(b"#" * 200_000), server.body(texts.mmcif_gz()))
    process = start(server.url, settings.cache)
    partial = settings.cache / ".partial"

    def has_begun():
        assert process.poll() is None
        return partial.is_dir() and any(p.stat().st_size for p in partial.iterdir())

    wait_until(has_begun)
    process.kill()
    process.communicate()
    # The half file is there, is not a structure by name, and nobody takes it for one.
    assert [path.suffix for path in partial.iterdir()] == [".part"]
    assert not [path for path in settings.cache.iterdir() if path.is_file()]
    found = locate(ID, settings)
    assert found.origin == "download"
    assert found.path.read_bytes() == texts.mmcif_gz()
    assert list(partial.iterdir()) == []
    assert server.count() == 2
    assert locate(ID, replace(settings, offline=True)).origin == "cache"


def test_the_package_imports_without_its_heavy_libraries():
    script = "import sys, json, il2struct.archive; print(json.dumps([*sys.modules]))"
    printed = subprocess.check_output(
        [sys.executable, "-c", script], text=True, timeout=120
    )
    heavy = {"httpx", "tenacity", "gemmi", "filelock", "platformdirs", "numpy", "ssl"}
    assert heavy.isdisjoint(json.loads(printed))
