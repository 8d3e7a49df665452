"""What is compiled ahead of time is all that there is to compile."""

import subprocess
import sys

import pytest

from il2struct.errors import ParameterError
from il2struct.kernels import _numba, warmup
from il2struct.progress import Progress


def _kernels():
    for name, module in list(sys.modules.items()):
        if name.startswith("il2struct.kernels."):
            for value in vars(module).values():
                if getattr(value, "targetoptions", {}).get("cache"):
                    yield value


def test_the_warm_up_reaches_every_kernel():
    warmup.load_kernels()
    assert [kernel.__name__ for kernel in _kernels() if not kernel.signatures] == []


def test_every_kernel_is_compiled_for_one_set_of_types():
    warmup.load_kernels()
    names = [kernel.__name__ for kernel in _kernels() if len(kernel.signatures) > 1]
    assert names == []


def test_compiling_side_by_side_leaves_nothing_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_numba.numba.config, "CACHE_DIR", str(tmp_path))
    _numba.cache_folder.cache_clear()
    try:
        cheap = warmup.missing_kernels("report")[-2:]
        progress = Progress()
        warmup.compile_kernels(cheap, progress)
        assert progress.fraction == pytest.approx(1.0)  # rounding of a sum
        assert set(warmup.missing_kernels("report")).isdisjoint(cheap)
    finally:
        _numba.cache_folder.cache_clear()


def test_nobody_asks_for_an_unknown_job():
    with pytest.raises(ParameterError, match="none of interfaces"):
        warmup.missing_kernels("teleportation")


def test_numba_still_multiplies_matrices_for_others():
    """Kernels start without scipy's linear algebra; other people's code may need it."""
    program = (
        "import sys; from il2struct.kernels import _numba\n"
        "assert 'scipy.linalg' not in sys.modules\n"
        "print(_numba.numba.njit(lambda a: a @ a)(2.0 * _numba.np.eye(2)).sum())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == 8.0
