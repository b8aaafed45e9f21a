"""Findings as a whole: any grid is answered, and nothing heavy is imported."""

from tests.support import command_line
from tests.support.published_runs import entry, findings, read, text
from tests.support.run_factory import cell, run


def test_any_architectures_and_data_sets_are_answered() -> None:
    data = run(*(entry(a, d, [0.5 + i / 10, 0.52 + i / 10])
                 for i, a in enumerate(("alpha", "beta", "gamma")) for d in ("one", "two", "three")))  # fmt: skip
    words = text(findings([read(data)]))
    assert "gamma is best on all 3 data sets" in words
    assert "Not measured yet: one, three and two" in words
    assert "too few cells ran" in words
    assert findings([read(run(cell()))])


def test_findings_need_neither_tensorflow_nor_scipys_slow_parts() -> None:
    code = (
        "import sys; from tests.support.published_runs import *;"
        "assert len(findings([read(grid())])) == 4;"
        "print(*(m for m in ('tensorflow', 'keras', 'scipy.stats', 'scipy.optimize', 'vl_convert', 'pytest') "
        "if m in sys.modules))"
    )
    done = command_line.python(code)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_only_figures_draw_and_only_the_page_takes_templates() -> None:
    code = (
        "import importlib, pkgutil, sys, benchmarks.report as room\n"
        "names = [m.name for m in pkgutil.walk_packages(room.__path__, 'benchmarks.report.')]\n"
        "page = 'benchmarks.report.writers.html_page'\n"
        "rest = [n for n in names if not n.startswith('benchmarks.report.figures.') and n != page]\n"
        "assert len(rest) > 20\n"
        "for name in rest: importlib.import_module(name)\n"
        "heavy = {'vl_convert', 'PIL', 'jinja2', 'tensorflow', 'keras', 'scipy.stats', 'pytest'}\n"
        "print(*heavy & set(sys.modules))\n"
        "importlib.import_module(page)\n"
        "print(*{'vl_convert', 'PIL', 'tensorflow'} & set(sys.modules))\n"
    )
    done = command_line.python(code)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
