"""Charts as Vega-Lite specifications, one topic per file; `svg` draws them for the page, `vega` for `--png`.

Only `vega` needs vl-convert.
"""
