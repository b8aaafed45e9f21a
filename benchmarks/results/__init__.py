"""What a saved run is: its schema, how it is read, pinned, merged and written.

`comparison`, `execution`, `report`, `plugin` and `commands` import from here; no training framework is imported.
"""
