"""Use cases: prepare, commit, after."""
