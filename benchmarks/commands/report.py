"""`python -m benchmarks report RUN...` and `results`: saved runs as a page, pictures, Markdown, CSV and LaTeX."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.commands import gate_options, output_files
from benchmarks.commands.image_options import add_data_dir_argument
from benchmarks.commands.run_options import storage_option
from benchmarks.paths import BASELINES, RESULTS_PAGE
from benchmarks.results.parsing import RunRefused

if TYPE_CHECKING:
    from benchmarks.report.collection import RunCollection
    from benchmarks.report.findings.against_baseline import Comparison

_HEAD = """# Results

Written by `python -m benchmarks results` from the pinned runs in `benchmarks/baselines`; a test checks that it matches them.
Do not edit it: pin another run, and regenerate it.

After the first three tables, each protocol and data source is reported separately. `real` data are the actual images, labelled as
copies if the files are not the official ones. `synthetic` data are generated and say nothing about the real data sets, so the study's
questions are answered for real data alone. The rules and tests behind the conclusions are in `benchmarks/report/findings`, the
measures of data sets in `benchmarks/metrics/image_measures.py`.

Other work ran on the machines during most trainings of `study` and `tuned`: their times are [upper bounds](reproduction.md).

SQ1 to SQ3 are the three questions that the study asks. The accuracies that SQ1 compares are in the first table of their protocol.
Notes that several tables of a protocol share are below the first of them: where they were measured, and what the signs mean.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Show saved runs: their tables here, or as one page, pictures, Markdown, CSV or LaTeX."""
    parser.add_argument(
        "runs", nargs="+", metavar="RUN",
        help="saved runs: a file, the number that pytest-benchmark gave it, a folder of runs, or 'pinned'",
    )  # fmt: skip
    parser.add_argument("--html", type=Path, metavar="F", help="one self-contained page")
    parser.add_argument("--png", type=Path, metavar="DIR", help="every figure as a PNG file")
    parser.add_argument("--markdown", type=Path, metavar="F", help="for a pull request: tables and findings")
    parser.add_argument("--csv", type=Path, metavar="F", help="for a spreadsheet: one row per training")
    parser.add_argument("--latex", type=Path, metavar="F", help="for a paper: booktabs tables and findings")
    parser.add_argument(
        "--baseline", metavar="REF",
        help="judge the newest run against this one, or 'pinned', as compare does; whatever it finds, the exit status is 0",
    )  # fmt: skip
    add_data_dir_argument(
        parser, "for the page: where to look first for images; downloads nothing (default: $BENCH_DATA_DIR)"
    )
    storage_option(parser)
    gate_options.add_arguments(parser, "with --baseline, as for compare")


def run(args: argparse.Namespace) -> int:
    """Write the forms that were asked for, each file atomically, and say which; without any, print the tables."""
    output_files.refuse_overwriting(args, "markdown", "csv", "latex", "html")
    _refuse_what_would_be_ignored(args)
    texts = args.markdown or args.csv or args.latex
    if not (texts or args.html or args.png):
        _print_tables(args)
    if texts:
        _write_texts(args)
    if args.html or args.png:
        _write_page_and_pngs(args)
    return 0


def _refuse_what_would_be_ignored(args: argparse.Namespace) -> None:
    """Refuse options of the judgement where none is made, or none is shown."""
    if not args.baseline:
        why = "need --baseline REF, without which nothing is judged; name one, or leave them out"
        gate_options.refuse(args, gate_options.NAMES, why)
    elif (args.csv or args.png) and not (args.html or args.markdown or args.latex):
        why = "needs --html, --markdown or --latex, as --csv and --png show no judgement; ask for one of them, or leave it out"
        gate_options.refuse(args, ["--baseline"], why)


def add_results_arguments(parser: argparse.ArgumentParser) -> None:
    """Regenerate docs/results.md from the pinned runs."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=RESULTS_PAGE,
        metavar="F",
        help="the file to write (default: %(default)s)",
    )
    parser.add_argument(
        "--baselines",
        type=Path,
        metavar="DIR",
        help="the folder of pinned runs (default: benchmarks/baselines)",
    )


