"""The designer: a client of the JSON API, and its built assets."""
