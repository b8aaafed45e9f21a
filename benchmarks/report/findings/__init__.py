"""What saved results say, by rules in code: the answer that a report begins with, the study's questions, rankings, the gate's judgement.

There is one question per file, answered with sentences, tables and next steps. The rest of `report`, `plugin.gate` and the commands
`compare` and `report` import from here; findings import no views.
"""
