"""The end of the terminal's output: the run's tables and notes, and why a cell failed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.results.baselines import is_any_pinned
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import PINNED, resolve
from benchmarks.results.run import timing_facts
from benchmarks.results.train_again import train_again

if TYPE_CHECKING:
    from benchmarks.experiment.settings import Settings
    from benchmarks.plugin.session import Session
    from benchmarks.results.schema import CellResult


def write(session: Session, reporter: Any, config: pytest.Config) -> None:
    """Write the sections `grid` and `accuracy` of pytest's summary.

    Args:
        session: What has finished.
        reporter: pytest's terminal reporter.
        config: pytest's configuration.
    """
    if config.get_verbosity() < 0:
        for line in data_notes(session):
            reporter.write_line(line)
    else:
        _write_grid(session, reporter, config)
    if session.judgement:  # why the gate gave the session its exit status, however little else is shown
        from benchmarks.report.writers import terminal

        reporter.section("accuracy", "=")
        writer = config.get_terminal_writer()
        terminal.show(session.judgement.section, file=writer._file, colour=writer.hasmarkup)


def _write_grid(session: Session, reporter: Any, config: pytest.Config) -> None:
    if not (session.results or session.notices):
        return
    from benchmarks.report import end_of_run
    from benchmarks.report.writers import terminal

    reporter.section("grid", "=")
    if not session.results:
        for message in session.notices:
            reporter.write_line(message)
        return
    file = config.get_terminal_writer()._file
    phases: bool = config.getoption("time_report")
    terminal.write(file, end_of_run.section(session.results, notes(session), phases=phases), n=False)


def data_notes(session: Session) -> list[str]:
    """Return one line per data set with unverified images, and how to get real ones where they were wanted; -q prints them, too.

    That images are synthetic, and why, is a notice since they were loaded.
    """
    import datasets

    found = {result.dataset: result for result in session.results}
    lines = [
        f"{name}: real, not verified; {result.data_origin}"
        for name, result in found.items()
        if result.accepted_copies
    ]
    made = [name for name, result in found.items() if result.data_source == "synthetic"]
    wanted = [name for name in made if datasets.spec(name).layouts and session.settings.data == "auto"]
    if wanted:
        lines.append(
            f"to train on real images of {', '.join(wanted)}: python -m benchmarks data --fetch --dataset {','.join(wanted)},"
            " or --data-dir DIR with the folder that has them"
        )
    return lines


def next_steps(session: Session, saved: Path | None, *, disabled: bool = False) -> str:
    """Return the last line: where the run was saved, and the commands that people run next; empty where there is nothing to say.

    What a partial run needs first is its other cells.
    A run that was judged is shown beside its baseline. For any other, the command judges only the cells that were asked for, as
    `--accuracy-compare` does, since more may be pinned. An exploration, or a run without any pinned cell, has no baseline to name.
    """
    unfinished = session.unfinished()
    if unfinished and (session.results or session.interrupted or session.without_images):
        kept = f"saved {_near(saved)}" if saved else "not saved" if session.results else "no cell finished"
        return f"{kept}; {_how_to_finish(session, unfinished)}"
    if not session.results:
        return ""
    if saved is None:
        how = "--benchmark-autosave, without --benchmark-disable," if disabled else "--benchmark-autosave"
        return f"not saved; repeat with --resume {how} to save the run without training again"
    from benchmarks.comparison.verdict import UNSELECTED

    # Where no environment is active, `python` is another one or none at all.
    found, own = shutil.which("python"), Path(sys.executable)
    active = found is not None and Path(found).parent == own.parent
    program = ["python" if active else _near(own), "-m", "benchmarks"]
    if session.shard is not None and session.missing():
        merge = shlex.join([*program, "merge", _near(saved), "OTHER-SHARDS", "-o", "grid.json"])
        return f"saved {_near(saved)}; next, when all shards have run: {merge}"
    run = _number(saved) or _near(saved)
    if session.judgement is not None and session.judgement.again:
        page = shlex.join([*program, "report", run, *session.judgement.again, "--html", "report.html"])
        return f"saved {_near(saved)}; next: {page}"
    explored = any(result.set_fields for result in session.results)
    compare = ["compare", PINNED, run, "--allow-missing", UNSELECTED]
    words = [["report", run], *([compare] if not explored and is_any_pinned(session.results) else [])]
    commands = (shlex.join([*program, *command]) for command in words)
    return f"saved {_near(saved)}; next: {'  or  '.join(commands)}"


def _how_to_finish(session: Session, unfinished: Sequence[str]) -> str:
    """Return what completes the run; the same command would fail again where all that is left lacks its images."""
    if not set(unfinished) <= session.without_images.keys():
        return "the same command with --resume continues the run"
    from benchmarks.report.format import join_words

    advised: dict[str, dict[str, None]] = {}
    for name in unfinished:
        advised.setdefault(session.without_images[name], {})[Cell.parse(name).dataset] = None
    return "\n".join(
        f"images of {join_words(list(names))} could not be loaded. {advice}"
        for advice, names in advised.items()
    )


def _near(path: Path) -> str:
    """Return a path as typed in the current folder."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _number(saved: Path) -> str:
    """Return the number by which commands find a saved run without `--storage`; empty if they do not."""
    number = saved.name.partition("_")[0]
    try:
        return number if number.isdecimal() and resolve(number).samefile(saved) else ""
    except RunRefused:  # in another storage, or two runs have the number
        return ""


