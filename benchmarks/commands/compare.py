"""`python -m benchmarks compare`: judge one saved run against another, or find the runs of a folder at which cells changed."""

import argparse
import contextlib
import os
from pathlib import Path

from benchmarks.commands import gate_options, output_files
from benchmarks.commands.run_options import RUN_HELP, storage_option
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import newest, resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Judge NEW against BASE, by default the last two saved runs; or find the runs of a folder at which cells changed."""
    parser.add_argument("base", nargs="?", metavar="BASE", help=f"{RUN_HELP}, or 'pinned'")
    parser.add_argument("new", nargs="?", metavar="NEW", help=RUN_HELP)
    parser.add_argument(
        "--confirm",
        metavar="RUN",
        help="a run with more seeds of NEW's suspect or undecided cells, to be added to NEW",
    )
    parser.add_argument("--allow-partial", action="store_true", help="accept an interrupted run as baseline")
    parser.add_argument("--json", type=Path, metavar="F", help="write the judgement as JSON")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="F",
        help="write it as Markdown; appended to a file that $GITHUB_STEP_SUMMARY names",
    )
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help="instead, find the runs under DIR at which cells changed"
    )
    storage_option(parser)
    gate_options.add_arguments(parser, "what counts as a regression")


def run(args: argparse.Namespace) -> int:
    """Print the judgement; its status is the exit status."""
    output_files.refuse_overwriting(args, "json", "markdown")
    if args.history is not None:
        return _history(args)
    if args.base is not None and args.new is None:
        raise RunRefused(f"{args.base}: expected BASE and NEW, or neither for the last two saved runs")
    from benchmarks.comparison import gate
    from benchmarks.comparison.confirmation import confirm
    from benchmarks.report import gate_text
    from benchmarks.report.findings.against_baseline import Comparison
    from benchmarks.report.views import gate as gate_view
    from benchmarks.report.writers import markdown, terminal
    from benchmarks.results import baselines
    from benchmarks.results.run import load_run

    if args.base is None:
        base, new = (load_run(path) for path in newest(2, args.storage))
    else:
        new = load_run(resolve(args.new, args.storage))
        base = baselines.baseline_for(
            args.base, new, args.storage, backend=gate_options.backend_of_baseline(args)
        )
    settings = gate_options.settings_of(args, base, new, allow_partial=args.allow_partial)
    if args.confirm is None:
        report = gate.judge(base, new, settings)
    else:
        report = confirm(base, new, load_run(resolve(args.confirm, args.storage)), settings)
    compared = Comparison(base, new, report)
    with _reader_may_leave():
        if args.base is None:
            print(f"{base.name} and {new.name}, the last two saved runs\n")
        terminal.show(gate_text.section(compared))
    if args.json is not None:
        _write(args.json, gate_view.as_json(report))
    if args.markdown is not None:
        _write(args.markdown, markdown.render([gate_text.section(compared, mark=True)], level=3))
    return report.status


def _history(args: argparse.Namespace) -> int:
    used = ("--max-drop", "--json")
    others = ("BASE", "NEW", "--confirm", "--allow-partial", "--markdown", *gate_options.NAMES)
    gate_options.refuse(
        args,
        [name for name in others if name not in used],
        f"cannot be combined with --history, which judges no run and takes only {' and '.join(used)}; leave out one or the other",
    )
    from benchmarks.comparison import change_points
    from benchmarks.report.views import trend as trend_view
    from benchmarks.report.writers import terminal

    trend = change_points.scan(args.history, max_drop=args.max_drop)
    with _reader_may_leave():
        print(terminal.render(trend_view.history(trend)))
    if args.json is not None:
        _write(args.json, change_points.as_json(trend))
    return trend.status


def _reader_may_leave() -> contextlib.AbstractContextManager[None]:
    """Let the reader of a pipe leave early, such as `head`: the files are still written, and the status is the judgement's."""
    return contextlib.suppress(BrokenPipeError)


def _write(path: Path, text: str) -> None:
    """Write a file atomically, or append to it if $GITHUB_STEP_SUMMARY names it: other steps write there too."""
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    output_files.write(path, text, append=bool(step_summary and path == Path(step_summary)))
