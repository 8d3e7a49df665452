"""The one door to numba: the decorator, read-only views, and word of a first compilation."""

import functools
import hashlib
import logging
import pickle
from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

import numpy as np
import numpy.typing as npt

from il2struct.errors import MissingDependencyError

try:
    import numba
except ImportError as error:
    raise MissingDependencyError(
        f"numba is needed for the numerical kernels ({error}); "
        "install it with: pip install numba"
    ) from error

__all__ = ["announce_if_cold", "is_cold", "njit", "read_only"]

_logger = logging.getLogger(__name__)
_Scalar = TypeVar("_Scalar", bound=np.generic)
_Function = TypeVar("_Function", bound=Callable[..., Any])

#: Seconds to compile every kernel of the package on one core (measured on 2 vCPU, numba 0.68).
COMPILATION_SECONDS: Final = 30


@overload
def njit(function: _Function) -> _Function: ...
@overload
def njit(**options: object) -> Callable[[_Function], _Function]: ...
def njit(function: Any = None, **options: Any) -> Any:
    """
    Compile as ``numba.njit`` does, also where no folder can hold the cache.

    numba refuses ``cache=True`` when neither the package folder nor the user's
    cache folder is writable; then the function is compiled anew in each process.

    Parameters
    ----------
    function : callable, optional
        Given when the decorator is used without parentheses.
    **options
        Passed to ``numba.njit``.

    Returns
    -------
    callable
        The compiled function, or the decorator that makes it.
    """
    if function is None:
        return functools.partial(_compiled, options)
    return _compiled(options, function)


def _compiled(options: dict[str, Any], function: Callable[..., Any]) -> Any:  # as njit
    decorate: Any = numba.njit  # typed in some versions of numba only
    try:
        dispatcher = decorate(**options)(function)
    except RuntimeError:
        if not options.get("cache"):
            raise
        return decorate(**{**options, "cache": False})(function)
    _stamp_with_imports(dispatcher)
    return dispatcher


def _cache_file(
    dispatcher: Any,
) -> Any:  # a private object of numba, None without a cache
    return getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)


def _stamp_with_imports(
    dispatcher: Any,
) -> None:  # a numba dispatcher, which has no public type
    # numba compares a cached function with its own source file only. Compiled functions
    # that it calls from other files are part of its machine code: an old slices kernel
    # went on with the old cells kernel. So their stamps become part of its own.
    cache_file = _cache_file(dispatcher)
    if not hasattr(cache_file, "_source_stamp"):
        return
    function = dispatcher.py_func
    called = {
        repr(_cache_file(other)._source_stamp)
        for other in function.__globals__.values()
        if hasattr(_cache_file(other), "_source_stamp")
        and other.py_func.__code__.co_filename != function.__code__.co_filename
    }
    if called:
        stamp = repr((cache_file._source_stamp, sorted(called)))
        cache_file._source_stamp = hashlib.sha256(stamp.encode()).hexdigest()


def read_only(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """
    Return a read-only view, so that numba sees one type and compiles once.

    numba gives read-only and writable arrays different types. Every kernel is
    called with read-only views; the caller's own array stays as it is.

    Parameters
    ----------
    array : ndarray
        Any array.

    Returns
    -------
    ndarray
        The same memory; the array itself if it is read-only already.
    """
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def is_cold(dispatcher: Any) -> bool:  # a numba dispatcher, which has no public type
    """
    Tell whether calling a compiled function would first have to compile it.

    Parameters
    ----------
    dispatcher : numba dispatcher
        What `njit` returned.

    Returns
    -------
    bool
        False if it is compiled in this process or its cache on disk fits the present source.
    """
    if dispatcher.overloads:
        return False
    load_index = getattr(_cache_file(dispatcher), "_load_index", None)
    if load_index is None:
        return True
    try:
        return not load_index()
    except (OSError, EOFError, ValueError, pickle.UnpicklingError):
        return True


def announce_if_cold(
    dispatcher: Any,
) -> None:  # a numba dispatcher, which has no public type
    """
    Say in one line of the log, once per process, that the kernels are being compiled.

    Parameters
    ----------
    dispatcher : numba dispatcher
        The function about to be called.
    """
    if not dispatcher.overloads and is_cold(dispatcher):
        _announce_compilation()


@functools.cache
def _announce_compilation() -> None:
    # A warning, not an info: without any logging set up it still reaches stderr,
    # and half a minute of silence looks like a hang.
    _logger.warning(
        "compiling the numerical kernels, once; about %d s in all "
        "(python -m il2struct.kernels.warmup does it ahead of time)",
        COMPILATION_SECONDS,
    )
