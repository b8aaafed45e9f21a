"""A section of a report whose text would be markup, commands or links."""

from benchmarks.report.table import Column, Section, Table
from benchmarks.report.table import row as table_row

HOSTILE = "<script>alert(1)</script>|[x](javascript:1) \\input{/etc/passwd} $x$ %\n# @all _a_ *b* https://e.vil www.e.vil"


def hostile() -> Section:
    table = Table("key", HOSTILE, [Column(HOSTILE)], [table_row(HOSTILE)], [HOSTILE])
    return Section(HOSTILE, [HOSTILE], [table])
