"""Runs the jobs of a plan in parallel processes, with one progress bar, and keeps what is done for --resume."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pointsman_learner.packing import DAMAGED
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pointsman_bench.baselines import baseline_of
from pointsman_bench.conditions import Conditions, Trace
from pointsman_bench.event_world import World, unfold
from pointsman_bench.jobs import schedule_of
from pointsman_bench.judging import JudgeSpec
from pointsman_bench.plan import Job, Plan
from pointsman_bench.policies import UNIFIED, budgeted, player_of
from pointsman_bench.replay import play, told
from pointsman_bench.source import Source, known_beforehand, ordered

_ALLOCATIONS = 50_000
"""Objects more than before, at which cycles are looked for: by 700, a tenth of a replay went into it."""
_shared: tuple[Plan, Source] | None = None
"""What a worker process was started with."""


def jobs_of(plan: Plan) -> tuple[Job, ...]:
    """Every replay the plan needs, the slow ones first. A policy that knows no budget is replayed at the first only."""
    found = [
        Job(policy, budget, seed)
        for policy in plan.policies
        for budget in (plan.budgets if budgeted(policy) else plan.budgets[:1])
        for seed in range(plan.seeds)
    ]
    if plan.events and UNIFIED in plan.policies:
        worlds = range(1, len(plan.events) + 1)
        found += [Job(UNIFIED, b, s, world=k) for b in plan.budgets for s in range(plan.seeds) for k in worlds]
    return tuple(sorted(found, key=lambda j: not budgeted(j.policy)))


def world_of(plan: Plan, source: Source, seed: int, from_start: int | None = None) -> World:
    """The stream of one seed, with the plan's events."""
    stream, others = ordered(plan, source, seed)
    spec = JudgeSpec.parse(plan.judges)
    return unfold(stream, plan.events, spec, others, from_start=from_start, wrong_judge=plan.wrong_judge)


def run_job(plan: Plan, source: Source, job: Job) -> Trace:
    """One replay."""
    world = world_of(plan, source, job.seed, job.world)
    start = plan.first_measured(len(world.stream))
    conditions = Conditions(
        job.budget / 1000.0, job.seed, plan.feedback_rate, plan.feedback_delay, flip=plan.flip, together=plan.together,
        malice=plan.malice, malice_at=start,
        jobs=schedule_of(plan.jobs, plan.queries_per_day), alpha=plan.alpha,
        baseline=baseline_of(plan.baseline, world.stream, job.budget / 1000.0, job.seed),
        latency_weight=plan.latency_weight,
    )  # fmt: skip
    known = known_beforehand(plan, source, job.seed)
    player = player_of(
        job.policy, world.stream, source.nodes, conditions, world.absent, start, known, source.beforehand
    )
    return play(world.stream, player, conditions, told(world.changes, source.beforehand))


def run_all(
    plan: Plan, source: Source, folder: Path, console: Console, *, resume: bool, processes: int | None = None
) -> dict[Job, Trace]:
    """Every job's trace.

    They are kept in `folder`/runs as they come; resume: what is there and still fits is not run
    again. processes: 1 runs in this process.
    """
    runs = folder / "runs" / plan.fingerprint()
    runs.mkdir(parents=True, exist_ok=True)
    jobs = jobs_of(plan)
    done = {job: trace for job in jobs if resume and (trace := _stored(runs / job.file_name)) is not None}
    if resume:
        console.print(f"{len(done)} of {len(jobs)} replays were done before", highlight=False)
    left = [job for job in jobs if job not in done]
    workers = min(processes or os.cpu_count() or 1, max(1, len(left)))
    bar = _bar(console)
    task = bar.add_task("replays", total=len(jobs), completed=len(done))
    with bar:
        for job, trace in _run(plan, source, left, workers):
            _store(runs / job.file_name, trace)
            done[job] = trace
            bar.advance(task)
            if not console.is_terminal:
                said = f"{len(done)}/{len(jobs)} {job.policy} at {job.budget:g}, seed {job.seed}"
                start = plan.first_measured(len(trace))
                figures = f"quality {trace.quality[start:].mean():.3f} at {trace.cost[start:].mean() * 1000:.3g}"
                console.print(f"{said}: {figures}", highlight=False, soft_wrap=True)
    return done


def _run(plan: Plan, source: Source, jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Trace]]:
    if workers == 1:
        _leave_to_itself()
        for job in jobs:
            yield job, run_job(plan, source, job)
        return
    # spawn: a fresh interpreter reads the thread limits before it imports numpy; a fork would keep this one's threads.
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-") as own:
        shared = Path(own) / "source.pickle"
        shared.write_bytes(pickle.dumps((plan, source)))
        arguments = (str(shared), os.getpid())
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=arguments)
        try:
            with _without_interrupts():
                futures = {pool.submit(_run_in_worker, job): job for job in jobs}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except KeyboardInterrupt:
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C reaches every process of the terminal; workers started here leave it to this one, which ends them.

    One that comes meanwhile waits for the end of the block. The mask is what the workers inherit; here it holds this
    thread alone, and the progress bar's takes the signal all the same, hence the handler.
    """
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(came[0])


def _start_worker(shared: str, parent: int) -> None:
    global _shared  # noqa: PLW0603 - a worker process is started once
    threading.Thread(target=_end_with, args=(parent, Path(shared).parent), daemon=True).start()
    # Written by the parent a moment ago.
    _shared = pickle.loads(Path(shared).read_bytes())  # noqa: S301
    _leave_to_itself()


def _leave_to_itself() -> None:
    """What was read stays until the end: the collector of cycles, of which replays make few, need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def _end_with(parent: int, shared: Path) -> None:
    """A parent that was killed can neither tell its workers nor clear away the folder that it shared with them."""
    while os.getppid() == parent:
        time.sleep(1.0)
    shutil.rmtree(shared, ignore_errors=True)
    os._exit(1)


def _run_in_worker(job: Job) -> Trace:
    assert _shared is not None
    return run_job(*_shared, job)


def _store(path: Path, trace: Trace) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **trace.arrays())  # type: ignore[arg-type]
    part.replace(path)


def _stored(path: Path) -> Trace | None:
    if not path.exists():
        return None
    try:
        with np.load(path) as arrays:
            return Trace(**{name: arrays[name] for name in arrays.files})
    except (*DAMAGED, TypeError):
        return None  # cut short, or damaged: run again


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
