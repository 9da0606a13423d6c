"""Field types: one module a type, each with all its aspects, and the list that ships."""
