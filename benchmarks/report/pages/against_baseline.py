"""The page of a new run against a baseline: the red cells, every change, how many seeds it takes; the rest on demand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from benchmarks.experiment.cell import Cell
from benchmarks.report import gate_text, origins
from benchmarks.report.figures import intervals
from benchmarks.report.findings import against_baseline
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.grid import cell_name
from benchmarks.report.groups import Group, group
from benchmarks.report.page import Beside, Commands, Facts, Page, Part, Raw
from benchmarks.report.pages import downloads, parts
from benchmarks.report.views import changes


def page(compared: Comparison, data_dir: Path | None = None) -> Page:
    """Put the page of a comparison together."""
    report = compared.report
    short = replace(report, base=origins.short_name(report.base), new=origins.short_name(report.new))
    compared = replace(compared, report=short)
    new = compared.new
    groups = group([new])
    found = [ranking for one in groups for ranking in rankings(one)]
    names = [Cell.parse(verdict.cell) for verdict in compared.report.cells]
    sections = [
        _worst(compared),
        _changes(compared, groups),
        _power(compared),
        Part("beside", "Besides accuracy", "", [Facts(changes.beside_accuracy(compared), wide=True)]),
        Part(
            "runs",
            "The two runs",
            "",
            [changes.both(compared)],
            "what they have in common and what differs",
        ),
        Part(
            "ranking",
            "The new run’s rankings",
            "",
            [parts.boards(found)],
            "each data set’s architectures by accuracy",
        ),
        parts.curves(found, parts.label(groups)),
        parts.hard(found, data_dir),
        _commands(compared),
        _printed(compared),
    ]
    return Page(
        f"baseline {origins.reference(compared.base)} → new {PurePath(new.name).name}",
        parts.when_trained(groups),
        against_baseline.answer(compared),
        parts.datasets(cell.dataset for cell in names),
        parts.architectures(names),
        [part for part in sections if part is not None],
        [downloads.of_groups(groups, PurePath(new.name).stem), downloads.of_judgement(compared.report)],
    )  # fmt: skip


def _worst(compared: Comparison) -> Part | None:
    """Show the worst red cell seed by seed, or, where none is red, the largest drop that is not decided."""
    doubtful = [
        v for v in compared.report.cells if v.verdict in ("suspect", "undecided") and v.drop_pp is not None
    ]
    candidates = compared.red or sorted(doubtful, key=lambda v: -(v.drop_pp or 0.0))
    found = ((verdict, pair) for verdict in candidates if (pair := compared.pair(verdict)) is not None)
    worst, pair = next(found, (None, None))
    if worst is None or pair is None:
        return None
    base, new = pair
    caption = "Each mark is one training; the stroke is the mean, the band its 95% interval."
    low, high = list(base.values.values()), list(new.values.values())
    if max(high) < min(low):
        caption += " Every new seed is below every seed of the baseline."
    elif min(high) > max(low):
        caption += " Every new seed is above every seed of the baseline."
    title = f"{cell_name(new)}, seed by seed"
    facts = Facts(changes.neighbours(compared, worst))
    return Part("worst", title, caption, [Beside(intervals.both_sides(base, new), facts)])


def _changes(compared: Comparison, groups: Sequence[Group]) -> Part:
    limit = compared.report.settings.max_drop
    caption = (
        "New run minus baseline, in percentage points of top-1 accuracy, with its 95% interval; left of zero is worse. "
        f"Dotted: ±{limit:g}, the drop that counts. “Would have seen”: the smallest drop that this comparison finds in 80% of cases; "
        f"“has to see”: the drop that it must be able to show. {parts.label(groups).capitalize()}."
    )
    return Part("change", "Change, cell by cell", caption, [changes.forest(compared)])


def _power(compared: Comparison) -> Part | None:
    table = changes.power(compared)
    if not table.rows or all(entry.value is None for entry in table.rows[-1].entries[1:4]):
        return None
    caption = "Smallest drop, in points, that is found in 80% of cases, by seeds on both sides; from the spread between the seeds of "
    caption += "these two runs."
    return Part("power", "How many seeds it takes", caption, [table])


def _commands(compared: Comparison) -> Part:
    commands = parts.commands(compared.new.cells.values())
    return Part("commands", "Commands", "", [Commands("", commands)], "one for each cell of the new run")


def _printed(compared: Comparison) -> Part:
    raw = Raw("Output of compare", gate_text.section(compared))
    return Part("raw", "What the gate printed", "", [raw], "the output of python -m benchmarks compare")
