"""Reports as LaTeX: what is escaped, and tables that fit a page."""

import re

from benchmarks.report.table import Column, Section, Step, Table
from benchmarks.report.table import row as table_row
from benchmarks.report.writers import latex
from tests.support.hostile_text import hostile
from tests.support.published_runs import findings, grid, read, results


def test_latex_takes_nothing_of_a_run_for_a_command() -> None:
    text = latex.render([hostile()])
    ours = {
        "section", "begin", "end", "caption", "footnotesize", "toprule", "midrule", "bottomrule", "par", "linewidth",
        "usepackage", "raggedright", "arraybackslash", "textbackslash", "textless", "textgreater", "textbar", "pm", "textasciitilde",
    }  # fmt: skip
    body = text.replace(r"\\", "")
    assert set(re.findall(r"\\([A-Za-z]+)", body)) <= ours
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert not re.search(r"(?<!\\)%", text.split("\n", 1)[1])
    assert text.isascii()
    for special in ("$", "#", "_", "&"):
        assert not re.search(rf"(?<!\\){re.escape(special)}", text.split("\n", 1)[1].replace(" & ", ""))


def test_latex_has_the_signs_of_sentences_and_commands_to_copy() -> None:
    found = Section(
        "“quick”: a’s", ["≥ 2 · ≤ 3 — 1 → 2 …"], steps=[Step("Next `merge`:", "pytest --arch lenet")]
    )
    text = latex.render([found])
    assert "``quick'': a's" in text
    assert r"$\geq$ 2 $\cdot$ $\leq$ 3 --- 1 $\rightarrow$ 2 \ldots{}" in text
    assert r"Next \texttt{merge}:" in text
    assert "pytest -{}-arch lenet" in text
    assert "?" not in text


def test_latex_keeps_hyphens_and_latin_letters() -> None:
    assert latex.escape("a-b --c ---d ----") == "a-b -{}-c -{}-{}-d -{}-{}-{}-"
    assert latex.escape("Müller, Łódź, œuvre, Ștefan") == "Müller, Łódź, œuvre, Ștefan"
    assert latex.escape("u\u0308") == "ü"  # as macOS writes names of files
    assert latex.escape("ħ × ÷ Ω \x00") == r"? $\times$ ? ? ?"  # T1 fonts lack the first


def test_latex_breaks_a_table_that_fits_on_no_page() -> None:
    def written(n: int, text: str = "", note: str = "Note") -> str:
        rows = [table_row(text or i) for i in range(n)]
        return latex.render([Section("All", tables=[Table("t", "T", [Column("n")], rows, [note])])])

    assert r"\usepackage{longtable}" in written(1).splitlines()[0]
    assert r"\begin{table}" in written(49)
    three_lines = "a sentence of many words " * 8
    broken = ["{longtable}{" in one for one in (
        written(49), written(50), written(16, three_lines), written(17, three_lines), written(48, note=three_lines),
    )]  # fmt: skip
    assert broken == [False, True, False, True, True]
    assert "\n".join(written(50).splitlines()[4:]) == "\n".join(
        [
            r"{\footnotesize", r"\begin{longtable}{l}", r"\caption{T} \\", r"\toprule", r"{}n \\", r"\midrule", r"\endfirsthead",
            r"\toprule", r"{}n \\", r"\midrule", r"\endhead", *(rf"{{}}{i} \\" for i in range(50)), r"\bottomrule",
            r"\end{longtable}", r"\par Note", r"\par}",
        ]
    )  # fmt: skip


def test_latex_tables_are_no_wider_than_a_line() -> None:
    """Estimated from characters: at 8 points 81 of them fill a line of `article`."""

    def layout(*texts: str) -> str:
        table = Table("t", "T", [Column("n") for _ in texts], [table_row(*texts)])
        return next(
            line
            for line in latex.render([Section("All", tables=[table])]).splitlines()
            if "{tabular}{" in line
        )

    assert layout("short", "also short") == r"\begin{tabular}{ll}"
    long, broken = "a sentence of many words " * 9, r">{\raggedright\arraybackslash}p{%s\linewidth}"
    assert layout("short", long) == r"\begin{tabular}{l" + broken % "0.864" + "}"
    assert layout(long, long) == r"\begin{tabular}{" + 2 * (broken % "0.463") + "}"
    widths = [float(width) for width in re.findall(r"p\{([\d.]+)", layout(*[long] * 8))]
    assert len(widths) == 8
    assert sum(widths) < 0.91, "eight gaps take the rest"


def test_latex_sets_a_table_of_many_words_in_smaller_type() -> None:
    def written(columns: int) -> str:
        table = Table("t", "T", [Column("n") for _ in range(columns)], [table_row(*["resnet20v1"] * columns)])
        return latex.render([Section("All", tables=[table])])

    close = r"\setlength{\tabcolsep}{2pt}"
    assert "\n\\footnotesize\n" in written(6)
    assert rf"\footnotesize{close}" in written(7)
    assert rf"\scriptsize{close}" in written(8)


def test_latex_is_balanced_and_booktabs() -> None:
    runs = [read(grid())]
    text = latex.render([*results(runs), *findings(runs)])
    short, long = (text.count(rf"\begin{{{name}}}") for name in ("tabular", "longtable"))
    assert (short, long) == (text.count(r"\end{tabular}"), text.count(r"\end{longtable}"))
    assert short + 2 * long == text.count(r"\toprule"), "a long table has a head for its further pages"
    assert text.count("{") == text.count("}")
    assert r"0.9946 $\pm$0.0014\textasciicircum{} (n=1)" in text
    tables = re.findall(r"\\begin\{tabular\}\{(.*?)\}\n\\toprule\n(.*?)\\\\", text)
    assert len(tables) == text.count(r"\begin{tabular}")
    for table in tables:
        columns = len(re.sub(r"p\{.*?\}", "p", table[0]))
        assert columns == table[1].count(" & ") + 1 or "raggedright" in table[0]
