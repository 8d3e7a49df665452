"""The one door to numba: two decorators, a cache that any environment shares, read-only views."""

import hashlib
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
import platformdirs

from il2struct.errors import MissingDependencyError

try:
    import llvmlite.binding
    import numba
    from numba.core import event
except ImportError as error:
    raise MissingDependencyError(
        f"numba is needed for the numerical kernels ({error}); "
        "install it with: pip install numba"
    ) from error

_logger = logging.getLogger(__name__)

_Scalar = TypeVar("_Scalar", bound=np.generic)
_Function = TypeVar("_Function", bound=Callable[..., Any])

#: A number of one type in kernels: numba compiles what takes a bare 0 once more, for just that 0.
int64: Final[Callable[[int], int]] = cast("Callable[[int], int]", np.int64)

_PACKAGE: Final = "il2struct.kernels"
_config: Any = numba.config  # filled as it is imported, which no type checker sees


def _load_without_scipy() -> None:
    """
    Load what numba loads at the first call of a kernel, except scipy's linear algebra.

    numba imports that, a sixth of a command's start, only to know whether it is there. It is:
    a placeholder says so for a moment. Code that multiplies matrices, which no kernel does, still
    imports it then.
    """
    name = "scipy.linalg.cython_blas"
    if name in sys.modules:
        return
    sys.modules[name] = ModuleType(name)
    try:
        import_module("numba.np.arraymath")
    finally:
        del sys.modules[name]


_load_without_scipy()


def kernel(**options: Any) -> Callable[[_Function], _Function]:
    """
    Compile a function that Python calls, and keep the machine code in `cache_folder`.

    The options are those of ``numba.njit``. Where no folder can hold the cache, the function is
    compiled anew in each process.
    """

    def compiled(function: _Function) -> Any:  # a dispatcher, which has no public type
        decorate: Any = numba.njit(nogil=True, cache=True, **options)
        # Read by numba while it decorates, and documented for this use:
        # https://numba.readthedocs.io/en/stable/reference/envvars.html
        before = _config.CACHE_LOCATOR_CLASSES
        _config.CACHE_LOCATOR_CLASSES = f"{__name__}.{_Locator.__name__}"
        try:
            return decorate(function)
        except RuntimeError:  # no folder can be written
            return numba.njit(nogil=True, **options)(function)
        finally:
            _config.CACHE_LOCATOR_CLASSES = before

    return compiled


def part(**options: Any) -> Callable[[_Function], _Function]:
    """
    Compile a function that only kernels call: it becomes part of their machine code.

    Without an entrance for Python and without a cache of its own it compiles in three quarters
    of the time; called from Python it crashes, unless ``no_cpython_wrapper=False`` is among the
    options, which are those of ``numba.njit``.
    """
    lean = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    decorate: Any = numba.njit(**(lean | options))
    return lambda function: decorate(function)


def n_threads() -> int:
    """Return on how many threads to work: ``NUMBA_NUM_THREADS``, else the cores of the process."""
    return int(_config.NUMBA_NUM_THREADS)


@cache
def cache_folder() -> Path:
    """
    Return the folder that holds machine code of just these kernels, from any environment.

    Its name is a digest of the kernels' sources, of the versions of Python, NumPy and numba, and
    of the kind of processor, so that neither a new place of the package nor a second environment
    compiles again, and no old code survives a change. ``NUMBA_CACHE_DIR`` moves it; it need not
    exist.
    """
    made_for = (
        sys.implementation.cache_tag,
        np.__version__,
        numba.__version__,
        llvmlite.binding.get_host_cpu_name(),
    )
    digest = hashlib.sha256(repr(made_for).encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    root = _config.CACHE_DIR or platformdirs.user_cache_dir("il2struct")
    return Path(root) / "kernels" / digest.hexdigest()[:16]


class _Locator:
    """Tells numba where the machine code of one function is; its methods are numba's protocol."""

    def __init__(self, function: Callable[..., Any], path: str) -> None:
        self._py_file = path  # named so in a warning of numba's
        self._line = function.__code__.co_firstlineno

    @classmethod
    def from_function(
        cls, function: Callable[..., Any], path: str
    ) -> "_Locator | None":
        locator = cls(function, path)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        return locator

    def ensure_cache_path(self) -> None:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(folder)

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        return cache_folder().name

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Announcement(event.Listener):
    """Says once a process that kernels are being compiled: half a minute looks like a hang."""

    def on_start(self, started: Any) -> None:
        if started.data["dispatcher"].py_func.__module__.startswith(_PACKAGE):
            _announce()

    def on_end(self, ended: Any) -> None:
        """Say nothing: the start says enough."""


@cache
def _announce() -> None:
    # A warning, not an info: without any logging set up it still reaches stderr.
    _logger.warning(
        "compiling numerical kernels, once; "
        "python -m il2struct.kernels.warmup compiles all of them, on all cores"
    )


_register: Any = event.register  # untyped
_register("numba:compile", _Announcement())


def read_only(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """
    Return a read-only view of the same memory, so that numba sees one type and compiles once.

    numba gives read-only and writable arrays different types: kernels are called with read-only
    views of what they do not write to.
    """
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view
