"""Real image files: where they are looked for, how they are checked, downloaded and decoded."""
