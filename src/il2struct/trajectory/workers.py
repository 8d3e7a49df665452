"""Blocks of a trajectory measured one after the other, or by processes side by side."""

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final

from il2struct.errors import ParameterError, StructureError
from il2struct.progress import Progress, step
from il2struct.trajectory.block import BlockResult, measured_block
from il2struct.trajectory.blocking import STEP_FRAMES
from il2struct.trajectory.plan import TrajectoryPlan
from il2struct.trajectory.universe import Untyped, n_frames, universe_name

#: Blocks a worker has waiting: enough that none idles, few enough that results do not pile up.
_WAITING: Final = 2


def chosen_frames(universe: Untyped, frames: slice) -> range:
    """
    Say which frames a slice means.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    frames : slice
        Start, stop and step, as for a list.

    Raises
    ------
    ParameterError
        If the step is not positive, or nothing is left.
    StructureError
        If there is no trajectory.
    """
    total = n_frames(universe)
    if not total:
        raise StructureError(
            f"{universe_name(universe)} has no coordinates; give a trajectory with it."
        )
    step = 1 if frames.step is None else frames.step
    if step < 1:
        raise ParameterError(f"the step between frames must be at least 1, not {step}.")
    chosen = range(total)[slice(frames.start, frames.stop, step)]
    if not len(chosen):
        raise ParameterError(
            f"no frame is left of {total} between {frames.start or 0} and "
            f"{total if frames.stop is None else frames.stop}; widen --start and --stop."
        )
    return chosen


def measured_blocks(
    universe: Untyped,
    plan: TrajectoryPlan,
    frames: range,
    *,
    jobs: int = 1,
) -> Iterator[BlockResult]:
    """
    Measure a trajectory block by block, in order.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    plan : TrajectoryPlan
    frames : range
    jobs : int
        Processes; each opens the files for itself and works on one thread. What comes out does
        not depend on it.

    Yields
    ------
    BlockResult

    Raises
    ------
    ParameterError
        If there is less than one process.
    """
    if jobs < 1:
        raise ParameterError(f"there must be at least one process, not {jobs}.")
    starts = range(0, len(frames), STEP_FRAMES)
    if jobs == 1 or len(starts) == 1:
        for first in starts:
            chosen = frames[first : first + STEP_FRAMES]
            with _block_step(first, frames):
                block = measured_block(universe, plan, chosen, first=first)
            yield block
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        min(jobs, len(starts)),
        mp_context=context,
        initializer=_begin,
        initargs=(universe, plan),
    )
    try:
        yield from _in_order(pool, frames, starts, _WAITING * jobs)
    except BrokenProcessPool as error:
        raise StructureError(
            "a process that measured frames was ended, perhaps for want of memory; try fewer with -j."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, frames: range, starts: range, n_waiting: int
) -> Iterator[BlockResult]:
    """Results in the order of the frames, with few of them under way at a time."""
    ahead = iter(starts)
    waiting: list[Future[BlockResult]] = [
        _submitted(pool, frames, first) for first in islice(ahead, n_waiting)
    ]
    for first in starts:
        with _block_step(first, frames):
            block = waiting.pop(0).result()
        yield block
        waiting += [_submitted(pool, frames, later) for later in islice(ahead, 1)]


def _block_step(first: int, frames: range) -> AbstractContextManager[Progress]:
    """Step of the block that starts with this one of the chosen frames."""
    chosen = frames[first : first + STEP_FRAMES]
    return step(f"{chosen[0]} to {chosen[-1]}", len(chosen) / len(frames))


def _submitted(
    pool: ProcessPoolExecutor, frames: range, first: int
) -> "Future[BlockResult]":
    return pool.submit(_measure, frames[first : first + STEP_FRAMES], first)


#: What a worker process holds: the universe, opened there, and the plan.
_held: dict[str, Any] = {}


def _begin(universe: Untyped, plan: TrajectoryPlan) -> None:
    # An interrupt is for the parent, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # MDAnalysis opens the files anew where a universe is unpickled.
    _held["universe"] = universe
    _held["plan"] = plan


def _measure(frames: range, first: int) -> BlockResult:
    return measured_block(_held["universe"], _held["plan"], frames, first=first)