def notes(session: Session) -> list[str]:
    """Return what nobody may miss: where the data came from, and what went wrong during the run."""
    from benchmarks.report.format import count, some

    lines = data_notes(session)
    if len(set(map(repr, map(timing_facts, session.machines)))) > 1:
        lines.append(
            "times come from different machines or thread counts; do not compare them with others or with each other"
        )
    if session.reused:
        seeds = sum(session.reused.values())
        reused = f"{count(seeds, 'seed')} of {count(len(session.reused), 'cell')} reused from earlier runs, not trained again"
        judged = "; the gate judges those earlier results" if session.judgement is not None else ""
        lines.append(reused + judged)
    if session.shard is not None and session.missing():
        lines.append(f"shard {session.shard} of {count(len(session.requested), 'cell')}")
    if unfinished := session.unfinished():
        lines.append(
            f"partial run; cannot be a baseline: {len(unfinished)} of {count(len(session.results) + len(unfinished), 'cell')}"
            f" did not finish: {some(unfinished)}"
        )
    return lines + session.notices


def floor_message(cell: CellResult, settings: Settings) -> str:
    """Return which seeds missed the floor, and how to rerun that cell.

    Args:
        cell: A cell that missed its floor.
        settings: What the run was asked for.
    """
    lowest = f", the lowest for {cell.classes} classes; guessing gives {cell.chance:.4f}"
    which = lowest if cell.has_lowest_floor else ""
    lines = [f"{cell.id}: accuracy below its floor of {cell.floor:.4f}{which}"]
    if cell.diverged_seeds > cell.deaths_allowed > 0:
        lines.append(
            f"  {cell.diverged_seeds} of {len(cell.seeds)} seeds died; at most {cell.deaths_allowed} may"
        )
    for i in cell.seeds_below_floor:
        accuracy = cell.accuracies[i]
        value = "none" if accuracy is None else f"{accuracy:.4f}"
        why = {
            None: "",
            "nan": f": diverged, the loss was not finite in epoch {cell.diverged[i]}",
            "dead": f": a dead network, the same answer for every test image since epoch {cell.diverged[i]}",
        }[cell.divergence[i]]
        still = f", frozen since epoch {cell.frozen[i]}" if cell.frozen and cell.frozen[i] else ""
        lines.append(f"  seed {cell.seeds[i]}: {value}{why}{still}")
    lines.append(
        f"  protocol {cell.training}, {cell.data_source} data ({cell.data_origin}), {cell.arithmetic}"
    )
    own = next((own for own in settings.own_data if own.name == cell.dataset), None)
    commands = train_again(
        cell, accept_copies=settings.accept_copies, data_dir=settings.data_dir, own_data=own
    )
    lines += [f"  rerun this cell: {shlex.join(command)}" for command in commands]
    return "\n".join(lines)
