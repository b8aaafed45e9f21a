"""Charts as Vega-Lite specifications, one topic per file; `vega` draws them for the page and for `--png`.

Only here is vl-convert needed.
"""
