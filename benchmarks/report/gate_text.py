"""The gate's judgement as text: the red cells first, then what is open, how sure that is, what to do next, and every verdict."""

from dataclasses import replace

from benchmarks.report.answer import MARKS
from benchmarks.report.findings.against_baseline import Comparison, answer
from benchmarks.report.findings.undecided import open_sentences
from benchmarks.report.table import Section
from benchmarks.report.views import gate

_SIGNS = {0: "✅", 1: "❌", 2: "⚠️"}


def section(compared: Comparison, *, mark: bool = False) -> Section:
    """Write the whole judgement.

    Args:
        compared: The two runs and the judgement on them.
        mark: Whether the title begins with a sign of the outcome; not every terminal has it.

    """
    report = compared.report
    found, still_open = answer(compared), open_sentences(report)
    sign = f"{_SIGNS[report.status]} " if mark else ""
    fails = [f"FAILS {finding}" for finding in report.findings]
    opens = [f"OPEN {text}" for text in still_open]
    loud, others = (fails, [*found.lede, *opens]) if fails else (opens, found.lede)
    sure = [f"How sure: {text}" for text in found.sure if text not in still_open]
    table = gate.table(report)
    verdicts = replace(table, notes=[*table.notes, f"{gate.outcome(report)} (status {report.status})"])
    return Section(
        f"{sign}Accuracy gate: {found.headline}",
        [*loud, *others, *sure],
        [verdicts],
        steps=found.steps,
        mark=MARKS[found.state],
        marked=len(loud),
    )
