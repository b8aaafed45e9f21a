"""Conclusions that follow from saved results by rules, as sentences and tables, one question per file.

`build`, `gate_text`, `end_of_run`, pages and views import from here; findings import no views.
"""
