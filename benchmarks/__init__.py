"""The suite: what is trained and measured, and how results are judged, kept and shown."""