def results(args: argparse.Namespace) -> int:
    """Write the page atomically."""
    output_files.refuse_overwriting(args, "output")
    _write(args.output, results_page(args.baselines or BASELINES))
    return 0


def results_page(folder: Path) -> str:
    """Generate `docs/results.md` from all pinned files in `folder`; nothing in it is written by hand, so nothing can drift.

    Raises:
        RunRefused: There is no pinned file, or one is broken.
    """
    from benchmarks.report import build
    from benchmarks.report.writers import markdown
    from benchmarks.results.run import load_run

    files = sorted(folder.glob("*.json"))
    if not files:
        raise RunRefused(f"{folder}: nothing is pinned; pin a run first: python -m benchmarks pin RUN")
    parts = build.pinned([load_run(path) for path in files])
    return "\n".join([_HEAD, *map(markdown.render, parts)])


def _print_tables(args: argparse.Namespace) -> None:
    """Print the answer, then what a run prints at its end, for each protocol and source of data."""
    from benchmarks.report import build, collection, end_of_run
    from benchmarks.report.groups import group
    from benchmarks.report.writers import terminal

    runs = collection.collect(args.runs, args.storage)
    compared = _compared(args, runs)
    terminal.show(build.answer(runs.whole, compared))
    print()
    for found in group(runs.whole if compared is None else [compared.new]):
        tables = end_of_run.section(found.grid.cells, [*found.notes_on_data, *found.notes], times=found.times)
        terminal.show(replace(tables, title=f"== {found.label}"), n=False)
        print()
    for reason in runs.skipped.values():
        print(f"left out: {reason}")


def _write_texts(args: argparse.Namespace) -> None:
    from benchmarks.report import build, collection
    from benchmarks.report.groups import group
    from benchmarks.report.views import trainings
    from benchmarks.report.writers import csv_rows, latex, markdown

    skipped: dict[str, str] = {}
    runs = list(collection.read(args.runs, args.storage, skipped))
    texts: dict[Path, str] = {}
    if args.csv:
        texts[args.csv] = csv_rows.render(trainings.table([one for run in runs for one in group([run])]))
    if args.markdown or args.latex:
        saved = collection.collect(args.runs, args.storage) if args.baseline else None
        parts = build.text_sections(runs, _compared(args, saved) if saved is not None else None)
        if args.markdown:
            texts[args.markdown] = "\n".join(map(markdown.render, parts))
        if args.latex:
            texts[args.latex] = latex.render([section for part in parts for section in part])
    for path, text in texts.items():
        _write(path, text)
    if not (args.html or args.png):  # else said there
        for reason in skipped.values():
            print(f"left out: {reason}")


def _write_page_and_pngs(args: argparse.Namespace) -> None:
    try:
        from benchmarks.report.figures.svg import svg
        from benchmarks.report.writers import html_page

        if args.png:
            from benchmarks.report.figures import vega  # noqa: F401
    except ModuleNotFoundError as error:
        raise RunRefused(f"{error.name} is missing, which figures need: pip install -e '.[report]'") from None
    from benchmarks.report import build, collection, pngs

    runs = collection.collect(args.runs, args.storage)
    if args.html:
        page = build.page(runs, _compared(args, runs), args.data_dir)
        _write(args.html, html_page.html(page, svg))
    if args.png:
        print(f"wrote {len(pngs.write(runs, args.png))} figures to {args.png}")
    for reason in runs.skipped.values():
        print(f"left out: {reason}")


def _compared(args: argparse.Namespace, runs: RunCollection) -> Comparison | None:
    """Judge the newest run against the baseline, if one was named."""
    from benchmarks.comparison.gate import judge
    from benchmarks.report.findings.against_baseline import Comparison
    from benchmarks.results import baselines

    if not args.baseline:
        return None
    backend = gate_options.backend_of_baseline(args)
    base = baselines.baseline_for(args.baseline, runs.subject, args.storage, backend=backend)
    # Nothing is gated here, so an interrupted baseline will do.
    settings = gate_options.settings_of(args, base, runs.subject, allow_partial=True)
    return Comparison(base, runs.subject, judge(base, runs.subject, settings))


def _write(path: Path, text: str) -> None:
    output_files.write(path, text)
    print(f"wrote {path}")
