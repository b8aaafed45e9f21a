"""`python -m benchmarks report RUN...` and `results`: saved runs as Markdown, CSV and LaTeX."""

import argparse
from pathlib import Path

from benchmarks.results import STORAGE, RunRefused, load, resolve

RESULTS = Path(__file__).parents[2] / "docs" / "results.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Write tables and findings of saved runs: Markdown, CSV, LaTeX."""
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="saved runs, by file or by number as pytest-benchmark has it"
    )
    parser.add_argument("--markdown", type=Path, metavar="F", help="for a pull request: tables and findings")
    parser.add_argument("--csv", type=Path, metavar="F", help="for a spreadsheet: one row a training")
    parser.add_argument("--latex", type=Path, metavar="F", help="for a paper: booktabs tables and findings")
    parser.add_argument(
        "--storage", type=Path, default=STORAGE, metavar="DIR",
        help="where run numbers are looked up (%(default)s)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Write the forms that were asked for, each file whole, and say which."""
    if not (arguments.markdown or arguments.csv or arguments.latex):
        raise RunRefused("say what to write: --markdown F, --csv F or --latex F")
    from benchmarks.report import latex, markdown, spreadsheet
    from benchmarks.report.findings import findings
    from benchmarks.report.tables import results

    runs = [load(resolve(reference, arguments.storage)) for reference in arguments.runs]
    texts: dict[Path, str] = {}
    if arguments.csv:
        texts[arguments.csv] = spreadsheet.render(runs)
    if arguments.markdown or arguments.latex:
        sections = [*results(runs), *findings(runs)]
        if arguments.markdown:
            texts[arguments.markdown] = markdown.render(sections)
        if arguments.latex:
            texts[arguments.latex] = latex.render(sections)
    for path, text in texts.items():
        _write(path, text)
    return 0


def results_arguments(parser: argparse.ArgumentParser) -> None:
    """Write docs/results.md anew from the pinned runs."""
    parser.add_argument(
        "-o", "--output", type=Path, default=RESULTS, metavar="F", help="default: %(default)s"
    )
    parser.add_argument(
        "--baselines", type=Path, metavar="DIR", help="other pinned runs than benchmarks/baselines"
    )


def write_results(arguments: argparse.Namespace) -> int:
    """Write the page whole."""
    from benchmarks import pinning
    from benchmarks.report.pinned_page import page

    _write(arguments.output, page(arguments.baselines or pinning.FOLDER))
    return 0


def _write(path: Path, text: str) -> None:
    from benchmarks.durable import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise RunRefused(f"{path}: cannot be written: {error.strerror or error}") from None
    print(f"wrote {path}")
